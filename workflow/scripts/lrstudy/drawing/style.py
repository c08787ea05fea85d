"""What all figures share: sizes, palette, words, reading a cell, saving.

Each figure is a file of lrstudy/figures with a function from tables to a Figure. Nothing is
computed there beyond what placing a mark needs.
"""

from __future__ import annotations

import io
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from paperledger.io.files import write_atomically

# A colour stands for an arm: its hue for the schedule, its shade and marker for the momentum, its
# line for the schedule again. Shades differ in grey, too, most between a schedule and its control.
HUES = {
    "constant": ("#0B2545", "#1D4F88", "#3475B8", "#7DB0DC", "#B5D3EC"),
    "time": ("#7A3E00", "#A85A08", "#D9730D", "#F2A65A", "#F9D3A6"),
    "step": ("#04291B", "#073A26", "#0A4D33", "#0F6B45", "#4FA37F"),
    "other": ("#4A1942", "#7A2E6D", "#A64D96", "#C987BD", "#E3BFDC"),
}
SHADES_FROM = (0.25, 0.65, 0.85, 0.925)
"""Momenta from which on the next shade and marker are taken: of 0, 0.5, 0.8, 0.9 and 0.95."""
MARKERS = ("o", "v", "s", "^", "D")
LINES: dict[str, Any] = {
    "constant": (0, (4, 1.5)),
    "time": "-",
    "step": (0, (6, 1.2, 1.2, 1.2)),
    "other": (0, (1, 1)),
}
DARK = "#333333"
"""Estimates that belong to no arm."""
GREY = "#666666"
PALE = "#E9E9E9"
PAGE_INCHES = 6.95
SMALL = 7.5
ROUNDING_INCHES = 0.01

PLACES = {
    "tail": "tail",
    "resample": "random splits",
    "official": "official split",
    "tail-resample": "tail less random",
}

STYLE = {
    "font.family": "STIXGeneral",
    "mathtext.fontset": "stix",
    "font.size": 8.5,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8.5,
    "legend.fontsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.linewidth": 0.7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
}


@dataclass(frozen=True)
class Look:
    """How an arm is drawn: its colour, its marker, and its line in Matplotlib's words."""

    colour: str
    marker: str
    line: Any


def look_of(setting: Mapping[str, Any]) -> Look:
    """Return the look of an arm, given by its ``schedule`` and ``momentum`` (0 if it has none).

    Examples
    --------
    >>> look_of({"schedule": {"name": "step_code"}, "momentum": 0.9}).marker
    '^'
    """
    family = str(setting["schedule"]["name"]).partition("_")[0]
    family = family if family in HUES else "other"
    shade = bisect(SHADES_FROM, float(setting.get("momentum", 0.0)))
    return Look(HUES[family][shade], MARKERS[shade], LINES[family])


def use_style() -> None:
    """Set the look of all figures: no backend window, one set of fonts and sizes."""
    mpl.use("agg")
    mpl.rcParams.update(mpl.rcParamsDefault)
    mpl.use("agg")
    mpl.rcParams.update(STYLE)


def save_figure(figure: Figure, pdf: str | Path, png: str | Path) -> None:
    """Write a figure as vector PDF and as PNG, without clock or library version in them.

    Their bytes are the same each time. Long labels make the page larger than the figure, rather
    than lose what reaches beyond it.
    """
    nameless = {"CreationDate": None, "Producer": None, "Creator": None}

    def drawn(kind: str, metadata: Mapping[str, None], page: Bbox | None = None) -> bytes:
        file = io.BytesIO()
        figure.savefig(file, format=kind, metadata=metadata, bbox_inches=page)
        return file.getvalue()

    first = drawn("pdf", nameless)
    page = page_of(figure)  # known once it was drawn
    write_atomically(pdf, drawn("pdf", nameless, page) if page else first)
    write_atomically(png, drawn("png", {"Software": None}, page))


def page_of(figure: Figure) -> Bbox | None:
    """Return a box around a figure and all that was drawn (inches); None: the figure is enough."""
    drawn, page = figure.get_tightbbox(), Bbox.from_bounds(0.0, 0.0, *figure.get_size_inches())
    around = Bbox.union([page, drawn])
    beyond = np.abs(around.get_points() - page.get_points()).max()
    return around.padded(0.04) if beyond > ROUNDING_INCHES else None


def choose(table: pd.DataFrame, **cell: Any) -> pd.DataFrame:
    """Return the rows of a table whose columns have the given values.

    A list allows any of its members.

    Raises
    ------
    ValueError
        There is none: an empty figure would say nothing about why.
    """
    found = np.ones(len(table), bool)
    for column, value in cell.items():
        allowed = value if isinstance(value, list) else [value]
        found &= table[column].isin(allowed).to_numpy()
    if not found.any():
        raise ValueError(f"no row with {cell}")
    return table[found]


def choose_one(table: pd.DataFrame, **cell: Any) -> dict[str, Any]:
    """Return the only row of a table whose columns have the given values, as a mapping.

    Raises
    ------
    ValueError
        There is none, or more than one.
    """
    rows = choose(table, **cell)
    if len(rows) != 1:
        raise ValueError(f"{len(rows)} rows with {cell}, expected 1")
    return dict(rows.iloc[0])


def face(index: int, colour: str) -> str:
    """Return the fill of a mark: the first initializer's, the primary one, is solid."""
    return (colour, "white")[index]


def place_axes(figure: Figure, box: Sequence[float], **options: Any) -> Axes:
    """Add axes at (left, bottom, width, height) in inches from the figure's lower left corner."""
    width, height = figure.get_size_inches()
    left, bottom, wide, high = box
    return figure.add_axes((left / width, bottom / height, wide / width, high / height), **options)
