"""Linear to a final rate."""

from __future__ import annotations

from lrstudy.schedules.base import FINAL_FACTOR, Clock, Parameter, Rates, Updates
from lrstudy.schedules.polynomial import polynomial

PARAMETERS: dict[str, Parameter] = {"final_factor": FINAL_FACTOR}


def linear(update: Updates, clock: Clock, initial_rate: float, *, final_factor: float) -> Rates:
    """Linear to ``final_factor * initial_rate``: `polynomial` with power 1.

    Examples
    --------
    >>> linear(np.arange(4), Clock(2, 2), 1.0, final_factor=0.0)
    array([1.  , 0.75, 0.5 , 0.25])
    """
    return polynomial(update, clock, initial_rate, power=1.0, final_factor=final_factor)
