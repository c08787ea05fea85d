"""Time-based, as the tutorial's prose."""

from __future__ import annotations

import numpy as np

from lrstudy.schedules.base import TUTORIAL_DECAY, Clock, Parameter, Rates, Updates

PARAMETERS: dict[str, Parameter] = {"decay": TUTORIAL_DECAY}


def time_subtraction(update: Updates, clock: Clock, initial_rate: float, *, decay: float) -> Rates:
    """Time-based, as the tutorial's prose: ``max(initial_rate - decay * epoch, 0)``.

    Examples
    --------
    It stops at zero.

    >>> time_subtraction(np.arange(5), Clock(1, 5), 1.0, decay=0.375)
    array([1.   , 0.625, 0.25 , 0.   , 0.   ])
    """
    return np.maximum(initial_rate - decay * clock.epoch(update), 0.0)
