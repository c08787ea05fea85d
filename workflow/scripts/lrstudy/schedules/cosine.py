"""Half a cosine to a final rate."""

from __future__ import annotations

import numpy as np

from lrstudy.schedules.base import FINAL_FACTOR, Clock, Parameter, Rates, Updates, progress

PARAMETERS: dict[str, Parameter] = {"final_factor": FINAL_FACTOR}


def cosine(update: Updates, clock: Clock, initial_rate: float, *, final_factor: float) -> Rates:
    """Half a cosine from ``initial_rate`` to ``final_factor * initial_rate``, by update.

    ``initial_rate * (f + (1 - f) * (1 + cos(pi * update / n_updates)) / 2)``.
    Source: Loshchilov and Hutter, SGDR, ICLR 2017.

    Examples
    --------
    The cosine of 0, 60, 90 and 120 degrees is 1, 1/2, 0 and -1/2.

    >>> cosine(np.array([0, 2, 3, 4]), Clock(3, 2), 1.0, final_factor=0.0).round(12)
    array([1.  , 0.75, 0.5 , 0.25])
    """
    wave = 0.5 * (1.0 + np.cos(np.pi * progress(update, clock)))
    return initial_rate * (final_factor + (1.0 - final_factor) * wave)
