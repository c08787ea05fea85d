"""Small networks to train, and the data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from lrstudy.data.dataset import Dataset, read_dataset
from lrstudy.data.random_streams import epoch_orders, initial_weights
from lrstudy.kernel.inputs import Adam, Ingredients, Members, Plateau

NO_PLATEAU = SGD = -1
ADAMS = (Adam(), Adam(beta_1=0.8, beta_2=0.95, epsilon=1e-3))


def read_ionosphere(path: Path | str) -> Dataset:
    """Read UCI's file: 351 radar returns, 34 numbers each, good or bad."""
    return read_dataset(path, n_rows=351, n_features=34, positive="g", negative="b")


def with_gaps(dataset: Dataset, scale: str = "range") -> Dataset:
    """Leave out some values of one column: what networks see is then learned of the rows."""
    features = dataset.features.copy()
    features[::7, 5] = np.nan
    return replace(dataset, features=features, scale=scale)


def make_ingredients(
    n_inputs: int = 34,
    n_hidden: int = 34,
    n_epochs: int = 4,
    n_train: int = 60,
    n_validation: int = 37,
    n_inner: int = 0,
    batch_size: int = 28,
    **changes: Any,
) -> Ingredients:
    """Random data that a network can learn; three of everything that members choose from."""
    rng = np.random.default_rng(3)
    n_rows = n_train + n_validation + n_inner
    features = rng.uniform(-1, 1, (n_rows, n_inputs)).astype(np.float32)
    labels = (features[:, 0] + features[:, -1] * features[:, -2:].sum(1) > 0).astype(np.uint8)
    rows = np.array([rng.permutation(n_rows) for _ in range(3)], np.int32)
    train_rows, validation_rows, inner_rows = np.split(rows, [n_train, n_train + n_validation], 1)
    n_updates = n_epochs * -(-n_train // batch_size)
    initializer = {"kind": "glorot_uniform"}
    ingredients = Ingredients(
        features=features,
        labels=labels,
        weights=np.array([initial_weights(initializer, n_inputs, n_hidden, k) for k in range(3)]),
        orders=np.array([epoch_orders(n_epochs, n_train, k) for k in range(3)]),
        train_rows=train_rows,
        validation_rows=validation_rows,
        inner_rows=inner_rows if n_inner else None,
        rates=np.array(
            [
                np.full(n_updates, 0.1),
                0.5 / (1 + 0.05 * np.arange(n_updates)),
                np.linspace(0.3, 0, n_updates),
            ]
        ),
        batch_size=batch_size,
        n_hidden=n_hidden,
    )
    return replace(ingredients, **changes)


def make_members(n: int, plateau: int = NO_PLATEAU, **changes: Any) -> Members:
    """Members that go through all combinations of three initialisations, shuffles, and so on."""
    k = np.arange(n, dtype=np.int32)
    members = Members(
        init=k % 3,
        shuffle=k // 3 % 3,
        split=k // 9 % 3,
        rates=k // 2 % 3,
        momentum=np.array([0, 0.8, 0.95], np.float32)[k // 5 % 3],
        plateau=np.full(n, plateau, np.int32),
        adam=np.full(n, SGD, np.int32),
    )
    return replace(members, **changes)


PLATEAUS = tuple(
    Plateau(
        monitor=monitor,
        measure=measure,
        factor=0.3,
        patience=1,
        min_delta=0.06,
        cooldown=1,
        min_rate=0.004,
    )
    for monitor, measure in (
        ("validation", "loss"),
        ("inner", "loss"),
        ("training", "loss"),
        ("validation", "accuracy"),
        ("inner", "accuracy"),
    )
)
