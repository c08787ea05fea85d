"""How often the intervals of a study hold: each run's against the mean of the other runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FEWEST = 3
"""Runs without which there is no standard error, and so no coverage."""


class Coverage(NamedTuple):
    """Share of intervals that hold, its standard error over runs, and how many there are."""

    share: float
    se: float
    intervals: int


def holds(effects: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which intervals hold the mean of the other runs' estimates.

    `effects` has shape (runs, effects, 3): estimate, low, high. Both halves of an interval are
    widened by sqrt(R / (R - 1)) for R runs, as that mean has an error of its own. The result has
    shape (runs, effects).
    """
    estimate, low, high = np.moveaxis(effects, -1, 0)
    n = len(estimate)
    wider = math.sqrt(n / (n - 1))
    # Of the differences: where all runs agree, the mean must not be off by rounding.
    away = (estimate.sum(0) - n * estimate) / (n - 1)
    away[:, (estimate == estimate[0]).all(0)] = 0.0
    return (wider * (low - estimate) <= away) & (away <= wider * (high - estimate))


def coverage(effects: NDArray[np.float64]) -> Coverage:
    """Return how often intervals hold; the error is a jackknife over runs, at least `FEWEST`.

    `effects` is as `holds` takes it. A run's effects rest on the same networks, so that a run is
    what is left out, not an effect.
    """
    n = len(effects)
    without = [holds(np.delete(effects, run, axis=0)).mean() for run in range(n)]
    se = math.sqrt((n - 1) * float(np.var(without)))
    held = holds(effects)
    return Coverage(float(held.mean()), se, held.size)


def common_effects(runs: Sequence[Mapping[str, float | int | str]]) -> NDArray[np.float64]:
    """Gather the effects that all runs have, from their claims, as `holds` takes them."""
    stems = [
        name.removesuffix(".difference")
        for name in runs[0]
        if name.startswith("effect.") and name.endswith(".difference")
    ]
    ids = [[f"{stem}.{end}" for end in ("difference", "low", "high")] for stem in stems]
    ids = [three for three in ids if all(name in run for run in runs for name in three)]
    found = [[[float(run[name]) for name in three] for three in ids] for run in runs]
    return np.array(found).reshape(len(runs), len(ids), 3)
