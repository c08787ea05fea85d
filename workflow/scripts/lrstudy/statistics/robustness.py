"""Second opinions on a paired effect: what the primary analysis does not assume, these do.

Differences are treatment minus control, as in `lrstudy.statistics.stats`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from lrstudy.statistics.stats import ROUNDING, Interval, Values, standard_deviation


def wilcoxon_p(differences: Values) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test with Pratt's rule for zeros.

    Zeros are ranked, then their ranks are dropped; equal sizes share their mean rank. The p-value
    is that of the normal approximation given zeros and ties, without continuity correction, and
    is not to be trusted below about ten differences other than zero. All zero gives 1.

    Differences are independent: one a replicate, or one a split. They are compared up to rounding:
    a tie that subtraction broke in the last bit is a tie.

    Raises
    ------
    ValueError
        No differences.

    Notes
    -----
    The null hypothesis is symmetry about 0. Pratt, Remarks on zeros and ties in the Wilcoxon
    signed rank procedures, JASA 54, 1959; Cureton, The normal approximation to the signed-rank
    sampling distribution when zero differences are present, JASA 62, 1967.
    """
    if len(differences) == 0:
        raise ValueError("a signed-rank test needs at least one difference, found none")
    steps = np.round(np.asarray(differences, float) / ROUNDING)
    if not steps.any():
        return 1.0
    result = stats.wilcoxon(
        steps,
        zero_method="pratt",
        correction=False,
        alternative="two-sided",
        method="asymptotic",
    )
    return float(result.pvalue)


