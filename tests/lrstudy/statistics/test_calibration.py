"""Do the intervals cover and do the tests hold their level? Simulated studies, with their ties.

Accuracies are counts of 116, and three pairs of four tie, as they do on the tutorial's split.
Every rate is one of 2,000 studies, so its standard error is half a point; the tolerance is three
of those. The shipped functions run with fewer resamples than the study takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import sqrt
from typing import Any

import numpy as np
import pytest
from lrstudy.statistics.equivalence import tost
from lrstudy.statistics.multiplicity import adjust
from lrstudy.statistics.robustness import mixed_model, nadeau_bengio, wilcoxon_p
from lrstudy.statistics.stats import bootstrap_mean, sign_flip_p
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


def bootstrap_coverage(pair: Pair, truth: float, *, nested: bool, resamples: int) -> float:
    a, b = pair
    rng = np.random.default_rng(0)
    clusters = np.repeat(np.arange(a.shape[1]), a.shape[2] if a.ndim == 3 else 1)
    return rate(
        covers(
            bootstrap_mean(
                (a[i] - b[i]).ravel(),
                clusters,
                confidence=0.95,
                resamples=resamples,
                rng=rng,
                nested=nested,
            ),
            truth,
        )
        for i in range(len(a))
    )


def test_bootstrap_over_seeds() -> None:
    found = bootstrap_coverage(paired_seeds(2, 200, 0.3), 0.3, nested=True, resamples=499)
    assert found == pytest.approx(0.95, abs=TOLERANCE)


def test_bootstrap_over_whole_splits() -> None:
    pair = paired_splits(3, 200, 0.3, split_arm=0.1)
    found = bootstrap_coverage(pair, 0.3, nested=False, resamples=999)
    assert found == pytest.approx(0.95, abs=TOLERANCE)


def test_bootstrap_over_splits_then_seeds_is_conservative() -> None:
    pair = paired_splits(3, 60, 0.3, split_arm=0.1)
    found = bootstrap_coverage(pair, 0.3, nested=True, resamples=199)
    assert found > 0.95 + TOLERANCE


# --- tests of no difference ---------------------------------------------------


def seed_level(p_value: Callable[[np.ndarray], float], seed: int, n: int = 200) -> float:
    """How often a test of paired seeds finds a difference where there is none."""
    a, b = paired_seeds(seed, n)
    return rate(p_value(x) <= LEVEL for x in a - b)


def test_sign_flips_hold_their_level() -> None:
    rng = np.random.default_rng(0)
    found = seed_level(lambda x: sign_flip_p(x, resamples=199, rng=rng), 4)
    # About 46 differences are not zero, nearly all of one return: few sums are possible, and each
    # is counted whole, which makes the test conservative.
    assert 0.02 < found <= LEVEL + TOLERANCE


def test_wilcoxon_holds_its_level() -> None:
    assert seed_level(wilcoxon_p, 5) == pytest.approx(LEVEL, abs=TOLERANCE)


# --- equivalence --------------------------------------------------------------


def test_equivalence_at_the_margin() -> None:
    a, b = paired_seeds(6, 200, 0.5)
    # A 95 % interval, so that its coverage and one-sided level are those of the others.
    found = [tost(x, np.arange(200), margin=0.5, confidence=0.975) for x in a - b]
    assert rate(covers(x, 0.5) for x in found) == pytest.approx(0.95, abs=TOLERANCE)
    found = [tost(x, np.arange(200), margin=0.5, confidence=0.95) for x in a - b]
    assert rate(x.equivalent for x in found) == pytest.approx(LEVEL, abs=TOLERANCE)


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
