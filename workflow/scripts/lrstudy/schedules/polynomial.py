"""Polynomial to a final rate."""

from __future__ import annotations

from lrstudy.schedules.base import FINAL_FACTOR, Clock, Parameter, Rates, Updates, progress

PARAMETERS: dict[str, Parameter] = {
    "power": {
        "description": "Exponent (no unit).",
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": 1000,
        "examples": [2.0],
    },
    "final_factor": FINAL_FACTOR,
}


def polynomial(
    update: Updates, clock: Clock, initial_rate: float, *, power: float, final_factor: float
) -> Rates:
    """Polynomial to ``final_factor * initial_rate``, by update.

    ``initial_rate * (final_factor + (1 - final_factor) * (1 - update / n_updates) ** power)``;
    the end value would be reached at update ``n_updates``, one past the last.

    Examples
    --------
    (1 - t/4) squared: 1, 9/16, 4/16, 1/16.

    >>> polynomial(np.arange(4), Clock(2, 2), 1.0, power=2, final_factor=0.0)
    array([1.    , 0.5625, 0.25  , 0.0625])
    """
    left = (1.0 - progress(update, clock)) ** power
    return initial_rate * (final_factor + (1.0 - final_factor) * left)
