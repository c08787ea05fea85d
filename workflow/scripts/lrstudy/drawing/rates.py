"""Learning rate against epoch."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

CURVES: tuple[dict[str, Any], ...] = (
    {"color": "#000000", "linestyle": "-"},
    {"color": "#000000", "linestyle": (0, (5, 1.5))},
    {"color": "#7A7A7A", "linestyle": "-"},
    {"color": "#7A7A7A", "linestyle": (0, (1.5, 1))},
)
"""Curves are of readings, not of arms, whose colours they do not take."""


def draw_rates(axis: Axes, rates: pd.DataFrame) -> None:
    """Draw one line a curve of a panel, from rows of `runs.RATES`.

    Raises
    ------
    ValueError
        They are of more curves than there are lines to tell apart.
    """
    for i, (curve, rows) in enumerate(rates.groupby("curve", sort=False)):
        if i >= len(CURVES):
            raise ValueError(f"a panel holds at most {len(CURVES)} curves; one more is {curve!r}")
        axis.plot(rows["epoch"], rows["rate"], label=curve, **CURVES[i])
    axis.set(xlabel="epochs done", xlim=(0, rates["epoch"].max()), ylim=(0, None))
