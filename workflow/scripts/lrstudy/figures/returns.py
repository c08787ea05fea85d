"""Which rows are missed, and which of them the recipes win and lose."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from lrstudy.drawing.study import Study
from lrstudy.drawing.style import (
    DARK,
    GREY,
    PAGE_INCHES,
    PALE,
    SMALL,
    choose,
    face,
    look_of,
    place_axes,
)

TABLES = ("returns",)
QUESTION = "Which rows of the tutorial's validation set decide?"
READING = (
    "Top: every row of that set, darker where more networks miss it; triangles mark the negative "
    "class. Below: from the rows that the mean network of the baseline misses to those that a "
    "recipe's misses, row by row, the largest changes first: dark is fewer, open is more. Dashed "
    "lines are the tutorial's counts."
)
CLAIMS = ("returns", "tutorial.baseline.correct", "tutorial.schedule.correct")
NEEDS = ("analysis.parts.*.protocols.tail",)
PLACE = 20

MOST_ROWS = 7
"""Rows that a waterfall names, at most: those of the largest changes."""

BOUNDS = (0.0, 0.01, 0.1, 0.5, 0.9, 1.0)
BOUND_LABELS = ("below 1 %", "1 to 10 %", "10 to 50 %", "50 to 90 %", "90 % and above")
SHADES = ("#FFFFFF", "#D0D0D0", "#9A9A9A", "#5A5A5A", "#000000")
LABEL_INCHES = 1.3
LINE_INCHES = 0.105
ROW_INCHES = 0.14
STEP_LABEL_INCHES = 0.62


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw how often each row of the tail is missed, and below what each recipe changes.

    Raises
    ------
    ValueError
        An arm is missing for an initializer, or has other rows than the first.
    """
    returns, initializers = tables["returns"], study.initializers
    arms = {study.baseline: study.baseline, **study.arms}
    shares = {name: _shares(returns, name, list(arms)) for name in initializers}
    primary = next(iter(shares.values()))
    if not all(share.index.equals(primary.index) for share in shares.values()):
        raise ValueError("initializers differ in their rows, expected the same")
    positive = returns.drop_duplicates("row").set_index("row")["positive"]
    tall = LINE_INCHES * (len(study.arms) + 1)
    falls = ROW_INCHES * (MOST_ROWS + 3)
    high = falls + 0.95 + (tall + 0.25) * len(shares)
    figure = Figure(figsize=(PAGE_INCHES, high))
    wide = PAGE_INCHES - LABEL_INCHES - 0.05
    for i, (name, share) in enumerate(shares.items()):
        bottom = high - 0.2 - tall - i * (tall + 0.25)
        strip = place_axes(figure, (LABEL_INCHES, bottom, wide, tall))
        other = "{negative_label} {row}".format_map(study.words)
        labels = [label.replace("\n", " ") for label in study.arms.values()]
        _draw_strip(strip, share[list(study.arms)], positive, [*labels, other])
        strip.set_title(initializers[name], pad=2)
        strip.tick_params(labelbottom=i == len(shares) - 1)
    strip.set_xlabel("row of the data", labelpad=1)
    _describe(figure, high)
    recipes = study.recipes or [name for name in study.arms if name != study.baseline]
    panels = list(itertools.product(shares.items(), recipes))
    gap = 0.1
    each = (PAGE_INCHES - 0.05 - (STEP_LABEL_INCHES + gap) * len(panels) + gap) / len(panels)
    axes = []
    for i, ((name, share), recipe) in enumerate(panels):
        left = STEP_LABEL_INCHES + i * (each + STEP_LABEL_INCHES + gap)
        axis = place_axes(figure, (left, 0.38, each, falls))
        side = list(initializers).index(name)
        _draw_waterfall(axis, share[study.baseline], share[recipe], positive, study, recipe, side)
        axis.set_title(initializers[name], pad=3)
        axis.set_xlabel("rows missed (mean)", labelpad=1)
        if study.tutorial and i == 0:
            x = study.tutorial["n_validation"] - study.tutorial["baseline_correct"]
            axis.text(x, 0.6, f"tutorial: {x}", ha="right", va="top", fontsize=SMALL, color=GREY)
        axes.append(axis)
    ends = [axis.get_xlim() for axis in axes]
    for axis in axes:
        axis.set_xlim(min(low for low, _ in ends), max(high for _, high in ends))
        axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    return figure


def _shares(returns: pd.DataFrame, initializer: str, arms: Sequence[str]) -> pd.DataFrame:
    """Return the share missed, one column an arm, one row a row of the data."""
    columns = {
        arm: choose(returns, initializer=initializer, arm=arm).set_index("row")["missed"]
        for arm in arms
    }
    shares = pd.DataFrame(columns)
    if shares.isna().to_numpy().any():
        raise ValueError(f"arms differ in their rows with {initializer}, expected the same")
    return shares


