"""The mixed model against R, statsmodels, and cases worked by hand."""

from __future__ import annotations

from math import atan, pi, sqrt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.statistics.robustness import (
    Mixed,
    mixed_model,
)
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM


def cauchy_p(t: float) -> float:
    """Two-sided p-value of t with one degree of freedom."""
    return 1 - 2 * atan(t) / pi


def fit(treatment: Any, control: Any, confidence: float = 0.95, paired: bool = False) -> Mixed:
    """Fit arrays of shape (n_splits, n_seeds)."""
    treatment, control = np.asarray(treatment, float), np.asarray(control, float)
    splits = np.repeat(np.arange(len(treatment)), treatment.shape[1])
    return mixed_model(
        treatment.ravel(), control.ravel(), splits, confidence=confidence, paired=paired
    )


def arms(
    seed: int, n_splits: int, n_seeds: int, split: float, split_arm: float, residual: float
) -> tuple[np.ndarray, np.ndarray]:
    """Draw two arms from the model, with these variances and a difference of 0.5."""
    draw = np.random.default_rng(seed)
    shared = 95 + sqrt(split) * draw.normal(size=(n_splits, 1))
    a, b = (
        shared
        + sqrt(split_arm) * draw.normal(size=(n_splits, 1))
        + sqrt(residual) * draw.normal(size=(n_splits, n_seeds))
        for _ in range(2)
    )
    return a + 0.5, b


def test_a_mixed_model_by_hand() -> None:
    # Means of the cells: 2 and 6 against 1 and 1; differences 1 and 5, levels 1.5 and 3.5.
    # Mean squares: residual 8/4 = 2; split:arm 2 * 8 / 2 = 8; split 2 * 2 * 2 = 8.
    found = fit([[1, 3], [5, 7]], [[0, 2], [0, 2]])
    assert (found.difference, found.se) == (3, 2)
    assert (found.split, found.split_arm, found.residual) == (0, 3, 2)
    assert found.p == pytest.approx(cauchy_p(1.5))
    assert found.high == pytest.approx(3 + 2 * np.tan(0.475 * pi))


def test_a_paired_mixed_model_by_hand() -> None:
    # Differences 1, 1 and 5, 5: nothing inside the splits. Levels 0.5, 2.5 and 2.5, 4.5: mean
    # square 2 * 2 inside, so a pair has 4 / 2; split's own (8 - 8 - 4) / 4 is cut at 0.
    found = fit([[1, 3], [5, 7]], [[0, 2], [0, 2]], paired=True)
    assert (found.difference, found.se, found.p) == (3, 2, pytest.approx(cauchy_p(1.5)))
    assert (found.split, found.split_arm, found.pair, found.residual) == (0, 4, 2, 0)
    # Differences 0, 2 and 1, 1: between splits 0, inside 2 / 2 / 2 of two; pooled, 2/3 of it.
    found = fit([[0, 2], [5, 9]], [[0, 0], [4, 8]], paired=True)
    assert (found.residual, found.split_arm) == (pytest.approx(1 / 3), 0)
    assert found.se == pytest.approx(sqrt(2 * (1 / 3) / 4))


def test_a_negative_pair_by_hand() -> None:
    # What one arm of a pair wins the other loses: levels 2, 2 and 6, 6, differences -2, 2 twice,
    # mean square 16 / 2 / 2 inside splits and 0 between, pooled 8/3. Split: 2 * 2 * 8.
    found = fit([[1, 3], [5, 7]], [[3, 1], [7, 5]], paired=True)
    assert (found.pair, found.split_arm, found.residual) == (0, 0, pytest.approx(8 / 3))
    assert found.split == pytest.approx((32 - 8 / 3) / 4)


