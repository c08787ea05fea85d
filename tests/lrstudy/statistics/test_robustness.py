"""Second opinions against R, statsmodels, and cases worked by hand."""

from __future__ import annotations

from math import atan, pi, sqrt
from typing import Any

import numpy as np
import pytest
from lrstudy.statistics.robustness import (
    Corrected,
    _student,
    nadeau_bengio,
    wilcoxon_p,
)
from lrstudy.statistics.stats import ROUNDING, Interval
from scipy import stats


def cauchy_p(t: float) -> float:
    """Two-sided p-value of t with one degree of freedom."""
    return 1 - 2 * atan(t) / pi


# --- Wilcoxon -----------------------------------------------------------------


def test_wilcoxon_without_zeros() -> None:
    # R, wilcox.test(x, y, paired = TRUE, exact = FALSE, correct = FALSE): 0.6948866023724735
    # (SciPy's tests, test_morestats.py, test_accuracy_wilcoxon).
    x = np.array([120, 114, 181, 188, 180, 146, 121, 191, 132, 113, 127, 112])
    y = np.array([133, 143, 119, 189, 112, 199, 198, 113, 115, 121, 142, 187])
    assert wilcoxon_p(x - y) == pytest.approx(0.6948866023724735, rel=1e-12)


def test_wilcoxon_with_zeros() -> None:
    # R, coin, wilcoxsign_test, which follows Pratt: 0.31731050786291415 (SciPy's tests,
    # test_morestats.py, test_pratt). One rank is left, so z = 1.
    assert wilcoxon_p(np.array([0.0, 0, 0, -1])) == pytest.approx(0.31731050786291415)


def test_wilcoxon_by_hand() -> None:
    # Sizes 0, 1, 1, 2, 3 have ranks 1, 2.5, 2.5, 4, 5. Without the zero's: sum of signed ranks
    # 2.5 - 2.5 + 4 + 5 = 9, its variance 2.5^2 + 2.5^2 + 4^2 + 5^2 = 53.5.
    p = wilcoxon_p(np.array([0.0, 1, -1, 2, 3]))
    assert p == pytest.approx(2 * stats.norm.sf(9 / sqrt(53.5)))


def test_wilcoxon_on_many_ties() -> None:
    draw = np.random.default_rng(1)
    for _ in range(20):
        differences = np.rint(draw.normal(0.1, 0.5, 80))
        ranks = stats.rankdata(np.abs(differences))[differences != 0]
        z = (ranks * np.sign(differences[differences != 0])).sum() / np.sqrt((ranks**2).sum())
        assert wilcoxon_p(differences) == pytest.approx(2 * stats.norm.sf(abs(z)))


def test_wilcoxon_takes_a_tie_broken_by_rounding_for_a_tie() -> None:
    correct = np.random.default_rng(2).integers(105, 112, size=30)
    steps = np.random.default_rng(3).integers(-1, 4, size=30)
    points = 100 * (correct + steps) / 116 - 100 * correct / 116
    assert len(np.unique(points)) > len(np.unique(steps))
    assert wilcoxon_p(points) == pytest.approx(wilcoxon_p(steps), rel=1e-12)


def test_wilcoxon_properties() -> None:
    assert wilcoxon_p(np.zeros(9)) == 1.0
    assert wilcoxon_p(np.array([1.0, -1.0])) == 1.0
    draw = np.random.default_rng(4)
    differences = np.rint(draw.normal(0.3, 1, 50))
    assert wilcoxon_p(-differences) == pytest.approx(wilcoxon_p(differences))
    assert wilcoxon_p(draw.permutation(differences)) == wilcoxon_p(differences)
    with pytest.raises(ValueError, match=r"^a signed-rank test .* one difference, found none$"):
        wilcoxon_p(np.array([]))


# --- Nadeau and Bengio --------------------------------------------------------


def corrected(values: Any, n_train: int = 235, n_validation: int = 116) -> Corrected:
    return nadeau_bengio(
        np.asarray(values, float), n_train=n_train, n_validation=n_validation, confidence=0.95
    )


def test_nadeau_bengio_by_hand() -> None:
    # 1 and 3: mean 2, variance 2; 1/2 + 1/2 of it, so se = sqrt(2), t = sqrt(2).
    found = corrected([1, 3], n_train=200, n_validation=100)
    assert (found.difference, found.se) == pytest.approx((2, sqrt(2)))
    assert found.p == pytest.approx(cauchy_p(sqrt(2)))
    # tan(0.475 * pi) is the 97.5 % quantile of t with one degree of freedom
    reach = sqrt(2) * np.tan(0.475 * pi)
    assert (found.low, found.high) == pytest.approx((2 - reach, 2 + reach))
    assert found.detectable == pytest.approx(sqrt(2) * (1.959964 + 1.281552), rel=1e-6)


def test_the_floor_under_what_can_be_detected() -> None:
    # The plan: 2.28 standard deviations at 90 % power, however many splits are drawn.
    many = np.tile([-1.0, 1.0], 500_000)
    assert corrected(many).detectable == pytest.approx(2.28, abs=0.005)
    assert corrected(np.tile([-1.0, 1.0], 100)).detectable == pytest.approx(2.29, abs=0.01)


def test_without_the_correction_it_is_the_t_test() -> None:
    values = np.random.default_rng(5).normal(0.3, 1, 20)
    found = corrected(values, n_train=10**12, n_validation=1)
    t = stats.ttest_1samp(values, 0)
    assert found.p == pytest.approx(t.pvalue, rel=1e-6)
    assert (found.low, found.high) == pytest.approx(tuple(t.confidence_interval(0.95)), rel=1e-6)


def test_nadeau_bengio_without_spread() -> None:
    assert corrected([0, 0, 0]) == Corrected(0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    assert corrected([2, 2, 2]) == Corrected(2.0, 0.0, 2.0, 2.0, 0.0, 0.0)


def test_nadeau_bengio_changes_sign() -> None:
    forth, back = corrected([1.0, 3.0, 2.5]), corrected([-1.0, -3.0, -2.5])
    assert (back.difference, back.low, back.high) == (-forth.difference, -forth.high, -forth.low)
    assert (back.p, back.se, back.detectable) == (forth.p, forth.se, forth.detectable)


def test_nadeau_bengio_bad_input() -> None:
    with pytest.raises(ValueError, match="at least 2 splits, found 1"):
        corrected([1.0])
    with pytest.raises(ValueError, match="both sides need rows, found 235 and 0"):
        corrected([1.0, 2.0], n_validation=0)
    for confidence in (0, 1, 95):
        with pytest.raises(ValueError, match=f"between 0 and 1, found {confidence}"):
            nadeau_bengio(np.arange(3.0), n_train=2, n_validation=1, confidence=confidence)


def test_one_row_on_each_side_is_enough() -> None:
    found = nadeau_bengio(np.array([0.0, 2.0]), n_train=1, n_validation=1, confidence=0.9)
    assert found.se == pytest.approx(2**0.5 * 1.5**0.5)


def test_a_spread_up_to_rounding_is_none() -> None:
    assert _student(1.0, ROUNDING, 3, 0.9) == (Interval(1.0, 1.0), 0.0)
    assert _student(ROUNDING, 0.0, 3, 0.9) == (Interval(ROUNDING, ROUNDING), 1.0)
    assert _student(1.0, 2 * ROUNDING, 3, 0.9)[0].low < 1.0
