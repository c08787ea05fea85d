"""Plateau arms of the fast Keras trainer against Model.fit with Keras's ReduceLROnPlateau."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
from lrstudy.data.dataset import Dataset
from lrstudy.data.partition import inner_split
from lrstudy.data.random_streams import epoch_orders, initial_weights
from lrstudy.data.splits import Split, tail
from lrstudy.keras.trainer import KerasTrainer, build_network, layer_weights
from lrstudy.tables.outcome import unpack_missed

# Keras's callback turns a variable into an array in a way that NumPy 2 calls outdated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

EPOCHS, BATCH, RATE, MOMENTUM, SEED = 12, 28, 0.1, 0.8, 1005
TRAINING = {"hidden_units": 34, "epochs": EPOCHS, "batch_size": BATCH}
SETTINGS = {"factor": 0.3, "patience": 1, "min_delta": 0.04, "cooldown": 2, "min_rate": 0.004}
OUTER = tail(351, validation_fraction=0.33)
WATCHED = [
    ("validation", "loss"),
    ("inner", "loss"),
    ("training", "loss"),
    ("validation", "accuracy"),
    ("inner", "accuracy"),
]


def fit(
    dataset: Dataset, train: Any, watched: Any, name: str, weights: Any, orders: Any
) -> tuple[keras.Sequential, dict[str, list[float]]]:
    """Train in one call of fit, which feeds the batches in the given order."""
    x, y = dataset.features, dataset.labels.astype(np.float32)[:, None]

    def batches() -> Iterator[tuple[Any, Any]]:
        for order in orders:
            for first in range(0, len(train), BATCH):
                rows = train[order[first : first + BATCH]]
                yield x[rows], y[rows]

    network = build_network(34, 34)
    network.set_weights(weights)
    optimizer = keras.optimizers.SGD(RATE, momentum=MOMENTUM)
    network.compile(optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    callback = keras.callbacks.ReduceLROnPlateau(
        monitor=name,
        factor=SETTINGS["factor"],
        patience=SETTINGS["patience"],
        min_delta=SETTINGS["min_delta"],
        cooldown=SETTINGS["cooldown"],
        min_lr=SETTINGS["min_rate"],
    )
    found = network.fit(
        batches(),
        steps_per_epoch=-(-len(train) // BATCH),
        epochs=EPOCHS,
        validation_data=(x[watched], y[watched]),
        validation_batch_size=len(watched),
        callbacks=[callback],
        shuffle=False,
        verbose=0,
    )
    return network, found.history


def start(n_train: int) -> tuple[list[Any], Any, Any]:
    """Initial weights, orders, and a table of one rate."""
    packed = initial_weights({"kind": "glorot_uniform"}, 34, 34, SEED)
    orders = epoch_orders(EPOCHS, n_train, SEED)
    return layer_weights(packed, 34, 34), orders, np.full(-(-n_train // BATCH) * EPOCHS, RATE)


@pytest.mark.parametrize(("monitor", "measure"), WATCHED)
def test_a_plateau_is_keras_callback_in_fit(dataset: Dataset, monitor: str, measure: str) -> None:
    split, inner, watched = OUTER, None, OUTER.validation
    if monitor == "inner":
        parts = inner_split(dataset, OUTER, 47, SEED)
        split, inner = Split(parts.train, OUTER.validation), parts.validation
        watched = inner
    weights, orders, rates = start(len(split.train))
    name = "loss" if monitor == "training" else f"val_{measure}"
    network, history = fit(dataset, split.train, watched, name, weights, orders)
    trainer = KerasTrainer(dataset, TRAINING, len(split.train), {"momentum": MOMENTUM})
    plateau = {"monitor": monitor, "measure": measure, "inner_rows": 47, **SETTINGS}
    found = trainer.train(weights, orders, split, rates, plateau=plateau, inner=inner)

    expected = np.float32(history["learning_rate"])
    assert len(set(expected.tolist())) >= 3  # it fell twice at least
    assert np.array_equal(trainer.epoch_rates, expected)
    for ours, theirs in zip(trainer.network.get_weights(), network.get_weights(), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)
    assert found.training_loss[0] == pytest.approx(history["loss"], abs=1e-6)
    if inner is None:
        assert found.validation_loss[0] == pytest.approx(history["val_loss"], abs=1e-6)
    output = network(dataset.features[OUTER.validation]).numpy()[:, 0]
    wrong = (output > 0.5) != (dataset.labels[OUTER.validation] == 1)
    assert np.array_equal(unpack_missed(found.missed, 116)[0], wrong)

    # The next network starts from the table's rate and an empty memory.
    again = trainer.train(weights, orders, split, rates, plateau=plateau, inner=inner)
    assert np.array_equal(trainer.epoch_rates, expected)
    assert again.validation_loss.tobytes() == found.validation_loss.tobytes()


def test_the_monitors_see_different_plateaus(dataset: Dataset) -> None:
    """On one split, with all of them to watch, or the test above would not tell them apart."""
    parts = inner_split(dataset, OUTER, 47, SEED)
    split = Split(parts.train, OUTER.validation)
    trainer = KerasTrainer(dataset, TRAINING, len(split.train), {"momentum": MOMENTUM})
    found = set()
    for monitor, measure in WATCHED:
        plateau = {"monitor": monitor, "measure": measure, **SETTINGS}
        weights, orders, rates = start(len(split.train))
        trainer.train(weights, orders, split, rates, plateau=plateau, inner=parts.validation)
        found.add(tuple(trainer.epoch_rates.tolist()))
    assert len(found) == len(WATCHED)
