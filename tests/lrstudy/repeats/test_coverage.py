"""How often intervals hold, where it is known how often they should."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from lrstudy.repeats.coverage import Coverage, common_effects, coverage, holds
from numpy.typing import NDArray

RUNS = 9


def study(
    rng: np.random.Generator, half: float, shared: float, n: int = 120
) -> NDArray[np.float64]:
    """Effects of variance 1 of nine runs; a run's effects have a share of that in common."""
    common = rng.normal(size=(RUNS, 1)) * rng.choice([-1, 1], (1, n))
    own = rng.normal(size=(RUNS, n))
    found = 3 + np.sqrt(shared) * common + np.sqrt(1 - shared) * own
    return np.stack([found, found - half, found + half], -1)


@pytest.fixture
def simulated() -> Callable[[float, float], list[Coverage]]:
    def run(half: float, shared: float) -> list[Coverage]:
        rng = np.random.default_rng(7)
        return [coverage(study(rng, half, shared)) for _ in range(300)]

    return run


@pytest.mark.parametrize(("half", "expected"), [(1.96, 0.95), (1.645, 0.9), (1.0, 0.683)])
@pytest.mark.parametrize("shared", [0.0, 0.4])
def test_intervals_hold_as_often_as_they_should(
    simulated: Callable[[float, float], list[Coverage]], half: float, expected: float, shared: float
) -> None:
    found = simulated(half, shared)
    shares = np.array([one.share for one in found])
    spread = shares.std(ddof=1)
    assert shares.mean() == pytest.approx(expected, abs=3 * spread / np.sqrt(len(found)) + 0.001)
    # Of effects that have nothing in common the error is on the safe side.
    said = np.sqrt(np.mean([one.se**2 for one in found]))
    assert 0.85 * spread < said < 1.6 * spread


def test_without_widening_they_would_hold_too_seldom() -> None:
    rng = np.random.default_rng(1)
    found = np.concatenate([study(rng, 1.96, 0) for _ in range(60)], axis=1)
    narrow = found.copy()
    for end in (1, 2):  # undo it
        narrow[..., end] = found[..., 0] + (found[..., end] - found[..., 0]) * np.sqrt(8 / 9)
    assert holds(found).mean() == pytest.approx(0.95, abs=0.006)
    assert holds(narrow).mean() < 0.94


def test_each_half_of_an_interval_counts_for_itself() -> None:
    effects = np.array([[[0.0, -3.0, 0.1]], [[1.0, 0.0, 3.0]], [[2.0, 1.0, 3.0]]])
    # The others' means: 1.5, 1, 0.5; widened by 1.22.
    assert holds(effects)[:, 0].tolist() == [False, True, False]
    assert holds(-effects[..., [0, 2, 1]])[:, 0].tolist() == [False, True, False]


def test_runs_that_agree_hold_each_other() -> None:
    """Of many values, as the sum of some is not exactly their multiple."""
    same = np.tile(np.random.default_rng(1).normal(size=(1, 50, 1)), (RUNS, 1, 3))
    assert coverage(same) == Coverage(1.0, 0.0, 50 * RUNS)


def test_effects_are_those_that_all_runs_have() -> None:
    ends = ("difference", "low", "high")
    whole = {f"effect.H{k}.tail.{end}": float(k) for k in (1, 2) for end in ends}
    part = {name: value + 1 for name, value in whole.items() if name != "effect.H2.tail.low"}
    others = {"effect.H1.tail.direction": "higher", "arm.a.difference": 1.0}
    found = common_effects([whole | others, part, whole])
    assert found.tolist() == [[[1.0] * 3], [[2.0] * 3], [[1.0] * 3]]
    assert common_effects([{"networks": 1}]).shape == (1, 0, 3)
