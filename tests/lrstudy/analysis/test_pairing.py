"""Hypotheses on runs made by hand: what is paired with what."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lrstudy.analysis.pairing import BOTH, Asked, Cells, pairs, planned

from tests.helpers.effects_runs import (
    analysis,
    ask,
    both_initializers,
    cell,
    found,
    hypothesis,
    runs,
    table_of,
)

# --- what each form compares --------------------------------------------------


def test_one_arm_less_another() -> None:
    answer = found(runs(a=[90, 95, 97], b=[91, 91, 97]), hypothesis("a", "b"))
    assert answer.treatment.tolist() == [90, 95, 97]
    assert answer.control.tolist() == [91, 91, 97]
    assert answer.differences.tolist() == [-1, 4, 0]
    assert answer.clusters.tolist() == [1000, 1001, 1002]


def test_a_sum_less_a_sum() -> None:
    table = runs(a=[90, 95], b=[91, 91], c=[80, 85], d=[88, 81])
    answer = found(table, hypothesis("a, b", "c, d"))
    assert answer.treatment.tolist() == [181, 186]
    assert answer.control.tolist() == [168, 166]
    assert answer.differences.tolist() == [13, 20]


@pytest.mark.parametrize("n", [100, 116])  # shares of 100 rows are whole numbers, of 116 not
def test_an_interaction_and_its_parts(n: int) -> None:
    """H1 = H2a + H3, and H4 is the schedule's effect with momentum less that without."""
    rng = np.random.default_rng(1)
    arms = ("time", "const", "time_m0", "base")
    table = pd.concat([cell(arm, rng.integers(n - 16, n + 1, 500), n_validation=n) for arm in arms])
    h1, h2a, h3, h4, without = (
        found(table, hypothesis(add, subtract)).differences
        for add, subtract in (
            ("time", "base"),
            ("time", "const"),
            ("const", "base"),
            ("time, base", "const, time_m0"),
            ("time_m0", "base"),
        )
    )
    for whole, parts in ((h1, h2a + h3), (h4, h2a - without)):
        if n == 100:
            assert np.array_equal(whole, parts)
        assert whole == pytest.approx(parts, abs=1e-12)
    # The same number of rows right on both sides is a tie, whatever the sums' last bits.
    rows = table.pivot(index="replicate", columns="arm", values="n_correct")
    even = rows["time"] + rows["base"] - rows["const"] - rows["time_m0"] == 0
    assert even.sum() > 20
    assert np.array_equal(h4 == 0, even.to_numpy())
    estimates = table_of(
        table,
        H1=hypothesis("time", "base"),
        H2=hypothesis("time", "const"),
        H3=hypothesis("const", "base"),
        H4=hypothesis("time, base", "const, time_m0"),
    ).set_index("hypothesis")
    difference = estimates["difference"]
    assert difference["H1"] == pytest.approx(difference["H2"] + difference["H3"], abs=1e-9)
    assert estimates.loc["H4", "ties"] == even.sum()


def test_one_protocol_less_another() -> None:
    table = pd.concat(
        [
            cell("a", [96, 97, 98, 99]),
            cell("b", [90, 92, 98, 90]),  # on the tail +6, +5, 0, +9
            cell("a", [80, 85, 88, 81], protocol="resample", seeds=2),
            cell("b", [82, 81, 88, 80], protocol="resample", seeds=2),  # -2, +4, 0, +1
        ]
    )
    answer = found(table, hypothesis("a", "b", "tail-resample"))
    assert answer.treatment.tolist() == [96 + 82, 97 + 81, 98 + 88, 99 + 80]
    assert answer.control.tolist() == [90 + 80, 92 + 85, 98 + 88, 90 + 81]
    assert answer.differences.tolist() == [8, 1, 0, 8]
    # Two replicates of one split are not independent, though on the tail they are.
    assert answer.clusters.tolist() == [1000, 1000, 1001, 1001]
    row = table_of(table, H5=hypothesis("a", "b", "tail-resample")).iloc[0]
    assert (row["n"], row["clusters"], row["ties"]) == (4, 2, 1)
    assert (row["protocol"], row["difference"]) == ("tail-resample", pytest.approx(17 / 4))
    assert row["p"] == pytest.approx(0.5)  # two clusters: 2 of 4 sign patterns reach 4.5 and 4