def steps(before: pd.Series, after: pd.Series) -> list[tuple[int | None, float]]:
    """Return what each row changes in the rows missed, the largest first, and the rest as one.

    The rest is that of row None.
    """
    change = after - before
    order = change.abs().sort_values(ascending=False, kind="stable").index[:MOST_ROWS]
    named = [(int(row), float(change[row])) for row in order if change[row] != 0.0]
    rest = float(change.drop([row for row, _ in named]).sum())
    return [*named, (None, rest)]


def _draw_waterfall(
    axis: Axes,
    before: pd.Series,
    after: pd.Series,
    positive: pd.Series,
    study: Study,
    recipe: str,
    side: int,
) -> None:
    """Draw the way from the baseline's mean rows missed to the recipe's."""
    names, y, at = [(0.0, _first_line(study, study.baseline))], 1.0, float(before.sum())
    base = look_of(study.settings.get(study.baseline, BASE))
    _draw_end(axis, at, 0.0, base.colour, base.marker, side, study.baseline)
    classes = study.words["negative_label"], study.words["positive_label"]
    for row, change in steps(before, after):
        colour = DARK if change <= 0 else "white"
        axis.barh(
            y,
            change,
            left=at,
            height=0.62,
            color=colour,
            edgecolor=DARK,
            linewidth=0.7,
            label=f"{recipe} {row}",
        )
        axis.plot([at, at], [y - 1.0, y], color=GREY, linewidth=0.5, zorder=0)
        at += change
        words = "other rows" if row is None else f"{classes[int(positive[row])]} {row}"
        names.append((y, words))
        y += 1.0
    axis.plot([at, at], [y - 1.0, y], color=GREY, linewidth=0.5, zorder=0)
    look = look_of(study.settings[recipe])
    _draw_end(axis, float(after.sum()), y, look.colour, look.marker, side, recipe)
    names.append((y, _first_line(study, recipe)))
    axis.set_yticks([place for place, _ in names], [words for _, words in names], fontsize=SMALL)
    axis.set_ylim(y + 0.5, -0.6)
    axis.tick_params(axis="y", length=0, pad=2)
    axis.spines["left"].set_visible(False)
    tutorial = study.tutorial
    for key, place in (("baseline", 0.0), ("schedule", y)):
        if tutorial:
            x = tutorial["n_validation"] - tutorial[f"{key}_correct"]
            axis.plot([x, x], [place - 0.5, place + 0.5], gid=f"tutorial {key}", **TUTORIAL)
    axis.margins(x=0.06)


TUTORIAL: dict[str, Any] = {
    "color": GREY,
    "linewidth": 1.2,
    "linestyle": (0, (1.5, 1)),
    "zorder": 0.5,
}
BASE: dict[str, Any] = {"schedule": {"name": "constant"}, "momentum": 0.0}
"""The baseline's setting where figures do not show it."""


def _first_line(study: Study, arm: str) -> str:
    """Return an arm's label up to its first comma, which a narrow column holds."""
    return study.arms.get(arm, arm).partition(",")[0].partition("\n")[0]


def _draw_end(
    axis: Axes, x: float, y: float, colour: str, marker: str, side: int, name: str
) -> None:
    fill = face(side, colour)
    axis.plot(x, y, marker, color=colour, markerfacecolor=fill, markersize=5, gid=f"end {name}")


def _describe(figure: Figure, high: float) -> None:
    """Say what the shades mean."""
    key: list[Line2D | Patch] = [Line2D([], [], linestyle="", label="missed by")]
    key += [
        Patch(facecolor=shade, edgecolor=GREY, linewidth=0.5, label=label)
        for shade, label in zip(SHADES, BOUND_LABELS, strict=True)
    ]
    figure.legend(
        handles=key,
        loc="upper right",
        bbox_to_anchor=(PAGE_INCHES - 0.05, high - 0.04),
        bbox_transform=figure.dpi_scale_trans,
        ncols=len(key),
        fontsize=SMALL,
        handlelength=1.0,
        handletextpad=0.4,
        columnspacing=1.2,
        borderpad=0.0,
        borderaxespad=0.0,
    )


def _draw_strip(axis: Axes, share: pd.DataFrame, positive: pd.Series, labels: list[str]) -> None:
    """Draw every row as a column of cells, one an arm, and below mark the other class's rows."""
    n_arms = len(labels) - 1
    first, last = share.index[0], share.index[-1]
    axis.imshow(
        share.to_numpy().T,
        cmap=ListedColormap(SHADES),
        norm=BoundaryNorm(BOUNDS, len(SHADES)),
        extent=(first - 0.5, last + 0.5, n_arms - 0.5, -0.5),
        aspect="auto",
        interpolation="none",
    )
    marked = positive.index[~positive]
    places = np.full(len(marked), n_arms)
    axis.plot(marked, places, "^", color="black", markersize=3, clip_on=False)
    axis.set_ylim(n_arms + 0.5, -0.5)
    axis.set_yticks(range(len(labels)), labels, fontsize=SMALL)
    axis.hlines(np.arange(n_arms) + 0.5, first - 0.5, last + 0.5, color=PALE, linewidth=0.5)
    axis.tick_params(axis="y", length=0)
    axis.spines[["top", "right"]].set_visible(True)
