"""Variance components against published values and cases worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lrstudy.statistics.stats import ROUNDING
from lrstudy.statistics.variance import Components, _degrees, variance_components
from scipy import stats

# Zone of inhibition in mm: 24 plates, 6 samples of penicillin each (Davies and Goldsmith 1972,
# section 6.6; R, lme4, data set Penicillin, rows a to x, columns A to F).
PENICILLIN = np.array(
    [
        [27, 23, 26, 23, 23, 21], [27, 23, 26, 23, 23, 21], [25, 21, 25, 24, 24, 20],
        [26, 23, 25, 23, 23, 20], [25, 22, 26, 22, 23, 20], [24, 22, 25, 23, 22, 19],
        [24, 20, 23, 21, 22, 19], [26, 22, 26, 24, 24, 21], [24, 21, 24, 22, 22, 20],
        [24, 21, 24, 23, 22, 19], [26, 23, 26, 24, 24, 21], [25, 22, 26, 24, 24, 20],
        [26, 24, 26, 24, 25, 22], [26, 23, 26, 23, 23, 20], [26, 23, 25, 24, 24, 22],
        [25, 22, 25, 23, 23, 20], [25, 21, 24, 23, 23, 20], [25, 22, 24, 23, 23, 19],
        [24, 21, 23, 21, 21, 19], [26, 23, 26, 24, 24, 21], [25, 21, 24, 22, 22, 18],
        [25, 22, 25, 22, 22, 20], [24, 21, 24, 22, 24, 19], [24, 21, 24, 22, 21, 18],
    ]
)  # fmt: skip


def divide(grid: Any, resamples: int = 999, seed: int = 1, confidence: float = 0.95) -> Components:
    return variance_components(
        np.asarray(grid, float),
        confidence=confidence,
        resamples=resamples,
        rng=np.random.default_rng(seed),
    )


def test_two_by_two_by_hand() -> None:
    # Rows' means 1 and 7, columns' 2 and 6, all 4; residuals 1, -1, -1, 1. Mean squares:
    # 2 * 18 = 36, 2 * 8 = 16 and 4; (36 - 4) / 2, (16 - 4) / 2 and 4.
    found = divide([[0, 2], [4, 10]])
    parts = (found.rows, found.columns, found.residual)
    assert [part.raw for part in parts] == pytest.approx([16, 6, 4])
    assert [part.variance for part in parts] == pytest.approx([16, 6, 4])
    assert [part.share for part in parts] == pytest.approx([16 / 26, 6 / 26, 4 / 26])
    assert found.sd == pytest.approx(26**0.5)


def test_penicillin() -> None:
    # R, lme4, lmer(diameter ~ 1 + (1 | plate) + (1 | sample), Penicillin), REML: standard
    # deviations 0.8467, 1.9316 and 0.5499. In a balanced design REML is ANOVA.
    found = divide(PENICILLIN)
    assert PENICILLIN.mean() == pytest.approx(22.97, abs=0.005)
    sds = np.sqrt([found.rows.variance, found.columns.variance, found.residual.variance])
    assert sds == pytest.approx([0.8467, 1.9316, 0.5499], abs=5e-5)


def test_judges() -> None:
    # Six targets and four judges (Shrout and Fleiss, Psychological Bulletin 86, 1979, table 2).
    # Their ICC(2,1) = 0.29 is the share of the targets, ICC(3,1) = 0.71 that without the judges.
    found = divide(
        [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    )
    assert found.rows.share == pytest.approx(0.29, abs=0.005)
    consistency = found.rows.variance / (found.rows.variance + found.residual.variance)
    assert consistency == pytest.approx(0.71, abs=0.006)


def test_a_negative_estimate_is_cut_and_kept() -> None:
    # Rows' means are all 1.5; residuals +-1.5: mean squares 0, 0 and 9.
    found = divide([[0, 3], [3, 0]])
    assert (found.rows.raw, found.columns.raw, found.residual.raw) == (-4.5, -4.5, 9)
    assert (found.rows.variance, found.rows.share, found.rows.low) == (0, 0, 0)
    assert found.residual.share == 1
    assert found.sd == 3


def light_tailed(seed: int = 3, shape: tuple[int, int] = (8, 10)) -> np.ndarray:
    """Uniform effects: their tails never cost degrees of freedom."""
    draw = np.random.default_rng(seed)
    return (
        2 * draw.uniform(-1, 1, (shape[0], 1))
        + draw.uniform(-1, 1, (1, shape[1]))
        + draw.uniform(-1, 1, shape)
    )


def test_the_residual_has_the_chi_squared_interval() -> None:
    found = divide(light_tailed(), resamples=200_000).residual
    exact = found.variance * 63 / stats.chi2.ppf([0.975, 0.025], 63)
    assert (found.low, found.high) == pytest.approx(tuple(exact), rel=0.01)


def test_the_rows_have_nearly_the_large_sample_interval() -> None:
    # Ting et al. (1990), in Burdick and Graybill, Confidence Intervals on Variance Components.
    grid = light_tailed()
    found = divide(grid, resamples=200_000, confidence=0.9)
    e = found.residual.raw
    r = 10 * found.rows.raw + e
    chi_1, chi_2 = (stats.chi2.ppf([0.05, 0.95], df) / df for df in (7, 63))
    h_1, h_2 = 1 / chi_1[0] - 1, 1 / chi_2[0] - 1
    g_1, g_2 = 1 - 1 / chi_1[1], 1 - 1 / chi_2[1]
    f_low, f_high = stats.f.ppf([0.05, 0.95], 7, 63)
    g_12 = ((f_high - 1) ** 2 - g_1**2 * f_high**2 - h_2**2) / f_high
    h_12 = ((1 - f_low) ** 2 - h_1**2 * f_low**2 - g_2**2) / f_low
    low = (r - e - np.sqrt(g_1**2 * r**2 + h_2**2 * e**2 + g_12 * r * e)) / 10
    high = (r - e + np.sqrt(h_1**2 * r**2 + g_2**2 * e**2 + h_12 * r * e)) / 10
    assert (found.rows.low, found.rows.high) == pytest.approx((low, high), rel=0.03)


def test_heavy_tails_widen_the_interval() -> None:
    grid = light_tailed()
    plain = divide(grid).residual
    grid[0, 0] += 6
    heavy = divide(grid).residual
    normal_theory = heavy.variance * 63 / stats.chi2.ppf([0.975, 0.025], 63)
    assert heavy.high - heavy.low > 2 * (normal_theory[1] - normal_theory[0])
    assert plain.high - plain.low < 1.1 * plain.variance


def test_transposing_swaps_rows_and_columns() -> None:
    here, there = divide(PENICILLIN, 50_000), divide(PENICILLIN.T, 50_000)
    assert there.rows.raw == pytest.approx(here.columns.raw)
    assert there.columns.share == pytest.approx(here.rows.share)
    assert there.rows.high == pytest.approx(here.columns.high, rel=0.05)
    assert there.columns.low == pytest.approx(here.rows.low, rel=0.05)
    assert (there.residual.raw, there.sd) == pytest.approx((here.residual.raw, here.sd))


def test_the_order_of_levels_and_the_level_are_irrelevant() -> None:
    draw = np.random.default_rng(4)
    moved = PENICILLIN[draw.permutation(24)][:, draw.permutation(6)] + 70.0
    here, there = divide(PENICILLIN), divide(moved)
    for name in ("rows", "columns", "residual"):
        assert vars(getattr(there, name)) == pytest.approx(vars(getattr(here, name)), rel=1e-9)


def test_another_unit() -> None:
    here, there = divide(PENICILLIN), divide(PENICILLIN / 10)
    assert there.sd == pytest.approx(here.sd / 10)
    assert (there.sd_low, there.sd_high) == pytest.approx((here.sd_low / 10, here.sd_high / 10))
    assert there.rows.high == pytest.approx(here.rows.high / 100)
    assert there.rows.share_high == pytest.approx(here.rows.share_high)


def test_same_seed_same_numbers_other_seed_others() -> None:
    assert divide(PENICILLIN) == divide(PENICILLIN)
    other = divide(PENICILLIN, seed=2)
    assert other.rows.low != divide(PENICILLIN).rows.low
    assert other.rows.raw == divide(PENICILLIN).rows.raw


def test_intervals_hold_their_estimates_and_nest() -> None:
    wide, narrow = divide(PENICILLIN, confidence=0.99), divide(PENICILLIN, confidence=0.5)
    for name in ("rows", "columns", "residual"):
        outer, inner = getattr(wide, name), getattr(narrow, name)
        assert 0 <= outer.low < inner.low < inner.high < outer.high
        assert outer.low < outer.variance < outer.high
        assert 0 <= outer.share_low < outer.share < outer.share_high <= 1
    assert wide.sd_low < wide.sd < wide.sd_high


def test_one_source_alone() -> None:
    rows = divide(np.repeat([[1.0], [2.0], [4.0]], 5, axis=1))
    assert (rows.columns.variance, rows.residual.variance) == pytest.approx((0, 0), abs=1e-12)
    assert rows.rows.variance == pytest.approx(np.var([1, 2, 4], ddof=1))
    assert rows.rows.share_low == pytest.approx(1)


def test_a_constant_cell() -> None:
    found = divide(np.full((3, 4), 100 * 112 / 116))
    assert (found.sd, found.sd_low, found.sd_high) == (0, 0, 0)
    assert (found.rows.variance, found.rows.high) == (0, 0)
    assert np.isnan([found.rows.share, found.columns.share_low, found.residual.share_high]).all()


def test_a_spread_up_to_rounding_is_none() -> None:
    found = divide([[0.0, 0.0], [0.0, ROUNDING]])
    assert (found.rows.raw, found.residual.raw, found.sd) == (0.0, 0.0, 0.0)
    assert divide([[0.0, 0.0], [0.0, 2 * ROUNDING]]).sd > 0


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (4,), (2, 2, 2)])
def test_bad_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"at least \(2, 2\), found \("):
        divide(np.ones(shape))


def test_bad_values() -> None:
    with pytest.raises(ValueError, match=r"^a crossed cell needs finite values in all places$"):
        divide([[1, 2], [3, np.nan]])
    for confidence in (0, 1, 1.5, 95):
        with pytest.raises(ValueError, match=f"between 0 and 1, found {confidence}"):
            divide(PENICILLIN, confidence=confidence)


def test_degrees_of_freedom_by_hand() -> None:
    """Squares 0, 0, 0 and 4: mean 1, variance 4, so 2 * 1 * 4 / 4."""
    assert _degrees(np.array([0.0, 0.0, 0.0, -2.0]), 10) == pytest.approx(2.0)
    assert _degrees(np.array([0.0, 0.0, 0.0, -2.0]), 1) == 1
    assert _degrees(np.array([1.0, -1.0]), 7) == 7
