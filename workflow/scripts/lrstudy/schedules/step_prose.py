"""Step, as the tutorial's prose."""

from __future__ import annotations

from lrstudy.schedules.base import DROP, EPOCHS_PER_DROP, Clock, Parameter, Rates, Updates

PARAMETERS: dict[str, Parameter] = {"drop": DROP, "epochs_per_drop": EPOCHS_PER_DROP}


def step_prose(
    update: Updates, clock: Clock, initial_rate: float, *, drop: float, epochs_per_drop: int
) -> Rates:
    """Step, as the tutorial's prose: ``initial_rate * drop ** (epoch // epochs_per_drop)``.

    Examples
    --------
    >>> step_prose(np.arange(6), Clock(1, 6), 8.0, drop=0.5, epochs_per_drop=2)
    array([8., 8., 4., 4., 2., 2.])
    """
    return initial_rate * drop ** (clock.epoch(update) // epochs_per_drop)
