"""The initial rates and momenta that suit each schedule, on random splits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from lrstudy.drawing.grid import best_cell, cells_of
from lrstudy.drawing.study import Study
from lrstudy.drawing.style import PAGE_INCHES, SMALL, choose, place_axes

TABLES = ("grid",)
QUESTION = "What do schedule, initial rate and momentum do together, on random splits?"
READING = (
    "One panel a schedule, one cell a pair of initial rate and momentum; brighter is more "
    "accurate. Squares are arms of the study, a circle the schedule's best cell. Cells outside the "
    "dashed frame lie at the grid's edge: whatever is best there may be better beyond."
)
CLAIMS = ("grid.resample",)
NEEDS = ("grid", "parts.*.protocols.resample")
PLACE = 70

PROTOCOL = "resample"

SHADES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Where shades change, below the best rounded up to `STEP`: finer near the top (points)."""

STEP = 0.25

COLUMNS = 6
MOST_LABELS = 6
PANEL_INCHES = 0.9

BEST: dict[str, Any] = {
    "marker": "o",
    "linestyle": "",
    "markersize": 4,
    "color": "black",
    "markerfacecolor": "white",
    "markeredgewidth": 0.9,
}
SHOWN: dict[str, Any] = {
    "marker": "s",
    "linestyle": "",
    "markersize": 7.5,
    "color": "white",
    "markerfacecolor": "none",
    "markeredgewidth": 1.1,
    "path_effects": [withStroke(linewidth=2.6, foreground="black")],
}
INSIDE: dict[str, Any] = {
    "facecolor": "none",
    "edgecolor": "white",
    "linestyle": (0, (2, 1.5)),
    "linewidth": 0.8,
}


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw mean accuracy by initial rate and momentum, one panel a schedule, one scale for all.

    The arms of the study are marked in their schedule's panel, where the grid holds them. Networks
    of the primary initializer are drawn.

    Raises
    ------
    ValueError
        A point of the grid is missing.
    """
    if study.grid is None:
        raise ValueError("the study has no grid to draw")
    grid, schedules = study.grid, study.grid["schedules"]
    table = choose(tables["grid"], protocol=PROTOCOL, initializer=study.primary)
    top = STEP * math.ceil(float(table["mean"].max()) / STEP)
    bounds = top - np.array(SHADES)[::-1]
    norm = BoundaryNorm(bounds, len(bounds) - 1)
    colours = colormaps["viridis"].resampled(len(bounds) - 1).with_extremes(under="black")
    rows = math.ceil(len(schedules) / COLUMNS)
    left, bottom, gap, high = 0.47, 0.4, 0.1, 0.24
    wide = (PAGE_INCHES - left - 0.65 - gap * (COLUMNS - 1)) / COLUMNS
    figure = Figure(figsize=(PAGE_INCHES, bottom + rows * (PANEL_INCHES + high)))
    for i, (name, setting) in enumerate(schedules.items()):
        row, column = divmod(i, COLUMNS)
        y = bottom + (rows - 1 - row) * (PANEL_INCHES + high)
        axis = place_axes(figure, (left + column * (wide + gap), y, wide, PANEL_INCHES))
        cells = cells_of(table, grid, name, "mean")
        image = axis.imshow(
            cells, cmap=colours, norm=norm, origin="lower", aspect="auto", interpolation="none"
        )
        axis.set_title(setting["label"], fontsize=8, pad=2)
        _frame(axis, grid)
        for arm in study.settings.values():
            if arm["schedule"]["name"] == setting["schedule"]["name"]:
                _mark(axis, arm, grid, SHOWN)
        _mark(axis, best_cell(table, grid, name), grid, BEST)
        axis.set_xticks(range(cells.shape[1]))
        axis.set_yticks(range(cells.shape[0]))
        below = i + COLUMNS < len(schedules)
        # More labels than six would touch.
        every = 1 if cells.shape[1] <= MOST_LABELS else 2
        labels = [_number(x) if k % every == 0 else "" for k, x in enumerate(cells.columns)]
        axis.set_xticklabels([] if below else labels)
        axis.set_yticklabels([] if column else [_number(x) for x in grid["momenta"]])
        axis.tick_params(length=1.5, pad=1.5, labelsize=7)
        axis.spines[:].set_visible(True)
    bar = place_axes(figure, (PAGE_INCHES - 0.53, bottom, 0.1, rows * (PANEL_INCHES + high) - high))
    figure.colorbar(image, cax=bar, ticks=bounds, extend="min", extendfrac=0.08)
    bar.set_yticklabels([f"{bound:g}" for bound in bounds])
    bar.tick_params(length=2, pad=2, labelsize=7)
    bar.set_title("%", fontsize=8, pad=2, loc="left")
    _describe(figure, left, bottom)
    return figure


def _describe(figure: Figure, left: float, bottom: float) -> None:
    """Name the axes and the marks."""
    width, height = figure.get_size_inches()
    middle = (height + bottom - 0.24) / 2
    figure.text(0.1 / width, middle / height, "momentum", rotation=90, va="center")
    figure.text(left / width, 0.06 / height, "initial learning rate")
    figure.legend(
        handles=[
            Line2D([], [], label="an arm of the study", **SHOWN),
            Line2D([], [], label="the schedule's best cell", **BEST),
            Rectangle((0, 0), 1, 1, label="inside the grid", **{**INSIDE, "edgecolor": "black"}),
        ],
        loc="lower right",
        bbox_to_anchor=(PAGE_INCHES - 0.65, 0.03),
        bbox_transform=figure.dpi_scale_trans,
        ncols=3,
        fontsize=SMALL,
        handlelength=1.4,
        borderpad=0.0,
        borderaxespad=0.0,
    )


def _number(value: float) -> str:
    return f"{value:g}".removeprefix("0") or "0"


def _frame(axis: Axes, grid: Mapping[str, Any]) -> None:
    """Frame the cells that do not lie at the grid's edge (`at_edge`)."""
    wide, high = len(grid["initial_rates"]) - 2, len(grid["momenta"]) - 1
    if wide > 0 and high > 0:
        axis.add_patch(Rectangle((0.5, -0.5), wide, high, **INSIDE))


def _mark(
    axis: Axes, place: Mapping[str, Any], grid: Mapping[str, Any], style: Mapping[str, Any]
) -> None:
    """Mark an initial rate and a momentum, where the grid holds them."""
    rates, momenta = grid["initial_rates"], grid["momenta"]
    momentum = place.get("momentum", 0.0)
    if place["initial_rate"] in rates and momentum in momenta:
        axis.plot(rates.index(place["initial_rate"]), momenta.index(momentum), **style)
