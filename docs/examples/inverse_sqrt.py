"""Inverse square root with warm-up."""

from __future__ import annotations

import numpy as np

from lrstudy.schedules.base import Clock, Parameter, Rates, Updates

PARAMETERS: dict[str, Parameter] = {
    "warmup": {
        "description": "Updates over which the rate rises.",
        "type": "integer",
        "minimum": 1,
        "maximum": 1_000_000,
        "examples": [20],
    },
}


def inverse_sqrt(update: Updates, clock: Clock, initial_rate: float, *, warmup: int) -> Rates:
    """Rise in a line to ``initial_rate``, then fall with the square root of the update.

    ``initial_rate * min((update + 1) / warmup, sqrt(warmup / (update + 1)))``.
    Source: Vaswani et al., Attention is all you need, NeurIPS 2017, up to a constant.

    Examples
    --------
    Half the rate, all of it at the end of the warm-up, and half again at four times as many.

    >>> inverse_sqrt(np.array([0, 1, 7]), Clock(4, 2), 1.0, warmup=2)
    array([0.5, 1. , 0.5])
    """
    step = update + 1.0
    return initial_rate * np.minimum(step / warmup, np.sqrt(warmup / step))
