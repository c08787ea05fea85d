"""Effects, intervals and tests.

Differences are always treatment minus control (a - b), in the unit of the values given. Each
function takes arrays and returns a frozen result; nothing here knows a table or a file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lrstudy.statistics.resampling import Values

# A spread below this, in points or any unit near 1, is floating-point noise: 100 * 112 / 116 less
# 100 * 111 / 116 differs from 100 * 113 / 116 less 100 * 112 / 116 in the last bits.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Interval:
    """An interval estimate in the unit of what it estimates."""

    low: float
    high: float


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


def superiority(differences: Values) -> float:
    """Probability that a beats b in a pair, ties counted half.

    Examples
    --------
    >>> superiority(np.array([1.0, 0.0, -2.0, 3.0]))
    0.625
    """
    return float(np.mean(differences > 0) + np.mean(differences == 0) / 2)
