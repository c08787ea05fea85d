"""Effects, intervals and tests.

Differences are always treatment minus control (a - b), in the unit of the values given. Each
function takes arrays and returns a frozen result; nothing here knows a table or a file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests

Values = NDArray[np.float64]


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
    """
    _, index, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    if len(set(sizes.tolist())) != 1:
        raise ValueError(f"clusters must be of one size, found {sorted(set(sizes.tolist()))}")
    return np.bincount(index, weights=values) / sizes


def bootstrap_mean(
    values: Values,
    clusters: NDArray[np.integer],
    *,
    confidence: float,
    resamples: int,
    rng: np.random.Generator,
) -> Interval:
    """Percentile bootstrap interval of a mean: whole clusters, then values inside each.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One value a replicate.
    clusters : ndarray of int, shape (n,)
        The split that each replicate was run on; all different where replicates are independent,
        which makes this the ordinary bootstrap. Only inside a cluster does the order of the
        values choose the resamples.
    confidence : float
        Level, between 0 and 1.
    resamples : int
        Bootstrap resamples.
    rng : Generator
        Source of the resampling.

    Notes
    -----
    Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8 (nested
    resampling).
    """
    means = cluster_means(values, clusters)
    size = len(values) // len(means)
    # The resampling draws positions: in this order they do not depend on that of the rows.
    values = values[np.argsort(clusters, kind="stable")]
    if size == 1:
        result = stats.bootstrap(
            (values,),
            np.mean,
            n_resamples=resamples,
            confidence_level=confidence,
            method="percentile",
            rng=rng,
            batch=max(1, 2_000_000 // len(values)),
        )
        found = result.confidence_interval
        return Interval(float(found.low), float(found.high))
    grid = values.reshape(len(means), size)
    drawn = np.empty(resamples)
    for i in range(resamples):
        rows = rng.integers(len(means), size=(len(means), 1))
        drawn[i] = grid[rows, rng.integers(size, size=grid.shape)].mean()
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(drawn, [tail, 1.0 - tail])
    return Interval(float(low), float(high))


def sign_flip_p(differences: Values, *, resamples: int, rng: np.random.Generator) -> float:
    """Two-sided p-value of a mean difference by flipping signs (SciPy's permutation test).

    The null hypothesis is that each difference is as likely as its negative; ties (zeros) stay
    in. Exact where 2**n <= resamples, else with one added to both counts.

    Parameters
    ----------
    differences : ndarray, shape (n,)
        Independent differences: one a replicate, or one a split.
    """
    if not differences.any():
        return 1.0
    result = stats.permutation_test(
        (differences,),
        lambda x, axis: np.mean(x, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=resamples,
        batch=max(1, 2_000_000 // len(differences)),
        alternative="two-sided",
        rng=rng,
    )
    return float(result.pvalue)


def superiority(differences: Values) -> float:
    """Probability that a beats b in a pair, ties counted half."""
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

    Parameters
    ----------
    treatment, control : ndarray, shape (n,)
        Values of the two arms; position i of both is the same replicate.
    clusters : ndarray of int, shape (n,)
        See `bootstrap_mean`. Signs are flipped for whole clusters.

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


def holm(p_values: list[float]) -> list[float]:
    """Holm's step-down adjustment for one family (statsmodels).

    Notes
    -----
    Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6, 1979.
    """
    return [float(p) for p in multipletests(p_values, method="holm")[1]]


def exact_mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided exact McNemar p-value from the two discordant counts.

    Notes
    -----
    McNemar, Psychometrika 12, 1947; under the null each discordant pair is a fair coin.
    """
    if only_a + only_b == 0:
        return 1.0
    return float(stats.binomtest(only_a, only_a + only_b, 0.5).pvalue)


def clopper_pearson(successes: int, n: int, *, confidence: float) -> Interval:
    """Exact binomial interval of a proportion.

    Notes
    -----
    Clopper and Pearson, Biometrika 26, 1934.
    """
    found = stats.binomtest(successes, n).proportion_ci(confidence, method="exact")
    return Interval(float(found.low), float(found.high))


def fisher_exact(successes_a: int, successes_b: int, n: int) -> float:
    """Two-sided Fisher p-value of two proportions with the same n."""
    table = [[successes_a, n - successes_a], [successes_b, n - successes_b]]
    return float(stats.fisher_exact(table).pvalue)
