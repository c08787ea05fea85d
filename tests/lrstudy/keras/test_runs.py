"""Keras's own random numbers, and what a member depends on."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from lrstudy.data.dataset import Dataset
from lrstudy.data.random_streams import generator
from lrstudy.data.splits import Split
from lrstudy.design.arms import setting_of
from lrstudy.keras import runs as framework
from lrstudy.keras.runs import keras_randomness, train_chunk
from lrstudy.keras.trainer import KerasTrainer
from lrstudy.tables.outcome import Outcome

GLOROT = {"kind": "glorot_uniform"}


@pytest.mark.parametrize("initializer", [GLOROT, {"kind": "normal", "stddev": 0.05}])
def test_keras_randomness(initializer: dict[str, Any]) -> None:
    draws = [keras_randomness(initializer, 34, 34, 4, 235, (r, r)) for r in (1000, 1001, 1000)]
    weights, orders = draws[0]
    assert [w.shape for w in weights] == [(34, 34), (34,), (34, 1), (1,)]
    assert not weights[1].any()
    assert not weights[3].any()
    assert orders.shape == (4, 235)
    assert (np.sort(orders, axis=1) == np.arange(235)).all()
    assert len({order.tobytes() for order in orders}) == 4
    for repeat, expected in ((draws[2], True), (draws[1], False)):
        assert np.array_equal(repeat[1], orders) is expected
        assert np.array_equal(repeat[0][0], weights[0]) is expected
        assert np.array_equal(repeat[0][2], weights[2]) is expected
    hidden = weights[0].ravel()
    if initializer is GLOROT:
        limit = np.sqrt(6 / 68)
        assert 0.98 * limit < np.abs(hidden).max() <= limit
    else:
        assert hidden.std() == pytest.approx(0.05, rel=0.1)


@pytest.mark.parametrize("initializer", [GLOROT, {"kind": "normal", "stddev": 0.05}])
def test_weights_and_orders_have_streams_of_their_own(initializer: dict[str, Any]) -> None:
    def drawn(*streams: int) -> tuple[list[Any], Any]:
        return keras_randomness(initializer, 34, 34, 4, 235, (streams[0], streams[1]))

    crossed, rows, columns = drawn(1000, 1001), drawn(1000, 1000), drawn(1001, 1001)
    for ours, theirs in zip(crossed[0], rows[0], strict=True):
        assert np.array_equal(ours, theirs)
    assert np.array_equal(crossed[1], columns[1])
    assert not np.array_equal(crossed[0][0], columns[0][0])
    assert not np.array_equal(crossed[1], rows[1])


def test_equal_numbers_seed_keras_as_one_replicate() -> None:
    """Three seeds of one stream: hidden kernel, output kernel, orders."""
    weights, orders = keras_randomness(GLOROT, 34, 34, 2, 235, (1000, 1000))
    seeds = generator("keras", 1000).integers(2**31 - 1, size=3).tolist()
    hidden = keras.initializers.GlorotUniform(seed=seeds[0])((34, 34))
    output = keras.initializers.GlorotUniform(seed=seeds[1])((34, 1))
    assert np.array_equal(weights[0], np.asarray(hidden))
    assert np.array_equal(weights[2], np.asarray(output))
    stream = keras.random.SeedGenerator(seeds[2])
    for order in orders:
        assert np.array_equal(order, np.asarray(keras.random.shuffle(np.arange(235), seed=stream)))


def planned() -> pd.DataFrame:
    rows = [
        {"protocol": "resample", "initializer": initializer, "arm": arm, "trainer": "keras",
         "replicate": replicate, "initialisation": replicate + 1, "shuffle": replicate + 2,
         "split": replicate}
        for arm, initializer, replicate in (
            ("constant_m00", "glorot_uniform", 1000), ("time_based_m08", "glorot_uniform", 1000),
            ("constant_m00", "normal_005", 1001), ("step_m09", "normal_005", 1001),
        )
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_a_member_depends_on_its_own_row_only(
    dataset: Dataset, config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    config["training"]["epochs"] = 2
    config = setting_of(config, config["dataset"])
    members = planned()
    done: list[int] = []
    streams: list[Any] = []

    def seen(*sizes: Any) -> Any:
        streams.append(sizes[-1])
        return keras_randomness(*sizes)

    monkeypatch.setattr(framework, "keras_randomness", seen)
    forth = train_chunk(dataset, config, members, progress=done.append)
    assert done == [1, 2, 3, 4]
    assert streams == [(1001, 1002)] * 2 + [(1002, 1003)] * 2
    back = train_chunk(dataset, config, members[::-1], progress=done.append)
    alone = train_chunk(dataset, config, members[2:3], progress=done.append)
    for field in fields(Outcome):
        there = getattr(forth, field.name)
        assert np.array_equal(getattr(back, field.name)[::-1], there)
        assert np.array_equal(getattr(alone, field.name)[0], there[2])
    assert len({loss.tobytes() for loss in forth.validation_loss}) == 4


def test_rows_held_out_for_a_plateau_are_neither_trained_on_nor_reported(
    dataset: Dataset, config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    config["training"]["epochs"] = 1
    config = setting_of(config, config["dataset"])
    arm = next(
        name
        for name, settings in config["arms"].items()
        if settings.get("plateau", {}).get("monitor") == "inner"
    )
    seen: list[tuple[Split, Any]] = []

    class Trainer(KerasTrainer):
        def train(self, weights: Any, orders: Any, split: Split, rates: Any, **more: Any) -> Any:
            seen.append((split, more["inner"]))
            return super().train(weights, orders, split, rates, **more)

    monkeypatch.setattr("lrstudy.keras.trainer.KerasTrainer", Trainer)
    members = planned()[:2].assign(arm=[arm, "constant_m00"])
    train_chunk(dataset, config, members, progress=lambda done: None)
    (held, inner), (whole, none) = seen
    assert none is None
    assert len(inner) == config["arms"][arm]["plateau"]["inner_rows"]
    assert set(inner) | set(held.train) == set(whole.train)
    assert not set(inner) & set(held.train)
    assert np.array_equal(held.validation, whole.validation)
