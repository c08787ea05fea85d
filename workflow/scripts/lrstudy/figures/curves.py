"""How accuracy and loss move over the epochs, less those of the baseline."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from lrstudy.drawing.study import Study
from lrstudy.drawing.style import (
    DARK,
    GREY,
    PAGE_INCHES,
    PLACES,
    SMALL,
    choose,
    choose_one,
    face,
    look_of,
    place_axes,
)

TABLES = ("curves", "crossings")
QUESTION = "How do accuracy and loss move over the epochs, beside the baseline's?"
READING = (
    "Mean curves less the baseline's: each arm with a schedule beside the constant rate of its own "
    "momentum. The dotted line is what the baseline still lacks of its final accuracy: an arm has "
    "that accuracy from where it first meets the line, which a dot marks. Differences of accuracy "
    "beyond 2 points stand on a logarithmic scale."
)
CLAIMS = ("crossing.tail", "crossing.resample")
NEEDS = ("analysis.parts.*.protocols.tail|resample",)
PLACE = 90

MEASURES = {
    "accuracy": (100.0, "accuracy (points)"),
    "val_loss": (1.0, "log-loss (nat per row)"),
}
LINEAR = 2.0
"""Differences of accuracy beyond this stand on a logarithmic scale: the first epochs' are large."""

HIGH = 1.4
WIDTHS = (1.4, 0.7)
TICKS = (-20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20)
CROSSED: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 4, "zorder": 5}
MISSING: dict[str, Any] = {"linestyle": ":", "color": GREY}


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw differences from the baseline, a row a measure, a column a protocol and recipe.

    Raises
    ------
    ValueError
        An arm or the baseline is missing on a protocol, or an epoch of it appears twice.
    """
    recipes = study.recipes or list(study.arms)[1:]
    columns = list(itertools.product(study.protocols, recipes))
    left, bottom, gap, between, top = 0.6, 0.38, 0.12, 0.12, 0.42
    wide = (PAGE_INCHES - left - 0.05 - gap * (len(columns) - 1)) / len(columns)
    high = bottom + len(MEASURES) * HIGH + between * (len(MEASURES) - 1) + top
    figure = Figure(figsize=(PAGE_INCHES, high))
    for row, (measure, (scale, label)) in enumerate(MEASURES.items()):
        y = bottom + (len(MEASURES) - 1 - row) * (HIGH + between)
        axes = []
        for i, (protocol, recipe) in enumerate(columns):
            axis = place_axes(figure, (left + i * (wide + gap), y, wide, HIGH))
            _draw_panel(axis, tables, study, protocol, recipe, measure, scale)
            if row == 0:
                axis.set_title(f"{PLACES[protocol]}: {_words(study, recipe)}", pad=3)
                axis.set_xticklabels([])
            else:
                axis.set_xlabel("epochs done", labelpad=1)
            axes.append(axis)
        _share_limits(axes, measure)
        axes[0].set_ylabel(label)
        for axis in axes[1:]:
            axis.tick_params(labelleft=False)
    _describe(figure, study, high)
    return figure


def _words(study: Study, arm: str) -> str:
    return study.arms[arm].replace("\n", " ")


def _mean(curves: pd.DataFrame, arm: str, measure: str, **cell: str) -> pd.Series:
    """Return an arm's mean curve by epoch."""
    rows = choose(curves, arm=arm, **cell)
    if rows["epoch"].duplicated().any():
        raise ValueError(f"epochs of {arm} on {cell['protocol']} appear twice")
    return rows.set_index("epoch")[f"{measure}_mean"].sort_index()


def _draw_panel(
    axis: Axes,
    tables: Mapping[str, pd.DataFrame],
    study: Study,
    protocol: str,
    recipe: str,
    measure: str,
    scale: float,
) -> None:
    """Draw one recipe and its control, with the primary initializer thick, the other thin."""
    axis.axhline(0.0, color="black", linewidth=0.7, zorder=1)
    control = study.control_of(recipe)
    arms = [*([control] if control and control != study.baseline else []), recipe]
    for i, initializer in enumerate(study.initializers):
        cell = {"protocol": protocol, "initializer": initializer}
        base = _mean(tables["curves"], study.baseline, measure, **cell)
        if measure == "accuracy":
            missing = scale * (base.iloc[-1] - base)
            axis.plot(base.index, missing, linewidth=WIDTHS[i], gid="missing", **MISSING)
        for arm in arms:
            look = look_of(study.settings[arm])
            curve = scale * (_mean(tables["curves"], arm, measure, **cell) - base)
            axis.plot(
                curve.index,
                curve,
                color=look.colour,
                linestyle=look.line,
                linewidth=WIDTHS[i],
                gid=f"{arm} {initializer}",
                zorder=3,
            )
            if measure == "accuracy":
                epoch = choose_one(tables["crossings"], arm=arm, **cell)["epoch"]
                _mark_crossing(axis, epoch, curve, look.colour, i, f"crossing {arm} {initializer}")
            elif i == 0 and protocol == study.protocols[0]:
                _label(axis, _words(study, arm), look.colour, arm == recipe)
    axis.set_xlim(1, base.index.max())
    axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def _mark_crossing(
    axis: Axes, epoch: float, curve: pd.Series, colour: str, side: int, name: str
) -> None:
    """Mark the epoch in which a mean curve is at the baseline's final accuracy, if it ever is."""
    if pd.notna(epoch):
        fill = face(side, colour)
        y = curve.loc[int(epoch)]
        axis.plot(epoch, y, color=colour, markerfacecolor=fill, gid=name, **CROSSED)


def _label(axis: Axes, words: str, colour: str, above: bool) -> None:
    axis.annotate(
        words,
        (0.98, (0.84, 0.94)[above]),
        xycoords="axes fraction",
        ha="right",
        fontsize=SMALL,
        color=colour,
    )


def _describe(figure: Figure, study: Study, high: float) -> None:
    """Say what widths, the dotted line and dots mean."""
    entries = [
        Line2D([], [], color=DARK, linewidth=width, label=label)
        for width, label in zip(WIDTHS, study.initializers.values(), strict=False)
    ]
    entries += [
        Line2D([], [], linewidth=1.0, label="missing to the baseline's final accuracy", **MISSING),
        Line2D([], [], color=DARK, label="an arm first has that accuracy", **CROSSED),
    ]
    figure.legend(
        handles=entries,
        loc="upper right",
        bbox_to_anchor=(PAGE_INCHES - 0.05, high - 0.03),
        bbox_transform=figure.dpi_scale_trans,
        ncols=len(entries),
        fontsize=SMALL,
        handlelength=1.8,
        borderpad=0.0,
        borderaxespad=0.0,
    )


def _share_limits(axes: Sequence[Axes], measure: str) -> None:
    """Give the panels of a row one scale, which shows all that was drawn but the dotted lines."""
    shown = [
        np.asarray(line.get_ydata(), dtype=float)
        for axis in axes
        for line in axis.lines
        if line.get_gid() not in (None, "missing")
    ]
    values = np.concatenate([[0.0], *shown])
    low, high = float(values.min()), float(values.max())
    pads = {"accuracy": (0.3, 0.15 * high)}.get(measure, (0.08 * (high - low),) * 2)
    for axis in axes:
        if measure == "accuracy":
            axis.set_yscale("symlog", linthresh=LINEAR, linscale=1.0)
            axis.yaxis.set_major_locator(FixedLocator(TICKS))
            axis.yaxis.set_minor_locator(NullLocator())
            axis.yaxis.set_major_formatter("{x:g}")
        axis.set_ylim(low - pads[0], high + pads[1])
