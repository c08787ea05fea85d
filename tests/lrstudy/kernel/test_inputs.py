"""What the kernel is given is checked before anything is trained."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lrstudy.kernel import train_many as module
from lrstudy.kernel.inputs import Adam
from lrstudy.kernel.train_many import train_many as train
from lrstudy.kernel.train_many import train_one_weights

from tests.helpers.networks import PLATEAUS, make_ingredients, make_members


def with_value(array: np.ndarray, index: Any, value: Any) -> np.ndarray:
    changed = array.copy()
    changed[index] = value
    return changed


GOOD = make_ingredients(n_inner=5)
BAD_INGREDIENTS = {
    "features: expected finite": {"features": with_value(GOOD.features, (3, 4), np.nan)},
    "features: expected finite numbers, found 1": {
        "features": with_value(GOOD.features, (0, 0), np.inf)
    },
    "features: expected float32": {"features": GOOD.features.astype(np.float64)},
    "labels: expected 0 or 1, found 2": {"labels": with_value(GOOD.labels, 5, 2)},
    "labels: expected uint8 of shape .102.": {"labels": GOOD.labels[:-1]},
    "weights: expected float32 of shape .any, 1225.": {"weights": GOOD.weights[:, 1:]},
    "weights: expected finite": {"weights": with_value(GOOD.weights, (0, 0), np.nan)},
    "n_hidden: expected at least 1, found 0": {"n_hidden": 0},
    "batch_size: expected 1 to 60 .*found 61": {"batch_size": 61},
    "batch_size: expected 1 to 60 .*found 0": {"batch_size": 0},
    "train_rows: expected 0 to 101, found 0 to 102": {
        "train_rows": with_value(with_value(GOOD.train_rows, (0, 0), 102), (0, 1), 0)
    },
    "validation_rows: expected 0 to 101, found -1": {
        "validation_rows": with_value(GOOD.validation_rows, (0, 0), -1)
    },
    "validation_rows: expected int32 of shape .3, any.": {
        "validation_rows": GOOD.validation_rows[:2]
    },
    "inner_rows: expected 0 to 101": {"inner_rows": GOOD.inner_rows + 102},
    r"orders\[1, 2\]: expected a permutation of 0 to 59": {
        "orders": with_value(GOOD.orders, (1, 2, 3), GOOD.orders[1, 2, 4])
    },
    "orders: expected uint16 of shape .any, any, 60.": {"orders": GOOD.orders[:, :, :-1]},
    "rates: expected float64 of shape .any, 12., found .* .3, 11.": {"rates": GOOD.rates[:, 1:]},
    r"rates: expected finite float32 numbers >= 0, found \[-0.1\]": {
        "rates": with_value(GOOD.rates, (0, 0), -0.1)
    },
    r"rates: expected finite.*nan": {"rates": with_value(GOOD.rates, (0, 0), np.nan)},
    r"rates: expected finite.*1.e.39": {"rates": with_value(GOOD.rates, (0, 0), 1e39)},
    "plateaus.0..monitor: expected validation or inner or training, found loss": {
        "plateaus": (replace(PLATEAUS[0], monitor="loss"),)
    },
    "plateaus.0..measure: expected loss or accuracy, found f1": {
        "plateaus": (replace(PLATEAUS[0], measure="f1"),)
    },
    "plateaus.0..monitor: expected validation or inner": {
        "plateaus": (replace(PLATEAUS[2], measure="accuracy"),)
    },
    "adams.0..beta_1: expected": {"adams": (Adam(beta_1=1.0),)},
    "adams.1..beta_2: expected": {"adams": (Adam(), Adam(beta_2=-0.1))},
    "adams.0..epsilon: expected": {"adams": (Adam(epsilon=1e-60),)},
    "plateaus.0.: expected inner_rows": {"plateaus": (PLATEAUS[1],), "inner_rows": None},
    "plateaus.1..factor: expected": {"plateaus": (PLATEAUS[0], replace(PLATEAUS[0], factor=1.0))},
    "plateaus.0..patience: expected": {"plateaus": (replace(PLATEAUS[0], patience=-1),)},
}
ONE = make_members(4)
BAD_MEMBERS = {
    "init: expected 0 to 2, found 0 to 3": {"init": np.arange(4, dtype=np.int32)},
    "shuffle: expected 0 to 2, found -1 to": {"shuffle": ONE.shuffle - 1},
    "split: expected int32": {"split": ONE.split.astype(np.int64)},
    "rates: expected int32 of shape .4.": {"rates": ONE.rates[:3]},
    "plateau: expected -1 to -1, found 0 to 0": {"plateau": np.zeros(4, np.int32)},
    "adam: expected -1 to -1, found 0 to 0": {"adam": np.zeros(4, np.int32)},
    r"momentum: expected numbers in \[0, 1\), found \[1.\]": {"momentum": np.float32([0, 1, 0, 0])},
    "momentum: expected numbers.*nan": {"momentum": np.float32([0, np.nan, 0, 0])},
    "members: expected at least one": {"init": np.zeros(0, np.int32)},
}


@pytest.mark.parametrize(("message", "change"), BAD_INGREDIENTS.items(), ids=BAD_INGREDIENTS)
def test_bad_ingredients_stop_before_training(message, change, monkeypatch):
    monkeypatch.setattr(module, "train_members", None)
    with pytest.raises(ValueError, match=message):
        train(replace(GOOD, **change), ONE, n_threads=1)


@pytest.mark.parametrize(("message", "change"), BAD_MEMBERS.items(), ids=BAD_MEMBERS)
def test_bad_members_stop_before_training(message, change, monkeypatch):
    monkeypatch.setattr(module, "train_members", None)
    with pytest.raises(ValueError, match=message):
        train(GOOD, replace(ONE, **change), n_threads=1)


def test_bad_calls_stop_before_training():
    with pytest.raises(ValueError, match="n_threads: expected at least 1, found 0"):
        train(GOOD, ONE, n_threads=0)
    with pytest.raises(ValueError, match="member: expected 0 to 3, found 4"):
        train_one_weights(GOOD, ONE, 4)
