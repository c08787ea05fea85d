"""Time-based, closed form by epoch."""

from __future__ import annotations

from lrstudy.schedules.base import TUTORIAL_DECAY, Clock, Parameter, Rates, Updates

PARAMETERS: dict[str, Parameter] = {"decay": TUTORIAL_DECAY}


def time_per_epoch(update: Updates, clock: Clock, initial_rate: float, *, decay: float) -> Rates:
    """Time-based, closed form by epoch: ``initial_rate / (1 + decay * epoch)``.

    Examples
    --------
    Decay 1: 6, 6/2, 6/3, two updates each.

    >>> time_per_epoch(np.arange(6), Clock(2, 3), 6.0, decay=1)
    array([6., 6., 3., 3., 2., 2.])
    """
    return initial_rate / (1.0 + decay * clock.epoch(update))
