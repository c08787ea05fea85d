"""The whole study from other seeds: primary effects of each run, and sentences that differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrstudy.drawing.forest import asked_of, finish_axis, limits, mark_margin
from lrstudy.drawing.study import Study
from lrstudy.drawing.style import DARK, GREY, PAGE_INCHES, PALE, PLACES, SMALL, choose, place_axes

TABLES = ("by_run", "verdicts")
QUESTION = "What remains when the whole study runs again from other seeds?"
READING = (
    "Left: the primary effects under the primary initial weights, one interval a run, this one "
    "black; grey band: too small to matter. Right: the sentences of the paper that do not hold in "
    "every run, one mark a run: full where the sentence holds, pale where it holds by less than "
    "half an interval, open where it does not."
)
CLAIMS = (
    "effect.H1.tail",
    "effect.H2.tail",
    "effect.H3.tail",
    "effect.S1.tail",
    "effect.S2.tail",
    "effect.S3.tail",
    "effect.H1.resample",
    "effect.H2.resample",
    "effect.H3.resample",
    "effect.S1.resample",
    "effect.S2.resample",
    "effect.S3.resample",
    "repeats",
)
NEEDS = ()
PLACE = 12

QUESTIONS = {"1": "the recipe", "2": "momentum first", "3": "then schedule"}
RECIPES = {"H": "time-based", "S": "step"}
ROW_INCHES = 0.175
SPREAD = 0.76
"""Height of one effect's intervals together (rows)."""

LINE_INCHES = 0.16
LABEL_INCHES, EFFECT_INCHES = 1.42, 1.85
SENTENCE_INCHES, COUNT_INCHES = 1.5, 0.35
MOST_SENTENCES = 24
"""Sentences that are named, at most: those that hold in the fewest runs."""

NARROW = 1.0
"""A sentence that holds by less than so many half-widths of its interval holds narrowly."""

THIS: dict[str, Any] = {"color": "black", "linewidth": 1.6}
OTHER: dict[str, Any] = {"color": "#8A8A8A", "linewidth": 1.0}
MARK: dict[str, Any] = {"linestyle": "", "marker": "o", "color": DARK, "markersize": 4.2}
HOLDS: dict[str, dict[str, Any]] = {
    "holds": {**MARK, "markerfacecolor": DARK},
    "narrowly": {**MARK, "markerfacecolor": "#B5B5B5"},
    "does not": {**MARK, "markerfacecolor": "white"},
}


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw effects by run on the left, verdicts by run on the right.

    Raises
    ------
    ValueError
        An effect that the study asks for is missing, or a run has it not or twice.
    """
    asked = asked_of(CLAIMS, study)
    verdicts = tables["verdicts"]
    runs = sorted(verdicts["run"].unique())
    differing, more = _differing(verdicts, len(runs))
    rows = _place(asked)
    high = max(
        ROW_INCHES * (max(rows.values()) + 0.9),
        LINE_INCHES * (len(differing) + 1),
    )
    figure = Figure(figsize=(PAGE_INCHES, high + 0.76))
    axis = place_axes(figure, (LABEL_INCHES, 0.38, EFFECT_INCHES, high))
    _draw_effects(axis, tables["by_run"], rows, runs, study)
    left = LABEL_INCHES + EFFECT_INCHES + 0.2 + SENTENCE_INCHES
    wide = PAGE_INCHES - left - COUNT_INCHES
    deep = LINE_INCHES * (len(differing) + 1)
    matrix = place_axes(figure, (left, 0.38 + high - deep, wide, deep))
    _draw_verdicts(matrix, differing, runs, more)
    matrix.set_title("run", pad=3)
    matrix.legend(
        handles=[Line2D([], [], label=word, **style) for word, style in HOLDS.items()],
        loc="upper right",
        bbox_to_anchor=(1, 0.0),
        ncols=3,
        fontsize=SMALL,
        handlelength=0.8,
        handletextpad=0.2,
        columnspacing=0.8,
    )
    return figure


def _place(asked: list[tuple[str, str]]) -> dict[tuple[str, str], float]:
    """Place effects from top to bottom; one line above each protocol names it."""
    rows: dict[tuple[str, str], float] = {}
    y, before = 0.0, ""
    for name, protocol in asked:
        y += 1.0 if protocol != before else 0.0
        rows[name, protocol] = y
        y, before = y + 1.0, protocol
    return rows


def _draw_effects(
    axis: Axes,
    repeats: pd.DataFrame,
    rows: Mapping[tuple[str, str], float],
    runs: list[int],
    study: Study,
) -> None:
    """Draw one thin interval a run, this build's black and first."""
    mark_margin(axis, study.margin)
    shown = []
    style: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    style |= {"va": "center", "annotation_clip": False}
    first, before = -72.0 * LABEL_INCHES + 2.0, ""
    for (name, protocol), y in rows.items():
        cell = {"hypothesis": name, "protocol": protocol, "initializer": study.primary}
        found = choose(repeats, **cell).set_index("run")
        if list(found.index.sort_values()) != runs:
            wrong = list(found.index.sort_values())
            raise ValueError(f"{name} on {protocol}: expected runs {runs}, found {wrong}")
        shown.append(found)
        for i, run in enumerate(runs):
            place = y + SPREAD * ((i + 0.5) / len(runs) - 0.5)
            row = found.loc[run]
            ends, of = [row["low"], row["high"]], f"{name} {protocol} {run}"
            axis.plot(ends, [place, place], "-", gid=of, **(THIS if run == 0 else OTHER))
        if protocol != before:
            axis.annotate(PLACES[protocol], (0, y - 1.0), (first, 0), weight="bold", **style)
        words = f"{RECIPES[name[0]]}: {QUESTIONS[name[1:]]}"
        axis.annotate(words, (0, y), (first + 6.0, 0), fontsize=8, **style)
        before = protocol
    finish_axis(axis, limits(pd.concat(shown), study.margin), max(rows.values()))


