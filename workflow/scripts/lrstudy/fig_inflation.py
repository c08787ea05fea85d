"""What looking at the reported rows adds, beside what the schedule adds."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from lrstudy.fig_forest import (
    NUMBER_INCHES,
    Asked,
    draw_forest,
    forest_inches,
    lay_out,
    write_numbers,
)
from lrstudy.figures import PAGE_INCHES

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
    bottom, top, right = 0.4, 0.2, PAGE_INCHES - 0.03
    figure = Figure(figsize=(PAGE_INCHES, bottom + forest_inches(lines) + top))
    draw_forest(
        figure,
        effects,
        lines,
        initializers,
        margin=margin,
        left=0.03,
        right=right - NUMBER_INCHES * len(initializers) - 0.1,
        bottom=bottom,
        label_inches=1.65,
    )
    write_numbers(figure, effects, lines, initializers, right=right, bottom=bottom)
    return figure
