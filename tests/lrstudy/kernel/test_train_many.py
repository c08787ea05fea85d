"""The kernel against plain NumPy, Keras and itself: other blocks, orders, threads, processors."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lrstudy.kernel import train_many as module
from lrstudy.kernel.inputs import Ingredients, Members, Plateau
from lrstudy.kernel.train_many import KernelOutcome, train_one_weights
from lrstudy.kernel.train_many import train_many as train
from lrstudy.tables.outcome import MAX_LOSS, unpack_missed

from tests.helpers.networks import (
    ADAMS,
    NO_PLATEAU,
    PLATEAUS,
    SGD,
    make_ingredients,
    make_members,
)


def arrays(outcome: KernelOutcome) -> Iterator[tuple[str, np.ndarray]]:
    for field in fields(outcome):
        yield field.name, getattr(outcome, field.name)


def same(a: KernelOutcome, b: KernelOutcome) -> bool:
    pairs = zip(arrays(a), arrays(b), strict=True)
    return all(x.dtype == y.dtype and x.tobytes() == y.tobytes() for (_, x), (_, y) in pairs)


def select(members: Members, chosen: np.ndarray) -> Members:
    return Members(**{f.name: getattr(members, f.name)[chosen] for f in fields(members)})


# A plain trainer -----------------------------------------------------------------------------


def mean_loss(z: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(np.logaddexp(0, np.where(y == 1, -z, z))))


def plain_training(given: Ingredients, members: Members, m: int) -> dict[str, Any]:
    """Train member m in float64, a line of NumPy for each formula."""
    x, y = given.features.astype(np.float64), given.labels.astype(np.float64)
    n_inputs, n_hidden = x.shape[1], given.n_hidden
    packed = given.weights[members.init[m]].astype(np.float64)
    cuts = np.cumsum([n_inputs * n_hidden, n_hidden, n_hidden])
    w1, b1, w2, b2 = np.split(packed, cuts)
    weights = [w1.reshape(n_inputs, n_hidden), b1, w2, b2]
    velocities = [np.zeros_like(w) for w in weights]
    squares = [np.zeros_like(w) for w in weights]
    adam = given.adams[members.adam[m]] if members.adam[m] != SGD else None
    step = 0
    train_rows = given.train_rows[members.split[m]]
    validation = given.validation_rows[members.split[m]]
    rates = iter(given.rates[members.rates[m]])
    momentum = float(members.momentum[m])

    def logits(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hidden = np.maximum(x[rows] @ weights[0] + weights[1], 0)
        return hidden, hidden @ weights[2] + weights[3]

    history: dict[str, Any] = {"n_correct": [], "validation_loss": [], "training_loss": []}
    for order in given.orders[members.shuffle[m]]:
        losses = []
        for first in range(0, order.size, given.batch_size):
            rows = train_rows[order[first : first + given.batch_size]]
            hidden, z = logits(rows)
            losses.append((mean_loss(z, y[rows]), rows.size))
            dz = (1 / (1 + np.exp(-z)) - y[rows]) / rows.size
            dh = np.outer(dz, weights[2]) * (hidden > 0)
            gradients = [x[rows].T @ dh, dh.sum(0), hidden.T @ dz, dz.sum(keepdims=True)]
            rate = next(rates)
            step += 1
            for k, gradient in enumerate(gradients):
                if adam:
                    mean, square = velocities[k], squares[k]
                    mean += (1 - adam.beta_1) * (gradient - mean)
                    square += (1 - adam.beta_2) * (gradient**2 - square)
                    unbiased = np.sqrt(1 - adam.beta_2**step) / (1 - adam.beta_1**step)
                    weights[k] = weights[k] - rate * unbiased * mean / (
                        np.sqrt(square) + adam.epsilon
                    )
                    continue
                velocities[k] = momentum * velocities[k] - rate * gradient
                weights[k] = weights[k] + velocities[k]
        _, z = logits(validation)
        wrong = (z > 0) != (y[validation] == 1)
        history["n_correct"].append((~wrong).sum())
        history["validation_loss"].append(mean_loss(z, y[validation]))
        history["training_loss"].append(sum(loss * n for loss, n in losses) / order.size)
    return {**history, "wrong": wrong, "weights": np.concatenate([w.ravel() for w in weights])}


SHAPES = {
    "tutorial": {},
    "one unit, one input": {"n_inputs": 1, "n_hidden": 1, "batch_size": 1},
    "tail only": {"n_inputs": 5, "n_hidden": 6, "batch_size": 10},
    "padded tail": {"n_inputs": 17, "n_hidden": 23, "batch_size": 6, "n_train": 20},
    "no tail": {"n_inputs": 20, "n_hidden": 32, "batch_size": 60},
    "wide": {"n_inputs": 50, "n_hidden": 83, "batch_size": 33, "n_validation": 8},
    "digits": {"n_inputs": 64, "n_train": 1203, "n_validation": 594, "n_epochs": 1},
    "batches of 7": {"n_train": 235, "batch_size": 7, "n_epochs": 1},  # the last has 4 rows
    "batches of 118": {"n_train": 235, "batch_size": 118},  # the last has 117
    "one batch": {"n_train": 235, "batch_size": 235},
    "one row left": {"n_train": 235, "batch_size": 117},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_member_agrees_with_plain_numpy(shape):
    given, members = make_ingredients(**shape), make_members(30)
    outcome = train(given, members, n_threads=2)
    assert not outcome.diverged.any()
    for m in (0, 8, 29):
        plain = plain_training(given, members, m)
        weights = train_one_weights(given, members, m)
        np.testing.assert_allclose(weights, plain["weights"], rtol=2e-5, atol=2e-5)
        np.testing.assert_array_equal(outcome.n_correct[m], plain["n_correct"])
        np.testing.assert_allclose(outcome.validation_loss[m], plain["validation_loss"], rtol=1e-4)
        np.testing.assert_allclose(outcome.training_loss[m], plain["training_loss"], rtol=1e-4)
        wrong = unpack_missed(outcome.missed[m], given.validation_rows.shape[1])
        np.testing.assert_array_equal(wrong, plain["wrong"])
        last_rates = given.rates[members.rates[m]].reshape(given.orders.shape[1], -1)[:, -1]
        np.testing.assert_array_equal(outcome.rate[m], last_rates.astype(np.float32))


@pytest.mark.parametrize("adam", [0, 1])
@pytest.mark.parametrize("shape", ["tutorial", "padded tail", "wide"])
def test_adam_agrees_with_plain_numpy(shape, adam):
    given = make_ingredients(**SHAPES[shape], adams=ADAMS)
    given = replace(given, rates=given.rates / 10)
    members = make_members(9, adam=np.full(9, adam, np.int32))
    for m in (0, 4, 8):
        plain = plain_training(given, members, m)
        weights = train_one_weights(given, members, m)
        np.testing.assert_allclose(weights, plain["weights"], rtol=2e-5, atol=2e-5)


def test_many_rows_are_summed_in_pieces():
    # 1,300 logits of 0: the product of all 1 + exp(-|z|), 2**1300, would overflow.
    given = make_ingredients(n_train=1300, batch_size=1300, rates=np.zeros((1, 4)))
    given = replace(given, weights=np.zeros_like(given.weights))
    outcome = train(given, make_members(1), n_threads=1)
    np.testing.assert_allclose(outcome.validation_loss, np.log(2), rtol=1e-6)
    assert (outcome.training_loss == np.float32(np.log(2))).all()
    # A logit of 0 is class 0.
    assert (outcome.n_correct == (given.labels[given.validation_rows[0]] == 0).sum()).all()


# Keras ---------------------------------------------------------------------------------------


def keras_training(
    given: Ingredients, members: Members, m: int, plateau: Plateau | None
) -> tuple[np.ndarray, list[float]]:
    """Final weights and each epoch's last learning rate, from Keras's own layers and callback."""
    keras = pytest.importorskip("keras")
    n_inputs, n_hidden = given.features.shape[1], given.n_hidden
    rows = given.train_rows[members.split[m]]
    watched = {
        "validation": given.validation_rows,
        "inner": given.inner_rows,
        "training": given.validation_rows,
    }[plateau.monitor if plateau else "validation"][members.split[m]]
    model = keras.Sequential(
        [
            keras.Input((n_inputs,)),
            keras.layers.Dense(n_hidden, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    w1, b1, w2, b2 = np.split(
        given.weights[members.init[m]], np.cumsum([n_inputs * n_hidden, n_hidden, n_hidden])
    )
    model.set_weights([w1.reshape(n_inputs, n_hidden), b1, w2.reshape(n_hidden, 1), b2])
    table = given.rates[members.rates[m]].astype(np.float32)
    optimizer = keras.optimizers.SGD(float(table[0]), momentum=float(members.momentum[m]))
    model.compile(optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    callback = None
    if plateau:
        callback = keras.callbacks.ReduceLROnPlateau(
            monitor="loss" if plateau.monitor == "training" else f"val_{plateau.measure}",
            factor=plateau.factor,
            patience=plateau.patience,
            min_delta=plateau.min_delta,
            cooldown=plateau.cooldown,
            min_lr=plateau.min_rate,
        )
        callback.set_model(model)
        callback.on_train_begin()
    rates, update = [], 0
    labels = given.labels.astype(np.float32)[:, None]
    for epoch, order in enumerate(given.orders[members.shuffle[m]]):
        losses, sizes = [], []
        for first in range(0, order.size, given.batch_size):
            batch = rows[order[first : first + given.batch_size]]
            if plateau is None:
                optimizer.learning_rate = table[update]
            update += 1
            losses.append(float(model.train_on_batch(given.features[batch], labels[batch])[0]))
            model.reset_metrics()
            sizes.append(batch.size)
        rates.append(float(optimizer.learning_rate))
        if callback:
            loss, accuracy = map(
                float, model.test_on_batch(given.features[watched], labels[watched])
            )
            model.reset_metrics()
            logs = {"loss": float(np.average(losses, weights=sizes)), "val_loss": loss}
            logs["val_accuracy"] = accuracy
            callback.on_epoch_end(epoch, logs)
    return np.concatenate([w.ravel() for w in model.get_weights()]), rates


# Keras 3.15 hands NumPy 2.4 its variables in the old way.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(
    "plateau", [None, *PLATEAUS], ids=lambda p: f"{p.monitor} {p.measure}" if p else "table"
)
def test_a_member_agrees_with_keras(plateau):
    given = make_ingredients(n_epochs=10, n_inner=20, plateaus=PLATEAUS)
    number = PLATEAUS.index(plateau) if plateau else NO_PLATEAU
    table = 0 if plateau else 1
    members = make_members(
        2, number, rates=np.full(2, table, np.int32), momentum=np.float32([0, 0.8])
    )
    outcome = train(given, members, n_threads=1)
    for m in range(2):
        weights, rates = keras_training(given, members, m, plateau)
        np.testing.assert_allclose(train_one_weights(given, members, m), weights, rtol=0, atol=1e-4)
        np.testing.assert_array_equal(outcome.rate[m], np.float32(rates))
        assert plateau is None or len(set(rates)) >= 3


# Reduction on a plateau ----------------------------------------------------------------------


def test_blocks_threads_and_order_leave_the_bytes_alone(monkeypatch):
    given = make_ingredients(plateaus=PLATEAUS[::2][:2], adams=ADAMS)
    k = np.arange(200, dtype=np.int32)
    members = make_members(200, plateau=k % 3 - 1, adam=k // 2 % 3 - 1)
    outcome = train(given, members, n_threads=1)
    assert len({row.tobytes() for row in outcome.validation_loss}) > 80
    assert same(outcome, train(given, members, n_threads=2))
    for block in (1, 7, 500):
        monkeypatch.setattr(module, "BLOCK", block)
        assert same(outcome, train(given, members, n_threads=2))
    order = np.random.default_rng(0).permutation(200)
    shuffled = train(given, select(members, order), n_threads=2)
    for (name, there), (_, here) in zip(arrays(outcome), arrays(shuffled), strict=True):
        assert there[order].tobytes() == here.tobytes(), name
    alone = train(given, select(members, np.array([123])), n_threads=1)
    assert alone.validation_loss.tobytes() == outcome.validation_loss[123].tobytes()


PROCESSORS = {
    "SSE2": {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": ""},
    "AVX2": {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx,+avx2,+fma,+bmi,+bmi2"},
}
if os.uname().machine != "x86_64":
    PROCESSORS = {"generic": {"NUMBA_CPU_NAME": "generic"}}


def digest() -> str:
    """Hash of one small study."""
    given = make_ingredients(plateaus=PLATEAUS[2:4], adams=ADAMS, n_hidden=42)
    k = np.arange(100, dtype=np.int32)
    members = make_members(100, plateau=k % 3 - 1, adam=k // 2 % 3 - 1)
    outcome = train(given, members, n_threads=2)
    data = b"".join(array.tobytes() for _, array in arrays(outcome))
    return hashlib.sha256(data).hexdigest()


def compiled() -> tuple[int, str]:
    """Fused multiply-adds of the compiled kernel, and its widest registers."""
    (code,) = module.train_members.inspect_asm().values()
    registers = max(name for name in ("xmm", "ymm", "zmm", "v0") if name in code)
    return code.count("vfm") + code.count("vfnm"), registers


def test_instruction_sets_leave_the_bytes_alone(tmp_path):
    root = Path(__file__).parents[3]
    program = (
        "from tests.lrstudy.kernel.test_train_many import compiled, digest;"
        "print(digest(), *compiled())"
    )
    paths = os.pathsep.join(map(str, (root, root / "workflow/scripts")))
    jobs = {}
    for name, settings in PROCESSORS.items():
        # A cache of its own, so that each compiles.
        cache = {"NUMBA_CACHE_DIR": str(tmp_path / name), "PYTHONPATH": paths}
        jobs[name] = subprocess.Popen(
            [sys.executable, "-c", program],
            env={**os.environ, **cache, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    found = {}
    for name, job in jobs.items():
        out, err = job.communicate(timeout=600)
        assert job.returncode == 0, err
        found[name] = out.split()
    # This machine's own, as it was compiled already, among them.
    assert {result[0] for result in found.values()} == {digest()}, found
    if "SSE2" in found:
        assert found["SSE2"][1:] == ["0", "xmm"]  # each multiply-add is a call of C's fmaf
        assert found["AVX2"][1] != "0" and found["AVX2"][2] == "ymm"


# Divergence ----------------------------------------------------------------------------------


def test_a_diverging_member_is_flagged_and_finite():
    given = make_ingredients(n_epochs=6)
    given = replace(given, rates=np.vstack([np.full_like(given.rates[0], 1e6), given.rates[0]]))
    members = make_members(6, rates=np.int32([0, 1, 0, 1, 0, 1]))
    outcome = train(given, members, n_threads=2)
    np.testing.assert_array_equal(outcome.diverged, [True, False] * 3)
    for name, array in arrays(outcome):
        assert np.isfinite(array).all(), name
    assert (outcome.validation_loss[::2, -1] == MAX_LOSS).all()
    # Its output is not a number, which is not above 1/2: class 0.
    zeros = (given.labels[given.validation_rows[0]] == 0).sum()
    assert (outcome.n_correct[::2, -1] == zeros).all()
    others = train(given, select(members, np.array([1, 3, 5])), n_threads=1)
    assert others.n_correct.tobytes() == outcome.n_correct[1::2].tobytes()


# Errors before training -----------------------------------------------------------------------


def test_progress_counts_up_to_all_members(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 4)
    seen: list[int] = []
    train(make_ingredients(n_inner=5), make_members(10), n_threads=2, progress=seen.append)
    assert seen[-1] == 10
    assert seen == sorted(set(seen))
    assert len(seen) == 3
