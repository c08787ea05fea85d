"""What the readings of one schedule do to learning rate and accuracy."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from lrstudy.drawing.forest import (
    LEGEND,
    asked_of,
    draw_forest,
    forest_inches,
    handles,
    lay_out,
)
from lrstudy.drawing.rates import draw_rates
from lrstudy.drawing.study import Study
from lrstudy.drawing.style import PAGE_INCHES, SMALL, choose, place_axes

TABLES = ("rates", "effects")
QUESTION = "Does it matter how a schedule is read?"
READING = (
    "Left: four readings of the time-based schedule's words and settings. Right: how far accuracy "
    "under three of them is from accuracy under the fourth, which Keras applied; and the step "
    "schedule as the code has it, less as the text describes it. Grey: too small to matter."
)
CLAIMS = (
    "effect.L1.tail",
    "effect.L1.resample",
    "effect.L2.tail",
    "effect.L2.resample",
    "effect.L3.tail",
    "effect.L3.resample",
    "effect.L4.tail",
    "effect.L4.resample",
    "rate",
)
NEEDS = ("figures.readings",)
PLACE = 50


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw the readings of one schedule: their rates, and their accuracy against Keras's reading.

    Raises
    ------
    ValueError
        The figure is missing from the table of rates, or an effect that the study asks for.
    """
    effects, rates = tables["effects"], choose(tables["rates"], figure="readings")
    lines = lay_out(effects, asked_of(CLAIMS, study))
    bottom, top = 0.4, 0.2
    height = forest_inches(lines)
    figure = Figure(figsize=(PAGE_INCHES, bottom + height + top))
    axis = place_axes(figure, (0.5, bottom, 2.5, height))
    draw_rates(axis, rates)
    axis.set_ylabel("learning rate")
    axis.legend(loc="lower left", fontsize=SMALL, labelspacing=0.2, borderaxespad=0.2)
    forest = draw_forest(
        figure,
        effects,
        lines,
        study.initializers,
        margin=study.margin,
        left=3.15,
        right=PAGE_INCHES - 0.05,
        bottom=bottom,
        label_inches=0.9,
    )
    forest.legend(
        handles=handles(study.initializers),
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=2,
        **LEGEND,
    )
    return figure
