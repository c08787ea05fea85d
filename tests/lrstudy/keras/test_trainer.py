"""The fast Keras trainer against Model.fit, and the tutorial followed literally."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from lrstudy.data.dataset import Dataset
from lrstudy.data.random_streams import epoch_orders, initial_weights
from lrstudy.data.splits import Split, tail
from lrstudy.design.arms import training_of
from lrstudy.design.plan import arm_rates, clock_of
from lrstudy.keras import trainer as keras_trainer
from lrstudy.keras.decay_argument import run_decay_argument
from lrstudy.keras.trainer import KerasTrainer, TableSchedule, build_network, layer_weights
from lrstudy.tables.outcome import MAX_LOSS, Outcome, unpack_missed

from tests.helpers.networks import with_gaps

EPOCHS = 3
TRAINING = {"hidden_units": 34, "epochs": EPOCHS, "batch_size": 28}
ROWS = tail(351, validation_fraction=0.33)
CLOCK = clock_of(TRAINING, 235)
GLOROT = {"kind": "glorot_uniform"}
CONSTANT = {"initial_rate": 0.01, "schedule": {"name": "constant"}}
OTHERS = {
    "adam": {**CONSTANT, "adam": {"beta_1": 0.8}},
    "batches": {**CONSTANT, "momentum": 0.8, "batch_size": 118},
}


def start(replicate: int = 1000) -> tuple[list[Any], Any]:
    packed = initial_weights(GLOROT, 34, 34, replicate)
    return layer_weights(packed, 34, 34), epoch_orders(EPOCHS, 235, replicate)


def fit(
    dataset: Dataset,
    rows: Split,
    optimizer: Any,
    orders: Any,
    weights: Any,
    callbacks: Any = (),
    batch: int = 28,
) -> tuple[list[Any], dict[str, list[float]], Any]:
    """Train with Model.fit, epoch by epoch on the rows in the given order."""
    network = build_network(34, 34)
    network.set_weights(weights)
    network.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    x, y = dataset.features, dataset.labels.astype(np.float32)
    history: dict[str, list[float]] = {}
    for epoch, order in enumerate(orders):
        found = network.fit(
            x[rows.train][order],
            y[rows.train][order],
            validation_data=(x[rows.validation], y[rows.validation]),
            validation_batch_size=len(rows.validation),
            batch_size=batch,
            shuffle=False,
            initial_epoch=epoch,
            epochs=epoch + 1,
            callbacks=list(callbacks),
            verbose=0,
        )
        for key, value in found.history.items():
            history.setdefault(key, []).extend(value)
    output = network(x[rows.validation]).numpy()[:, 0]
    return network.get_weights(), history, (output > 0.5) != (y[rows.validation] == 1)


def table_of(rates: Any) -> TableSchedule:
    schedule = TableSchedule()
    schedule.table.assign(np.asarray(rates, np.float32))
    return schedule


def check_same(trainer: KerasTrainer, found: Outcome, fitted: Any) -> None:
    weights, history, wrong = fitted
    for ours, theirs in zip(trainer.network.get_weights(), weights, strict=True):
        assert np.array_equal(ours, theirs)
    assert found.validation_loss[0] == pytest.approx(history["val_loss"], abs=1e-6)
    assert found.training_loss[0] == pytest.approx(history["loss"], abs=1e-6)
    assert found.n_correct[0] / 116 == pytest.approx(history["val_accuracy"], abs=1e-6)
    assert (unpack_missed(found.missed, 116)[0] == wrong).all()
    assert not found.diverged[0]


@pytest.fixture
def own_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train with TensorFlow's own gradient of the loss, as Model.fit does."""
    monkeypatch.setattr(keras_trainer, "GRADIENTS", {})


@pytest.mark.usefixtures("own_gradients")
@pytest.mark.parametrize(
    ("name", "replicate"),
    [
        ("constant_m00", 1000),
        ("time_based_m08", 1001),
        ("step_m09", 1002),
        ("adam", 1003),
        ("batches", 1004),
    ],
)
def test_the_trainer_is_model_fit_bit_for_bit(
    dataset: Dataset, config: Any, name: str, replicate: int
) -> None:
    arm = (config["arms"] | OTHERS)[name]
    training = training_of(TRAINING, arm)
    weights, orders = start(replicate)
    rates = arm_rates(arm, TRAINING, 235)
    if name == "step_m09":  # a drop within these few epochs
        quick = {**arm["schedule"], "epochs_per_drop": 2}
        rates = arm_rates({**arm, "schedule": quick}, TRAINING, 235)
    trainer = KerasTrainer(dataset, training, 235, arm)
    found = trainer.train(weights, orders, ROWS, rates)
    before = [w.copy() for w in weights]
    optimizer = (
        keras.optimizers.Adam(table_of(rates), **arm["adam"])
        if name == "adam"
        else keras.optimizers.SGD(table_of(rates), momentum=arm["momentum"])
    )
    batch = training["batch_size"]
    check_same(trainer, found, fit(dataset, ROWS, optimizer, orders, weights, batch=batch))
    assert all(np.array_equal(a, b) for a, b in zip(before, weights, strict=True))
    assert not np.array_equal(trainer.network.get_weights()[0], weights[0])


