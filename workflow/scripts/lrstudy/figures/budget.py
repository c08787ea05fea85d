"""What a schedule is worth in shorter and longer training, and with other batches."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from lrstudy.design.needs import asked_effects
from lrstudy.drawing.study import Study
from lrstudy.drawing.style import (
    PAGE_INCHES,
    PALE,
    PLACES,
    SMALL,
    Look,
    choose_one,
    face,
    look_of,
    place_axes,
)

TABLES = ("effects",)
QUESTION = "Does a schedule's worth depend on how long one trains, and on the batches?"
READING = (
    "The schedule less the constant rate of the same momentum, against epochs above and rows in a "
    "batch below; bars are intervals. Schedules are stretched over the whole training; the dashed "
    "line is the time-based one as written, by updates. Grey: too small to matter. Beyond one "
    "point the scale is logarithmic."
)
CLAIMS = (
    "effect.U1.*.tail",
    "effect.U1.*.resample",
    "effect.U2.*.tail",
    "effect.U2.*.resample",
    "effect.U3.*.tail",
    "effect.U3.*.resample",
    "effect.U4.*.tail",
    "effect.U4.*.resample",
    "effect.U5.*.tail",
    "effect.U5.*.resample",
    "effect.U1l.*.tail",
    "effect.U1l.*.resample",
    "effect.U2l.*.tail",
    "effect.U2l.*.resample",
    "effect.U3l.*.tail",
    "effect.U3l.*.resample",
    "effect.U4l.*.tail",
    "effect.U4l.*.resample",
    "effect.U5l.*.tail",
    "effect.U5l.*.resample",
    "effect.V1.*.tail",
    "effect.V1.*.resample",
    "effect.V2.*.tail",
    "effect.V2.*.resample",
    "effect.V3.*.tail",
    "effect.V3.*.resample",
    "effect.V4.*.tail",
    "effect.V4.*.resample",
    "effect.V5.*.tail",
    "effect.V5.*.resample",
)
NEEDS = ("variants",)
PLACE = 68

TUTORIAL_EPOCHS = 50
DASHED = (0, (2.5, 1.5))


@dataclass(frozen=True)
class Series:
    """One line: its label, the hypothesis of each value by its first name, and how it looks."""

    label: str
    budget: str
    batch: str
    factorial: str
    look: Look
    dashed: bool = False


def _look(schedule: str, momentum: float) -> Look:
    return look_of({"schedule": {"name": schedule}, "momentum": momentum})


SERIES = (
    Series("time-based, momentum 0.8", "U1", "V1", "H3", _look("time", 0.8)),
    Series("as written", "U5", "V5", "H3", _look("time", 0.8), dashed=True),
    Series("time-based, no momentum", "U3", "V3", "H4", _look("time", 0.0)),
    Series("step, momentum 0.9", "U2", "V2", "S3", _look("step", 0.9)),
    Series("step, no momentum", "U4", "V4", "S4", _look("step", 0.0)),
)
ROWS = {"budget": "epochs", "batch": "rows in a batch"}
HIGH = 1.2
LINEAR = 1.0
"""Differences beyond this stand on a logarithmic scale (points)."""

TICKS = (-20, -10, -5, -2, -1, -0.5, 0, 0.5, 1, 2, 5)


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw one row of panels against epochs, one against batches; a column a protocol and weights.

    Raises
    ------
    ValueError
        An effect is missing that the study asks for.
    """
    columns = list(itertools.product(study.protocols, study.initializers))
    found = {
        row: {cell: _found(tables["effects"], study, row, *cell) for cell in columns}
        for row in ROWS
    }
    rows = [row for row in ROWS if any(any(lines) for lines in found[row].values())]
    left, bottom, gap, between, top = 0.78, 0.38, 0.1, 0.5, 0.42
    wide = (PAGE_INCHES - left - 0.05 - gap * (len(columns) - 1)) / len(columns)
    high = bottom + len(rows) * HIGH + (len(rows) - 1) * between + top
    figure = Figure(figsize=(PAGE_INCHES, high))
    for k, row in enumerate(rows):
        y = bottom + (len(rows) - 1 - k) * (HIGH + between)
        axes = []
        for i, cell in enumerate(columns):
            axis = place_axes(figure, (left + i * (wide + gap), y, wide, HIGH))
            side = list(study.initializers).index(cell[1])
            _draw_panel(axis, found[row][cell], side, study.margin)
            axis.set_xlabel(ROWS[row], labelpad=1)
            if k == 0:
                axis.set_title(f"{PLACES[cell[0]]}, {study.initializers[cell[1]]}", pad=3)
            axes.append(axis)
        _share_limits(axes)
        axes[0].set_ylabel("schedule less\nconstant (points)")
    _describe(figure, high)
    return figure


