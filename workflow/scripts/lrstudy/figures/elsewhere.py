"""Both recipes on other data sets, below the study's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrstudy.drawing.forest import LEGEND
from lrstudy.drawing.study import Study
from lrstudy.drawing.style import DARK, PAGE_INCHES, PALE, choose_one, place_axes

TABLES = ("effects",)
ALL_DATA = True
QUESTION = "Does it hold on other data?"
READING = (
    "The same effects on other small data sets, on random splits, below the study's own: squares "
    "are of the time-based recipe, triangles of the step recipe. Left in points (grey: too small "
    "to matter), right as a share of the baseline's error on the same data."
)
CLAIMS = (
    "effect.X1.*.resample",
    "effect.X2.*.resample",
    "effect.X3.*.resample",
    "effect.Y1.*.resample",
    "effect.Y2.*.resample",
    "effect.Y3.*.resample",
)
NEEDS = ("parts.*.datasets",)
PLACE = 100

PROTOCOL = "resample"
QUESTIONS = {"1": "the recipe", "2": "momentum first", "3": "then schedule"}
RECIPES = {"X": ("time-based", "s"), "Y": ("step", "^")}
"""First letter of a hypothesis to its recipe and its mark."""

MEASURES = {
    ("difference", "low", "high"): "difference in accuracy (points)",
    ("share", "share_low", "share_high"): "share of the baseline's error (%)",
}
ROW_INCHES = 0.15
GAP = 0.5
LABEL_INCHES = 1.35


def answers(effects: pd.DataFrame, study: Study) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the row of the table for each hypothesis that is asked on other data, by data set.

    The study's own answer, where it has one, is that to a hypothesis with the same arms on random
    splits.
    """
    own = effects["dataset"].eq(study.own)
    here = effects[own & effects["protocol"].eq(PROTOCOL)]
    there = effects[~own & effects["protocol"].eq(PROTOCOL)]
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name, asked in study.hypotheses.items():
        others = there[there["hypothesis"] == name]
        if name[0] not in RECIPES or others.empty:
            continue
        sides = asked["add"], asked["subtract"]
        same = [n for n, h in study.hypotheses.items() if (h["add"], h["subtract"]) == sides]
        cell = {"initializer": study.primary}
        rows = {}
        if not (mine := here[here["hypothesis"].isin(same)]).empty:
            first = mine["hypothesis"].iloc[0]
            rows[study.own] = choose_one(mine, hypothesis=first, **cell)
        for dataset in others["dataset"].unique():
            rows[dataset] = choose_one(others, dataset=dataset, **cell)
        found[name] = rows
    return found


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw each effect on every data set, both recipes in a row; in points and as shares.

    Raises
    ------
    ValueError
        An effect has no or more than one estimate, or none is asked of other data.
    """
    found = answers(tables["effects"], study)
    if not found:
        raise ValueError("no effect of other data")
    sets = [name for name in study.datasets if any(name in rows for rows in found.values())]
    questions = [q for q in QUESTIONS if any(name[1:] == q for name in found)]
    places = {
        (question, dataset): i * (len(sets) + 1.0 + GAP) + 1.0 + k
        for i, question in enumerate(questions)
        for k, dataset in enumerate(sets)
    }
    high = ROW_INCHES * (max(places.values()) + 1.0)
    figure = Figure(figsize=(PAGE_INCHES, high + 0.6))
    gap = 0.15
    wide = (PAGE_INCHES - LABEL_INCHES - 0.05 - gap) / 2
    for i, (columns, label) in enumerate(MEASURES.items()):
        axis = place_axes(figure, (LABEL_INCHES + i * (wide + gap), 0.38, wide, high))
        if i == 0:
            axis.axvspan(-study.margin, study.margin, color=PALE, linewidth=0, zorder=0)
            _name_rows(axis, places, study)
        else:
            axis.set_yticks([])
        axis.axvline(0.0, color="black", linewidth=0.7, zorder=1)
        for name, rows in found.items():
            for dataset, row in rows.items():
                y = places[name[1:], dataset]
                _draw_estimate(axis, name, [row[c] for c in columns], y, f"{name} {dataset}")
        axis.set(ylim=(max(places.values()) + 0.6, -0.4), xlabel=label)
        axis.spines["left"].set_visible(False)
        axis.margins(x=0.04)
    axis.legend(
        handles=[
            Line2D([], [], linestyle="", color=DARK, marker=mark, markersize=4, label=words)
            for words, mark in RECIPES.values()
        ],
        loc="lower right",
        bbox_to_anchor=(1, 1.0),
        ncols=2,
        **LEGEND,
    )
    return figure


def _draw_estimate(axis: Axes, name: str, row: Sequence[float], y: float, gid: str) -> None:
    """Draw an estimate with its interval; the step recipe's just below the other's."""
    place = y + (-0.17 if name[0] == next(iter(RECIPES)) else 0.17)
    value, low, high = row
    axis.plot([low, high], [place, place], "-", color=DARK, linewidth=1.0, gid=gid, zorder=2)
    style: dict[str, Any] = {"color": DARK, "markersize": 3.6, "markeredgewidth": 0.0, "zorder": 3}
    axis.plot(value, place, marker=RECIPES[name[0]][1], gid=gid, **style)


def _name_rows(axis: Axes, places: Mapping[tuple[str, str], float], study: Study) -> None:
    """Write questions and data sets left of the axis."""
    labels = [study.datasets[dataset].replace("\n", " ") for _, dataset in places]
    axis.set_yticks(list(places.values()), labels)
    axis.tick_params(axis="y", length=0)
    for question in dict.fromkeys(question for question, _ in places):
        axis.annotate(
            QUESTIONS[question],
            (0, min(y for (other, _), y in places.items() if other == question) - 1.0),
            (-5, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            va="center",
            weight="bold",
            annotation_clip=False,
        )
