"""What looking at the reported rows adds, beside what the schedule adds."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from lrstudy.fig_forest import Asked, forest_page, lay_out

INFLATION: tuple[Asked, ...] = (
    ("H11a", "tail"),
    ("H11a", "resample"),
    ("H11b", "tail"),
    ("H11b", "resample"),
    ("H10", "tail"),
    ("H10", "resample"),
    ("D1", "tail"),
    ("D1", "resample"),
    ("H2a", "tail"),
    ("H2b", "resample"),
)


def draw_inflation(
    effects: pd.DataFrame, initializers: Mapping[str, str], *, margin: float
) -> Figure:
    """Draw best-epoch reporting and leakage, and below them the schedule's own effect.

    Parameters
    ----------
    effects : DataFrame
        See `result_tables.EFFECTS`; needs H2a, H2b, H10, H11a, H11b and D1 for all initializers.
    initializers : mapping
        Name to label, the primary one first.
    margin : float
        Half the width of the band of equivalence (points).

    Raises
    ------
    ValueError
        An effect is missing.
    """
    lines = lay_out(effects, INFLATION)
    figure, _ = forest_page(effects, lines, initializers, margin=margin, label_inches=1.65)
    return figure