# Keras's callback turns a variable into an array in a way that NumPy 2 calls outdated.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.usefixtures("own_gradients")
def test_the_step_arm_is_the_tutorials_callback(dataset: Dataset) -> None:
    """The tutorial's LearningRateScheduler, its function word for word but for its 10 epochs."""

    def step_decay(epoch: int) -> float:
        return 0.1 * 0.5 ** np.floor((1 + epoch) / 2.0)

    weights, orders = start()
    schedule = {"name": "step_code", "drop": 0.5, "epochs_per_drop": 2}
    trainer = KerasTrainer(dataset, TRAINING, 235, {"momentum": 0.9})
    rates = arm_rates({"initial_rate": 0.1, "schedule": schedule}, TRAINING, 235)
    found = trainer.train(weights, orders, ROWS, rates)
    optimizer = keras.optimizers.SGD(0.0, momentum=0.9)
    callback = keras.callbacks.LearningRateScheduler(step_decay)
    check_same(trainer, found, fit(dataset, ROWS, optimizer, orders, weights, [callback]))


def test_the_time_based_arm_is_inverse_time_decay(dataset: Dataset, config: Any) -> None:
    arm = config["arms"]["time_based_m08"]
    rates = arm_rates(arm, TRAINING, 235)
    schedule = keras.optimizers.schedules.InverseTimeDecay(0.1, decay_steps=1, decay_rate=0.002)
    theirs = np.array([float(schedule(step)) for step in range(CLOCK.n_updates)])
    # Keras computes in float32: at most an ulp from the table's float64, rounded
    assert theirs == pytest.approx(rates.astype(np.float32), rel=1.2e-7)
    weights, orders = start()
    trainer = KerasTrainer(dataset, TRAINING, 235, arm)
    found = trainer.train(weights, orders, ROWS, rates)
    optimizer = keras.optimizers.SGD(schedule, momentum=arm["momentum"])
    trained, history, wrong = fit(dataset, ROWS, optimizer, orders, weights)
    for ours, fitted in zip(trainer.network.get_weights(), trained, strict=True):
        assert ours == pytest.approx(fitted, abs=1e-5)
    assert found.validation_loss[0] == pytest.approx(history["val_loss"], abs=1e-5)
    assert (unpack_missed(found.missed, 116)[0] == wrong).all()


def test_the_division_moves_only_last_bits(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights, orders = start()
    trained = []
    for gradients in (keras_trainer.GRADIENTS, {}):
        monkeypatch.setattr(keras_trainer, "GRADIENTS", gradients)
        trainer = KerasTrainer(dataset, TRAINING, 235, {"momentum": 0.9})
        trainer.train(weights, orders, ROWS, np.full(CLOCK.n_updates, 0.1))
        trained.append(np.concatenate([w.ravel() for w in trainer.network.get_weights()]))
    assert 0 < np.abs(trained[0] - trained[1]).max() < 1e-6


def test_no_operation_of_training_is_the_processors_own(dataset: Dataset) -> None:
    """TensorFlow computes these by instructions of which each maker chooses the bits."""
    tf = keras_trainer.tf
    trainer = KerasTrainer(dataset, TRAINING, 235, {"momentum": 0.9})
    train, validation = ([tf.TensorSpec((n, width)) for width in (34, 1)] for n in (235, 116))
    traced = tf.function(trainer._run_epoch).get_concrete_function(
        train, tf.TensorSpec((235,), tf.int32), validation
    )
    graph = traced.graph.as_graph_def()
    nodes = [*graph.node, *(node for part in graph.library.function for node in part.node_def)]
    used = {node.op for node in nodes}
    assert {"MatMul", "Log1p"} <= used
    assert not used & {"Inv", "Reciprocal", "Rsqrt"}


def test_momentum_multiplies_the_velocity_not_the_rate(dataset: Dataset) -> None:
    """Keras: v <- mu v - lr g, w <- w + v. With rate 0 after the first update, w still moves."""
    weights, orders = start()
    rates = np.zeros(CLOCK.n_updates)
    rates[0] = 0.1
    moved = []
    for momentum in (0.0, 0.5):
        trainer = KerasTrainer(dataset, TRAINING, 235, {"momentum": momentum})
        trainer.train(weights, orders, ROWS, rates)
        moved.append(trainer.network.get_weights()[0] - weights[0])
    assert np.abs(moved[0]).max() > 1e-3
    assert moved[1] == pytest.approx(2 * moved[0], abs=1e-6)  # 1 + 1/2 + 1/4 + ...


def same(a: Outcome, b: Outcome) -> bool:
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(Outcome))


