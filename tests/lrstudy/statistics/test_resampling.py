"""Many columns resampled at once: exact sums, and what SciPy finds for each column alone."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from lrstudy.statistics.resampling import (
    bootstrap_means,
    fixed_point,
    percentile_intervals,
    resolution,
    sign_flip_p,
)
from scipy import stats

RESAMPLES = 999


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def counts(n: int, k: int = 1, seed: int = 0) -> np.ndarray:
    """Differences of accuracies: few values, many ties, as the study has."""
    draw = rng(seed)
    a, b = draw.integers(105, 117, (2, n, k))
    return 100 * a / 116 - 100 * b / 116


def column(values: Any) -> np.ndarray:
    return np.asarray(values, float)[:, None]


# --- exact sums ---------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 14, 300, 5000, 100_000])
def test_any_order_of_summation_gives_the_same_bits(n: int) -> None:
    """Of the largest weights that a resample can have, in whatever order, in either precision."""
    draw = rng(n)
    values = np.stack(
        [draw.normal(size=n), draw.uniform(95, 100, n), 1e-9 * draw.normal(size=n)], 1
    )
    whole, _ = fixed_point(values)
    weights = np.bincount(draw.integers(n, size=n), minlength=n)
    assert (np.abs(whole).max(axis=0) * n <= 2.0**53).all()
    for weight in (weights, 1 - 2 * draw.integers(2, size=n), n * (np.arange(n) == 1)):
        exact = [sum(int(w) * int(x) for w, x in zip(weight, c, strict=True)) for c in whole.T]
        for _ in range(5):
            order = draw.permutation(n)
            terms = weight[order, None] * whole[order]
            for found in (
                terms.sum(axis=0),
                np.cumsum(terms, axis=0)[-1],
                weight[order].astype(float) @ whole[order],
                np.add.reduce(terms[::2]) + np.add.reduce(terms[1::2]),
            ):
                assert found.tolist() == exact
    # What is not rounded depends on the order.
    if n >= 300:
        assert len({values[draw.permutation(n), 0].cumsum()[-1] for _ in range(20)}) > 1


@pytest.mark.parametrize("unit", [2.0**-40, 1.0, 1e6])
def test_what_is_rounded_is_less_than_the_data_can_tell(unit: float) -> None:
    values = unit * counts(5000, 3)
    whole, step = fixed_point(values)
    assert (np.rint(whole) == whole).all()
    assert (np.frexp(step)[0] == 0.5).all()  # powers of two
    assert (np.abs(whole * step - values) <= step / 2).all()
    assert (step <= 2.0**-39 * np.abs(values).max(axis=0)).all()


def test_a_step_is_its_columns_own() -> None:
    values = counts(50, 3) * np.array([1, 1e-6, 1e6])
    whole, step = fixed_point(values)
    for i in range(3):
        alone = fixed_point(values[:, [i]])
        assert np.array_equal(alone[0][:, 0], whole[:, i]) and alone[1][0] == step[i]
    assert fixed_point(np.zeros((3, 1)))[0].tolist() == [[0.0]] * 3


@pytest.mark.parametrize("values", [np.zeros(3), np.zeros((0, 2)), np.zeros((2, 0))])
def test_what_has_no_columns_is_refused(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"of shape \(n, k\), found \("):
        fixed_point(values)


@pytest.mark.parametrize(("n", "bits"), [(8191, 40), (8192, 40), (8193, 39), (16385, 38)])
def test_a_step_is_as_fine_as_the_number_of_values_allows(n: int, bits: int) -> None:
    whole, step = fixed_point(np.full((n, 1), 0.75))
    assert (step[0], whole[0, 0]) == (2.0**-bits, 0.75 * 2**bits)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(bad: float) -> None:
    for use in (bootstrap_means, sign_flip_p):
        with pytest.raises(ValueError, match=r"^resampling needs finite values, found others$"):
            use(column([1.0, bad]), resamples=9, rng=rng())


# --- bootstrap ----------------------------------------------------------------


def test_a_column_does_not_depend_on_the_others() -> None:
    """Nor on how many there are, in blocks of which the last is a part of one."""
    values = counts(2500, 7)
    together = bootstrap_means(values, resamples=1700, rng=rng())
    flipped = sign_flip_p(values, resamples=1700, rng=rng())
    for i in range(7):
        alone = bootstrap_means(values[:, [i]], resamples=1700, rng=rng())
        assert np.array_equal(alone[0], together[i])
        assert sign_flip_p(values[:, [i]], resamples=1700, rng=rng())[0] == flipped[i]


def test_a_resample_is_the_mean_of_rows_drawn_with_replacement() -> None:
    values = counts(30, 2)
    drawn = bootstrap_means(values, resamples=RESAMPLES, rng=rng())
    rows = rng().integers(30, size=(RESAMPLES, 30))
    assert drawn == pytest.approx(values[rows].mean(axis=1).T, abs=1e-10)
    # Both columns of the same rows.
    sums = bootstrap_means(values.sum(axis=1, keepdims=True), resamples=RESAMPLES, rng=rng())
    assert sums[0] == pytest.approx(drawn.sum(axis=0), abs=1e-10)


def test_the_intervals_are_scipys() -> None:
    values = rng(3).normal(size=40)
    found = stats.bootstrap(
        (values,), np.mean, n_resamples=RESAMPLES, confidence_level=0.9, method="percentile",
        rng=rng(),
    ).confidence_interval  # fmt: skip
    drawn = bootstrap_means(column(values), resamples=RESAMPLES, rng=rng())
    assert percentile_intervals(drawn, 0.9)[:, 0] == pytest.approx(list(found), abs=1e-10)


def test_the_bootstrap_of_two_values_by_hand() -> None:
    # means of two draws from {0, 1}: 0, 1/2, 1 with probabilities 1/4, 1/2, 1/4
    drawn = bootstrap_means(column([0, 1]), resamples=RESAMPLES, rng=rng())
    assert set(drawn[0].tolist()) == {0.0, 0.5, 1.0}
    assert percentile_intervals(drawn, 0.95)[:, 0].tolist() == [0, 1]
    assert percentile_intervals(drawn, 0.4)[:, 0].tolist() == [0.5, 0.5]


def test_quantiles_are_linear_between_neighbours() -> None:
    assert percentile_intervals(np.arange(11.0)[None], 0.5)[:, 0].tolist() == [2.5, 7.5]
    for confidence in (0, 1, 95):
        with pytest.raises(ValueError, match=f"between 0 and 1, found {confidence}"):
            percentile_intervals(np.zeros((1, 3)), confidence)


def test_the_bootstrap_of_a_mean_is_as_wide_as_its_standard_error() -> None:
    values = rng(4).normal(size=(400, 1))
    low, high = percentile_intervals(bootstrap_means(values, resamples=2000, rng=rng()), 0.95)
    assert (high - low)[0] == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.07)


def test_other_seeds_give_other_numbers() -> None:
    values = counts(40)
    one, other = (bootstrap_means(values, resamples=99, rng=rng(seed)) for seed in (1, 2))
    assert not np.array_equal(one, other)


# --- sign flips ---------------------------------------------------------------


def p_of(values: Any, resamples: int = RESAMPLES, seed: int = 1) -> float:
    return float(sign_flip_p(column(values), resamples=resamples, rng=rng(seed))[0])


def by_enumeration(differences: np.ndarray) -> float:
    """Two-sided p: twice the smaller tail over all sign patterns."""
    flipped = np.array(
        [np.mean(differences * s) for s in product((-1, 1), repeat=len(differences))]
    )
    seen = differences.mean()
    tails = [np.mean(flipped >= seen - 1e-12), np.mean(flipped <= seen + 1e-12)]
    return float(min(1.0, 2 * min(tails)))


SMALL = np.array([3.0, -1.0, 2.0, 0.0, 4.0])


def test_sign_flips_by_hand() -> None:
    # 8 patterns of (1, 2, 3); only +++ reaches the mean 2, so p = 2/8
    assert p_of([1, 2, 3], 99) == 0.25
    # -1, 2, 3: sums 6, 4, 2, ...: two of eight reach 4, so p = 4/8
    assert p_of([-1, 2, 3], 99) == 0.5
    assert p_of(np.zeros(5)) == p_of(np.zeros(50)) == 1.0


@pytest.mark.parametrize("differences", [SMALL, -SMALL, np.array([1.0, 1.0]), np.arange(-2.0, 5.0)])
def test_sign_flips_are_exact_for_few_pairs(differences: np.ndarray) -> None:
    assert p_of(differences) == by_enumeration(differences)


def test_sign_flips_of_more_pairs_are_exact_too() -> None:
    differences = np.array([1.0, 2, 3, 4, 5, 6, 7, -1, -2, -3, -4, 5, 6, 0])
    assert p_of(differences, 2**14) == by_enumeration(differences)
    assert p_of(differences, 2**14 - 1) != by_enumeration(differences)


def test_sampled_sign_flips_come_close_to_the_exact_p_and_never_reach_zero() -> None:
    draw = rng(2)
    for _ in range(5):
        differences = draw.integers(-2, 4, 12).astype(float)
        exact = p_of(differences, 2**12)
        assert p_of(differences, 2**12 - 1) == pytest.approx(exact, abs=0.03)
    assert p_of(np.ones(40)) == resolution(40, RESAMPLES) == 2 / 1000
    assert p_of([1.0, -1.0] * 8) == 1.0


@pytest.mark.parametrize(("n", "resamples"), [(40, RESAMPLES), (3, 5), (2500, 1700)])
def test_the_sampled_p_is_that_of_its_definition(n: int, resamples: int) -> None:
    """Whole numbers need no rounding: one added to both counts, ties counted.

    Of bits that fill no byte, and of more than one block.
    """
    values = rng(5).integers(-3, 4, (n, 3)).astype(float)
    drawn = np.frombuffer(rng().bytes(-(-n * resamples // 8)), np.uint8)
    signs = 1.0 - 2.0 * np.unpackbits(drawn, count=n * resamples).reshape(resamples, n)
    null, seen = signs @ values, values.sum(axis=0)
    fewer = np.minimum((null >= seen).sum(axis=0), (null <= seen).sum(axis=0))
    expected = np.minimum(1, 2 * (fewer + 1) / (resamples + 1))
    assert sign_flip_p(values, resamples=resamples, rng=rng()).tolist() == expected.tolist()


@pytest.mark.parametrize(("steps", "p"), [(2.0, 1.0), (3.0, 0.5)])
def test_sums_tie_as_far_as_their_terms_were_rounded(steps: float, p: float) -> None:
    """Of two terms, four steps: two sums differ by twice the smaller of them."""
    values = column([2.0**39, steps])
    assert fixed_point(values)[1][0] == 1
    for turned in (values, -values):
        assert sign_flip_p(turned, resamples=4, rng=rng())[0] == p


def test_sums_that_tie_tie_though_their_terms_were_rounded() -> None:
    """Points of 116 rows are a lattice: the p-values are those of the whole rows.

    A mean over five seeds, too, and with more values than any sum of rounding could hide in.
    """
    draw = rng(6)
    for n, seeds in ((12, 1), (300, 1), (300, 5), (5000, 5)):
        a, b = draw.integers(100, 117, (2, n, 4, seeds))
        a = np.where(draw.random(a.shape) < 0.8, b, a)
        points = (100 * a / 116 - 100 * b / 116).mean(axis=2)
        found = sign_flip_p(points, resamples=RESAMPLES, rng=rng())
        rows = sign_flip_p((a - b).sum(axis=2).astype(float), resamples=RESAMPLES, rng=rng())
        assert found.tolist() == rows.tolist()
    tied = sign_flip_p(column([100 / 116, -200 / 116, 300 / 116] * 8), resamples=99, rng=rng())
    assert tied[0] == p_of([1.0, -2.0, 3.0] * 8, 99)


def test_last_bits_of_differences_break_no_tie() -> None:
    """One row of 116 more, or less, where its points are largest, and smallest, by rounding."""
    more, less = 100 * 80 / 116 - 100 * 79 / 116, 100 * 20 / 116 - 100 * 21 / 116
    assert more > -less
    assert p_of([more] * 8 + [less] * 4, 2**12) == p_of([1.0] * 8 + [-1.0] * 4, 2**12)


@pytest.mark.parametrize("unit", [1e-9, 1e9, -1.0])
def test_sign_flips_know_no_unit(unit: float) -> None:
    differences = np.array([1.0, 2, 3, 4, 5, -1, -2, -3] * 2)
    p = p_of(differences)
    assert 0.01 < p < 0.5
    assert p_of(differences * unit) == p


def test_signs_are_fair_and_independent() -> None:
    """As many -1 as 1: of one value out of two that count, p is the share of equal signs."""
    pairs = np.zeros((40, 20))
    pairs[0], pairs[np.arange(1, 21), np.arange(20)] = 3.0, 1.0
    # Sums of 4, 2, -2 and -4: a quarter reaches 4.
    found = sign_flip_p(pairs, resamples=4999, rng=rng())
    assert found == pytest.approx(np.full(20, 0.5), abs=0.05)


@pytest.mark.parametrize(("n", "resamples", "smallest"), [(6, 64, 0), (7, 64, 2 / 65), (5, 99, 0)])
def test_the_resolution(n: int, resamples: int, smallest: float) -> None:
    assert resolution(n, resamples) == smallest
    p = p_of(np.ones(n), resamples)
    assert p == (smallest or 2 / 2**n)
