"""Equivalence against a published example, SciPy's one-sided tests, and cases worked by hand."""

from __future__ import annotations

from math import atan, pi
from typing import Any

import numpy as np
import pytest
from lrstudy.statistics.equivalence import Equivalence, tost, welch_tost
from scipy import stats

# Hours of extra sleep under two drugs, ten patients (Student 1908; R's data set sleep).
SLEEP_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SLEEP_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
SLEEP = SLEEP_1 - SLEEP_2


def check(
    differences: Any, clusters: Any = None, margin: float = 1.0, confidence: float = 0.95
) -> Equivalence:
    differences = np.asarray(differences, float)
    clusters = np.arange(len(differences)) if clusters is None else np.asarray(clusters)
    return tost(differences, clusters, margin=margin, confidence=confidence)


def test_the_sleep_data() -> None:
    # R 4, TOSTER, t_TOST(extra ~ group, data = sleep, low_eqbound = -1, high_eqbound = 1,
    # paired = TRUE): p = 9.149441e-01, 90 % interval -2.293005 to -0.8669947.
    found = check(SLEEP)
    assert found.difference == pytest.approx(-1.58)
    assert found.p == pytest.approx(0.9149441, abs=5e-8)
    assert (found.low, found.high) == pytest.approx((-2.293005, -0.8669947), abs=5e-7)
    assert not found.equivalent


def test_two_values_by_hand() -> None:
    # 0 and 2: mean 1, standard error 1; to the margin 2 it is t = 1 with one degree of freedom,
    # which leaves 1/4 above it. The 90 % quantile of that t is tan(0.4 * pi).
    found = check([0, 2], margin=2, confidence=0.9)
    assert found.p == pytest.approx(0.25)
    assert found.high - 1 == pytest.approx(np.tan(0.4 * pi))
    assert found.p == pytest.approx(0.5 - atan(1) / pi)


@pytest.mark.parametrize("margin", [0.2, 1.0, 1.58, 2.5, 3.2])
def test_scipys_one_sided_tests(margin: float) -> None:
    upper = stats.ttest_1samp(SLEEP, margin, alternative="less").pvalue
    lower = stats.ttest_1samp(SLEEP, -margin, alternative="greater").pvalue
    assert check(SLEEP, margin=margin).p == pytest.approx(max(upper, lower))


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("margin", [2.0, 2.2, 2.29, 2.3, 2.5, 3.0])
def test_it_rejects_where_the_interval_lies_inside(margin: float, confidence: float) -> None:
    found = check(SLEEP, margin=margin, confidence=confidence)
    assert found.equivalent == (-margin < found.low and found.high < margin)


@pytest.mark.parametrize(("value", "p"), [(0.0, 0.0), (0.9, 0.0), (-0.9, 0.0), (1.0, 1.0), (3, 1)])
def test_without_spread_it_is_exact(value: float, p: float) -> None:
    assert check([value] * 5) == Equivalence(value, p, value, value, p == 0.0)


def test_a_spread_of_rounding_is_none() -> None:
    # One return of 116 each time; the subtractions differ in the last bits.
    differences = np.array([100 * (k + 1) / 116 - 100 * k / 116 for k in range(105, 116)])
    assert differences.std() > 0
    assert check(differences, margin=0.87).p == 0.0
    assert check(differences, margin=0.86).p == 1.0


def test_clusters_are_the_units() -> None:
    doubled = check(np.repeat(SLEEP, 2), np.repeat(np.arange(10), 2))
    assert doubled.p == pytest.approx(check(SLEEP).p)
    assert check(np.repeat(SLEEP, 2)).p > doubled.p + 0.01


def test_swapping_the_arms_changes_the_sign() -> None:
    forth, back = check(SLEEP), check(-SLEEP)
    assert (back.difference, back.low, back.high) == (-forth.difference, -forth.high, -forth.low)
    assert (back.p, back.equivalent) == (forth.p, forth.equivalent)


def test_the_order_of_rows_is_irrelevant() -> None:
    clusters = np.repeat(np.arange(5), 2)
    order = np.random.default_rng(1).permutation(10)
    here, there = check(SLEEP, clusters), check(SLEEP[order], clusters[order])
    assert (here.p, here.low) == pytest.approx((there.p, there.low))


def test_bad_input() -> None:
    with pytest.raises(ValueError, match=r"margin must be above 0, found 0"):
        check(SLEEP, margin=0.0)
    with pytest.raises(ValueError, match="margin must be above 0, found nan"):
        check(SLEEP, margin=float("nan"))
    with pytest.raises(ValueError, match=r"between 0\.5 and 1, found 0\.5"):
        check(SLEEP, confidence=0.5)
    for confidence in (1, 1.5, 95):
        with pytest.raises(ValueError, match=rf"between 0\.5 and 1, found {confidence}"):
            check(SLEEP, confidence=confidence)
    with pytest.raises(ValueError, match="at least 2 clusters, found 1"):
        check([1.0, 2.0], [7, 7])
    with pytest.raises(ValueError, match=r"one size, found \[1, 2\]"):
        check([1.0, 2.0, 3.0], [7, 7, 8])


# --- the smallest margin ------------------------------------------------------


@pytest.mark.parametrize("sign", [1, -1])
def test_at_the_smallest_margin_the_test_turns(sign: int) -> None:
    margin = check(sign * SLEEP).smallest_margin
    assert margin == pytest.approx(2.293005, abs=5e-7)
    assert not check(sign * SLEEP, margin=margin - 1e-6).equivalent
    assert check(sign * SLEEP, margin=margin + 1e-6).equivalent


# --- two independent samples --------------------------------------------------


def test_welchs_tests_of_the_sleep_data() -> None:
    for margin in (0.5, 1.0, 3.5):
        found = welch_tost(SLEEP_1, SLEEP_2, margin=margin, confidence=0.95)
        shifted = [
            stats.ttest_ind(SLEEP_1, SLEEP_2 + end, equal_var=False, alternative=side).pvalue
            for end, side in ((margin, "less"), (-margin, "greater"))
        ]
        assert found.p == pytest.approx(max(shifted))
        interval = stats.ttest_ind(SLEEP_1, SLEEP_2, equal_var=False).confidence_interval(0.9)
        assert (found.low, found.high) == pytest.approx(tuple(interval))
        assert found.difference == pytest.approx(-1.58)
        assert found.equivalent == (found.smallest_margin < margin)


def test_welchs_tests_of_sides_without_spread() -> None:
    constant = np.full(4, 90.0)
    same = welch_tost(constant, np.full(3, 90.0), margin=1.0, confidence=0.95)
    assert same == Equivalence(0.0, 0.0, 0.0, 0.0, True)
    assert welch_tost(constant + 1, constant, margin=1.0, confidence=0.95).p == 1.0
    one = welch_tost(constant, np.array([89.0, 91.0, 90.0]), margin=1.0, confidence=0.95)
    # One side alone varies: t with its own 2 degrees of freedom.
    reach = stats.t(2).ppf(0.95) / 3**0.5
    assert (one.low, one.high) == pytest.approx((-reach, reach))


def test_welchs_tests_of_bad_input() -> None:
    with pytest.raises(ValueError, match=r"at least 2 values a side, found \(1, 2\)"):
        welch_tost(np.ones(1), np.ones(2), margin=1.0, confidence=0.95)
    with pytest.raises(ValueError, match="margin must be above 0, found -1"):
        welch_tost(np.ones(2), np.ones(2), margin=-1.0, confidence=0.95)
