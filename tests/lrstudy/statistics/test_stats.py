"""Statistics against SciPy called directly, published values, and cases worked by hand."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from lrstudy.statistics.stats import (
    ROUNDING,
    Interval,
    PairedEffect,
    bootstrap_mean,
    cluster_means,
    interquartile_mean,
    paired_effect,
    sign_flip_p,
    standard_deviation,
    superiority,
)
from scipy import stats

SMALL = np.array([3.0, -1.0, 2.0, 0.0, 4.0])


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def interval(
    values: Any,
    clusters: Any,
    resamples: int = 999,
    confidence: float = 0.95,
    nested: bool = True,
) -> Interval:
    return bootstrap_mean(
        np.asarray(values, float),
        np.asarray(clusters),
        confidence=confidence,
        resamples=resamples,
        rng=rng(),
        nested=nested,
    )


def compare(a: Any, b: Any, clusters: Any = None, resamples: int = 999) -> PairedEffect:
    clusters = np.arange(len(a)) if clusters is None else np.asarray(clusters)
    return paired_effect(
        np.asarray(a), np.asarray(b), clusters, confidence=0.95, resamples=resamples, rng=rng()
    )


# --- the middle half ----------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ([7], 7),
        ([1, 3, 8], 4),  # 3 / 4 of a value is none
        ([9, 1, 2, 4], 3),  # without 1 and 9
        ([9, 1, 2, 4, 6], 4),  # still one at each end: 2, 4, 6
        ([100, 0, 1, 2, 3, 4, 5], 3),
        ([100, 90, 0, -1, 4, 5, 6, 9], 6),  # without -1, 0, 90 and 100
    ],
)
def test_interquartile_mean_by_hand(values: list[float], mean: float) -> None:
    assert interquartile_mean(np.array(values, float)) == pytest.approx(mean)


def test_interquartile_mean_properties() -> None:
    values = rng(3).normal(size=41)
    found = interquartile_mean(values)
    assert interquartile_mean(-values) == pytest.approx(-found)
    assert interquartile_mean(rng().permutation(values)) == pytest.approx(found)
    extreme = np.where(values == values.max(), 1e6, values)
    assert interquartile_mean(extreme) == pytest.approx(found)
    with pytest.raises(ValueError, match=r"^an interquartile mean needs at least one value, found"):
        interquartile_mean(np.array([]))


def test_a_standard_deviation_of_rounding_is_none() -> None:
    steps = np.array([100 * (k + 1) / 116 - 100 * k / 116 for k in range(105, 116)])
    assert steps.std() > 0
    assert standard_deviation(steps) == 0.0
    assert standard_deviation(np.array([1.0, 3.0])) == pytest.approx(2**0.5)
    assert standard_deviation(np.array([0.0, ROUNDING])) == 0.0
    assert standard_deviation(np.array([0.0, 2 * ROUNDING])) > 0.0


# --- sign flips ---------------------------------------------------------------


def by_enumeration(differences: np.ndarray) -> float:
    """Two-sided p: twice the smaller tail over all sign patterns."""
    flipped = np.array(
        [np.mean(differences * s) for s in product((-1, 1), repeat=len(differences))]
    )
    seen = differences.mean()
    tails = [np.mean(flipped >= seen - 1e-12), np.mean(flipped <= seen + 1e-12)]
    return float(min(1.0, 2 * min(tails)))


def test_sign_flips_by_hand() -> None:
    # 8 patterns of (1, 2, 3); only +++ reaches the mean 2, so p = 2/8
    assert sign_flip_p(np.array([1.0, 2.0, 3.0]), resamples=99, rng=rng()) == pytest.approx(0.25)
    # -1, 2, 3: sums 6, 4, 2, ...: two of eight reach 4, so p = 4/8
    assert sign_flip_p(np.array([-1.0, 2.0, 3.0]), resamples=99, rng=rng()) == pytest.approx(0.5)


@pytest.mark.parametrize("differences", [SMALL, -SMALL, np.array([1.0, 1.0]), np.arange(-2.0, 5.0)])
def test_sign_flips_are_exact_for_few_pairs(differences: np.ndarray) -> None:
    p = sign_flip_p(differences, resamples=999, rng=rng())
    assert p == pytest.approx(by_enumeration(differences))


def test_sampled_sign_flips_come_close_to_the_exact_p_and_never_reach_zero() -> None:
    exact = sign_flip_p(SMALL, resamples=32, rng=rng())
    sampled = sign_flip_p(SMALL, resamples=31, rng=rng())
    assert exact == by_enumeration(SMALL)
    assert sampled == pytest.approx(exact, abs=0.25)
    assert sign_flip_p(np.ones(40), resamples=999, rng=rng()) == pytest.approx(2 / 1000)


def test_sign_flips_of_more_pairs_are_exact_too() -> None:
    """SciPy's own number of resamples, 9,999, would not list all 2**14 patterns."""
    differences = np.array([1.0, 2, 3, 4, 5, 6, 7, -1, -2, -3, -4, 5, 6, 0])
    assert sign_flip_p(differences, resamples=2**14, rng=rng()) == by_enumeration(differences)


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_sampled_sign_flips_know_no_unit(unit: float) -> None:
    differences = np.array([1.0, 2, 3, 4, 5, -1, -2, -3] * 2)
    p = sign_flip_p(differences, resamples=999, rng=rng())
    assert 0.01 < p < 0.5
    assert sign_flip_p(differences * unit, resamples=999, rng=rng()) == p