def test_divergence_is_counted_and_leaves_finite_numbers(dataset: Dataset) -> None:
    weights, orders = start()
    trainer = KerasTrainer(dataset, TRAINING, 235, {"momentum": 0.9})
    calm = trainer.train(weights, orders, ROWS, np.full(CLOCK.n_updates, 0.1))
    wild = trainer.train(weights, orders, ROWS, np.full(CLOCK.n_updates, 1e30))
    assert wild.diverged.tolist() == [True]
    for field in fields(Outcome):
        assert np.isfinite(getattr(wild, field.name)).all()
    assert wild.validation_loss.max() <= MAX_LOSS
    # 1e6 may or may not overflow; either way the numbers are finite
    high = trainer.train(weights, orders, ROWS, np.full(CLOCK.n_updates, 1e6))
    assert np.isfinite(high.validation_loss).all()
    assert high.n_correct.max() <= 116
    assert high.n_correct[0, -1] == 116 - unpack_missed(high.missed, 116).sum()
    # and nothing of it is left in the next network
    again = trainer.train(weights, orders, ROWS, np.full(CLOCK.n_updates, 0.1))
    assert same(calm, again)
    assert calm.diverged.tolist() == [False]


# --- the tutorial, word for word ----------------------------------------------


def test_current_keras_ignores_decay(dataset: Dataset) -> None:
    found = run_decay_argument(with_gaps(dataset, "none"), TRAINING, 0.33)
    assert found.identical_to_constant
    assert not found.identical_to_schedule
    assert "decay" in found.warning
    assert found.epochs == EPOCHS
    assert 0 < found.n_correct <= 116
    assert json.loads(found.to_json())["identical_to_constant"] is True


def test_a_keras_that_does_not_warn_of_decay_is_named(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = keras.optimizers.SGD
    monkeypatch.setattr(keras.optimizers, "SGD", lambda *args, decay=0, **more: quiet(**more))
    with pytest.raises(RuntimeError, match=r"expected one warning .* from Keras, found \[\]"):
        run_decay_argument(dataset, TRAINING, 0.33)


PROCESS = """
import hashlib
from lrstudy.keras.runs import keras_randomness
from lrstudy.keras.trainer import KerasTrainer, make_deterministic
make_deterministic()
from lrstudy.data.dataset import read_dataset
from lrstudy.data.splits import tail
training = {"hidden_units": 34, "epochs": 10, "batch_size": 28}
table = {"n_rows": 351, "n_features": 34, "positive": "g", "negative": "b"}
data = read_dataset("data/ionosphere.data", **table)
trainer = KerasTrainer(data, training, 235, {"momentum": 0.8})
for stream in range(3):
    drawn = keras_randomness({"kind": "glorot_uniform"}, 34, 34, 10, 235, (stream, stream))
    trainer.train(*drawn, tail(351, validation_fraction=0.33), [0.1] * 90)
    print(hashlib.sha256(b"".join(w.tobytes() for w in trainer.network.get_weights())).hexdigest())
"""


# A shell that asks for everything that has other bits, and the instructions of an old processor.
OTHER = {
    "KERAS_BACKEND": "jax",
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "TENSORFLOW_USE_CUSTOM_CONTRACTION_KERNEL": "1",
    "TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX512F,-FMA",
}


def test_the_bits_depend_neither_on_the_shell_nor_on_the_instruction_set(root: Path) -> None:
    """In the order of real imports."""
    ours = {"PYTHONPATH": str(root / "workflow/scripts")}
    clean = {name: value for name, value in os.environ.items() if name not in OTHER}
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS],
            cwd=root,
            env={**clean, **ours, **other},
            stdout=subprocess.PIPE,
            text=True,
        )
        for other in ({}, OTHER)
    ]
    one, other = (run.communicate()[0].splitlines() for run in runs)
    assert len(set(one)) == 3
    assert one == other
