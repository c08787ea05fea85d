"""Exponential by epoch."""

from __future__ import annotations

import numpy as np

from lrstudy.schedules.base import DECAY, Clock, Parameter, Rates, Updates

PARAMETERS: dict[str, Parameter] = {"decay": DECAY}


def exponential(update: Updates, clock: Clock, initial_rate: float, *, decay: float) -> Rates:
    """Exponential by epoch: ``initial_rate * exp(-decay * epoch)``.

    Examples
    --------
    exp(-log 2) halves.

    >>> exponential(np.arange(4), Clock(1, 4), 8.0, decay=np.log(2)).round(12)
    array([8., 4., 2., 1.])
    """
    return initial_rate * np.exp(-decay * clock.epoch(update))
