"""Accuracy and log-loss against the effective rate, one line a momentum."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from lrstudy.drawing.grid import at_edge, best_cell, cells_of
from lrstudy.drawing.study import Study
from lrstudy.drawing.style import (
    DARK,
    PAGE_INCHES,
    PLACES,
    SMALL,
    choose,
    face,
    look_of,
    place_axes,
)

TABLES = ("grid",)
QUESTION = "Do rate and momentum act through one number, rate / (1 - momentum)?"
READING = (
    "Each mark is a constant rate with a momentum, at its effective rate; a line joins those of "
    "one momentum. Above mean accuracy, below mean log-loss. Grey lines: the best of all schedules "
    "at the same rate and momentum. A cross marks cells at the grid's edge, a ring the best "
    "cell; arrows at the border stand for what lies beyond."
)
CLAIMS = ("grid",)
NEEDS = ("grid.schedules.constant",)
PLACE = 65

MEASURES = {"mean": "mean accuracy (%)", "log_loss": "mean log-loss (nat per row)"}
REFERENCE = "constant"
SPAN = {"mean": 6.0, "log_loss": 0.35}
"""What an axis shows, from the best cell of its protocol on: points and nat per row."""

HIGH = 1.25


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw both measures against the effective rate, one column a protocol and initializer.

    Raises
    ------
    ValueError
        A point of the grid is missing.
    """
    if study.grid is None:
        raise ValueError("the study has no grid to draw")
    grid, table = study.grid, tables["grid"]
    trained = set(zip(table["protocol"], table["initializer"], strict=True))
    columns = [
        cell for cell in itertools.product(study.protocols, study.initializers) if cell in trained
    ]
    left, bottom, between = 0.5, 0.4, 0.16
    lefts, wide = _lefts(columns, left)
    high = bottom + len(MEASURES) * HIGH + between + 0.42
    figure = Figure(figsize=(PAGE_INCHES, high))
    for row, (measure, label) in enumerate(MEASURES.items()):
        y = bottom + (len(MEASURES) - 1 - row) * (HIGH + between)
        axes: dict[str, list[Axes]] = {}
        for x, (protocol, initializer) in zip(lefts, columns, strict=True):
            axis = place_axes(figure, (x, y, wide, HIGH))
            rows = choose(table, protocol=protocol, initializer=initializer)
            side = list(study.initializers).index(initializer)
            _draw_panel(axis, rows, grid, measure, side)
            if row == 0:
                axis.set_title(f"{PLACES[protocol]}, {study.initializers[initializer]}", pad=3)
            axis.set_xticklabels([] if row == 0 else ["0.01", "0.1", "1", "10"])
            axis.tick_params(labelleft=protocol not in axes)
            axis.set_ylabel("" if axes else label)
            axes.setdefault(protocol, []).append(axis)
        for group in axes.values():
            _share_limits(group, measure)
    _describe(figure, grid, high)
    return figure


def _lefts(columns: list[tuple[str, str]], left: float) -> tuple[list[float], float]:
    """Return where columns start, a protocol's first with room for a scale, and their width."""
    gap, scale = 0.1, 0.3
    first = [i > 0 and columns[i][0] != columns[i - 1][0] for i in range(len(columns))]
    room = PAGE_INCHES - left - 0.05 - gap * (len(columns) - 1) - scale * sum(first)
    wide = room / len(columns)
    lefts = [left + i * (wide + gap) + scale * sum(first[: i + 1]) for i in range(len(columns))]
    return lefts, wide


def _looks(grid: Mapping[str, Any]) -> dict[float, Any]:
    """Return each momentum's look, that of an arm with a constant rate."""
    schedule = {"name": REFERENCE}
    return {m: look_of({"schedule": schedule, "momentum": m}) for m in grid["momenta"]}


