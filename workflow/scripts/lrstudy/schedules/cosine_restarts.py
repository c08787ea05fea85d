"""Cosine with warm restarts."""

from __future__ import annotations

import numpy as np

from lrstudy.schedules.base import FINAL_FACTOR, Clock, Parameter, Rates, Updates

PARAMETERS: dict[str, Parameter] = {
    "cycles": {
        "description": "Number of cycles.",
        "type": "integer",
        "minimum": 1,
        "maximum": 32_767,
        "examples": [3],
    },
    "final_factor": FINAL_FACTOR,
}


def cosine_restarts(
    update: Updates, clock: Clock, initial_rate: float, *, cycles: int, final_factor: float
) -> Rates:
    """`cosine` run ``cycles`` times over, each cycle an equal share of the updates.

    A cycle starts at ``initial_rate`` again. Updates that do not divide evenly go to whichever
    cycle ``update * cycles // n_updates`` names.
    Source: Loshchilov and Hutter, SGDR, ICLR 2017.

    Examples
    --------
    Each of two cycles begins at 1 and is half down in its second update.

    >>> cosine_restarts(np.arange(4), Clock(2, 2), 1.0, cycles=2, final_factor=0.0).round(12)
    array([1. , 0.5, 1. , 0.5])
    """
    # Integer arithmetic: a restart must not move by one update through rounding.
    within = (update * cycles % clock.n_updates) / clock.n_updates
    wave = 0.5 * (1.0 + np.cos(np.pi * within))
    return initial_rate * (final_factor + (1.0 - final_factor) * wave)
