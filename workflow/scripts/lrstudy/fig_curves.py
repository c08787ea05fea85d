"""How accuracy and losses move over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from lrstudy.figures import COLOURS, LINES, PAGE_INCHES, PLACES, choose

PANELS = (
    ("accuracy", 100.0, "validation accuracy (%)"),
    ("val_loss", 1.0, "validation loss (nat per row)"),
    ("train_loss", 1.0, "training loss (nat per row)"),
)

LOWEST = 80.0
"""Accuracies below this are cut off, unless the last epoch has some (%)."""


def draw_curves(curves: pd.DataFrame, arms: Mapping[str, str], protocols: Sequence[str]) -> Figure:
    """Draw accuracy and both losses against epoch: median over networks and the middle 90 %.

    Parameters
    ----------
    curves : DataFrame
        See `run_tables.CURVES`; one initializer, and of each protocol and arm one part.
    arms : mapping
        Name to label, in the order of drawing.
    protocols : sequence of str
        One row of panels each.

    Raises
    ------
    ValueError
        An arm is missing on a protocol, or an epoch of it appears twice.
    """
    curves = choose(curves, protocol=list(protocols))
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