def _draw_panel(
    axis: Axes, rows: pd.DataFrame, grid: Mapping[str, Any], measure: str, side: int
) -> None:
    """Draw one line a momentum, the best of all schedules behind it, edge cells and the best."""
    cells = cells_of(rows, grid, REFERENCE, measure)
    every = pd.concat(
        [cells_of(rows, grid, name, measure) for name in grid["schedules"]],
        keys=grid["schedules"],
    ).groupby(level=1)
    best_of_all = every.max() if measure == "mean" else every.min()
    for momentum, look in _looks(grid).items():
        rates = [rate / (1.0 - momentum) for rate in cells.columns]
        envelope = best_of_all.loc[momentum]
        axis.plot(rates, envelope, color="#B0B0B0", linewidth=0.8, zorder=1, gid="envelope")
        axis.plot(
            rates,
            cells.loc[momentum],
            color=look.colour,
            marker=look.marker,
            markerfacecolor=face(side, look.colour),
            markersize=3.4,
            markeredgewidth=0.7,
            linewidth=0.9,
            gid=f"momentum {momentum:g}",
        )
        at = [at_edge(grid, rate, momentum) for rate in cells.columns]
        edge = list(itertools.compress(zip(rates, cells.loc[momentum], strict=True), at))
        axis.plot(*zip(*edge, strict=True), gid="edge", **EDGE) if edge else None
    best = best_cell(rows, grid, REFERENCE, measure)
    x = best["initial_rate"] / (1.0 - best["momentum"])
    y = float(cells.loc[best["momentum"], best["initial_rate"]])
    axis.plot(x, y, gid="best", **RING)
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(FixedLocator([0.01, 0.1, 1.0, 10.0]))
    axis.xaxis.set_minor_locator(NullLocator())


EDGE: dict[str, Any] = {
    "linestyle": "",
    "marker": "x",
    "color": DARK,
    "markersize": 2.6,
    "markeredgewidth": 0.6,
    "zorder": 4,
}
RING: dict[str, Any] = {
    "linestyle": "",
    "marker": "o",
    "color": "black",
    "markerfacecolor": "none",
    "markersize": 8,
    "markeredgewidth": 1.0,
    "zorder": 5,
}


def _share_limits(axes: list[Axes], measure: str) -> None:
    """Give the panels of a row one scale, from the best cell on, and point at what lies beyond."""
    lines = [line for axis in axes for line in axis.lines]
    values = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in lines])
    span = SPAN[measure]
    if measure == "mean":
        ends = float(values.max()) - span, float(values.max()) + 0.06 * span
        border, marker = ends[0], "v"
    else:
        ends = float(values.min()) - 0.06 * span, float(values.min()) + span
        border, marker = ends[1], "^"
    style: dict[str, Any] = {"linestyle": "", "marker": marker, "markersize": 3, "clip_on": False}
    for axis in axes:
        axis.set_ylim(ends)
        for line in axis.lines[:]:
            if str(line.get_gid()).startswith("momentum"):
                xs, ys = (np.asarray(data, dtype=float) for data in line.get_data())
                far = xs[(ys < ends[0]) | (ys > ends[1])]
                if len(far):
                    on_border = np.full(len(far), border)
                    axis.plot(far, on_border, color=line.get_color(), gid="beyond", **style)


def _describe(figure: Figure, grid: Mapping[str, Any], high: float) -> None:
    """Name the x-axis and the marks."""
    width = figure.get_size_inches()[0]
    figure.text(0.5, 0.06 / high, "effective rate: initial rate / (1 $-$ momentum)", ha="center")
    entries = [
        Line2D(
            [],
            [],
            color=look.colour,
            marker=look.marker,
            markersize=3.4,
            linewidth=0.9,
            label=f"momentum {momentum:g}" if i == 0 else f"{momentum:g}",
        )
        for i, (momentum, look) in enumerate(_looks(grid).items())
    ]
    entries += [
        Line2D([], [], color="#B0B0B0", linewidth=0.8, label="best of all schedules"),
        Line2D([], [], label="edge of the grid", **EDGE),
        Line2D([], [], label="best cell", **{**RING, "markersize": 6}),
    ]
    figure.legend(
        handles=entries,
        loc="upper right",
        bbox_to_anchor=(width - 0.05, high - 0.03),
        bbox_transform=figure.dpi_scale_trans,
        ncols=len(entries),
        fontsize=SMALL,
        handlelength=1.6,
        handletextpad=0.3,
        columnspacing=1.0,
        borderpad=0.0,
        borderaxespad=0.0,
    )
