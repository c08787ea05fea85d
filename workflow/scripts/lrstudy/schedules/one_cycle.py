"""One cycle: up to the peak, then down."""

from __future__ import annotations

import numpy as np

from lrstudy.schedules.base import FINAL_FACTOR, Clock, Parameter, Rates, Updates

PARAMETERS: dict[str, Parameter] = {
    "warmup_fraction": {
        "description": "Share of updates that warm up.",
        "type": "number",
        "minimum": 0,
        "exclusiveMaximum": 1,
        "examples": [0.3],
    },
    "start_factor": {
        "description": "First rate as a share of the peak.",
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "examples": [0.1],
    },
    "final_factor": FINAL_FACTOR,
}


def one_cycle(
    update: Updates,
    clock: Clock,
    initial_rate: float,
    *,
    warmup_fraction: float,
    start_factor: float,
    final_factor: float,
) -> Rates:
    """One cycle: linear up to ``initial_rate`` (the peak), then linear down, by update.

    From ``start_factor * initial_rate`` at update 0 to the peak at
    ``round(warmup_fraction * n_updates)``, then to ``final_factor * initial_rate``, which would
    be reached at update ``n_updates``. Momentum stays as it is.
    Source: Smith and Topin, Super-convergence, arXiv 1708.07120.

    Examples
    --------
    The peak is at update 2 of 4.

    >>> knobs = {'warmup_fraction': 0.5, 'start_factor': 0.5, 'final_factor': 0.0}
    >>> one_cycle(np.arange(4), Clock(2, 2), 1.0, **knobs)
    array([0.5 , 0.75, 1.  , 0.5 ])
    """
    peak = round(warmup_fraction * clock.n_updates)
    knots = ([0, peak, clock.n_updates], [start_factor, 1.0, final_factor])
    if peak == 0:
        knots = (knots[0][1:], knots[1][1:])
    return initial_rate * np.interp(update, *knots)
