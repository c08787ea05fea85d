"""From the tutorial's comparison down to the schedule alone."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from paperledger.claims.claim import Claim

from lrstudy.drawing.forest import asked_of, forest_page, lay_out
from lrstudy.drawing.study import Study
from lrstudy.drawing.style import GREY, SMALL

TABLES = ("effects",)
QUESTION = "How much of the headline is momentum, and how much the schedule?"
READING = (
    "From the tutorial's comparison at the top down to the schedule alone: mean differences "
    "between paired networks, with their intervals. Grey: too small to matter. The dashed line is "
    "the gain that the tutorial reports."
)
CLAIMS = (
    "effect.H1.tail",
    "effect.D4.resample",
    "effect.D4.official",
    "effect.H3.tail",
    "effect.D6.resample",
    "effect.D6.official",
    "effect.H2a.tail",
    "effect.H2b.resample",
    "effect.D5.official",
    "effect.H4.tail",
    "effect.H5.tail-resample",
    "headline",
    "tutorial.gain",
)
NEEDS = ()
PLACE = 10


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw the headline contrast and its parts: momentum, schedule, interaction, split.

    Raises
    ------
    ValueError
        An effect is missing that the study asks for.
    """
    effects, tutorial = tables["effects"], study.tutorial
    lines = lay_out(effects, asked_of(CLAIMS, study))
    points = 0.0
    if tutorial:
        gain = tutorial["schedule_correct"] - tutorial["baseline_correct"]
        points = 100.0 * gain / tutorial["n_validation"]
    figure, axis = forest_page(
        effects,
        lines,
        study.initializers,
        margin=study.margin,
        label_inches=1.25,
        reach=points,
    )
    if tutorial:
        _mark_gain(axis, points)
    return figure


def _mark_gain(axis: Axes, points: float) -> None:
    axis.axvline(points, color=GREY, linewidth=0.9, linestyle="--", zorder=1)
    axis.annotate(
        f"tutorial {Claim(points, 'points', 2, 'signed').text}",
        (points, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(2, 3),
        textcoords="offset points",
        ha="right",
        fontsize=SMALL,
        color=GREY,
    )