def test_splits_are_the_clusters() -> None:
    table = pd.concat(
        [
            cell(arm, values, protocol="resample", seeds=2)
            for arm, values in (("a", [81, 85, 82, 84]), ("b", [80, 80, 80, 80]))
        ]
    )
    assert found(table, hypothesis("a", "b", "resample")).clusters.tolist() == [
        1000,
        1000,
        1001,
        1001,
    ]
    row = table_of(table, H1=hypothesis("a", "b", "resample")).iloc[0]
    assert (row["n"], row["clusters"], row["p"]) == (4, 2, 0.5)


def test_a_pattern_is_the_mean_over_schedules() -> None:
    table = pd.concat(
        cell(arm, values, part="grid")
        for arm, values in {
            "step 0.2 0.8": [90, 92],
            "cosine 0.2 0.8": [94, 98],
            "step 0.1 0.8": [80, 80],
            "cosine 0.1 0.8": [81, 85],
            "cosine 0.2 0": [0, 0],
        }.items()
    )
    answer = found(table, hypothesis("* 0.2 0.8", "* 0.1 0.8", part="grid"))
    assert answer.treatment.tolist() == [92, 95]
    assert answer.control.tolist() == [80.5, 82.5]


def test_another_outcome_of_the_same_arm() -> None:
    table = runs(a=[90, 95], b=[91, 91])
    setting = hypothesis([{"arm": "a", "outcome": "best"}], "a")
    assert found(table, setting).differences.tolist() == [2, 2]
    best = found(table, hypothesis("a", "b"), outcome="best")
    assert best.treatment.tolist() == [92, 97]
    # 115 of 116 or more is a success: 99.14 % of 100 rows is 100
    table = runs(a=[99, 100], b=[100, 98])
    assert found(table, hypothesis("a", "b"), outcome="reach").differences.tolist() == [-100, 100]


def test_a_part_by_name() -> None:
    """The same arm in another part is another sample."""
    table = pd.concat([runs(a=[90, 91], b=[80, 80]), cell("a", [70, 70, 70], part="framework")])
    assert found(table, hypothesis("a", "b")).treatment.tolist() == [90, 91]
    setting = hypothesis([{"arm": "a", "outcome": "best"}], "a", part="framework")
    assert found(table, setting).treatment.tolist() == [72, 72, 72]
    assert ask(table, hypothesis("a", "b", part="framework")) is None


def test_parts_in_turn() -> None:
    table = pd.concat(
        [runs(a=[90, 91]), cell("b", [80, 82], part="more"), cell("c", [1, 2], part="ignored")]
    )
    setting = hypothesis("a", "b")
    asked = Asked("H1", "own", "tail", "g", setting)
    answer = pairs(Cells(table, analysis(H1=setting) | {"parts": ["study", "more"]}, "own"), asked)
    assert answer is not None
    assert answer.differences.tolist() == [10, 9]
    assert ask(table, setting) is None
    assert ask(table, hypothesis("a", "c")) is None


def test_a_scale_is_a_factor_on_the_difference() -> None:
    table = runs(a=[90, 95], b=[91, 91], c=[80, 85], d=[88, 81])
    answer = found(table, hypothesis("a, b", "c, d", scale=0.5))
    assert answer.differences.tolist() == [6.5, 10]
    assert answer.treatment.tolist() == [90.5, 93]


# --- arms with fewer replicates -----------------------------------------------


def test_the_arm_with_the_fewest_replicates_names_the_pairs() -> None:
    """Whichever side it is on, and on random splits, too."""
    table = runs(a=[90, 95, 97, 99], b=[91, 91])
    assert found(table, hypothesis("a", "b")).differences.tolist() == [-1, 4]
    assert found(table, hypothesis("b", "a")).differences.tolist() == [1, -4]
    assert found(table, hypothesis("a", "b")).replicates.tolist() == [1000, 1001]
    drawn = pd.concat(
        [cell("a", range(80, 86), protocol="resample"), cell("b", [80] * 4, protocol="resample")]
    )
    answer = found(drawn, hypothesis("a", "b", "resample"))
    assert answer.differences.tolist() == [0, 1, 2, 3]
    assert answer.clusters.tolist() == [1000, 1001, 1002, 1003]


# --- initializers -------------------------------------------------------------


def test_each_initializer_by_itself_or_both_at_once() -> None:
    table = both_initializers(a=[90, 91], b=[80, 80])
    compared = hypothesis([{"arm": "a", "initializer": "n"}], [{"arm": "a", "initializer": "g"}])
    setting = analysis(H1=hypothesis("a", "b"), H13=compared)
    asked = planned(setting, Cells(table, setting, "own"))
    assert [(q.hypothesis, q.protocol, q.initializer) for q in asked] == [
        ("H1", "tail", "g"), ("H1", "tail", "n"), ("H13", "tail", BOTH)
    ]  # fmt: skip
    assert asked[2].key == {
        "hypothesis": "H13", "dataset": "own", "protocol": "tail", "initializer": "both"
    }  # fmt: skip