def test_a_negative_component_by_hand() -> None:
    # As above, but the control rises too: differences 1 and 1, split:arm's mean square 0. Pooled
    # with the residual's: (4 * 2 + 1 * 0) / 5 = 1.6. Levels 1.5 and 5.5: split's is 32.
    found = fit([[1, 3], [5, 7]], [[0, 2], [4, 6]])
    assert (found.residual, found.split_arm) == pytest.approx((1.6, 0.0))
    assert found.split == pytest.approx((32 - 1.6) / 4)
    assert found.se == pytest.approx(sqrt(2 * 1.6 / 4))


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize(
    ("n_splits", "n_seeds", "variances"),
    [(20, 5, (1, 0.5, 1)), (12, 3, (4, 2, 0.5)), (30, 2, (2, 1, 1))],
)
def test_statsmodels_finds_the_same(
    n_splits: int, n_seeds: int, variances: tuple[float, float, float], paired: bool
) -> None:
    a, b = arms(1, n_splits, n_seeds, *variances)
    luck = paired * np.random.default_rng(2).normal(size=a.shape)
    a, b = a + luck, b + luck
    table = pd.DataFrame({"value": np.concatenate([a.ravel(), b.ravel()])})
    table["treatment"] = np.repeat([1.0, 0.0], a.size)
    table["control"] = 1 - table["treatment"]
    table["split"] = np.tile(np.repeat(np.arange(n_splits), n_seeds), 2)
    table["seed"] = np.tile(np.arange(n_seeds), 2 * n_splits)
    effects = {"split_arm": "0 + treatment + control"}
    theirs = MixedLM.from_formula(
        "value ~ treatment",
        table,
        groups="split",
        re_formula="1",
        vc_formula={**effects, "pair": "0 + C(seed)"} if paired else effects,
    ).fit(reml=True)
    ours = fit(a, b, paired=paired)
    assert theirs.converged
    assert ours.difference == pytest.approx(theirs.params["treatment"], rel=1e-6)
    assert ours.se == pytest.approx(theirs.bse["treatment"], rel=1e-3)
    assert ours.split == pytest.approx(theirs.cov_re.iloc[0, 0], rel=1e-3)
    # Its variance components come in alphabetical order.
    assert ours.split_arm == pytest.approx(theirs.vcomp[-1], rel=1e-3)
    assert ours.pair == (pytest.approx(theirs.vcomp[0], rel=1e-3) if paired else 0)
    assert ours.residual == pytest.approx(theirs.scale, rel=1e-3)


def restricted_likelihood(
    values: np.ndarray, split: float, split_arm: float, residual: float
) -> tuple[float, float]:
    """Log-likelihood of Patterson and Thompson (1971), up to a constant, and the effect's se.

    Values have the shape (n_splits, 2, n_seeds).
    """
    n_splits, _, n_seeds = values.shape
    block = split + np.kron(np.eye(2), np.full((n_seeds, n_seeds), split_arm))
    v = np.kron(np.eye(n_splits), block) + residual * np.eye(values.size)
    x = np.column_stack([np.ones(values.size), np.tile(np.repeat([1.0, 0.0], n_seeds), n_splits)])
    solved = np.linalg.solve(v, x)
    information = x.T @ solved
    beta = np.linalg.solve(information, solved.T @ values.ravel())
    rest = values.ravel() - x @ beta
    log_determinants = np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1]
    return (
        -0.5 * (log_determinants + rest @ np.linalg.solve(v, rest)),
        sqrt(np.linalg.inv(information)[1, 1]),
    )


@pytest.mark.parametrize(
    ("seed", "variances", "zeros"),
    [
        (2, (2, 1, 1), (False, False)),
        (3, (2, 0, 1), (False, True)),
        (5, (0, 2, 1), (True, False)),
        (4, (0, 0, 1), (True, True)),
    ],
)
def test_no_other_variances_are_likelier(
    seed: int, variances: tuple[float, float, float], zeros: tuple[bool, bool]
) -> None:
    a, b = arms(seed, 6, 3, *variances)
    values = np.stack([a, b], axis=1)
    found = fit(a, b)
    assert (found.split == 0, found.split_arm == 0) == zeros
    best, se = restricted_likelihood(values, found.split, found.split_arm, found.residual)
    assert found.se == pytest.approx(se)
    draw = np.random.default_rng(6)
    for size in (0.01, 0.1, 1.0):
        for step in draw.normal(size=(60, 3)) * size:
            split, split_arm = np.abs([found.split, found.split_arm] + step[:2])
            other = restricted_likelihood(
                values, split, split_arm, found.residual * np.exp(step[2])
            )
            assert other[0] <= best + 1e-9