def test_a_sampled_p_is_at_most_one() -> None:
    assert sign_flip_p(np.array([1.0, -1.0] * 8), resamples=999, rng=rng()) == 1.0


def test_all_ties() -> None:
    effect = compare([95.0] * 6, [95.0] * 6)
    assert effect == PairedEffect(6, 6, 0.0, Interval(0.0, 0.0), 1.0, 0.5)


def test_one_constant_difference() -> None:
    effect = compare([96.0] * 6, [95.0] * 6)
    assert (effect.difference, effect.ties, effect.superiority) == (1.0, 0, 1.0)
    assert effect.interval == Interval(1.0, 1.0)
    assert effect.p == pytest.approx(2 / 64)


def test_superiority() -> None:
    assert superiority(np.array([1.0, 2.0, 0.0, -1.0])) == 0.625
    assert superiority(np.zeros(3)) == 0.5


# --- bootstrap ----------------------------------------------------------------


def test_the_bootstrap_is_scipys() -> None:
    values = rng(3).normal(size=40)
    found = stats.bootstrap(
        (values,), np.mean, n_resamples=999, confidence_level=0.9, method="percentile", rng=rng()
    ).confidence_interval
    ours = interval(values, np.arange(40), confidence=0.9)
    assert (ours.low, ours.high) == (found.low, found.high)


def test_the_bootstrap_of_two_values_by_hand() -> None:
    # means of two draws from {0, 1}: 0, 1/2, 1 with probabilities 1/4, 1/2, 1/4
    assert interval([0, 1], [0, 1]) == Interval(0.0, 1.0)
    assert interval([0, 1], [0, 1], confidence=0.4) == Interval(0.5, 0.5)


def test_the_bootstrap_of_a_mean_is_as_wide_as_its_standard_error() -> None:
    values = rng(4).normal(size=400)
    ours = interval(values, np.arange(400), resamples=2000)
    width = 2 * 1.96 * values.std() / 20
    assert ours.high - ours.low == pytest.approx(width, rel=0.07)


def test_whole_clusters_are_resampled() -> None:
    # Two clusters without spread inside: only the clusters' means matter.
    values, clusters = [0, 0, 0, 8, 8, 8], [1, 1, 1, 2, 2, 2]
    assert interval(values, clusters) == Interval(0.0, 8.0)
    assert interval(values, clusters, confidence=0.4) == Interval(4.0, 4.0)


def test_values_are_resampled_inside_clusters() -> None:
    # Clusters alike, values inside not: variance 1 / n_values as if all were independent.
    values = np.tile([-1.0, 1.0], 200)
    ours = interval(values, np.repeat(np.arange(20), 20), resamples=2000)
    assert ours.high - ours.low == pytest.approx(2 * 1.96 / 20, rel=0.07)


