"""Time-based, as Keras computed it."""

from __future__ import annotations

from lrstudy.schedules.base import TUTORIAL_DECAY, Clock, Parameter, Rates, Updates

PARAMETERS: dict[str, Parameter] = {"decay": TUTORIAL_DECAY}


def time_per_update(update: Updates, clock: Clock, initial_rate: float, *, decay: float) -> Rates:
    """Time-based, as Keras computed it: ``initial_rate / (1 + decay * update)``.

    The rate falls at every update. This is what ``SGD(decay=...)`` did up to Keras 2, and what
    ``InverseTimeDecay(initial_rate, decay_steps=1, decay_rate=decay)`` does in Keras 3.

    Examples
    --------
    Decay 1: 6, 6/2, 6/3, ..., across the border of an epoch.

    >>> time_per_update(np.arange(6), Clock(3, 2), 6.0, decay=1)
    array([6. , 3. , 2. , 1.5, 1.2, 1. ])
    """
    return initial_rate / (1.0 + decay * update)
