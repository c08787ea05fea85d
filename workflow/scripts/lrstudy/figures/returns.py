"""Which rows are missed, and how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator

from lrstudy.drawing.study import Study
from lrstudy.drawing.style import (
    COLOURS,
    GREY,
    MARKERS,
    PAGE_INCHES,
    PALE,
    SMALL,
    choose,
    place_axes,
)

TABLES = ("returns",)
QUESTION = "Which rows of the tutorial's validation set decide?"
READING = (
    "Top: every row of that set, darker where more networks miss it; triangles mark the negative "
    "class. Bottom left: the rows that are missed most, by arm. Bottom right: how many rows the "
    "mean network misses, one piece a row; the dashed lines are the tutorial's counts."
)
CLAIMS = ("returns", "tutorial.baseline.correct", "tutorial.schedule.correct")
NEEDS = ("analysis.parts.*.protocols.tail",)
PLACE = 20

LEAST = 0.05
"""A row that every arm misses less often than this is not named."""

MOST_ROWS = 16
"""Rows that are named, at most: those missed most often."""

BOUNDS = (0.0, 0.01, 0.1, 0.5, 0.9, 1.0)
BOUND_LABELS = ("below 1 %", "1 to 10 %", "10 to 50 %", "50 to 90 %", "90 % and above")
SHADES = ("#FFFFFF", "#C6DBEF", "#6BAED6", "#2171B5", "#08306B")
LABEL_INCHES = 1.3
LINE_INCHES = 0.105
ROW_INCHES = 0.16
WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw how often each row of the tail is missed: all rows, those that matter, and their sum.

    Rows are ordered by how often the first arm misses them, started by the primary initializer.

    Raises
    ------
    ValueError
        An arm is missing for an initializer, or has other rows than the first.
    """
    returns, arms, initializers = tables["returns"], study.arms, study.initializers
    shares = {name: _shares(returns, name, arms) for name in initializers}
    primary = next(iter(shares.values()))
    if not all(share.index.equals(primary.index) for share in shares.values()):
        raise ValueError("initializers differ in their rows, expected the same")
    positive = returns.drop_duplicates("row").set_index("row")["positive"]
    named = named_rows(shares)
    tall = LINE_INCHES * (len(arms) + 1)
    dots = ROW_INCHES * max(len(named), 10)
    lower = dots + 0.8
    high = lower + (tall + 0.25) * len(shares) + 0.3
    figure = Figure(figsize=(PAGE_INCHES, high))

    wide = PAGE_INCHES - LABEL_INCHES - 0.05
    for i, (name, share) in enumerate(shares.items()):
        bottom = high - 0.2 - tall - i * (tall + 0.25)
        strip = place_axes(figure, (LABEL_INCHES, bottom, wide, tall))
        other = "{negative_label} {row}".format_map(study.words)
        _draw_strip(strip, share, positive, [*arms.values(), other])
        strip.set_title(initializers[name], pad=2)
        strip.tick_params(labelbottom=i == len(shares) - 1)
    strip.set_xlabel("row of the data", labelpad=1)
    key: list[Line2D | Patch] = [Line2D([], [], linestyle="", label="missed by")]
    key += [
        Patch(facecolor=shade, edgecolor=GREY, linewidth=0.5, label=label)
        for shade, label in zip(SHADES, BOUND_LABELS, strict=True)
    ]
    _legend(figure, key, "upper right", (PAGE_INCHES - 0.05, high - 0.04))

    for i, (name, share) in enumerate(shares.items()):
        axis = place_axes(figure, (0.72 + 1.57 * i, 0.4, 1.4, dots))
        _draw_dots(axis, share.loc[named], list(arms.values()))
        axis.set_title(initializers[name])
        classes = study.words["negative_label"], study.words["positive_label"]
        words = [f"{classes[int(positive[row])]} {row}" for row in named]
        axis.set_yticks(range(len(named)), words if i == 0 else [""] * len(named))
    _legend(figure, axis.get_legend_handles_labels()[0], "lower left", (0.72, dots + 0.6))
    axis = place_axes(figure, (4.95, 0.4, PAGE_INCHES - 5.17, dots))
    _draw_sums(axis, shares, named, study)
    return figure


def _legend(figure: Figure, handles: Sequence[Any], place: str, inches: Sequence[float]) -> None:
    """Put a legend of one line with its corner at a place in inches."""
    figure.legend(
        handles=handles,
        loc=place,
        bbox_to_anchor=inches,
        bbox_transform=figure.dpi_scale_trans,
        ncols=len(handles),
        fontsize=SMALL,
        handlelength=1.0,
        handletextpad=0.4,
        columnspacing=1.2,
        borderpad=0.0,
        borderaxespad=0.0,
    )


