"""Exact tests and intervals of counts."""

from __future__ import annotations

from scipy import stats

from lrstudy.statistics.stats import Interval


def exact_mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided exact McNemar p-value from the two discordant counts.

    They count the cases in which only a, and only b, is right.

    Notes
    -----
    McNemar, Psychometrika 12, 1947; under the null each discordant pair is a fair coin.

    Examples
    --------
    >>> exact_mcnemar(4, 0)
    0.125
    """
    if only_a + only_b == 0:
        return 1.0
    return float(stats.binomtest(only_a, only_a + only_b, 0.5).pvalue)


def clopper_pearson(successes: int, n: int, *, confidence: float) -> Interval:
    """Exact binomial interval of a proportion.

    Notes
    -----
    Clopper and Pearson, Biometrika 26, 1934.

    Examples
    --------
    >>> found = clopper_pearson(115, 116, confidence=0.95)
    >>> round(found.low, 4), round(found.high, 4)
    (0.9529, 0.9998)
    """
    found = stats.binomtest(successes, n).proportion_ci(confidence, method="exact")
    return Interval(float(found.low), float(found.high))


def fisher_exact(successes_a: int, successes_b: int, n: int) -> float:
    """Two-sided Fisher p-value of two proportions with the same n."""
    table = [[successes_a, n - successes_a], [successes_b, n - successes_b]]
    return float(stats.fisher_exact(table).pvalue)
