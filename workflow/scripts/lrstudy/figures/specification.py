"""What a schedule is worth, in every combination of what could have been chosen."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from lrstudy.design.needs import asked_effects
from lrstudy.drawing.study import Study
from lrstudy.drawing.style import (
    DARK,
    GREY,
    PAGE_INCHES,
    PALE,
    Look,
    choose_one,
    face,
    look_of,
    place_axes,
)

TABLES = ("effects", "outcomes")
QUESTION = "What is a schedule worth, whatever else is chosen?"
READING = (
    "Each mark is one combination: the schedule less the constant rate of the same momentum, with "
    "its interval, from the worst to the best; up is better, also for log-loss and epochs, whose "
    "signs are turned. The dots below say which recipe, momentum, split and initial weights. Dark "
    "columns are the tutorial's own two combinations, from either initial weights."
)
CLAIMS = (
    "effect.H3.tail",
    "effect.H3.resample",
    "effect.H3o.official",
    "effect.H4.tail",
    "effect.H4.resample",
    "effect.H4.official",
    "effect.W1.tail",
    "effect.W1.resample",
    "effect.W1.official",
    "effect.S3.tail",
    "effect.S3.resample",
    "effect.S3o.official",
    "effect.S4.tail",
    "effect.S4.resample",
    "effect.S4.official",
    "effect.W2.tail",
    "effect.W2.resample",
    "effect.W2.official",
    "outcome.H3",
    "outcome.H3o",
    "outcome.H4",
    "outcome.W1",
    "outcome.S3",
    "outcome.S3o",
    "outcome.S4",
    "outcome.W2",
)
NEEDS = ("analysis.outcomes",)
PLACE = 15

OUTCOMES = {
    "accuracy": "final accuracy (points)",
    "balanced": "balanced accuracy (points)",
    "log_loss": "log-loss, sign turned (nat per row)",
    "speed": "epochs to the baseline's level, sign turned",
}
TURNED = ("log_loss", "speed")
"""Outcomes of which less is better."""

ASKED = {
    ("time-based", 0.0): ("H4",),
    ("time-based", 0.8): ("H3", "H3o"),
    ("time-based", 0.9): ("W1",),
    ("step", 0.0): ("S4",),
    ("step", 0.8): ("W2",),
    ("step", 0.9): ("S3", "S3o"),
}
"""Recipe and momentum to the hypotheses that ask it, one for each protocol."""

OWN = (("time-based", 0.8, "tail"), ("step", 0.9, "tail"))
"""The tutorial's recipe, momentum and protocol."""

PROTOCOLS = {"tail": "tail", "resample": "random", "official": "official"}
LABEL_INCHES, GAP_INCHES = 0.66, 0.42
HIGH, LINE_INCHES = 0.95, 0.1
GROUP_GAP = 0.5
SHADE = "#C9C9C9"
LEGEND: dict[str, Any] = {
    "loc": "lower right",
    "handlelength": 0.7,
    "borderaxespad": 0.2,
    "borderpad": 0.2,
    "frameon": True,
    "framealpha": 1.0,
    "edgecolor": "none",
}


@dataclass(frozen=True)
class Specification:
    """One combination and its estimate, up is better."""

    recipe: str
    momentum: float
    protocol: str
    initializer: str
    difference: float
    low: float
    high: float

    @property
    def own(self) -> bool:
        """Whether it is the tutorial's."""
        return (self.recipe, self.momentum, self.protocol) in OWN

    @property
    def look(self) -> Look:
        """That of the arm with the schedule."""
        name = self.recipe.partition("-")[0]
        return look_of({"schedule": {"name": name}, "momentum": self.momentum})

    @property
    def values(self) -> tuple[str, ...]:
        """Its choices, as the matrix names them."""
        return (self.recipe, f"{self.momentum:g}", self.protocol, self.initializer)


