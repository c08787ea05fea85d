"""The learning rates of the tutorial's schedules."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from lrstudy.drawing.rates import draw_rates
from lrstudy.drawing.study import Study
from lrstudy.drawing.style import PAGE_INCHES, choose

TABLES = ("rates",)
QUESTION = "What do the tutorial's two schedules do over 100 epochs?"
READING = (
    "Left: the equation that it prints, and what Keras made of the same setting. Right: the drop "
    "every ten epochs, as its code does it and as its text describes it."
)
CLAIMS = ("rate.printed",)
NEEDS = ("figures.rates",)
PLACE = 40


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw learning rate against epoch, one panel a group of curves.

    Raises
    ------
    ValueError
        The table does not hold this figure, or holds a panel of too many curves.
    """
    rates = choose(tables["rates"], figure="rates")
    panels = rates["panel"].unique()
    figure = Figure(figsize=(PAGE_INCHES, 2.0), layout="constrained")
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axis, panel in zip(axes, panels, strict=True):
        draw_rates(axis, rates[rates["panel"] == panel])
        axis.set_title(panel)
        axis.legend(loc="upper right")
    axes[0].set_ylabel("learning rate")
    return figure