def _differing(verdicts: pd.DataFrame, n_runs: int) -> tuple[dict[str, pd.DataFrame], int]:
    """Return the verdicts of sentences that some run has not, and how many more such there are.

    Those with the fewest runs come first.
    """
    found = {str(name): rows.set_index("run") for name, rows in verdicts.groupby("sentence")}
    holds = {name: int(rows["holds"].sum()) for name, rows in found.items()}
    order = sorted((count, name) for name, count in holds.items() if count < n_runs)
    shown = {name: found[name] for _, name in order[:MOST_SENTENCES]}
    return shown, len(order) - len(shown)


def _draw_verdicts(
    axis: Axes, differing: Mapping[str, pd.DataFrame], runs: list[int], more: int
) -> None:
    """Draw one line a sentence, one mark a run, and count the runs in which it holds."""
    for y, (name, rows) in enumerate(differing.items()):
        axis.axhline(y, color=PALE, linewidth=0.6, zorder=0)
        for x, run in enumerate(runs):
            holds, margin = rows.loc[run, "holds"], rows.loc[run, "margin"]
            word = "does not" if not holds else "narrowly" if margin < NARROW else "holds"
            axis.plot(x, y, gid=f"{name} {run}", clip_on=False, **HOLDS[word])
        count = f"{int(rows['holds'].sum())}/{len(runs)}"
        axis.annotate(
            count,
            (1, y),
            (4, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
        )
    if not differing:
        axis.text(0, 0, "every sentence holds in every run", va="center", color=GREY)
    if more:
        words = f"and {more} more"
        axis.text(0, len(differing) - 0.1, words, va="center", fontsize=SMALL, color=GREY)
    axis.set(xlim=(-0.6, len(runs) - 0.4), ylim=(len(differing) - 0.3, -0.6))
    axis.set_xticks(range(len(runs)), ["this" if run == 0 else str(run) for run in runs])
    axis.set_yticks(range(len(differing)), list(differing), fontsize=SMALL)
    axis.tick_params(length=0, pad=2, labelsize=SMALL)
    axis.xaxis.tick_top()
    axis.spines[:].set_visible(False)
