"""How accuracy and losses move over the epochs."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from lrstudy.drawing.study import Study
from lrstudy.drawing.style import COLOURS, LINES, PAGE_INCHES, PLACES, choose

TABLES = ("curves",)
QUESTION = "How do accuracy and loss move over the epochs?"
READING = "The line is the median network of an arm; nine networks of ten lie within the band."
CLAIMS = ()
NEEDS = ("analysis.parts.*.protocols.tail|resample",)
PLACE = 90

PANELS = (
    ("accuracy", 100.0, "validation accuracy (%)"),
    ("val_loss", 1.0, "validation loss (nat per row)"),
    ("train_loss", 1.0, "training loss (nat per row)"),
)

LOWEST = 80.0
"""Accuracies below this are cut off, unless the last epoch has some (%)."""


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw accuracy and both losses against epoch: median over networks and the middle 90 %.

    One row of panels a protocol; networks of the primary initializer.

    Raises
    ------
    ValueError
        An arm is missing on a protocol, or an epoch of it appears twice.
    """
    arms, protocols = study.arms, study.protocols
    curves = choose(tables["curves"], protocol=list(protocols), initializer=study.primary)
    figure = Figure(figsize=(PAGE_INCHES, 0.35 + 1.6 * len(protocols)), layout="constrained")
    axes = figure.subplots(len(protocols), len(PANELS), sharex=True, squeeze=False)
    for row, protocol in zip(axes, protocols, strict=True):
        for i, arm in enumerate(arms):
            found = choose(curves, protocol=protocol, arm=arm)
            if found["epoch"].duplicated().any():
                raise ValueError(f"epochs of {arm} on {protocol} appear twice")
            for axis, (measure, scale, _) in zip(row, PANELS, strict=True):
                if measure != "accuracy":
                    axis.set_yscale("log")
                _draw_band(axis, found, measure, scale, i, arms[arm])
        row[0].set_ylabel(PLACES[protocol])
    last = choose(curves, epoch=int(curves["epoch"].max()), arm=list(arms))
    lowest = min(LOWEST, 100.0 * float(last["accuracy_q05"].min()) - 1.0)
    losses = [axis.get_ylim() for axis in axes[:, 1:].flat]
    for column, (_, _, title) in enumerate(PANELS):
        axes[0, column].set_title(title)
        for axis in axes[:, column]:
            if column == 0:
                axis.set_ylim(lowest, 100.5)
                continue
            axis.set_ylim(min(low for low, _ in losses), max(high for _, high in losses))
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter("{x:g}")
            axis.yaxis.set_minor_locator(NullLocator())
    for axis in axes[-1]:
        axis.set(xlabel="epochs done", xlim=(1, curves["epoch"].max()))
        axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(),
        loc="outside upper center",
        ncols=len(arms),
        borderpad=0.0,
    )
    return figure


def _draw_band(
    axis: Axes, rows: pd.DataFrame, measure: str, scale: float, i: int, label: str
) -> None:
    """Draw the median as a line and the middle 90 % as a band with edges of its own."""
    epoch = rows["epoch"]
    low, high = scale * rows[f"{measure}_q05"], scale * rows[f"{measure}_q95"]
    axis.fill_between(epoch, low, high, color=COLOURS[i], alpha=0.12, linewidth=0)
    for edge in (low, high):
        axis.plot(epoch, edge, linestyle=LINES[i], color=COLOURS[i], linewidth=0.5, alpha=0.7)
    median = scale * rows[f"{measure}_q50"]
    axis.plot(epoch, median, linestyle=LINES[i], color=COLOURS[i], label=label)