def test_a_comparison_of_initializers() -> None:
    table = pd.concat([cell("a", [90, 91]), cell("a", [95, 90], initializer="n")])
    setting = hypothesis([{"arm": "a", "initializer": "n"}], [{"arm": "a", "initializer": "g"}])
    assert found(table, setting, initializer=BOTH).differences.tolist() == [5, -1]
    assert ask(table[table["initializer"] == "g"], setting, initializer=BOTH) is None


def test_what_was_not_trained_is_left_out() -> None:
    table = pd.concat([both_initializers(a=[90, 91], b=[80, 80]), runs(c=[70, 71])])
    answer = table_of(table, H1=hypothesis("a", "b"), H2=hypothesis("a", "c"))
    assert list(zip(answer["hypothesis"], answer["initializer"], strict=True)) == [
        ("H1", "g"), ("H1", "n"), ("H2", "g")
    ]  # fmt: skip


# --- what cannot be paired ----------------------------------------------------

TWO = {"a": [90, 91, 92], "b": [80, 80, 80]}


def changed(column: str, value: int, arm: str = "b") -> pd.DataFrame:
    table = runs(**TWO)
    table.loc[table["arm"].eq(arm) & table["replicate"].eq(1001), column] = value
    return table


@pytest.mark.parametrize(
    ("table", "sizes"),
    [
        (changed("replicate", 1003), "3 and 3 replicates, of which 2"),
        (changed("split", 5), "3 and 3 replicates, of which 3"),
        (changed("split", 5, "a"), "3 and 3 replicates, of which 3"),
    ],
)
def test_other_replicates_or_splits_are_an_error(table: pd.DataFrame, sizes: str) -> None:
    expected = f"hypothesis H1 on own, tail: its arms have {sizes} are shared, expected all of the "
    with pytest.raises(ValueError, match=f"^{expected}arm with the fewest, on the same splits$"):
        ask(table, hypothesis("a", "b"))


def test_the_smaller_must_lie_in_the_larger() -> None:
    table = pd.concat([runs(**TWO), cell("c", [70, 71]).assign(replicate=[1001, 1003])])
    for setting in (hypothesis("a", "c"), hypothesis("c", "a"), hypothesis("a, c", "a, b")):
        with pytest.raises(ValueError, match="have 2 and 3 replicates, of which 1 are shared"):
            ask(table, setting)


def test_schedules_of_one_pattern_must_be_paired_too() -> None:
    other = cell("cosine 1 0", [90, 91], part="grid").assign(replicate=[1001, 1002])
    table = pd.concat([cell("step 1 0", [90, 91], part="grid"), other])
    with pytest.raises(ValueError, match="2 and 2 replicates, of which 1 are shared"):
        ask(table, hypothesis("* 1 0", "step 1 0", part="grid"))


def test_protocols_must_be_paired_too() -> None:
    """The fewer of the two name the pairs, and the other must have them."""
    drawn = [cell(arm, [80, 81], protocol="resample") for arm in "ab"]
    table = pd.concat([runs(**TWO), *drawn])
    assert found(table, hypothesis("a", "b", "tail-resample")).differences.tolist() == [10, 11]
    others = [part.assign(replicate=part["replicate"] + 2) for part in drawn]
    with pytest.raises(
        ValueError, match="H1 on own, tail-resample: its arms have 2 and 3 replicates"
    ):
        ask(pd.concat([runs(**TWO), *others]), hypothesis("a", "b", "tail-resample"))


def test_a_replicate_given_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"a run is given twice: .*study.*tail"):
        ask(pd.concat([runs(**TWO), runs(**TWO)[:1]]), hypothesis("a", "b"))
    other = runs(**TWO)[:1].assign(n_correct=1)  # with another result
    with pytest.raises(ValueError, match="a run is given twice"):
        ask(pd.concat([runs(**TWO), other]), hypothesis("a", "b"))


def test_a_study_may_have_no_tuning() -> None:
    question = hypothesis("a", "b")
    setting = {key: value for key, value in analysis(H1=question).items() if key != "tuning"}
    asked = Asked("H1", "own", "tail", "g", question)
    answer = pairs(Cells(runs(a=[90], b=[91]), setting, "own"), asked)
    assert answer is not None
    assert answer.differences.tolist() == [-1]
