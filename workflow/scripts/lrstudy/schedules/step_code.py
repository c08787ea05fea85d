"""Step, as the tutorial's code."""

from __future__ import annotations

from lrstudy.schedules.base import DROP, EPOCHS_PER_DROP, Clock, Parameter, Rates, Updates

PARAMETERS: dict[str, Parameter] = {"drop": DROP, "epochs_per_drop": EPOCHS_PER_DROP}


def step_code(
    update: Updates, clock: Clock, initial_rate: float, *, drop: float, epochs_per_drop: int
) -> Rates:
    """Step, as the tutorial's code: ``initial_rate * drop ** ((epoch + 1) // epochs_per_drop)``.

    The first plateau is one epoch shorter than the others.

    Examples
    --------
    >>> step_code(np.arange(6), Clock(1, 6), 8.0, drop=0.5, epochs_per_drop=2)
    array([8., 4., 4., 2., 2., 1.])
    """
    return initial_rate * drop ** ((clock.epoch(update) + 1) // epochs_per_drop)