def specifications(
    tables: Mapping[str, pd.DataFrame], study: Study, outcome: str
) -> list[Specification]:
    """Return the combinations that the study asks for, the worst first.

    Raises
    ------
    ValueError
        One of them is missing, or there twice.
    """
    asked = asked_effects(study.hypotheses)
    rows = tables["effects"]
    if outcome != "accuracy":
        rows = tables["outcomes"]
        rows = rows[rows["outcome"] == outcome]
        # Not every hypothesis is asked of other outcomes.
        others = set(rows["hypothesis"])
        asked = {(name, protocol) for name, protocol in asked if name in others}
    found = []
    for ((recipe, momentum), names), protocol in itertools.product(ASKED.items(), PROTOCOLS):
        for name in names:
            if (name, protocol) not in asked:
                continue
            for initializer in study.initializers:
                cell = {"hypothesis": name, "protocol": protocol, "initializer": initializer}
                row = choose_one(rows, **cell)
                ends = [row["difference"], row["low"], row["high"]]
                if outcome in TURNED:
                    ends = [-row["difference"], -row["high"], -row["low"]]
                found.append(Specification(recipe, momentum, protocol, initializer, *ends))
    return sorted(found, key=lambda specification: specification.difference)


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw one specification curve an outcome, two beside each other.

    Raises
    ------
    ValueError
        An estimate is missing that the study asks for.
    """
    each = {outcome: specifications(tables, study, outcome) for outcome in OUTCOMES}
    curves = {outcome: found for outcome, found in each.items() if found}
    lines = _lines(curves["accuracy"], study)
    deep = LINE_INCHES * (max(lines.values()) + 0.8)
    block = HIGH + deep + 0.32
    bottom, wide = 0.08, (PAGE_INCHES - LABEL_INCHES - GAP_INCHES - 0.05) / 2
    n_rows = math.ceil(len(curves) / 2)
    figure = Figure(figsize=(PAGE_INCHES, bottom + block * n_rows))
    for i, (outcome, found) in enumerate(curves.items()):
        row, column = divmod(i, 2)
        x = LABEL_INCHES + column * (wide + GAP_INCHES)
        y = bottom + (n_rows - 1 - row) * block
        axis = place_axes(figure, (x, y + deep + 0.05, wide, HIGH - 0.05))
        margin = study.margin if outcome in ("accuracy", "balanced") else 0.0
        _draw_curve(axis, found, list(study.initializers), margin)
        axis.set_title(OUTCOMES[outcome], pad=3)
        if i == 0:
            own = Patch(facecolor=SHADE, label="the tutorial's own combinations")
            axis.legend(handles=[own], **LEGEND)
        _draw_matrix(place_axes(figure, (x, y, wide, deep)), found, lines, study, column == 0)
    return figure


def _lines(found: Sequence[Specification], study: Study) -> dict[str, float]:
    """Place the choices from top to bottom, groups a gap apart."""
    groups = (
        ("time-based", "step"),
        ("0", "0.8", "0.9"),
        tuple(PROTOCOLS),
        tuple(study.initializers),
    )
    present = {value for specification in found for value in specification.values}
    places: dict[str, float] = {}
    y = 0.0
    for group in groups:
        for value in group:
            if value in present:
                places[value] = y
                y += 1.0
        y += GROUP_GAP
    return places


def _draw_curve(
    axis: Axes, found: Sequence[Specification], initializers: Sequence[str], margin: float
) -> None:
    """Draw the estimates in their order."""
    axis.axhspan(-margin, margin, color=PALE, linewidth=0, zorder=0)
    axis.axhline(0.0, color="black", linewidth=0.7, zorder=1)
    for x, specification in enumerate(found):
        look, side = specification.look, initializers.index(specification.initializer)
        name = " ".join(specification.values)
        _shade(axis, x, specification)
        ends = [specification.low, specification.high]
        axis.plot([x, x], ends, "-", color=look.colour, linewidth=0.8, gid=name, zorder=3)
        axis.plot(
            x,
            specification.difference,
            marker=look.marker,
            color=look.colour,
            markerfacecolor=face(side, look.colour),
            markersize=4.6 if specification.own else 3.2,
            markeredgewidth=0.8,
            gid=name,
            zorder=4,
        )
    axis.set(xlim=(-1, len(found)), xticks=[])
    axis.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    axis.spines["bottom"].set_visible(False)


def _shade(axis: Axes, x: int, specification: Specification) -> None:
    if specification.own:
        axis.axvspan(x - 0.5, x + 0.5, color=SHADE, linewidth=0, zorder=0.5)


def _draw_matrix(
    axis: Axes,
    found: Sequence[Specification],
    lines: Mapping[str, float],
    study: Study,
    named: bool,
) -> None:
    """Draw one dot for each choice of each combination."""
    for x, specification in enumerate(found):
        _shade(axis, x, specification)
        ys = [lines[value] for value in specification.values]
        axis.plot([x] * len(ys), ys, linestyle="", marker="s", markersize=2.1, color=DARK, mew=0)
    axis.hlines(list(lines.values()), -1, len(found), color=PALE, linewidth=0.5, zorder=0)
    axis.set(xlim=(-1, len(found)), ylim=(max(lines.values()) + 0.6, -0.6), xticks=[])
    words = {"0": "momentum 0", **PROTOCOLS}
    words |= {name: _short(label) for name, label in study.initializers.items()}
    labels = [words.get(value, value) for value in lines] if named else []
    axis.set_yticks(list(lines.values()), labels or [""] * len(lines), fontsize=7)
    axis.tick_params(axis="y", length=0, pad=2, labelcolor=GREY if not named else "black")
    axis.spines[:].set_visible(False)


def _short(label: str) -> str:
    """Return the first word of a label, which names an initializer in a narrow column."""
    return label if "$" in label else label.partition(" ")[0]
