"""Forest plots: estimates with their intervals, line by line, initializers side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from paperledger.claims.claim import Claim

from lrstudy.design.needs import asked_effects, effects_among
from lrstudy.drawing.study import Study
from lrstudy.drawing.style import (
    DARK,
    GREY,
    PAGE_INCHES,
    PALE,
    PLACES,
    SMALL,
    choose,
    choose_one,
    face,
    place_axes,
)

Asked = tuple[str, str]
"""A hypothesis and the protocol that it is asked on."""

LINE_INCHES = 0.145
GAP = 0.45
PLACE_INCHES = 0.85
ID_INCHES = 0.4
NUMBER_INCHES = 1.1
LEGEND: dict[str, Any] = {
    "fontsize": SMALL,
    "handlelength": 1.0,
    "handletextpad": 0.2,
    "borderpad": 0.0,
    "borderaxespad": 0.0,
}


@dataclass(frozen=True)
class Line:
    """One line of the plot.

    Attributes
    ----------
    hypothesis, protocol : str
        What is asked, and where.
    label : str
        The question in words, from the table; empty where it is that of the line above.
    y : float
        Its place, in lines from the top; lines of another question stand a gap apart.
    """

    hypothesis: str
    protocol: str
    label: str
    y: float


def asked_of(claims: Sequence[str], study: Study) -> list[Asked]:
    """Return the effects among a figure's claims that the study asks for, from top to bottom."""
    asked = asked_effects(study.hypotheses)
    return [effect for effect in effects_among(claims) if effect in asked]


def lay_out(effects: pd.DataFrame, asked: Sequence[Asked]) -> list[Line]:
    """Place the estimates that are asked for; questions with the same label stand together.

    ``asked`` lists hypotheses with their protocols, from top to bottom.

    Raises
    ------
    ValueError
        One is absent.
    """
    lines: list[Line] = []
    y, before = 0.0, ""
    for hypothesis, protocol in asked:
        rows = choose(effects, hypothesis=hypothesis, protocol=protocol)
        label = str(rows["label"].iloc[0])
        if lines:
            y += 1.0 if label == before else 1.0 + GAP
        lines.append(Line(hypothesis, protocol, "" if label == before else label, y))
        before = label
    return lines


def forest_inches(lines: Sequence[Line]) -> float:
    """Return the height that the lines need."""
    return (lines[-1].y + 1.0) * LINE_INCHES


def draw_forest(
    figure: Figure,
    effects: pd.DataFrame,
    lines: Sequence[Line],
    initializers: Mapping[str, str],
    *,
    margin: float,
    left: float,
    right: float,
    bottom: float,
    label_inches: float,
    reach: float = 0.0,
    places: Mapping[str, str] = PLACES,
) -> Axes:
    """Draw estimates and intervals, with the questions at their left.

    The figure must have no layout engine. ``initializers`` maps names to labels, the primary one
    first: its marks are filled, the other's open. In points: ``margin``, half the width of the
    shaded band of equivalence, and ``reach``, what the axis must show besides the intervals. In
    inches: ``left``, ``right`` and ``bottom``, edges of the questions, of the marks, and of both,
    and ``label_inches``, the width of the questions. ``places`` has the words for each protocol.
    The axes are those of the marks; x in points, y in lines from the top.
    """
    start = left + label_inches + PLACE_INCHES + ID_INCHES
    axis = place_axes(figure, (start, bottom, right - start, forest_inches(lines)))
    mark_margin(axis, margin)
    shown = []
    for line in lines:
        shown += (rows := _estimates(effects, line, initializers))
        draw_estimate(axis, rows, line.y, f"{line.hypothesis} {line.protocol}")
        for i, words in enumerate(_wrap(line.label, label_inches)):
            _write(figure, lines, bottom, left, line.y + 0.62 * i, words)
        x = left + label_inches
        _write(figure, lines, bottom, x, line.y, places[line.protocol])
        x += PLACE_INCHES + ID_INCHES - 0.1
        _write(figure, lines, bottom, x, line.y, line.hypothesis, ha="right", color=GREY)
    finish_axis(axis, limits(pd.DataFrame(shown), margin, reach), lines[-1].y)
    return axis


def mark_margin(axis: Axes, margin: float) -> None:
    """Shade the band of equivalence and mark zero."""
    axis.axvspan(-margin, margin, color=PALE, linewidth=0, zorder=0)
    axis.axvline(0.0, color="black", linewidth=0.7, zorder=1)


