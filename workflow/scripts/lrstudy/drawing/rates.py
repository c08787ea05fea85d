"""Learning rate against epoch."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from lrstudy.drawing.style import COLOURS, LINES


def draw_rates(axis: Axes, rates: pd.DataFrame) -> None:
    """Draw one line a curve of a panel, from rows of `runs.RATES`.

    Raises
    ------
    ValueError
        They are of more curves than there are lines to tell apart.
    """
    for i, (curve, rows) in enumerate(rates.groupby("curve", sort=False)):
        if i >= len(LINES):
            raise ValueError(f"a panel holds at most {len(LINES)} curves; one more is {curve!r}")
        axis.plot(rows["epoch"], rows["rate"], color=COLOURS[i], linestyle=LINES[i], label=curve)
    axis.set(xlabel="epochs done", xlim=(0, rates["epoch"].max()), ylim=(0, None))
