"""Hypotheses on runs made by hand: what is paired with what, and what each family corrects."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.effects import (
    BOTH,
    Asked,
    Cells,
    Pairs,
    effects_table,
    paired,
    pairs,
    planned,
    tuned,
    with_direction,
)
from lrstudy.result_tables import EFFECTS
from lrstudy.stats import adjust, paired_effect
from lrstudy.streams import generator
from lrstudy.tables import write_table

GRID = {
    "schedules": {
        "constant": {"label": "constant"},
        "cosine": {"label": "cosine"},
        "step": {"label": "step"},
    }
}
NO_CHOICE = pd.DataFrame(
    columns=["protocol", "initializer", "schedule", "initial_rate", "momentum"]
)


def analysis(**hypotheses: dict[str, Any]) -> dict[str, Any]:
    return {
        "parts": ["study"],
        "initializer": "g",
        "confidence": 0.9,
        "resamples": 199,
        "seed": 7,
        "margin": 0.5,
        "families": {"primary": "holm", "secondary": "fdr_bh", "other": "none"},
        "hypotheses": hypotheses,
        "tuning": {
            "hypothesis": "T",
            "family": "secondary",
            "part": "grid",
            "reference": "constant",
            "selection_replicates": 2,
            "protocols": ["tail"],
        },
        "tutorial": {"n_validation": 116, "baseline_correct": 111, "schedule_correct": 115},
    }


def terms(names: str) -> list[dict[str, str]]:
    return [{"arm": name} for name in names.split(", ")]


def hypothesis(
    add: Any, subtract: Any, protocol: str = "tail", family: str = "primary", **more: Any
) -> dict[str, Any]:
    add, subtract = (terms(t) if isinstance(t, str) else t for t in (add, subtract))
    setting = {"label": "?", "family": family, "protocols": [protocol]}
    return {**setting, "add": add, "subtract": subtract, **more}


def cell(
    arm: str,
    n_correct: Any,
    *,
    part: str = "study",
    protocol: str = "tail",
    initializer: str = "g",
    seeds: int = 1,
    n_validation: int = 100,
) -> pd.DataFrame:
    """Runs of one cell; on resample `seeds` of them a split."""
    number = np.arange(len(n_correct))
    columns = {
        "part": part,
        "protocol": protocol,
        "initializer": initializer,
        "arm": arm,
        "replicate": 1000 + number,
        "split": 1000 + number // seeds if protocol == "resample" else 0,
        "n_validation": n_validation,
        "n_correct": np.asarray(n_correct),
        "best_n_correct": np.asarray(n_correct) + 2,
    }
    return pd.DataFrame(columns)


def runs(**arms: Any) -> pd.DataFrame:
    return pd.concat([cell(arm, values) for arm, values in arms.items()], ignore_index=True)


def ask(
    table: pd.DataFrame, setting: dict[str, Any], initializer: str = "g", skipped: int = 0
) -> Pairs | None:
    """Pair the replicates of one hypothesis."""
    cells = Cells(table, analysis(H1=setting))
    return pairs(cells, Asked("H1", setting["protocols"][0], initializer, setting, skipped))


def found(table: pd.DataFrame, setting: dict[str, Any], **more: Any) -> Pairs:
    answer = ask(table, setting, **more)
    assert answer is not None
    return answer


def table_of(table: pd.DataFrame, **hypotheses: dict[str, Any]) -> pd.DataFrame:
    return effects_table(table, NO_CHOICE, {"analysis": analysis(**hypotheses), "grid": GRID})


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
    cells = Cells(table, analysis(H1=setting))
    asked = Asked("H1", "tail", "g", hypothesis("a", "b"))
    best = pairs(cells, asked, "best")
    assert best is not None
    assert best.treatment.tolist() == [92, 97]
    # 115 of 116 or more is a success: 99.14 % of 100 rows is 100
    table = runs(a=[99, 100], b=[100, 98])
    reach = pairs(Cells(table, analysis(H1=setting)), asked, "reach")
    assert reach is not None
    assert reach.differences.tolist() == [-100, 100]


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
    asked = Asked("H1", "tail", "g", setting)
    answer = pairs(Cells(table, analysis(H1=setting) | {"parts": ["study", "more"]}), asked)
    assert answer is not None
    assert answer.differences.tolist() == [10, 9]
    assert ask(table, setting) is None
    assert ask(table, hypothesis("a", "c")) is None


def test_replicates_that_chose_are_left_out() -> None:
    table = runs(a=[90, 95, 97, 99], b=[91, 91, 96, 90])
    answer = found(table, hypothesis("a", "b"), skipped=2)
    assert answer.differences.tolist() == [1, 9]
    assert answer.clusters.tolist() == [1002, 1003]
    # the first by number, not by position
    backwards = found(table[::-1], hypothesis("a", "b"), skipped=2)
    assert backwards.differences.tolist() == [1, 9]
    drawn = pd.concat(
        cell(arm, values, protocol="resample", seeds=2)
        for arm, values in {"a": range(80, 86), "b": [80] * 6}.items()
    )
    answer = found(drawn, hypothesis("a", "b", "resample"), skipped=2)
    assert answer.differences.tolist() == [2, 3, 4, 5]
    assert answer.clusters.tolist() == [1001, 1001, 1002, 1002]


# --- initializers -------------------------------------------------------------


def both_initializers(**arms: Any) -> pd.DataFrame:
    return pd.concat([runs(**arms), runs(**arms).assign(initializer="n")], ignore_index=True)


def test_each_initializer_by_itself_or_both_at_once() -> None:
    table = both_initializers(a=[90, 91], b=[80, 80])
    compared = hypothesis([{"arm": "a", "initializer": "n"}], [{"arm": "a", "initializer": "g"}])
    setting = analysis(H1=hypothesis("a", "b"), H13=compared)
    asked = planned(setting, Cells(table, setting))
    assert [(q.hypothesis, q.protocol, q.initializer) for q in asked] == [
        ("H1", "tail", "g"), ("H1", "tail", "n"), ("H13", "tail", BOTH)
    ]  # fmt: skip
    assert asked[2].key == {"hypothesis": "H13", "protocol": "tail", "initializer": "both"}


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
        (runs(a=[90, 91, 92], b=[80, 80]), "3 and 2 replicates, of which 2"),
        (changed("replicate", 1003), "3 and 3 replicates, of which 2"),
        (changed("split", 5), "3 and 3 replicates, of which 3"),
        (changed("split", 5, "a"), "3 and 3 replicates, of which 3"),
    ],
)
def test_other_replicates_or_splits_are_an_error(table: pd.DataFrame, sizes: str) -> None:
    expected = f"hypothesis H1 on tail: its arms have {sizes} are shared, expected the same"
    with pytest.raises(ValueError, match=expected):
        ask(table, hypothesis("a", "b"))


def test_schedules_of_one_pattern_must_be_paired_too() -> None:
    table = pd.concat(
        [cell("step 1 0", [90, 91], part="grid"), cell("cosine 1 0", [90, 91, 92], part="grid")]
    )
    with pytest.raises(ValueError, match="3 and 2 replicates, of which 2 are shared"):
        ask(table, hypothesis("* 1 0", "step 1 0", part="grid"))


def test_protocols_must_be_paired_too() -> None:
    drawn = [cell(arm, [80, 81], protocol="resample") for arm in "ab"]
    table = pd.concat([runs(**TWO), *drawn])
    with pytest.raises(ValueError, match="H1 on tail-resample: its arms have 3 and 2 replicates"):
        ask(table, hypothesis("a", "b", "tail-resample"))
    # apart they are no problem
    assert len(found(table, hypothesis("a", "b")).treatment) == 3
    assert len(found(table, hypothesis("a", "b", "resample")).treatment) == 2


def test_a_replicate_given_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"a run is given twice: .*study.*tail"):
        ask(pd.concat([runs(**TWO), runs(**TWO)[:1]]), hypothesis("a", "b"))
    other = runs(**TWO)[:1].assign(n_correct=1)  # with another result
    with pytest.raises(ValueError, match="a run is given twice"):
        ask(pd.concat([runs(**TWO), other]), hypothesis("a", "b"))


# --- estimates ----------------------------------------------------------------


def test_an_effect_by_hand(tmp_path: Path) -> None:
    table = table_of(
        runs(a=[95, 91, 96, 90], b=[91, 91, 92, 92]), H1=hypothesis("a", "b", label="up")
    )
    write_table(table, tmp_path / "effects.parquet", EFFECTS)
    row = table.iloc[0]
    assert (row["family"], row["label"]) == ("primary", "up")
    assert (row["n"], row["clusters"], row["ties"]) == (4, 4, 1)
    assert row["difference"] == pytest.approx((4 + 0 + 4 - 2) / 4)
    assert row["superiority"] == pytest.approx((2 + 0.5) / 4)
    # Sums of +-4, +-4, +-2: 4 of 8 reach 6 upwards or downwards
    assert row["p"] == pytest.approx(0.5)
    assert row["p_adjusted"] == row["p"]
    assert row["low"] < 1.5 < row["high"]
    # se = sd / 2 with sd = 3; t(3) at 0.9 one-sided is 1.6377
    assert row["tost_low"] == pytest.approx(1.5 - 1.5 * 1.637744, abs=1e-5)
    assert row["tost_high"] == pytest.approx(1.5 + 1.5 * 1.637744, abs=1e-5)
    assert row["tost_p"] == pytest.approx(0.724, abs=1e-3)  # t = -1 / 1.5 against the margin
    assert not row["equivalent"]
    assert row["direction"] == "unclear"


@pytest.mark.parametrize(
    ("step", "direction", "equivalent"),
    [(1, "higher", False), (-1, "lower", False), (0, "unclear", True)],
)
def test_words(step: int, direction: str, equivalent: bool) -> None:
    base = np.array([90, 91, 95, 92, 93, 90])
    row = table_of(runs(a=base + step, b=base), H1=hypothesis("a", "b")).iloc[0]
    assert row["p"] == (1.0 if step == 0 else 2 / 2**6)
    assert row["direction"] == direction
    assert (row["low"], row["high"]) == (step, step)
    assert bool(row["equivalent"]) is equivalent


def test_ties_of_unequal_sums() -> None:
    """105 + 110 and 107 + 108 of 116 rows are equal, though the sums of shares are not."""
    arms = {"a": [105, 105], "b": [110, 113], "c": [107, 109], "d": [108, 109]}
    table = pd.concat([cell(arm, values, n_validation=116) for arm, values in arms.items()])
    sums = found(table, hypothesis("a, b", "c, d"))
    assert (sums.treatment != sums.control).all()
    row = table_of(table, H4=hypothesis("a, b", "c, d")).iloc[0]
    assert (row["ties"], row["difference"], row["p"], row["superiority"]) == (2, 0, 1, 0.5)
    assert row["tost_p"] == 0


def test_sums_that_tie_with_what_was_observed_count() -> None:
    """Shares of 116 rows lie on a lattice: many sign patterns reach the observed sum exactly."""
    rng = np.random.default_rng(0)
    signs = np.array(list(itertools.product([1, -1], repeat=7)))  # 128: exact below 199
    compared = 0
    for _ in range(30):
        a, b = rng.integers(105, 117, (2, 7))
        sums = signs @ (a - b)
        exact = 2 * np.mean(sums >= abs((a - b).sum()))
        if exact > 0.3:
            continue
        table = pd.concat([cell("a", a, n_validation=116), cell("b", b, n_validation=116)])
        row = table_of(table, H1=hypothesis("a", "b")).iloc[0]
        assert row["p"] == pytest.approx(exact)
        compared += 1
    assert compared > 5


# --- families -----------------------------------------------------------------


def ones(n: int) -> np.ndarray:
    """Of six differences n are 1: the exact p is 2 ** (1 - n)."""
    return (np.arange(6) < n).astype(int)


BASE = np.array([90, 91, 95, 92, 93, 90])


def test_p_of_ones() -> None:
    for n in range(1, 7):
        row = table_of(runs(a=BASE + ones(n), b=BASE), H1=hypothesis("a", "b")).iloc[0]
        assert row["p"] == pytest.approx(2.0 ** (1 - n))


@pytest.mark.parametrize(
    ("family", "adjusted", "words"),
    [
        # p = 1/32, 1/16, 1/8
        ("primary", [3 / 32, 4 / 32, 4 / 32], ["higher", "unclear", "unclear"]),
        ("secondary", [3 / 32, 3 / 32, 4 / 32], ["higher", "higher", "unclear"]),
        ("other", [1 / 32, 2 / 32, 4 / 32], ["higher", "higher", "unclear"]),
    ],
)
def test_a_family_by_hand(family: str, adjusted: list[float], words: list[str]) -> None:
    table = runs(z=BASE, a=BASE + ones(6), b=BASE + ones(5), c=BASE + ones(4))
    answer = table_of(table, **{f"H{arm}": hypothesis(arm, "z", family=family) for arm in "abc"})
    assert answer["p_adjusted"].tolist() == pytest.approx(adjusted)
    assert answer["direction"].tolist() == words


def test_families_are_corrected_apart() -> None:
    table = runs(z=BASE, a=BASE + ones(6), b=BASE - ones(5), c=BASE + ones(4))
    answer = table_of(
        table,
        H1=hypothesis("a", "z"),
        H2=hypothesis("b", "z", family="secondary"),
        H3=hypothesis("c", "z"),
        H4=hypothesis("z", "c", family="secondary"),
    ).set_index("hypothesis")
    assert answer["p_adjusted"].to_dict() == pytest.approx(
        {"H1": 2 / 32, "H3": 4 / 32, "H2": 4 / 32, "H4": 4 / 32}
    )


def test_all_protocols_of_a_family_are_corrected_together() -> None:
    drawn = [
        cell(arm, values, protocol="resample")
        for arm, values in (("a", BASE + ones(4)), ("z", BASE))
    ]
    table = pd.concat([runs(z=BASE, a=BASE + ones(6)), *drawn])
    setting = hypothesis("a", "z") | {"protocols": ["tail", "resample"]}
    answer = table_of(table, H1=setting)
    assert answer["protocol"].tolist() == ["tail", "resample"]
    assert answer["p_adjusted"].tolist() == pytest.approx([2 / 32, 4 / 32])


@pytest.mark.parametrize(("primary", "adjusted"), [("g", 1 / 8), ("n", 3 / 8)])
def test_a_comparison_of_initializers_is_in_the_family_of_each(
    primary: str, adjusted: float
) -> None:
    """By Holm: for g 1/32, 1/16 and 1/8; for n 1/4, 1/2 and the same 1/8."""
    base = {"g": BASE, "n": BASE + ones(4)}
    table = pd.concat(
        [
            cell(arm, base[i] + ones(n), initializer=i)
            for i, sizes in (("g", {"z": 0, "a": 6, "b": 5}), ("n", {"z": 0, "a": 3, "b": 2}))
            for arm, n in sizes.items()
        ]
    )
    compared = hypothesis([{"arm": "z", "initializer": "n"}], [{"arm": "z", "initializer": "g"}])
    setting = analysis(H1=hypothesis("a", "z"), H2=hypothesis("b", "z"), H3=compared)
    setting["initializer"] = primary
    answer = effects_table(table, NO_CHOICE, {"analysis": setting, "grid": GRID})
    by = answer.set_index(["hypothesis", "initializer"])["p_adjusted"]
    assert by.to_dict() == pytest.approx(
        {
            ("H1", "g"): 3 / 32,
            ("H2", "g"): 4 / 32,
            ("H1", "n"): 1 / 2,
            ("H2", "n"): 1 / 2,
            # Where both correct it, the primary initializer's correction stands.
            ("H3", BOTH): adjusted,
        }
    )


def test_a_family_of_comparisons_of_initializers_alone() -> None:
    table = pd.concat([cell("a", BASE), cell("a", BASE + ones(5), initializer="n")])
    sides = [{"arm": "a", "initializer": "n"}], [{"arm": "a", "initializer": "g"}]
    answer = table_of(table, H1=hypothesis(*sides), H2=hypothesis(*sides[::-1]))
    assert answer["p_adjusted"].tolist() == pytest.approx([2 / 16, 2 / 16])


# --- each schedule at its best ------------------------------------------------


def choice(schedule: str, rate: float, momentum: float, protocol: str = "tail") -> dict[str, Any]:
    point = {"schedule": schedule, "initial_rate": rate, "momentum": momentum}
    return {"protocol": protocol, "initializer": "g", **point}


def test_every_schedule_meets_the_reference_once() -> None:
    choices = pd.DataFrame(
        [choice("constant", 0.1, 0.9), choice("cosine", 1.0, 0.0), choice("step", 0.2, 0.95)]
        + [choice("cosine", 0.5, 0.5, "resample"), choice("constant", 0.03, 0.0, "resample")]
    )
    asked = tuned(choices, analysis(), GRID)
    assert [(q.hypothesis, q.protocol, q.initializer, q.skipped) for q in asked] == [
        ("T.cosine", "tail", "g", 2), ("T.step", "tail", "g", 2), ("T.cosine", "resample", "g", 2)
    ]  # fmt: skip
    assert asked[0].setting == {
        "label": "cosine, tuned",
        "family": "secondary",
        "part": "grid",
        "add": [{"arm": "cosine 1 0"}],
        "subtract": [{"arm": "constant 0.1 0.9"}],
    }
    assert asked[2].setting["subtract"] == [{"arm": "constant 0.03 0"}]


def test_the_tuned_are_tested_in_their_family_on_what_did_not_choose() -> None:
    base = np.concatenate([[0, 0], BASE])  # the first two chose
    grid = [
        cell(arm, values, part="grid")
        for arm, values in {
            "constant 0.1 0.9": base,
            "cosine 1 0": base + np.concatenate([[50, 50], ones(6)]),
            "step 0.2 0.95": base - np.concatenate([[50, 50], ones(5)]),
            "step 0.1 0": base + 9,
        }.items()
    ]
    table = pd.concat([*grid, runs(a=BASE + ones(4), z=BASE)])
    choices = pd.DataFrame(
        [choice("constant", 0.1, 0.9), choice("cosine", 1.0, 0.0), choice("step", 0.2, 0.95)]
    )
    setting = analysis(H1=hypothesis("a", "z", family="secondary"))
    answer = effects_table(table, choices, {"analysis": setting, "grid": GRID})
    assert answer["hypothesis"].tolist() == ["H1", "T.cosine", "T.step"]
    assert answer["n"].tolist() == [6, 6, 6]
    assert answer["difference"].tolist() == pytest.approx([4 / 6, 1, -5 / 6])
    assert answer["p"].tolist() == pytest.approx([1 / 8, 1 / 32, 1 / 16])
    assert answer["p_adjusted"].tolist() == pytest.approx([4 / 32, 3 / 32, 3 / 32])
    assert answer["direction"].tolist() == ["unclear", "higher", "lower"]


# --- the whole table ----------------------------------------------------------


def study(seed: int = 3) -> pd.DataFrame:
    """Three arms, two initializers, both protocols, a grid of four arms."""
    rng = np.random.default_rng(seed)
    cells = [
        cell(arm, rng.integers(100, 117, 24), n_validation=116, **where)
        for arm in "abz"
        for where in (
            {"initializer": "g"},
            {"initializer": "n"},
            {"initializer": "g", "protocol": "resample", "seeds": 3},
            {"initializer": "n", "protocol": "resample", "seeds": 3},
        )
    ]
    cells += [
        cell(f"{schedule} {rate} 0", rng.integers(100, 117, 24), n_validation=116, part="grid")
        for schedule in ("constant", "cosine", "step")
        for rate in (0.1, 0.2)
    ]
    return pd.concat(cells, ignore_index=True)


EVERYTHING = {
    "H1": hypothesis("a", "z") | {"protocols": ["tail", "resample", "tail-resample"]},
    "H2": hypothesis("a, z", "b, z", family="secondary"),
    "H3": hypothesis("* 0.2 0", "* 0.1 0", family="secondary", part="grid"),
    "H4": hypothesis(
        [{"arm": "a", "initializer": "n"}], [{"arm": "a", "initializer": "g"}], family="secondary"
    ),
    "H5": hypothesis([{"arm": "a", "outcome": "best"}], "a", family="other"),
}
CHOICES = pd.DataFrame(
    [choice("constant", 0.1, 0.0), choice("cosine", 0.2, 0.0), choice("step", 0.2, 0.0)]
)


def whole(table: pd.DataFrame, **changes: Any) -> pd.DataFrame:
    config = {"analysis": analysis(**EVERYTHING) | changes, "grid": GRID}
    answer = effects_table(table, CHOICES, config)
    return answer.sort_values(list(EFFECTS.key)).reset_index(drop=True)


def test_the_order_of_the_rows_is_irrelevant(tmp_path: Path) -> None:
    there = whole(study())
    assert len(there) == 6 + 2 + 1 + 1 + 2 + 2
    write_table(there, tmp_path / "effects.parquet", EFFECTS)
    for seed in (1, 2):
        here = whole(study().sample(frac=1, random_state=seed))
        pd.testing.assert_frame_equal(here, there, check_exact=True)


def test_parts_that_nobody_asks_for_do_not_matter() -> None:
    other = study(4).assign(part="crossed")
    pd.testing.assert_frame_equal(whole(pd.concat([other, study()])), whole(study()))


def test_adjusted_within_family_and_initializer() -> None:
    table = whole(study())
    for family, method in (("primary", "holm"), ("secondary", "fdr_bh")):
        for initializer in ("g", "n"):
            rows = table[
                (table["family"] == family) & table["initializer"].isin([initializer, BOTH])
            ]
            own = (rows["initializer"] == initializer).to_numpy()
            expected = np.array(adjust(rows["p"].tolist(), method))  # type: ignore[arg-type]
            assert own.sum() > 0
            assert rows["p_adjusted"].to_numpy()[own] == pytest.approx(expected[own])
    rest = table[table["family"] == "other"]
    assert rest["p_adjusted"].equals(rest["p"])


def test_a_row_does_not_depend_on_the_others() -> None:
    everything = whole(study()).set_index(list(EFFECTS.key))
    config = {"analysis": analysis(H2=EVERYTHING["H2"]), "grid": GRID}
    alone = effects_table(study(), NO_CHOICE, config).set_index(list(EFFECTS.key))
    columns = ["n", "difference", "low", "high", "p", "tost_p", "superiority"]
    pd.testing.assert_frame_equal(alone[columns], everything.loc[alone.index, columns])


def test_sides_that_change_places_change_the_sign() -> None:
    def turned(setting: dict[str, Any]) -> dict[str, Any]:
        return setting | {"add": setting["subtract"], "subtract": setting["add"]}

    there = table_of(study(), **EVERYTHING)
    back = table_of(study(), **{name: turned(asked) for name, asked in EVERYTHING.items()})
    assert back["difference"].to_numpy() == pytest.approx(-there["difference"].to_numpy())
    assert back["tost_low"].to_numpy() == pytest.approx(-there["tost_high"].to_numpy())
    assert back["superiority"].to_numpy() == pytest.approx(1 - there["superiority"].to_numpy())
    assert back["p"].to_numpy() == pytest.approx(there["p"].to_numpy())
    assert back["p_adjusted"].to_numpy() == pytest.approx(there["p_adjusted"].to_numpy())


def test_below_alpha_is_significant_and_alpha_itself_is_not() -> None:
    table = pd.DataFrame({"difference": [1.0, -1.0, 1.0]})
    found = with_direction(table, pd.Series([0.25, 0.25, 0.5]), 0.5)
    assert found["direction"].tolist() == ["higher", "lower", "unclear"]
    assert found["p_adjusted"].tolist() == [0.25, 0.25, 0.5]


def test_the_resampling_is_that_of_the_seed_after_the_configured_one() -> None:
    rng = np.random.default_rng(3)
    asked = Pairs(rng.normal(size=40), rng.normal(size=40), np.arange(40))
    settings = {"confidence": 0.9, "resamples": 199, "seed": 7}
    expected = paired_effect(
        asked.treatment,
        asked.control,
        asked.clusters,
        confidence=0.9,
        resamples=199,
        rng=generator("resampling", 8),
    )
    assert paired(asked, settings).interval == expected.interval