def test_many_clusters_give_the_interval_of_their_means() -> None:
    effects = np.repeat(rng(5).normal(size=100), 5)
    ours = interval(effects, np.repeat(np.arange(100), 5), resamples=2000)
    plain = interval(effects[::5], np.arange(100), resamples=2000)
    assert (ours.low, ours.high) == pytest.approx((plain.low, plain.high), abs=0.03)


def test_clusters_kept_whole() -> None:
    # Only the means count: 2 and 6, whatever is inside.
    kept = interval([0, 4, 3, 9], [1, 1, 2, 2], nested=False)
    assert kept == interval([2, 6], [1, 2]) == Interval(2.0, 6.0)
    values = np.tile([-1.0, 1.0], 200)
    clusters = np.repeat(np.arange(20), 20)
    assert interval(values, clusters, nested=False) == Interval(0.0, 0.0)
    # Where every replicate is a cluster there is nothing to keep.
    assert interval(values, np.arange(400)) == interval(values, np.arange(400), nested=False)


def test_unequal_clusters() -> None:
    with pytest.raises(ValueError, match=r"clusters must be of one size, found \[1, 2\]"):
        interval([1, 2, 3], [7, 7, 8])
    with pytest.raises(ValueError, match="one size"):
        compare([1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [7, 7, 8])


def test_cluster_means() -> None:
    means = cluster_means(np.array([1.0, 10.0, 3.0, 30.0]), np.array([9, 2, 9, 2]))
    assert means.tolist() == [20.0, 2.0]


# --- paired effects -----------------------------------------------------------


def pairs(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Accuracies out of 116, as a study gives them: many ties."""
    draw = rng(6)
    return draw.binomial(116, 0.95, n) / 1.16, draw.binomial(116, 0.94, n) / 1.16


def test_the_difference_is_a_minus_b() -> None:
    effect = compare([3.0, 5.0, 4.0], [1.0, 5.0, 3.0])
    assert (effect.n, effect.ties, effect.difference) == (3, 1, 1.0)
    assert effect.superiority == pytest.approx(5 / 6)
    assert effect.p == pytest.approx(by_enumeration(np.array([2.0, 0.0, 1.0])))


@pytest.mark.parametrize("clusters", [None, np.repeat(np.arange(12), 5)])
def test_swapping_the_arms_changes_the_sign_of_everything(clusters: Any) -> None:
    a, b = pairs()
    forth, back = compare(a, b, clusters), compare(b, a, clusters)
    assert back.difference == -forth.difference
    assert back.interval.low == pytest.approx(-forth.interval.high, abs=1e-9)
    assert back.interval.high == pytest.approx(-forth.interval.low, abs=1e-9)
    assert back.superiority == pytest.approx(1 - forth.superiority)
    assert back.p == pytest.approx(forth.p)
    assert back.ties == forth.ties


def test_the_order_of_rows_is_irrelevant() -> None:
    a, b = pairs()
    order = rng(7).permutation(60)
    there, here = compare(a, b), compare(a[order], b[order], order)
    assert here.interval == there.interval
    assert here.p == there.p
    assert here.difference == pytest.approx(there.difference)


def test_same_seed_same_numbers_other_seed_others() -> None:
    a, b = pairs()
    clusters = np.arange(60)
    assert compare(a, b) == compare(a, b)
    other = paired_effect(a, b, clusters, confidence=0.95, resamples=999, rng=rng(2))
    assert other.interval != compare(a, b).interval


def test_signs_are_flipped_for_whole_clusters() -> None:
    # Ten values, but only two clusters: no p below 2 * 1/4 is possible.
    effect = compare([1.0] * 10, [0.0] * 10, np.repeat([1, 2], 5))
    assert effect.p == pytest.approx(0.5)


@pytest.mark.parametrize(("n_a", "n_b", "n_clusters"), [(1, 1, 1), (0, 0, 0), (3, 2, 3), (3, 3, 2)])
def test_too_few_or_uneven_pairs(n_a: int, n_b: int, n_clusters: int) -> None:
    with pytest.raises(ValueError, match=f"found {n_a}, {n_b} and {n_clusters}"):
        compare(np.zeros(n_a), np.zeros(n_b), np.arange(n_clusters))
