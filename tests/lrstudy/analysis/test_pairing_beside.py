"""What stands beside the arms: reference classifiers by split, and the baseline's level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.analysis.measures import baselines, context_of

from tests.helpers.effects_runs import ask, cell, found, hypothesis, runs

# --- reference classifiers ----------------------------------------------------


def classified(protocol: str, n_correct: dict[int, int], name: str = "svm") -> pd.DataFrame:
    columns = {"split": list(n_correct), "n_correct": list(n_correct.values())}
    place = {"dataset": "own", "protocol": protocol, "classifier": name, "n_validation": 100}
    return pd.DataFrame(columns).assign(**place)


def test_a_classifier_is_paired_split_by_split() -> None:
    """In whatever order its splits stand; those that no arm has do not matter."""
    table = cell("a", [80, 81, 82, 83], protocol="resample", seeds=2)
    references = classified("resample", {1001: 90, 7: 1, 1000: 95})
    answer = found(table, hypothesis("svm", "a", "resample"), references=references)
    assert answer.differences.tolist() == [15, 14, 8, 7]
    assert answer.clusters.tolist() == [1000, 1000, 1001, 1001]


def test_a_classifier_on_a_fixed_split_has_one_value() -> None:
    answer = found(runs(a=[80, 85]), hypothesis("a", "svm"), references=classified("tail", {0: 82}))
    assert answer.differences.tolist() == [-2, 3]


def test_a_classifier_has_accuracy_alone_and_needs_an_arm() -> None:
    references = classified("tail", {0: 82})
    table = runs(a=[80, 85])
    assert ask(table, hypothesis("a", "svm"), references=references, outcome="best") is None
    assert ask(table, hypothesis("a", "logistic"), references=references) is None
    both = pd.concat([references, classified("tail", {0: 80}, "logistic")])
    with pytest.raises(ValueError, match="compares classifiers alone, expected an arm"):
        ask(table, hypothesis("svm", "logistic"), references=both)
    with pytest.raises(KeyError, match="1000"):
        drawn = cell("a", [80, 81], protocol="resample")
        ask(drawn, hypothesis("svm", "a", "resample"), references=classified("resample", {5: 1}))


# --- what is held against the baseline ----------------------------------------


def speeds(arm: str, epochs: list[int], n_correct: Any, **where: Any) -> pd.DataFrame:
    """Runs that start at 89 of 100 rows and have 90 from one epoch on; of 51: never."""
    table = cell(arm, n_correct, **where)
    never = np.array(epochs) == 51
    reached = ["" if epoch == 51 else f"{epoch:04x}" for epoch in epochs]
    return table.assign(reached=reached, best_n_correct=np.where(never, 89, 90))


def test_speed_is_held_against_the_baseline_of_the_same_place() -> None:
    """It has a mean of 89.5 on the tail, of 90.5 on random splits, from g; from n 91."""
    drawn = {"protocol": "resample"}
    table = pd.concat(
        [
            speeds("z", [3, 7], [89, 90]),
            speeds("a", [2, 51], [80, 80]),
            speeds("z", [3, 7], [90, 91], **drawn),
            speeds("a", [2, 51], [80, 80], **drawn),
            speeds("z", [3, 7], [91, 91], initializer="n"),
            speeds("a", [2, 51], [80, 80], initializer="n"),
        ]
    )
    asked = hypothesis("a", "z")
    answer = found(table, asked, outcome="speed")
    assert answer.treatment.tolist() == [2, 51]
    assert answer.control.tolist() == [3, 7]
    assert found(table, asked, outcome="never").treatment.tolist() == [0, 100]
    other = found(table, hypothesis("a", "z", "resample"), outcome="speed")
    assert (other.treatment.tolist(), other.control.tolist()) == ([51, 51], [51, 51])
    assert found(table, asked, initializer="n", outcome="speed").control.tolist() == [51, 51]
    without = table[table["arm"] == "a"]
    assert ask(without, hypothesis("a", "a"), outcome="speed") is None
    assert ask(without, hypothesis("a", "a"), outcome="best") is not None


def test_the_level_is_that_of_the_first_analysed_part_of_all_its_networks() -> None:
    table = pd.concat(
        [
            cell("z", [10, 20, 60]),
            cell("z", [99, 99], part="another"),
            cell("z", [80, 90], part="another", dataset="elsewhere"),
            cell("z", [70, 70], part="last", dataset="elsewhere"),
        ]
    )
    setting = {"parts": ["study"], "baseline": "z"}
    for order in (table, table[::-1]):
        known = baselines(order, setting)
        levels = {place: context_of(known, setting, place).level for place in known}
        assert levels == {("own", "tail", "g"): 30, ("elsewhere", "tail", "g"): 85}
    assert baselines(table, {"parts": ["study"]}) == {}
