"""Time-based, as the tutorial's printed table."""

from __future__ import annotations

import numpy as np

from lrstudy.schedules.base import TUTORIAL_DECAY, Clock, Parameter, Rates, Updates

PARAMETERS: dict[str, Parameter] = {"decay": TUTORIAL_DECAY}


def time_recursion(update: Updates, clock: Clock, initial_rate: float, *, decay: float) -> Rates:
    """Time-based, as the tutorial's table: ``rate[e] = rate[e-1] / (1 + decay * e)``.

    ``rate[0] = initial_rate`` in epoch 0.

    Examples
    --------
    Decay 1: divided by 1, by 2, by 3, by 4.

    >>> time_recursion(np.arange(4), Clock(1, 4), 24.0, decay=1)
    array([24., 12.,  4.,  1.])
    """
    divisors = 1.0 + decay * np.arange(clock.n_epochs)
    by_epoch = initial_rate / np.cumprod(divisors)
    return by_epoch[clock.epoch(update)]