def _student(difference: float, se: float, df: int, confidence: float) -> tuple[Interval, float]:
    """Return the t interval and two-sided p-value; without any spread they are exact."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, found {confidence}")
    if se <= ROUNDING:
        return Interval(difference, difference), float(abs(difference) <= ROUNDING)
    t = stats.t(df)
    reach = float(t.ppf((1 + confidence) / 2)) * se
    p = 2 * float(t.sf(abs(difference) / se))
    return Interval(difference - reach, difference + reach), p


@dataclass(frozen=True)
class Corrected:
    """A difference read as being about new data.

    Attributes
    ----------
    difference, se : float
        Mean over the splits and its corrected standard error.
    low, high : float
        Interval of the difference.
    p : float
        Two-sided; null: the expected difference is 0.
    detectable : float
        Smallest true difference that a two-sided test at alpha = 1 - confidence finds with 90 %
        power, by the normal approximation and with the spread seen here.
    """

    difference: float
    se: float
    low: float
    high: float
    p: float
    detectable: float


def nadeau_bengio(
    split_differences: Values, *, n_train: int, n_validation: int, confidence: float
) -> Corrected:
    """Corrected resampled t test: the splits share rows, so they are not independent.

    A split has one difference (the mean over its seeds); ``n_train`` and ``n_validation`` are the
    rows of its two sides.

    Raises
    ------
    ValueError
        Fewer than two splits, a side without rows, or a level out of range.

    Notes
    -----
    With S the standard deviation over J splits, se = S * sqrt(1/J + n_validation / n_train), and
    t has J - 1 degrees of freedom. The second term stays however many splits are drawn. It is a
    guess: exact if two splits correlate by n_validation / (n_train + n_validation).

    Nadeau and Bengio, Inference for the generalization error, Machine Learning 52, 2003.

    Examples
    --------
    >>> found = nadeau_bengio(np.array([0.0, 2.0]), n_train=1, n_validation=1, confidence=0.9)
    >>> round(found.difference, 2), round(found.se, 2)
    (1.0, 1.73)
    """
    n_splits = len(split_differences)
    if n_splits < 2:
        raise ValueError(f"a corrected test needs at least 2 splits, found {n_splits}")
    if n_train < 1 or n_validation < 1:
        raise ValueError(f"both sides need rows, found {n_train} and {n_validation}")
    difference = float(np.mean(split_differences))
    factor = float(np.sqrt(1 / n_splits + n_validation / n_train))
    se = standard_deviation(split_differences) * factor
    interval, p = _student(difference, se, n_splits - 1, confidence)
    return Corrected(
        difference=difference,
        se=se,
        low=interval.low,
        high=interval.high,
        p=p,
        detectable=se * float(stats.norm.ppf((1 + confidence) / 2) + stats.norm.ppf(0.9)),
    )


@dataclass(frozen=True)
class Mixed:
    """A linear mixed model's view of a paired effect.

    Attributes
    ----------
    difference, se : float
        Fixed effect of the treatment and its standard error.
    low, high : float
        Interval of the difference.
    p : float
        Two-sided; null: the difference is 0.
    split, split_arm, pair, residual : float
        Variances of what a split does to both arms, of what it does to each arm by itself, of what
        a replicate inside a split does to both arms (0 where the model has no such effect), and
        of the rest. Another 0 is a boundary: see `mixed_model`.
    """

    difference: float
    se: float
    low: float
    high: float
    p: float
    split: float
    split_arm: float
    pair: float
    residual: float


def _ascending(mean_squares: list[float], df: list[int]) -> list[float]:
    """Pool neighbours, weighted by their degrees of freedom, until none descends."""
    found: list[float] = optimize.isotonic_regression(mean_squares, weights=df).x.tolist()
    return found


def _grid(values: Values, splits: NDArray[np.integer]) -> Values:
    """Return the values as shape (n_splits, n_seeds), splits in ascending order."""
    n_splits = len(np.unique(splits))
    return np.asarray(values, float)[np.argsort(splits, kind="stable")].reshape(n_splits, -1)


def mixed_model(
    treatment: Values,
    control: Values,
    splits: NDArray[np.integer],
    *,
    confidence: float,
    paired: bool = False,
) -> Mixed:
    """Fit value = arm + split + split:arm + residual by REML; all but arm are random.

    Parameters
    ----------
    treatment, control : ndarray, shape (n,)
        Values of the two arms; position i of both is the same replicate.
    splits : ndarray of int, shape (n,)
        The split of each; the same number of replicates, at least 2, on each of at least 2.
    paired : bool
        Whether the model also has an effect of the replicate (split:seed), as arms that share
        their seeds have. The planned model does not.

    Raises
    ------
    ValueError
        Arrays of different lengths, or too few or uneven replicates; a level out of range.

    Notes
    -----
    In a balanced design REML has a closed form: mean squares are pooled until they ascend from
    residual to split:arm to split, and each component is a difference of neighbours (Thompson,
    The problem of negative estimates of variance components, Ann. Math. Statist. 33, 1962). An
    optimizer finds the same inside the boundary, and fails on it. The difference is the paired
    mean difference; t has n_splits - 1 degrees of freedom, as split:arm is what it is held
    against. Inside the boundary this is the paired t test of the splits' means.

    A component is 0 where the data would have it negative. For split:arm this says that the arms
    differ less from split to split than their replicates inside a split let expect. Without the
    effect of the replicate, arms that share their seeds look so: the standard error then rests
    on a residual that holds the seeds' luck, and is too large. With it, only the differences
    decide, and what is left over (split, pair) is estimated by moments and cut at 0.
    """
    if not len(treatment) == len(control) == len(splits):
        raise ValueError(
            "a mixed model needs values and splits of one length, found "
            f"{len(treatment)}, {len(control)} and {len(splits)}"
        )
    sizes = np.unique(splits, return_counts=True)[1].tolist()
    if len(sizes) < 2 or len(set(sizes)) != 1 or sizes[0] < 2:
        raise ValueError(
            "a mixed model needs at least 2 splits of one size of at least 2, "
            f"found {len(sizes)} of sizes {sorted(set(sizes))}"
        )
    n_splits, n_seeds = len(sizes), sizes[0]
    a, b = _grid(treatment, splits), _grid(control, splits)

    def mean_squares(values: Values) -> tuple[float, float]:
        """Return those between and within splits."""
        means = values.mean(axis=1, keepdims=True)
        within = np.square(values - means).sum() / (n_splits * (n_seeds - 1))
        return n_seeds * float(means.var(ddof=1)), float(within)

    # Differences hold what an arm has by itself, levels what the arms share.
    split_arm, residual = (x / 2 for x in mean_squares(a - b))
    split, pair = (x * 2 for x in mean_squares((a + b) / 2))
    df_between, df_within = n_splits - 1, n_splits * (n_seeds - 1)
    if paired:
        residual, split_arm = _ascending([residual, split_arm], [df_within, df_between])
        pair = max(pair - residual, 0.0)
    else:
        residual, split_arm, split = _ascending(
            [(residual + pair) / 2, split_arm, split], [2 * df_within, df_between, df_between]
        )
        pair = 0.0
    difference = float((a - b).mean())
    se = float(np.sqrt(2 * split_arm / (n_splits * n_seeds)))
    interval, p = _student(difference, se, n_splits - 1, confidence)
    return Mixed(
        difference=difference,
        se=se,
        low=interval.low,
        high=interval.high,
        p=p,
        split=max(split - split_arm - pair, 0.0) / (2 * n_seeds),
        split_arm=(split_arm - residual) / n_seeds,
        pair=pair / 2,
        residual=residual,
    )
