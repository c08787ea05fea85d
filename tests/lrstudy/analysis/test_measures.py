"""Outcomes by hand, one value a network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.analysis.measures import (
    MEASURES,
    Context,
    accuracy,
    balanced_accuracy,
    epochs_to,
    measures_of,
    reaches,
)

TUTORIAL = {"n_validation": 116, "baseline_correct": 111, "schedule_correct": 115}


def runs(**columns: Any) -> pd.DataFrame:
    """The tail's 107 good and 9 bad rows, unless said otherwise."""
    known = {"n_validation": 116, "n_positive": 107, "n_correct": 107, "n_correct_positive": 107}
    n = max(len(np.atleast_1d(value)) for value in columns.values())
    return pd.DataFrame({**known, **columns}, index=range(n))


def test_what_an_outcome_needs() -> None:
    assert measures_of({"tutorial": TUTORIAL, "baseline": "a"}) == list(MEASURES)
    of_level = ["speed", "never"]
    assert measures_of({"baseline": "a"}) == [name for name in MEASURES if name != "reach"]
    assert measures_of({"tutorial": TUTORIAL}) == [x for x in MEASURES if x not in of_level]
    assert [name for name, measure in MEASURES.items() if measure.of_level] == of_level


def test_accuracy() -> None:
    found = accuracy(runs(n_correct=[0, 111, 115, 116]))
    assert found.tolist() == pytest.approx([0, 95.689655, 99.137931, 100])


def test_epochs_to_the_mean_of_a_baseline() -> None:
    """Each network's own number of rows and of epochs; a level that is met exactly is met."""
    table = runs(
        n_validation=[116, 116, 116, 200],
        epochs=[50, 400, 12, 50],
        best_n_correct=[112, 112, 110, 197],
        reached=["00020004", "0002018f", "", "0005001e"],  # from 110, 110, 110 and 195 rows on
    )
    assert epochs_to(table, 100 * np.mean([110, 112]) / 116).tolist() == [2, 2, 13, 1]
    assert epochs_to(table, 96.5).tolist() == [4, 399, 13, 1]
    assert epochs_to(table.set_index(pd.Index([7, 5, 3, 1])), 96.5).index.tolist() == [7, 5, 3, 1]
    assert epochs_to(table, 98.5).tolist() == [51, 401, 13, 30]


def test_balanced_accuracy_is_the_mean_of_two_shares() -> None:
    # always good; always bad; half of the good and a third of the bad; all
    table = runs(n_correct=[107, 9, 53 + 3, 116], n_correct_positive=[107, 0, 53, 107])
    assert balanced_accuracy(table).tolist() == pytest.approx(
        [50, 50, 100 * (53 / 107 + 3 / 9) / 2, 100]
    )


def test_balanced_accuracy_of_one_class() -> None:
    table = runs(n_validation=10, n_positive=[10, 0], n_correct=[7, 4], n_correct_positive=[7, 0])
    assert balanced_accuracy(table).tolist() == pytest.approx([70, 40])
    one = runs(n_validation=10, n_positive=[9, 1], n_correct=[9, 9], n_correct_positive=[9, 0])
    assert balanced_accuracy(one).tolist() == pytest.approx([50, 50])


def test_balanced_accuracy_does_not_depend_on_which_class_is_positive() -> None:
    rng = np.random.default_rng(1)
    good, bad = rng.integers(0, 108, 50), rng.integers(0, 10, 50)
    there = runs(n_correct=good + bad, n_correct_positive=good)
    here = runs(n_correct=good + bad, n_positive=9, n_correct_positive=bad)
    assert balanced_accuracy(here).to_numpy() == pytest.approx(balanced_accuracy(there).to_numpy())


@pytest.mark.parametrize(
    ("n_validation", "least"),
    [(116, 115), (151, 150), (232, 230), (10, 10)],  # 115 / 116 is 99.14 %
)
def test_who_reaches_the_tutorial(n_validation: int, least: int) -> None:
    correct = np.arange(least - 2, n_validation + 1)
    found = reaches(runs(n_validation=n_validation, n_correct=correct), TUTORIAL)
    assert found.tolist() == [0.0, 0.0] + [100.0] * (n_validation - least + 1)


def test_all_measures_by_hand() -> None:
    table = runs(
        n_correct=115,
        n_correct_positive=106,
        last10_n_correct=np.float32(58.0),
        best_n_correct=116,
        val_loss=np.float32(0.25),
        n_validation=116,
        epochs=50,
        reached="0007",  # 115 right in epoch 1, 116 in epoch 7
    )
    context = Context(TUTORIAL, level=99.5)
    found = {name: m.values(table, context).iloc[0] for name, m in MEASURES.items()}
    assert found == pytest.approx(
        {
            "accuracy": 11500 / 116,
            "balanced": 100 * (106 / 107 + 1) / 2,
            "last10": 50,
            "best": 100,
            "inflation": 100 / 116,
            "reach": 100,
            "log_loss": 0.25,
            "speed": 7,
            "never": 0,
        }
    )
    assert {name: m.unit for name, m in MEASURES.items() if m.unit != "%"} == {
        "log_loss": "nat/row", "speed": "epoch",
    }  # fmt: skip
    for measure in MEASURES.values():
        assert measure.label
        assert measure.values(table, context).dtype == np.float64


def test_who_never_reaches_a_level() -> None:
    table = runs(
        epochs=[50, 50, 12], best_n_correct=[112, 111, 111], reached=["00020032", "0002", ""]
    )
    context = Context(level=100 * 112 / 116)
    assert MEASURES["speed"].values(table, context).tolist() == [50, 51, 13]
    assert MEASURES["never"].values(table, context).tolist() == [0, 100, 100]


def test_the_primary_outcome_comes_first() -> None:
    assert next(iter(MEASURES)) == "accuracy"