def _found(
    effects: pd.DataFrame, study: Study, row: str, protocol: str, initializer: str
) -> list[list[tuple[int, dict[str, Any]]]]:
    """Return each series' estimates in order of their values: value and row of the table."""
    asked = {name for name, place in asked_effects(study.hypotheses) if place == protocol}
    cell = {"protocol": protocol, "initializer": initializer}
    lines = []
    for series in SERIES:
        first = getattr(series, row)
        names = {
            int(value): name
            for name in asked
            for stem, _, value in [name.partition(".")]
            if stem in (first, f"{first}l") and value
        }
        if row == "budget" and names and series.factorial in asked:
            names[TUTORIAL_EPOCHS] = series.factorial
        lines.append([(v, choose_one(effects, hypothesis=names[v], **cell)) for v in sorted(names)])
    return lines


def _draw_panel(
    axis: Axes, lines: Sequence[Sequence[tuple[int, Mapping[str, Any]]]], side: int, margin: float
) -> None:
    """Draw the lines with their intervals, moved apart a little."""
    axis.axhspan(-margin, margin, color=PALE, linewidth=0, zorder=0)
    axis.axhline(0.0, color="black", linewidth=0.7, zorder=1)
    axis.set_xscale("log")
    values = sorted({value for line in lines for value, _ in line})
    for i, (series, line) in enumerate(zip(SERIES, lines, strict=True)):
        xs = [value * 1.03 ** (i - (len(SERIES) - 1) / 2) for value, _ in line]
        look = series.look
        for x, (value, row) in zip(xs, line, strict=True):
            ends = [row["low"], row["high"]]
            name = f"{series.budget} {value}"
            axis.plot([x, x], ends, "-", color=look.colour, linewidth=0.8, gid=name, zorder=3)
        axis.plot(
            xs,
            [row["difference"] for _, row in line],
            color=look.colour,
            linestyle=DASHED if series.dashed else "-",
            marker=look.marker,
            markerfacecolor=face(side, look.colour),
            markersize=2.5 if series.dashed else 3.6,
            markeredgewidth=0.8,
            linewidth=0.9,
            gid=series.label,
            zorder=4,
        )
    axis.xaxis.set_major_locator(FixedLocator(values))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_xticklabels(map(str, values), fontsize=7)
    if values:
        axis.set_xlim(values[0] / 1.25, values[-1] * 1.25)


def _share_limits(axes: Sequence[Axes]) -> None:
    """Give the panels of a row one scale."""
    for axis in axes:
        axis.set_yscale("symlog", linthresh=LINEAR, linscale=1.0)
    ends = [axis.get_ylim() for axis in axes]
    for i, axis in enumerate(axes):
        axis.set_ylim(1.3 * min(low for low, _ in ends), 1.1 * max(high for _, high in ends))
        axis.yaxis.set_major_locator(FixedLocator(TICKS))
        axis.yaxis.set_minor_locator(NullLocator())
        axis.yaxis.set_major_formatter("{x:g}")
        axis.tick_params(labelleft=i == 0)


def _describe(figure: Figure, high: float) -> None:
    figure.legend(
        handles=[
            Line2D(
                [],
                [],
                color=series.look.colour,
                marker=series.look.marker,
                markersize=2.5 if series.dashed else 3.6,
                linestyle=DASHED if series.dashed else "-",
                linewidth=0.9,
                label=series.label,
            )
            for series in SERIES
        ],
        loc="upper right",
        bbox_to_anchor=(PAGE_INCHES - 0.05, high - 0.03),
        bbox_transform=figure.dpi_scale_trans,
        ncols=len(SERIES),
        fontsize=SMALL,
        handlelength=2.0,
        handletextpad=0.4,
        columnspacing=1.2,
        borderpad=0.0,
        borderaxespad=0.0,
    )
