"""Is a paired effect too small to matter? Two one-sided tests against a margin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lrstudy.statistics.stats import Values, cluster_means, standard_deviation


@dataclass(frozen=True)
class Equivalence:
    """Verdict of two one-sided tests.

    Attributes
    ----------
    difference : float
        Mean of a - b.
    p : float
        The larger of the two one-sided p-values; null: the difference is at or beyond the margin.
    low, high : float
        Interval at the level 1 - 2 * alpha (90 % for alpha = 0.05): it lies strictly inside the
        margin exactly where the test rejects.
    equivalent : bool
        Whether p < alpha.
    """

    difference: float
    p: float
    low: float
    high: float
    equivalent: bool

    @property
    def smallest_margin(self) -> float:
        """The larger end of the interval: beyond it the difference would be equivalent."""
        return max(abs(self.low), abs(self.high))


def tost(
    differences: Values,
    clusters: NDArray[np.integer],
    *,
    margin: float,
    confidence: float,
) -> Equivalence:
    """Test whether a mean difference lies inside -margin .. margin, by two one-sided t tests.

    Parameters
    ----------
    clusters : ndarray of int, shape (n,)
        The split that each was run on; all different where replicates are independent. The means
        of the clusters are what is tested.
    margin : float
        Largest difference that does not matter, in the unit of the differences, above 0.
    confidence : float
        1 - alpha of each one-sided test, between 0.5 and 1: 0.95 gives a 90 % interval.

    Raises
    ------
    ValueError
        Fewer than two clusters or clusters of different sizes; margin or confidence out of range.

    Notes
    -----
    Where all clusters agree there is nothing to estimate: p is 0 inside the margin, else 1.

    Schuirmann, J. Pharmacokinet. Biopharm. 15, 1987; Lakens, Equivalence tests, Social
    Psychological and Personality Science 8, 2017.

    Examples
    --------
    >>> found = tost(np.array([0.1, -0.1, 0.2, 0.0]), np.arange(4), margin=1.0, confidence=0.95)
    >>> found.equivalent, round(found.low, 2), round(found.high, 2)
    (True, -0.1, 0.2)
    """
    means = cluster_means(differences, clusters)
    if len(means) < 2:
        raise ValueError(f"an equivalence test needs at least 2 clusters, found {len(means)}")
    se = standard_deviation(means) / np.sqrt(len(means))
    return _judge(float(means.mean()), se, len(means) - 1, margin, confidence)


def welch_tost(
    treatment: Values, control: Values, *, margin: float, confidence: float
) -> Equivalence:
    """Test the same of two independent samples, whose variances may differ.

    Raises
    ------
    ValueError
        Fewer than two values on a side; margin or confidence out of range.

    Notes
    -----
    Welch, The generalization of Student's problem when several different population variances are
    involved, Biometrika 34, 1947.

    Examples
    --------
    >>> found = welch_tost(np.array([1.0, 2.0]), np.array([1.0, 2.0]), margin=9.0, confidence=0.95)
    >>> found.difference, found.equivalent
    (0.0, True)
    """
    sizes = len(treatment), len(control)
    if min(sizes) < 2:
        raise ValueError(f"an equivalence test needs at least 2 values a side, found {sizes}")
    parts = [standard_deviation(side) ** 2 / len(side) for side in (treatment, control)]
    within = sum(part**2 / (n - 1) for part, n in zip(parts, sizes, strict=True))
    df = sum(parts) ** 2 / within if within else 1.0
    difference = float(treatment.mean() - control.mean())
    return _judge(difference, float(np.sqrt(sum(parts))), df, margin, confidence)


def _judge(
    difference: float, se: float, df: float, margin: float, confidence: float
) -> Equivalence:
    """Hold a difference with its standard error (t with df) against a margin."""
    if not margin > 0:
        raise ValueError(f"margin must be above 0, found {margin}")
    if not 0.5 < confidence < 1:
        raise ValueError(f"confidence must lie between 0.5 and 1, found {confidence}")
    if se == 0:
        p, reach = float(abs(difference) >= margin), 0.0
    else:
        t = stats.t(df)
        # The nearer end of the margin gives the larger p-value.
        p = float(t.sf((margin - abs(difference)) / se))
        reach = float(t.ppf(confidence)) * se
    return Equivalence(
        difference=difference,
        p=p,
        low=float(difference - reach),
        high=float(difference + reach),
        equivalent=p < 1 - confidence,
    )
