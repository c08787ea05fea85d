"""What is corrected together: families of hypotheses, by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from lrstudy.analysis.effects import effects_table
from lrstudy.analysis.pairing import BOTH

from tests.helpers.effects_runs import (
    BASE,
    analysis,
    cell,
    config_of,
    hypothesis,
    ones,
    runs,
    table_of,
)


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


def test_all_data_sets_of_a_part_are_asked_and_corrected_together() -> None:
    """By Holm: p of 1/32, 1/16 and 1/8 of one data set each, and what is the study's own apart."""
    table = pd.concat(
        [runs(z=BASE, a=BASE + ones(6))]
        + [
            cell(arm, BASE + ones(n), part="others", dataset=name)
            for name, right in (("one", 6), ("two", 5), ("three", 4))
            for arm, n in (("z", 0), ("a", right))
        ]
    )
    answer = table_of(
        table, H1=hypothesis("a", "z"), S1=hypothesis("a", "z", part="others", family="secondary")
    )
    assert answer["hypothesis"].tolist() == ["H1", "S1", "S1", "S1"]
    assert answer["dataset"].tolist() == ["own", "one", "two", "three"]
    assert answer["p"].tolist() == pytest.approx([1 / 32, 1 / 32, 1 / 16, 1 / 8])
    assert answer["p_adjusted"].tolist() == pytest.approx([1 / 32, 3 / 32, 3 / 32, 4 / 32])
    assert answer["direction"].tolist() == ["higher", "higher", "higher", "unclear"]


def test_without_a_part_the_own_data_alone_are_asked() -> None:
    other = [cell(arm, BASE, dataset="other") for arm in "az"]
    answer = table_of(pd.concat([runs(z=BASE, a=BASE), *other]), H1=hypothesis("a", "z"))
    assert answer["dataset"].tolist() == ["own"]


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
    answer = effects_table(table, None, None, config_of(setting))
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


def test_one_family_over_both_initializers() -> None:
    """By Holm over 1/32, 1/16 and 1/8 of g, and 1/32 of n."""
    table = pd.concat(
        [
            runs(z=BASE, a=BASE + ones(6), b=BASE + ones(5), c=BASE + ones(4)),
            *(cell(arm, BASE + ones(n), initializer="n") for arm, n in (("z", 0), ("a", 6))),
        ]
    )
    setting = analysis(**{f"H{arm}": hypothesis(arm, "z") for arm in "abc"})
    setting["families"]["primary"]["initializers"] = "together"
    answer = effects_table(table, None, None, config_of(setting))
    by = answer.set_index(["hypothesis", "initializer"])["p_adjusted"]
    assert by.to_dict() == pytest.approx(
        {("Ha", "g"): 4 / 32, ("Hb", "g"): 4 / 32, ("Hc", "g"): 4 / 32, ("Ha", "n"): 4 / 32}
    )
    setting["families"]["primary"]["initializers"] = "each"
    apart = effects_table(table, None, None, config_of(setting))
    assert apart.set_index(["hypothesis", "initializer"])["p_adjusted"]["Ha", "n"] == 1 / 32