def _mark(i: int) -> dict[str, Any]:
    """Return the mark of the i-th arm."""
    return {"marker": MARKERS[i], "color": COLOURS[i], "markersize": 3.4, "markeredgewidth": 0}


def named_rows(shares: Mapping[str, pd.DataFrame]) -> list[int]:
    """Choose the rows to name: those that some arm misses often, in the first arm's order.

    ``shares`` maps an initializer to the shares missed, one column an arm and one row a row of the
    data.
    """
    worst = pd.concat(list(shares.values()), axis=1).max(axis=1)
    often = worst[worst >= LEAST].nlargest(MOST_ROWS).index
    order = pd.concat([share.iloc[:, 0] for share in shares.values()], axis=1).loc[often]
    order.columns = pd.RangeIndex(order.shape[1])
    order = order.sort_index().sort_values([*order.columns], ascending=False, kind="stable")
    return [int(row) for row in order.index]


def _shares(returns: pd.DataFrame, initializer: str, arms: Mapping[str, str]) -> pd.DataFrame:
    """Return the share missed, one column an arm, one row a row of the data."""
    columns = {
        arm: choose(returns, initializer=initializer, arm=arm).set_index("row")["missed"]
        for arm in arms
    }
    shares = pd.DataFrame(columns)
    if shares.isna().to_numpy().any():
        raise ValueError(f"arms differ in their rows with {initializer}, expected the same")
    return shares


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


def _draw_dots(axis: Axes, share: pd.DataFrame, labels: list[str]) -> None:
    """Draw one line a row of the data, one mark an arm."""
    places = np.arange(len(share))
    axis.hlines(places, 0, 100, color=PALE, linewidth=0.7, zorder=0)
    for i, (arm, label) in enumerate(zip(share, labels, strict=True)):
        y = places + (i - (len(labels) - 1) / 2) * 0.22
        x = 100.0 * share[arm]
        axis.plot(x, y, linestyle="", label=label, clip_on=False, **_mark(i))
    axis.set(xlim=(0, 100), xlabel="networks that miss it (%)", xticks=[0, 50, 100])
    axis.set_ylim(max(len(share), 1) - 0.5, -0.5)
    axis.tick_params(axis="y", length=0)


def _draw_sums(
    axis: Axes,
    shares: Mapping[str, pd.DataFrame],
    named: list[int],
    study: Study,
) -> None:
    """Draw one bar an arm, as long as the rows it misses on average, put together row by row."""
    arms, initializers, tutorial = study.arms, study.initializers, study.tutorial
    claimed = {}
    if tutorial:
        claimed = {
            name: tutorial["n_validation"] - tutorial[f"{key}_correct"]
            for name, key in (("schedules", "schedule"), ("baseline", "baseline"))
        }
    for name, x in claimed.items():
        axis.axvline(x, color=GREY, linewidth=0.9, linestyle="--", zorder=0.5)
        words = f"tutorial's\n{name}: {x}"
        axis.text(x, -0.8, words, ha="center", va="bottom", fontsize=SMALL, linespacing=1.0)
    y, ticks = 0.0, []
    for name, share in shares.items():
        axis.text(0, y, initializers[name], va="center", bbox=WHITE)
        for i, arm in enumerate(arms):
            y += 1.0
            ticks.append(y)
            pieces = [*share.loc[named, arm], share[arm].drop(named).sum()]
            starts = np.concatenate([[0.0], np.cumsum(pieces)[:-1]])
            axis.barh(
                np.full(len(pieces), y),
                pieces,
                left=starts,
                height=0.8,
                color=[COLOURS[i]] * len(named) + [PALE],
                edgecolor="white",
                linewidth=0.5,
                label=arm,
            )
            for row, start, piece in zip(named, starts, pieces, strict=False):
                if piece >= 0.6:
                    ink = "black" if i == len(COLOURS[:3]) else "white"
                    place = (start + piece / 2, y)
                    axis.text(*place, str(row), ha="center", va="center", fontsize=7, color=ink)
        y += 1.2
    axis.set(ylim=(y - 0.6, -0.7), xlabel="rows missed (mean)")
    axis.set_yticks(ticks, [*arms.values()] * len(shares), fontsize=SMALL)
    axis.set_xlim(0, max(axis.get_xlim()[1], max(claimed.values(), default=0) + 0.2))
    axis.xaxis.set_major_locator(MultipleLocator(1))
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
