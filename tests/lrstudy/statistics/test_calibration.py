"""Do the intervals cover and do the tests hold their level? Simulated studies, with their ties.

Accuracies are counts of 116, and three pairs of four tie, as they do on the tutorial's split.
Every rate is one of 2,000 studies, so its standard error is half a point; the tolerance is three
of those. The shipped functions run with fewer resamples than the study takes, all studies at once
where they can: what is drawn is the same for all, and as good as new for data of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import sqrt
from typing import Any

import numpy as np
import pytest
from lrstudy.statistics.equivalence import tost, welch_tost
from lrstudy.statistics.multiplicity import adjust
from lrstudy.statistics.resampling import bootstrap_means, percentile_intervals, sign_flip_p
from lrstudy.statistics.robustness import mixed_model, nadeau_bengio, wilcoxon_p
from lrstudy.statistics.variance import variance_components
from scipy import stats

N_STUDIES = 2000
POINT = 100 / 116  # per cent, of one return
TOLERANCE = 0.015
LEVEL = 0.05

Pair = tuple[np.ndarray, np.ndarray]


def rate(holds: Iterable[bool]) -> float:
    return float(np.mean(list(holds)))


def covers(found: Any, truth: float) -> bool:
    return bool(found.low <= truth <= found.high)


def accuracy(returns: np.ndarray) -> np.ndarray:
    """Whole returns, at most 116 of them, in per cent."""
    return np.minimum(np.rint(returns), 116) * POINT


def paired_seeds(seed: int, n: int, shift: float = 0.0) -> Pair:
    """Draw arms that share most of their luck; shape (N_STUDIES, n), shift in points."""
    draw = np.random.default_rng(seed)
    shared = 110 + 1.3 * draw.normal(size=(N_STUDIES, n))
    a, b = (accuracy(shared + 0.2 * draw.normal(size=shared.shape) + s) for s in (shift / POINT, 0))
    return a, b


def paired_splits(
    seed: int, n_splits: int, shift: float = 0.0, split_arm: float = 0.3, paired: bool = True
) -> Pair:
    """Draw arms over splits of five seeds; shape (N_STUDIES, n_splits, 5).

    Splits differ, and each also favours one arm; the seeds' luck is shared where they are paired.
    """
    draw = np.random.default_rng(seed)
    size = (N_STUDIES, n_splits, 1)
    shared = 108 + 1.5 * draw.normal(size=size) + paired * draw.normal(size=(*size[:2], 5))
    a, b = (
        accuracy(
            shared
            + split_arm * draw.normal(size=size)
            + (0.2 if paired else 1.0) * draw.normal(size=(*size[:2], 5))
            + s
        )
        for s in (shift / POINT, 0)
    )
    return a, b


def test_three_pairs_of_four_tie() -> None:
    a, b = paired_seeds(1, 200)
    assert (a == b).mean() == pytest.approx(0.77, abs=0.01)
    a, b = paired_splits(1, 60)
    assert (a == b).mean() == pytest.approx(0.60, abs=0.01)


# --- bootstrap ----------------------------------------------------------------


def bootstrap_coverage(means: np.ndarray, truth: float) -> float:
    """Coverage over (N_STUDIES, n) independent values of each study."""
    drawn = bootstrap_means(means.T, resamples=999, rng=np.random.default_rng(0))
    low, high = percentile_intervals(drawn, 0.95)
    return rate((low <= truth) & (truth <= high))


def test_bootstrap_over_seeds() -> None:
    a, b = paired_seeds(2, 200, 0.3)
    assert bootstrap_coverage(a - b, 0.3) == pytest.approx(0.95, abs=TOLERANCE)


def test_bootstrap_over_whole_splits() -> None:
    """Of five seeds each, and of one: what a split and its seeds do is in its mean."""
    a, b = paired_splits(3, 200, 0.3, split_arm=0.1)
    found = bootstrap_coverage((a - b).mean(axis=2), 0.3)
    assert found == pytest.approx(0.95, abs=TOLERANCE)
    found = bootstrap_coverage((a - b)[:, :, 0], 0.3)
    assert found == pytest.approx(0.95, abs=TOLERANCE)


def test_a_paired_difference_of_epochs() -> None:
    """Speed: the first of 50 epochs at a level, 51 for the many that have none; arms share luck."""
    draw = np.random.default_rng(16)
    shared = draw.normal(size=(N_STUDIES, 200))
    arms = []
    for shift in (0.0, -0.3):
        epoch = np.ceil(np.exp(2.5 + shift + shared + 0.5 * draw.normal(size=shared.shape)))
        arms.append(np.where(epoch > 50, 51, epoch))
    assert 0.05 < (arms[0] == 51).mean() < 0.15
    differences = arms[1] - arms[0]
    # The truth is that of all studies, 400,000 networks: its standard error is a fortieth of one
    # study's.
    assert bootstrap_coverage(differences, differences.mean()) == pytest.approx(0.95, abs=TOLERANCE)


def test_a_share_of_the_baselines_error() -> None:
    """A ratio of means over the same splits: the arm takes a fifth of an error of 7 points off."""
    draw = np.random.default_rng(15)
    hard = 0.07 * draw.gamma(9, 1 / 9, size=(N_STUDIES, 200))
    errors = draw.binomial(116, hard) * POINT
    arm = draw.binomial(116, 0.8 * hard) * POINT
    assert 0.05 < (errors == arm).mean() < 0.2
    stacked = np.vstack([errors - arm, errors]).T
    drawn = bootstrap_means(stacked, resamples=999, rng=np.random.default_rng(0))
    low, high = percentile_intervals(100 * drawn[:N_STUDIES] / drawn[N_STUDIES:], 0.95)
    assert rate((low <= 20) & (high >= 20)) == pytest.approx(0.95, abs=TOLERANCE)


# --- tests of no difference ---------------------------------------------------


def test_sign_flips_hold_their_level() -> None:
    a, b = paired_seeds(4, 200)
    p = sign_flip_p((a - b).T, resamples=999, rng=np.random.default_rng(0))
    found = rate(p <= LEVEL)
    # About 46 differences are not zero, nearly all of one return: few sums are possible, and each
    # is counted whole, which makes the test conservative.
    assert 0.02 < found <= LEVEL + TOLERANCE


def test_sign_flips_of_whole_splits_hold_their_level() -> None:
    a, b = paired_splits(17, 60)
    p = sign_flip_p((a - b).mean(axis=2).T, resamples=999, rng=np.random.default_rng(0))
    assert rate(p <= LEVEL) == pytest.approx(LEVEL, abs=TOLERANCE)


def test_wilcoxon_holds_its_level() -> None:
    a, b = paired_seeds(5, 200)
    assert rate(wilcoxon_p(x) <= LEVEL for x in a - b) == pytest.approx(LEVEL, abs=TOLERANCE)


# --- equivalence --------------------------------------------------------------


def test_equivalence_at_the_margin() -> None:
    a, b = paired_seeds(6, 200, 0.5)
    # A 95 % interval, so that its coverage and one-sided level are those of the others.
    found = [tost(x, np.arange(200), margin=0.5, confidence=0.975) for x in a - b]
    assert rate(covers(x, 0.5) for x in found) == pytest.approx(0.95, abs=TOLERANCE)
    found = [tost(x, np.arange(200), margin=0.5, confidence=0.95) for x in a - b]
    assert rate(x.equivalent for x in found) == pytest.approx(LEVEL, abs=TOLERANCE)


def test_equivalence_of_two_populations_at_the_margin() -> None:
    """60 networks of one trainer, 300 of the other, whose spread is another."""
    draw = np.random.default_rng(18)
    a = accuracy(110 + 0.5 / POINT + 1.3 * draw.normal(size=(N_STUDIES, 60)))
    b = accuracy(110 + 0.8 * draw.normal(size=(N_STUDIES, 300)))
    found = [welch_tost(x, y, margin=0.5, confidence=0.95) for x, y in zip(a, b, strict=True)]
    assert rate(x.equivalent for x in found) == pytest.approx(LEVEL, abs=TOLERANCE)
    assert rate(covers(x, 0.5) for x in found) == pytest.approx(0.9, abs=2 * TOLERANCE)


# --- mixed model --------------------------------------------------------------


def mixed_rates(pair: Pair, truth: float, *, paired: bool) -> tuple[float, float]:
    """Coverage of the truth, and how often 0 is rejected."""
    a, b = pair
    splits = np.repeat(np.arange(a.shape[1]), a.shape[2])
    found = [
        mixed_model(a[i].ravel(), b[i].ravel(), splits, confidence=0.95, paired=paired)
        for i in range(len(a))
    ]
    return rate(covers(x, truth) for x in found), rate(x.p <= LEVEL for x in found)


def test_mixed_model_of_independent_seeds() -> None:
    pair = paired_splits(7, 60, 0.3, paired=False)
    assert mixed_rates(pair, 0.3, paired=False)[0] == pytest.approx(0.95, abs=TOLERANCE)
    coverage, level = mixed_rates(paired_splits(8, 60, paired=False), 0.0, paired=False)
    assert level == pytest.approx(LEVEL, abs=TOLERANCE)
    assert level == pytest.approx(1 - coverage)


def test_mixed_model_of_paired_seeds() -> None:
    pair = paired_splits(9, 60)
    assert mixed_rates(pair, 0.0, paired=True)[1] == pytest.approx(LEVEL, abs=TOLERANCE)
    # The planned model knows nothing of the pairs: it almost never rejects.
    assert mixed_rates(pair, 0.0, paired=False)[1] < 0.015


# --- new data -----------------------------------------------------------------


@pytest.mark.parametrize("n_splits", [30, 200])
def test_nadeau_bengio_under_its_own_model(n_splits: int) -> None:
    # Splits correlate by n_validation / n: their differences share that part of their variance,
    # 1.5 squared. A difference is the mean of five seeds in whole returns; what these and rounding
    # add is the split's own.
    draw = np.random.default_rng(10)
    correlation = 116 / 351
    own = (1 - correlation) * 1.5**2 - (0.3**2 + 1 / 12) / 5
    splits = 1.5 * sqrt(correlation) * draw.normal(size=(N_STUDIES, 1, 1))
    splits = splits + sqrt(own) * draw.normal(size=(N_STUDIES, n_splits, 1))
    returns = np.rint(splits + 0.3 * draw.normal(size=(N_STUDIES, n_splits, 5)))
    differences = (returns * POINT).mean(axis=2)
    found = [nadeau_bengio(x, n_train=235, n_validation=116, confidence=0.95) for x in differences]
    assert rate(covers(x, 0.0) for x in found) == pytest.approx(0.95, abs=TOLERANCE)
    assert rate(x.p <= LEVEL for x in found) == pytest.approx(LEVEL, abs=TOLERANCE)


# --- families -----------------------------------------------------------------


def family(seed: int, effects: list[float]) -> np.ndarray:
    """P-values (of t tests) of one family a study; shape (N_STUDIES, n_hypotheses).

    All contrasts share their control, so they depend on each other as the plan's do.
    """
    draw = np.random.default_rng(seed)
    shared = 110 + 1.3 * draw.normal(size=(N_STUDIES, 100, 1))
    arms = accuracy(
        shared
        + 0.3 * draw.normal(size=(N_STUDIES, 100, len(effects) + 1))
        + np.array([0.0, *effects]) / POINT
    )
    p: np.ndarray = stats.ttest_1samp(arms[:, :, 1:] - arms[:, :, :1], 0, axis=1).pvalue
    return p


def test_holm_holds_the_family() -> None:
    p = family(11, [0.0] * 6)
    raw = rate(min(x) <= LEVEL for x in p)
    assert raw > 0.15  # six chances
    found = rate(min(adjust(x.tolist(), "holm")) <= LEVEL for x in p)
    assert found <= LEVEL + TOLERANCE


def test_benjamini_hochberg_holds_the_false_discovery_rate() -> None:
    effects = [0.0] * 5 + [0.12] * 3
    shares, found = [], 0
    for x in family(12, effects):
        rejected = np.array(adjust(x.tolist(), "fdr_bh")) <= LEVEL
        shares.append(rejected[:5].sum() / max(1, rejected.sum()))
        found += rejected[5:].sum()
    assert float(np.mean(shares)) <= LEVEL + TOLERANCE
    assert found > N_STUDIES  # and finds more than one of the three


# --- variance components ------------------------------------------------------


def component_coverage(
    seed: int, draw_effect: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]
) -> dict[str, float]:
    """Coverage for cells of 25 by 25 whole returns, effects with variances 0.3, 0.15 and 0.9."""
    rng = np.random.default_rng(seed)
    truth = np.array([0.3, 0.15, 0.9])
    sizes = [(N_STUDIES, 25, 1), (N_STUDIES, 1, 25), (N_STUDIES, 25, 25)]
    effects = [sqrt(v) * draw_effect(rng, size) for v, size in zip(truth, sizes, strict=True)]
    cells = accuracy(108 + effects[0] + effects[1] + effects[2])
    truth[2] += 1 / 12  # rounding to whole returns adds this (Sheppard)
    truth *= POINT**2
    held: dict[str, list[bool]] = {}
    for cell in cells:
        found = variance_components(cell, confidence=0.95, resamples=499, rng=rng)
        for i, name in enumerate(("rows", "columns", "residual")):
            part, share = getattr(found, name), truth[i] / truth.sum()
            held.setdefault(name, []).append(covers(part, truth[i]))
            held.setdefault(f"share of {name}", []).append(
                part.share_low <= share <= part.share_high
            )
        held.setdefault("sd", []).append(found.sd_low <= sqrt(truth.sum()) <= found.sd_high)
    return {name: rate(x) for name, x in held.items()}


def test_variance_components_of_normal_effects() -> None:
    found = component_coverage(13, lambda rng, size: rng.normal(size=size))
    assert found == pytest.approx(dict.fromkeys(found, 0.95), abs=TOLERANCE)


def test_variance_components_of_skewed_effects() -> None:
    # A few bad draws: skewness -1, excess kurtosis 1.5.
    found = component_coverage(14, lambda rng, size: 2 - rng.gamma(4, 0.5, size=size))
    assert min(found.values()) > 0.89
