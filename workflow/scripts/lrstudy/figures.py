"""From tables to figures. Nothing is computed here beyond what placing a mark needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

# Okabe and Ito's palette keeps its colours apart for colour-blind readers; line styles and
# markers repeat the distinction for print without colour.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
GREY = "#555555"
COLUMN_INCHES = 3.35
PAGE_INCHES = 6.95

STYLE = {
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "legend.fontsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
    "figure.constrained_layout.use": True,
}


def use_style() -> None:
    """Set the look of all figures: no backend window, one set of fonts and sizes."""
    mpl.use("agg")
    mpl.rcParams.update(mpl.rcParamsDefault)
    mpl.use("agg")
    mpl.rcParams.update(STYLE)


def save_figure(figure: Figure, pdf: str | Path, png: str | Path) -> None:
    """Write a figure as vector PDF and as PNG, without clock or library version in them."""
    figure.savefig(pdf, metadata={"CreationDate": None, "Producer": None, "Creator": None})
    figure.savefig(png, metadata={"Software": None})


def choose(table: pd.DataFrame, **cell: str) -> pd.DataFrame:
    """Return the rows of a table whose columns have the given values.

    Raises
    ------
    ValueError
        There is none: an empty figure would say nothing about why.
    """
    for column, value in cell.items():
        table = table[table[column] == value]
    if table.empty:
        raise ValueError(f"no row with {cell}")
    return table


def draw_rates(rates: pd.DataFrame, figure_name: str, *, one_column: bool) -> Figure:
    """Draw learning rate against epoch, one panel a group of curves.

    Parameters
    ----------
    rates : DataFrame
        The rates table (`tables.RATES`).
    figure_name : str
        Which of its figures to draw.
    one_column : bool
        One column wide instead of the full width.
    """
    rates = choose(rates, figure=figure_name)
    panels = rates["panel"].unique()
    width = COLUMN_INCHES if one_column else PAGE_INCHES
    figure = Figure(figsize=(width, 2.4))
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axis, panel in zip(axes, panels, strict=True):
        curves = rates[rates["panel"] == panel].groupby("curve", sort=False)
        for i, (curve, rows) in enumerate(curves):
            axis.plot(
                rows["epoch"], rows["rate"], LINES[i], color=COLOURS[i], label=curve, linewidth=1.4
            )
        axis.set(xlabel="epochs done", xlim=(0, rates["epoch"].max()), ylim=(0, None))
        if not one_column:
            axis.set_title(panel)
        axis.legend(loc="best")
    axes[0].set_ylabel("learning rate")
    return figure


def _stack(counts: np.ndarray, height: float) -> tuple[np.ndarray, np.ndarray]:
    """Place one dot a network: x its value, y centred stacks, the tallest `height` high."""
    values, sizes = np.unique(counts, return_counts=True)
    step = height / max(sizes.max(), 12)
    x = np.repeat(values, sizes)
    y = np.concatenate([(np.arange(size) - (size - 1) / 2) * step for size in sizes])
    return x, y


def draw_accuracy(
    runs: pd.DataFrame,
    arms: Mapping[str, Mapping[str, Any]],
    protocols: Sequence[str],
    ledger: Mapping[str, Mapping[str, Any]],
) -> Figure:
    """Draw the final accuracy of every network, one dot each, one row an arm.

    Parameters
    ----------
    runs : DataFrame
        The runs of one initializer and one trainer.
    arms : mapping
        Arm to its configuration; gives labels and order.
    protocols : sequence of str
        One panel each.
    ledger : mapping
        The claims, for the accuracy of the majority class and what the tutorial reports (on the
        tail, its own split).
    """
    figure = Figure(figsize=(PAGE_INCHES, 0.9 + 0.62 * len(arms)))
    axes = figure.subplots(1, len(protocols), sharey=True, squeeze=False)[0]
    for axis, protocol in zip(axes, protocols, strict=True):
        for row, arm in enumerate(arms):
            chosen = runs[(runs["arm"] == arm) & (runs["protocol"] == protocol)]
            accuracy = 100.0 * chosen["n_correct"] / chosen["n_validation"]
            x, y = _stack(accuracy.to_numpy(), 0.8)
            axis.plot(x, row + y, ".", color=COLOURS[row], markersize=2.5, markeredgewidth=0)
            axis.plot(
                accuracy.mean(), row, "D", color="black", markersize=5, markerfacecolor="white"
            )
        marks = {f"majority.{protocol}": ("majority", ":")}
        if protocol == "tail":
            marks["tutorial.baseline.accuracy"] = ("tutorial:\nbaseline", "--")
            marks["tutorial.schedule.accuracy"] = ("tutorial:\nschedules", "--")
        for claim, (label, line) in marks.items():
            value = ledger[claim]["value"]
            axis.axvline(value, color=GREY, linewidth=0.9, linestyle=line, zorder=0)
            text = f"{label}\n{ledger[claim]['text']}"
            axis.annotate(text, (value, -0.6), ha="center", va="bottom", fontsize=7, color=GREY)
        axis.set_title(protocol, loc="left", pad=26)
        axis.set_xlabel("final validation accuracy (%)")
        axis.set_ylim(len(arms) - 0.5, -0.6)
        axis.set_yticks(range(len(arms)), [arm["label"] for arm in arms.values()])
    return figure


def _band(axis: Axes, rows: pd.DataFrame, measure: str, scale: float, i: int, label: str) -> None:
    epoch = rows["epoch"]
    axis.fill_between(
        epoch,
        scale * rows[f"{measure}_q05"],
        scale * rows[f"{measure}_q95"],
        color=COLOURS[i],
        alpha=0.18,
        linewidth=0,
    )
    axis.plot(
        epoch, scale * rows[f"{measure}_q50"], linestyle=LINES[i], color=COLOURS[i], label=label
    )


def draw_curves(
    curves: pd.DataFrame, arms: Mapping[str, Mapping[str, Any]], protocols: Sequence[str]
) -> Figure:
    """Draw accuracy and loss against epoch: median over networks and the middle 90 %.

    Parameters
    ----------
    curves : DataFrame
        The curves table (`tables.CURVES`) of one initializer and one trainer.
    arms : mapping
        Arm to its configuration.
    protocols : sequence of str
        One column of panels each.
    """
    figure = Figure(figsize=(PAGE_INCHES, 3.9))
    axes = figure.subplots(2, len(protocols), sharex=True, sharey="row", squeeze=False)
    panels = (
        ("accuracy", 100.0, "validation accuracy (%)"),
        ("val_loss", 1.0, "validation loss (nat)"),
    )
    for column, protocol in enumerate(protocols):
        for row, (measure, scale, label) in enumerate(panels):
            axis = axes[row, column]
            for i, (arm, setting) in enumerate(arms.items()):
                chosen = curves[(curves["arm"] == arm) & (curves["protocol"] == protocol)]
                _band(axis, chosen, measure, scale, i, setting["label"])
            if column == 0:
                axis.set_ylabel(label)
            axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes[0, column].set_title(protocol)
        axes[1, column].set(xlabel="epochs done", xlim=(1, curves["epoch"].max()), ylim=(0, None))
    axes[0, 0].legend(loc="lower right")
    return figure