@pytest.mark.parametrize("paired", [False, True])
def test_inside_the_boundary_it_is_the_paired_t_test_of_the_splits(paired: bool) -> None:
    a, b = arms(7, 25, 4, 1, 1, 0.5)
    found = fit(a, b, confidence=0.9, paired=paired)
    t = stats.ttest_rel(a.mean(axis=1), b.mean(axis=1))
    assert found.difference == pytest.approx((a - b).mean())
    assert found.p == pytest.approx(t.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(t.confidence_interval(0.9)))


def test_a_shared_split_changes_only_its_own_variance() -> None:
    a, b = arms(8, 10, 3, 1, 1, 1)
    shift = np.arange(10.0)[:, None]
    plain, moved = fit(a, b), fit(a + shift, b + shift)
    assert moved.split > plain.split
    for name in ("difference", "se", "p", "split_arm", "residual"):
        assert getattr(moved, name) == pytest.approx(getattr(plain, name))


def test_shared_luck_of_a_replicate_changes_only_its_own_variance() -> None:
    a, b = arms(8, 10, 3, 1, 1, 1)
    luck = 5 * np.random.default_rng(1).normal(size=a.shape)
    plain, moved = fit(a, b, paired=True), fit(a + luck, b + luck, paired=True)
    assert moved.pair > plain.pair
    for name in ("difference", "se", "p", "split_arm", "residual"):
        assert getattr(moved, name) == pytest.approx(getattr(plain, name))
    # A model without it takes that luck for noise of each arm.
    assert fit(a + luck, b + luck).se > 1.5 * moved.se


def test_swapped_arms_and_shuffled_rows() -> None:
    a, b = arms(9, 8, 3, 1, 1, 1)
    forth, back = fit(a, b), fit(b, a)
    assert (back.difference, back.low) == pytest.approx((-forth.difference, -forth.high))
    assert (back.p, back.se, back.split) == pytest.approx((forth.p, forth.se, forth.split))
    order = np.random.default_rng(1).permutation(24)
    splits = np.repeat(np.arange(8), 3)[order] * 7 + 1000
    shuffled = mixed_model(a.ravel()[order], b.ravel()[order], splits, confidence=0.95)
    assert vars(shuffled) == pytest.approx(vars(forth))


def test_a_mixed_model_of_constants() -> None:
    same = np.full((3, 2), 100 * 112 / 116)
    assert fit(same, same) == Mixed(0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    one_more = fit(same + 100 / 116, same)
    assert (one_more.p, one_more.se) == (0.0, pytest.approx(0, abs=1e-9))
    assert one_more.low == one_more.high == pytest.approx(100 / 116)
    # One return more each time, from different counts: the subtractions differ in the last bits.
    correct = np.arange(95, 115).reshape(5, 4)
    steps = fit(100 * (correct + 1) / 116, 100 * correct / 116, paired=True)
    assert steps.se > 0
    assert (steps.p, steps.low) == (0.0, steps.high)
    # One return in one replicate of one arm is not rounding.
    lone = same.copy()
    lone[0, 0] += 100 / 116
    assert 0.05 < fit(lone, same).p < 1


def test_mixed_model_bad_input() -> None:
    values = np.arange(6.0)
    with pytest.raises(ValueError, match="one length, found 6, 5 and 6"):
        mixed_model(values, values[:5], np.repeat([1, 2, 3], 2), confidence=0.95)
    for splits in ([1] * 6, [1, 1, 1, 1, 2, 2], range(6)):
        with pytest.raises(
            ValueError,
            match=r"^a mixed model needs at least 2 splits of one size of at least 2, found ",
        ):
            mixed_model(values, values, np.array(splits), confidence=0.95)
    with pytest.raises(ValueError, match="between 0 and 1, found 1"):
        fit(np.ones((2, 2)), np.ones((2, 2)), confidence=1)