def draw_estimate(axis: Axes, rows: Sequence[Mapping[str, Any]], y: float, name: str) -> None:
    """Draw the estimates of one line with their intervals, the primary initializer's above.

    Their artists bear ``name`` and the initializer.
    """
    for i, row in enumerate(rows):
        place = y + (i - (len(rows) - 1) / 2) * 0.36
        of = f"{name} {row['initializer']}"
        ends = [row["low"], row["high"]]
        axis.plot(ends, [place, place], "-", color=DARK, linewidth=1.1, gid=of)
        axis.plot(row["difference"], place, gid=of, **_style(i))


def limits(rows: pd.DataFrame, margin: float, reach: float = 0.0) -> tuple[float, float]:
    """Return the ends of an axis that shows intervals, the band of equivalence and ``reach``."""
    low = min(-margin, reach, float(rows["low"].min()))
    high = max(margin, reach, float(rows["high"].max()))
    pad = 0.03 * (high - low)
    return low - pad, high + pad


def finish_axis(axis: Axes, ends: tuple[float, float], last: float) -> None:
    """Set the limits of an axis of points, whose lines go from 0 down to ``last``."""
    axis.set(xlim=ends, ylim=(last + 0.5, -0.5), yticks=[])
    axis.xaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
    axis.spines["left"].set_visible(False)
    axis.set_xlabel("difference in accuracy (points)")


def write_numbers(
    figure: Figure,
    effects: pd.DataFrame,
    lines: Sequence[Line],
    initializers: Mapping[str, str],
    *,
    right: float,
    bottom: float,
) -> None:
    """Write every estimate and its interval, one column an initializer, below its mark and name.

    ``right`` and ``bottom`` are edges of the columns (inches).
    """
    top = bottom + forest_inches(lines) + 0.03
    for i, handle in enumerate(handles(initializers)):
        x = right - NUMBER_INCHES * (len(initializers) - 1 - i)
        figure.legend(
            handles=[handle],
            loc="lower right",
            bbox_to_anchor=(x, top),
            bbox_transform=figure.dpi_scale_trans,
            **LEGEND,
        )
        for line in lines:
            row = _estimates(effects, line, initializers)[i]
            difference, low, high = (
                Claim(row[name], "points", 2, "signed").text
                for name in ("difference", "low", "high")
            )
            text = f"{difference} [{low}, {high}]"
            _write(figure, lines, bottom, x, line.y, text, ha="right")


def forest_page(
    effects: pd.DataFrame,
    lines: Sequence[Line],
    initializers: Mapping[str, str],
    *,
    margin: float,
    label_inches: float,
    reach: float = 0.0,
    places: Mapping[str, str] = PLACES,
) -> tuple[Figure, Axes]:
    """Draw a figure as wide as the page: questions, estimates with intervals, and their numbers.

    The arguments are those of `draw_forest`; the axes returned are those of the marks.
    """
    bottom, top, right = 0.4, 0.2, PAGE_INCHES - 0.03
    figure = Figure(figsize=(PAGE_INCHES, bottom + forest_inches(lines) + top))
    axis = draw_forest(
        figure,
        effects,
        lines,
        initializers,
        margin=margin,
        left=0.03,
        right=right - NUMBER_INCHES * len(initializers) - 0.1,
        bottom=bottom,
        label_inches=label_inches,
        reach=reach,
        places=places,
    )
    write_numbers(figure, effects, lines, initializers, right=right, bottom=bottom)
    return figure, axis


def handles(initializers: Mapping[str, str]) -> list[Line2D]:
    """Return one legend entry an initializer, the primary one first."""
    return [
        Line2D([], [], linestyle="", label=label, **_style(i))
        for i, label in enumerate(initializers.values())
    ]


def _estimates(
    effects: pd.DataFrame, line: Line, initializers: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return one row of the table for each initializer."""
    cell = {"hypothesis": line.hypothesis, "protocol": line.protocol}
    return [choose_one(effects, **cell, initializer=name) for name in initializers]


def _wrap(label: str, inches: float) -> list[str]:
    return textwrap.wrap(label, round(inches * 18), break_on_hyphens=False)


def _write(
    figure: Figure,
    lines: Sequence[Line],
    bottom: float,
    x: float,
    y: float,
    text: str,
    **style: Any,
) -> None:
    """Write at x inches beside line y."""
    wide, high = figure.get_size_inches()
    place = bottom + forest_inches(lines) - (y + 0.5) * LINE_INCHES - 0.035
    look: dict[str, Any] = {"fontsize": SMALL, "ha": "left"}
    figure.text(x / wide, place / high, text, **look | style)


def _style(i: int) -> dict[str, Any]:
    """Return the mark of the i-th initializer."""
    return {
        "marker": "os"[i],
        "color": DARK,
        "markerfacecolor": face(i, DARK),
        "markersize": (4.5, 4.2)[i],
        "markeredgewidth": 1.0,
    }
