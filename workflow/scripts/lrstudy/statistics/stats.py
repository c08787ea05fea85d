"""Effects, intervals and tests.

Differences are always treatment minus control (a - b), in the unit of the values given. Each
function takes arrays and returns a frozen result; nothing here knows a table or a file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lrstudy.statistics.resampling import bootstrap_positions, signs

Values = NDArray[np.float64]

# A spread below this, in points or any unit near 1, is floating-point noise: 100 * 112 / 116 less
# 100 * 111 / 116 differs from 100 * 113 / 116 less 100 * 112 / 116 in the last bits.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Interval:
    """An interval estimate in the unit of what it estimates."""

    low: float
    high: float


@dataclass(frozen=True)
class PairedEffect:
    """Paired comparison of treatment a with control b.

    Attributes
    ----------
    n, ties : int
        Pairs, and those with equal values.
    difference : float
        Mean of a - b.
    interval : Interval
        Bootstrap interval of the difference.
    p : float
        Two-sided sign-flip permutation p-value; null: the differences are symmetric about 0.
    superiority : float
        P(a > b) + P(a = b) / 2 over the pairs.
    """

    n: int
    ties: int
    difference: float
    interval: Interval
    p: float
    superiority: float


def cluster_means(values: Values, clusters: NDArray[np.integer]) -> Values:
    """Return the mean of each cluster, in ascending order of the cluster's number.

    Raises
    ------
    ValueError
        Clusters differ in size: then their plain mean is not the mean of all values.

    Examples
    --------
    >>> cluster_means(np.array([1.0, 3.0, 5.0, 7.0]), np.array([0, 0, 1, 1]))
    array([2., 6.])
    """
    _, index, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    if len(set(sizes.tolist())) != 1:
        raise ValueError(f"clusters must be of one size, found {sorted(set(sizes.tolist()))}")
    return np.bincount(index, weights=values) / sizes


def standard_deviation(values: Values) -> float:
    """Sample standard deviation of two or more values, exactly 0 where all agree up to rounding."""
    return 0.0 if np.ptp(values) <= ROUNDING else float(values.std(ddof=1))


def interquartile_mean(values: Values) -> float:
    """Mean of the middle half.

    Of n sorted values the floor(n / 4) lowest and as many highest are left out: where 4 does not
    divide n, a little more than half stays (SciPy's trimmed mean).

    Raises
    ------
    ValueError
        No values.

    Notes
    -----
    Agarwal et al., Deep RL at the Edge of the Statistical Precipice, NeurIPS 2021.

    Examples
    --------
    >>> interquartile_mean(np.array([0.0, 2.0, 4.0, 100.0]))
    3.0
    """
    if len(values) == 0:
        raise ValueError("an interquartile mean needs at least one value, found none")
    return float(stats.trim_mean(values, 0.25))


def bootstrap_mean(
    values: Values,
    clusters: NDArray[np.integer],
    *,
    confidence: float,
    resamples: int,
    rng: np.random.Generator,
    nested: bool = True,
) -> Interval:
    """Percentile bootstrap interval of a mean: whole clusters, then values inside each.

    Parameters
    ----------
    clusters : ndarray of int, shape (n,)
        The split that each replicate was run on; all different where replicates are independent,
        which makes this the ordinary bootstrap. Only inside a cluster does the order of the
        values choose the resamples.
    nested : bool
        Whether values are resampled inside the drawn clusters (as planned) or kept as they are.

    Notes
    -----
    Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8 (both ways).
    The means of clusters already vary with what is inside them, so the nested bootstrap counts
    that part nearly twice. Simulated 95 % intervals over 60 splits of five seeds held the truth
    in 96 to 99 % nested, and in 94 % with splits kept whole.
    """
    means = cluster_means(values, clusters)
    size = len(values) // len(means)
    if not nested:
        # The bootstrap of the means, in ascending order of the cluster's number.
        return bootstrap_mean(
            means, np.arange(len(means)), confidence=confidence, resamples=resamples, rng=rng
        )
    # The resampling draws positions: in this order they do not depend on that of the rows.
    values = values[np.argsort(clusters, kind="stable")]
    positions = bootstrap_positions(len(means), size, resamples, rng=rng)
    batch = max(1, 200_000 // len(values))
    drawn = np.concatenate(
        # A third of the time of values[positions].
        [values.take(positions[i : i + batch]).mean(axis=1) for i in range(0, resamples, batch)]
    )
    tail = (1.0 - confidence) / 2.0
    # SciPy's bootstrap has a quantile of its own, which may differ from NumPy's in the last bit.
    quantile = stats.quantile if size == 1 else np.quantile
    low, high = quantile(drawn, np.array([tail, 1.0 - tail]))
    return Interval(float(low), float(high))


def sign_flip_p(differences: Values, *, resamples: int, rng: np.random.Generator) -> float:
    """Two-sided p-value of a mean difference by flipping signs (SciPy's permutation test).

    The null hypothesis is that each difference is as likely as its negative; ties (zeros) stay
    in. Exact where 2**n <= resamples, else with one added to both counts.

    Differences are independent: one a replicate, or one a split.

    Examples
    --------
    Of the eight sets of signs only +++ reaches the mean, and only --- its negative.

    >>> sign_flip_p(np.array([1.0, 2.0, 3.0]), resamples=99, rng=np.random.default_rng(0))
    0.25
    """
    n = len(differences)
    if not differences.any():
        return 1.0
    if 2**n <= resamples:
        result = stats.permutation_test(
            (differences,),
            lambda x, axis: np.mean(x, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=resamples,
            alternative="two-sided",
        )
        return float(result.pvalue)
    null = np.zeros(resamples)
    for sign, difference in zip(signs(n, resamples, rng=rng), differences, strict=True):
        null += sign * difference
    null /= n
    # Equal up to rounding is equal, as in SciPy.
    observed = differences.mean()
    rounding = 100 * np.finfo(float).eps * abs(observed)
    below = np.count_nonzero(null <= observed + rounding)
    above = np.count_nonzero(null >= observed - rounding)
    return min(1.0, 2 * ((min(below, above) + 1) / (resamples + 1)))


def superiority(differences: Values) -> float:
    """Probability that a beats b in a pair, ties counted half.

    Examples
    --------
    >>> superiority(np.array([1.0, 0.0, -2.0, 3.0]))
    0.625
    """
    return float(np.mean(differences > 0) + np.mean(differences == 0) / 2)


def paired_effect(
    treatment: Values,
    control: Values,
    clusters: NDArray[np.integer],
    *,
    confidence: float,
    resamples: int,
    rng: np.random.Generator,
) -> PairedEffect:
    """Compare two arms over the same replicates.

    Position i of both arms is the same replicate. Signs are flipped for whole clusters (see
    `bootstrap_mean`).

    Raises
    ------
    ValueError
        Fewer than two pairs, or arrays of different lengths.
    """
    if not len(treatment) == len(control) == len(clusters) or len(treatment) < 2:
        raise ValueError(
            "paired values need one length of at least 2, found "
            f"{len(treatment)}, {len(control)} and {len(clusters)}"
        )
    differences = np.asarray(treatment, float) - np.asarray(control, float)
    interval = bootstrap_mean(
        differences, clusters, confidence=confidence, resamples=resamples, rng=rng
    )
    return PairedEffect(
        n=len(differences),
        ties=int((differences == 0).sum()),
        difference=float(differences.mean()),
        interval=interval,
        p=sign_flip_p(cluster_means(differences, clusters), resamples=resamples, rng=rng),
        superiority=superiority(differences),
    )
