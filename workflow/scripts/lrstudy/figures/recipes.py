"""Both recipes taken apart, in either order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from paperledger.claims.claim import Claim

from lrstudy.drawing.forest import (
    LEGEND,
    asked_of,
    draw_estimate,
    finish_axis,
    handles,
    limits,
    mark_margin,
)
from lrstudy.drawing.study import Study
from lrstudy.drawing.style import (
    GREY,
    PAGE_INCHES,
    PLACES,
    SMALL,
    choose_one,
    place_axes,
)

TABLES = ("effects",)
QUESTION = "How much of each recipe is momentum, and how much the schedule?"
READING = (
    "Left the time-based recipe, right the step recipe: the whole of it, then its two changes made "
    "in either order, their averages over both orders, and the interaction. Mean differences "
    "between paired networks, with intervals, which most marks hide. Grey: too small to matter. "
    "The dashed line is the gain that the tutorial reports."
)
CLAIMS = (
    "effect.H1.tail",
    "effect.H2.tail",
    "effect.H3.tail",
    "effect.H4.tail",
    "effect.H5.tail",
    "effect.H8.tail",
    "effect.H7.tail",
    "effect.H6.tail",
    "effect.H1.resample",
    "effect.H2.resample",
    "effect.H3.resample",
    "effect.H4.resample",
    "effect.H5.resample",
    "effect.H8.resample",
    "effect.H7.resample",
    "effect.H6.resample",
    "effect.S1.tail",
    "effect.S2.tail",
    "effect.S3.tail",
    "effect.S4.tail",
    "effect.S5.tail",
    "effect.S8.tail",
    "effect.S7.tail",
    "effect.S6.tail",
    "effect.S1.resample",
    "effect.S2.resample",
    "effect.S3.resample",
    "effect.S4.resample",
    "effect.S5.resample",
    "effect.S8.resample",
    "effect.S7.resample",
    "effect.S6.resample",
    "tutorial.gain",
)
NEEDS = ()
PLACE = 10

RECIPES = {"H": "time-based recipe", "S": "step recipe"}
QUESTIONS = {
    "1": "the recipe",
    "2": "momentum first",
    "3": "  then schedule",
    "4": "schedule first",
    "5": "  then momentum",
    "8": "momentum, both orders",
    "7": "schedule, both orders",
    "6": "interaction",
}
"""Last character of a hypothesis to its question, from top to bottom."""

GAPS_BEFORE = "248"
"""Questions that start a group."""

ROW_INCHES = 0.15
GAP = 0.35
LABEL_INCHES = 1.25
ID_INCHES = 0.24


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw both ladders beside each other, one block of rows a protocol, on one scale.

    Raises
    ------
    ValueError
        An effect is missing that the study asks for.
    """
    effects, asked = tables["effects"], asked_of(CLAIMS, study)
    recipes = [recipe for recipe in RECIPES if any(name[0] == recipe for name, _ in asked)]
    rows = _place(dict.fromkeys((protocol, name[1:]) for name, protocol in asked))
    high = ROW_INCHES * (max(rows.values()) + 1.0)
    figure = Figure(figsize=(PAGE_INCHES, high + 0.62))
    gap = 0.12 + ID_INCHES
    left = LABEL_INCHES + ID_INCHES
    wide = (PAGE_INCHES - left - 0.05 - gap * (len(recipes) - 1)) / len(recipes)
    gain = _gain(study)
    pairs = pd.MultiIndex.from_frame(effects[["hypothesis", "protocol"]])
    found = effects[pairs.isin(asked)]
    ends = limits(found, study.margin, gain or 0.0)
    for i, recipe in enumerate(recipes):
        axis = place_axes(figure, (left + i * (wide + gap), 0.38, wide, high))
        mark_margin(axis, study.margin)
        for (protocol, question), y in rows.items():
            name = recipe + question
            if (name, protocol) not in asked:
                continue
            cell = {"hypothesis": name, "protocol": protocol}
            estimates = [choose_one(effects, **cell, initializer=i) for i in study.initializers]
            draw_estimate(axis, estimates, y, f"{name} {protocol}")
            _write_id(axis, name, y)
        if gain is not None:
            _mark_gain(axis, gain, [y for (protocol, _), y in rows.items() if protocol == "tail"])
        finish_axis(axis, ends, max(rows.values()))
        axis.set_title(RECIPES[recipe], pad=5)
        if i == 0:
            _name_rows(axis, rows)
    axis.legend(handles=handles(study.initializers), **LEGEND, **_corner())
    return figure


def _corner() -> dict[str, Any]:
    return {"loc": "lower right", "bbox_to_anchor": (1, 1.005), "ncols": 2, "columnspacing": 1.0}


def _place(rows: Mapping[tuple[str, str], Any]) -> dict[tuple[str, str], float]:
    """Place protocols and questions from top to bottom, a line for the protocol's name above."""
    places: dict[tuple[str, str], float] = {}
    y = 0.0
    for protocol in dict.fromkeys(protocol for protocol, _ in rows):
        y += 0.4 if places else 0.0
        y += 1.0  # where the protocol's name stands
        for question in QUESTIONS:
            if (protocol, question) in rows:
                y += GAP if question in GAPS_BEFORE else 0.0
                places[protocol, question] = y
                y += 1.0
    return places


def _gain(study: Study) -> float | None:
    """Return what the tutorial's schedules gain (points)."""
    if not study.tutorial:
        return None
    gain = study.tutorial["schedule_correct"] - study.tutorial["baseline_correct"]
    return 100.0 * gain / study.tutorial["n_validation"]


def _name_rows(axis: Axes, rows: Mapping[tuple[str, str], float]) -> None:
    """Write protocols and questions left of the axis."""
    style: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    style |= {"va": "center", "annotation_clip": False}
    first = -72.0 * (LABEL_INCHES + ID_INCHES) + 2.0
    before = ""
    for (protocol, question), y in rows.items():
        if protocol != before:
            axis.annotate(PLACES[protocol], (0, y - 1.0), (first, 0), weight="bold", **style)
        indent = 10.0 if QUESTIONS[question].startswith(" ") else 0.0
        words = QUESTIONS[question].strip()
        axis.annotate(words, (0, y), (first + 6.0 + indent, 0), fontsize=8, **style)
        before = protocol


def _write_id(axis: Axes, name: str, y: float) -> None:
    axis.annotate(
        name,
        (0, y),
        (-4, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=7,
        color=GREY,
    )


def _mark_gain(axis: Axes, points: float, rows: list[float]) -> None:
    """Mark the tutorial's gain beside the rows of its split."""
    if not rows:
        return
    top, bottom = min(rows) - 0.5, max(rows) + 0.5
    axis.plot([points, points], [top, bottom], "--", color=GREY, linewidth=0.9, zorder=1)
    axis.annotate(
        f"tutorial's gain {Claim(points, 'points', 2, 'signed').text}",
        (points, top),
        (2, 1),
        textcoords="offset points",
        ha="right",
        fontsize=SMALL,
        color=GREY,
    )
