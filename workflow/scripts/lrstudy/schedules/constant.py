"""Constant rate."""

from __future__ import annotations

import numpy as np

from lrstudy.schedules.base import Clock, Parameter, Rates, Updates

PARAMETERS: dict[str, Parameter] = {}


def constant(update: Updates, clock: Clock, initial_rate: float) -> Rates:
    """Constant: ``rate = initial_rate``.

    Examples
    --------
    >>> constant(np.arange(3), Clock(1, 3), 0.3)
    array([0.3, 0.3, 0.3])
    """
    return np.full(update.shape, float(initial_rate))
