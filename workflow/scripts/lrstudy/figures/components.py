"""Where the spread between networks comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from paperledger.claims.claim import Claim

from lrstudy.drawing.study import Study
from lrstudy.drawing.style import GREY, PAGE_INCHES, PLACES, choose, choose_one, place_axes

TABLES = ("components",)
QUESTION = "Where does the variance of accuracy come from?"
READING = (
    "Above, the tutorial's split: initial weights, order of the rows, and the two together. Below, "
    "random splits: the split, the seed, and the two together. Left: shares of the variance. "
    "Right: standard deviations with their intervals."
)
CLAIMS = ("component",)
NEEDS = ("parts.*.protocols.tail.shuffles", "parts.*.protocols.resample.crossed")
PLACE = 80

SOURCES = {
    "tail": {"initialisation": "initial weights", "shuffle": "order of rows"},
    "resample": {"split": "split", "seed": "initial weights and order"},
}
RESIDUAL = {"residual": "their interaction"}
LOOKS: tuple[dict[str, Any], ...] = (
    {"facecolor": "#555555", "edgecolor": "black"},
    {"facecolor": "#C4C4C4", "edgecolor": "black", "hatch": "////"},
    {"facecolor": "white", "edgecolor": "black"},
)
MARKS = ("o", "s", "D")
ROW_INCHES = 0.18
GAP = 0.9
"""Between the bars of one initializer and those of the next, beyond a bar (rows)."""


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw variance by source: its shares as bars, each source's own spread with its interval.

    One row of panels a protocol; arms that were not crossed are left out.

    Raises
    ------
    ValueError
        A source is missing.
    """
    components, protocols = tables["components"], study.protocols
    initializers = study.initializers
    crossed = set(components["arm"])
    arms = {name: label for name, label in study.arms.items() if name in crossed}
    bars = [(name, arm) for name in initializers for arm in arms]
    high = ROW_INCHES * (len(bars) + GAP + 0.2)
    block = high + 0.62
    figure = Figure(figsize=(PAGE_INCHES, block * len(protocols) + 0.2))
    for i, protocol in enumerate(protocols):
        bottom = 0.4 + (len(protocols) - 1 - i) * block
        shares = place_axes(figure, (1.62, bottom, 2.3, high))
        spread = place_axes(figure, (4.6, bottom, PAGE_INCHES - 4.7, high))
        sources = SOURCES[protocol] | RESIDUAL
        rows = choose(components, protocol=protocol)
        for k, (name, arm) in enumerate(bars):
            y = k + GAP * list(initializers).index(name)
            found = [
                choose_one(rows, initializer=name, arm=arm, source=source) for source in sources
            ]
            _draw_shares(shares, found, y)
            _draw_spread(spread, found, y)
        _finish(shares, spread, bars, arms, initializers)
        shares.set_title(PLACES[protocol], pad=14)
        last = i == len(protocols) - 1
        shares.set_xlabel("share of variance (%)" if last else "")
        spread.set_xlabel("standard deviation (points)" if last else "")
        figure.legend(
            handles=[
                Patch(**look, linewidth=0.6, label=label)
                for look, label in zip(LOOKS, sources.values(), strict=True)
            ],
            loc="lower left",
            bbox_to_anchor=(2.45, bottom + high + 0.16),
            bbox_transform=figure.dpi_scale_trans,
            ncols=3,
            handlelength=1.2,
            handletextpad=0.4,
            columnspacing=1.4,
            borderpad=0.0,
            borderaxespad=0.0,
        )
    return figure


def _draw_shares(axis: Axes, found: Sequence[Mapping[str, Any]], y: float) -> None:
    """Stack the shares of one cell, and write the standard deviation of all sources."""
    start = 0.0
    for row, look in zip(found, LOOKS, strict=True):
        share = row["share"]
        name = f"{row['initializer']} {row['arm']} {row['source']}"
        axis.barh(y, share, left=start, height=0.7, linewidth=0.6, label=name, **look)
        start += share
    total = float(np.sqrt(sum(row["variance"] for row in found)))
    axis.text(102, y, Claim(total, "points", 2).text, va="center", fontsize=8)


def _draw_spread(axis: Axes, found: Sequence[Mapping[str, Any]], y: float) -> None:
    """Draw the standard deviation that each source alone would cause, and its interval."""
    for k, (row, look) in enumerate(zip(found, LOOKS, strict=True)):
        place = y + (k - 1) * 0.26
        name = f"{row['initializer']} {row['arm']} {row['source']}"
        ends = np.sqrt([row["low"], row["high"]])
        axis.plot(ends, [place, place], "-", color="black", linewidth=0.8, gid=name)
        axis.plot(
            np.sqrt(row["variance"]),
            place,
            MARKS[k],
            color="black",
            markerfacecolor=look["facecolor"],
            markersize=3.6,
            markeredgewidth=0.7,
            gid=name,
            clip_on=False,
        )


def _finish(
    shares: Axes,
    spread: Axes,
    bars: Sequence[tuple[str, str]],
    arms: Mapping[str, str],
    initializers: Mapping[str, str],
) -> None:
    """Name the bars and set the limits."""
    order = list(initializers)
    places = [k + GAP * order.index(name) for k, (name, _) in enumerate(bars)]
    for axis in (shares, spread):
        axis.set_ylim(places[-1] + 0.6, -0.6)
        axis.tick_params(axis="y", length=0)
        axis.spines["left"].set_visible(False)
    shares.set(xlim=(0, 100))
    shares.set_yticks(places, [arms[arm] for _, arm in bars])
    spread.set(xlim=(0, None), yticks=[])
    shares.text(102, -0.75, "sd (points)", fontsize=8, va="bottom", color=GREY)
    for i, label in enumerate(initializers.values()):
        own = [place for place, (name, _) in zip(places, bars, strict=True) if name == order[i]]
        shares.annotate(
            label,
            (0, float(np.mean(own))),
            xycoords=("axes fraction", "data"),
            xytext=(-108, 0),
            textcoords="offset points",
            rotation=90,
            ha="center",
            va="center",
        )
