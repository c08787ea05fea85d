"""How accurate the networks are, on the tutorial's split and on random ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from paperledger.claims.claim import Claim

from lrstudy.drawing.study import Study
from lrstudy.drawing.style import (
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

TABLES = ("runs", "arms", "references")
QUESTION = "What does each network score?"
READING = (
    "One histogram an arm: filled for the initial weights of current Keras, open for those of the "
    "tutorial's first editions. Diamonds are means, black triangles the tutorial's single runs. "
    "Below: other classifiers on the same splits."
)
CLAIMS = (
    "arm.tail.*.{arm}",
    "arm.resample.*.{arm}",
    "tutorial.baseline.accuracy",
    "tutorial.schedule.accuracy",
    "reference.tail",
    "reference.resample",
)
NEEDS = ("analysis.parts.*.protocols.tail|resample",)
PLACE = 30

CLASSIFIERS = {
    "svm": "support vector machine",
    "logistic": "logistic regression",
    "majority": "majority class",
}
LOWEST = 80.0
"""The axis starts here, or at the least accurate network (%); a reference below that is written
at its left end, beside an arrow."""

TALLEST = 0.4
"""Height of a row's tallest bar (rows)."""

ROW_INCHES = 0.42
WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}

MEAN: dict[str, Any] = {
    "marker": "D",
    "linestyle": "",
    "color": "black",
    "markerfacecolor": "white",
    "markersize": 4,
    "markeredgewidth": 0.9,
}
TUTORIAL: dict[str, Any] = {"marker": "v", "linestyle": "", "color": "black", "markersize": 5}


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw how many networks get each accuracy: primary initializer upwards, the other downwards.

    One panel a protocol; on the tail stands what the tutorial reports.

    Raises
    ------
    ValueError
        A cell or a reference is missing.
    """
    arms, initializers, protocols = study.arms, study.initializers, study.protocols
    tutorial = study.tutorial
    cells = {"arm": [*arms], "initializer": [*initializers], "protocol": [*protocols]}
    runs = choose(tables["runs"], **cells)
    lowest = min(LOWEST, 100.0 * float((runs["n_correct"] / runs["n_validation"]).min()))
    n_rows = len(arms) + 0.6 * len(CLASSIFIERS) + 0.1
    high = ROW_INCHES * n_rows
    figure = Figure(figsize=(PAGE_INCHES, high + 0.85))
    left, gap = 1.42, 0.2
    wide = (PAGE_INCHES - left - 0.1 - gap * (len(protocols) - 1)) / len(protocols)
    for i, protocol in enumerate(protocols):
        axis = place_axes(figure, (left + i * (wide + gap), 0.4, wide, high))
        _draw_networks(axis, tables, protocol, study)
        _draw_references(axis, choose(tables["references"], protocol=protocol), len(arms), lowest)
        if protocol == "tail" and tutorial:
            reported = {study.baseline: "baseline", **dict.fromkeys(study.recipes, "schedule")}
            for row, arm in enumerate(arms):
                if arm in reported:
                    right = tutorial[f"{reported[arm]}_correct"]
                    value = 100.0 * right / tutorial["n_validation"]
                    axis.plot(value, row - 0.5, gid=f"tutorial {arm}", **TUTORIAL)
        axis.set_title(PLACES[protocol])
        axis.set(xlim=(lowest - 0.5, 100.5), ylim=(n_rows - 0.5, -0.6))
        axis.set_xlabel("final validation accuracy (%)")
        axis.set_yticks([*range(len(arms)), *_places(len(arms))])
        axis.set_yticklabels([*arms.values(), *CLASSIFIERS.values()] if i == 0 else [])
        axis.tick_params(axis="y", length=0)
        axis.spines["left"].set_visible(False)
    entries: list[Any] = [
        Patch(facecolor=face(i, GREY), edgecolor=GREY, label=label)
        for i, label in enumerate(initializers.values())
    ]
    entries.append(Line2D([], [], label="mean", **MEAN))
    if tutorial:
        entries.append(Line2D([], [], label="the tutorial's one run", **TUTORIAL))
    figure.legend(
        handles=entries,
        loc="upper right",
        bbox_to_anchor=(PAGE_INCHES - 0.1, high + 0.82),
        bbox_transform=figure.dpi_scale_trans,
        ncols=len(entries),
        handlelength=1.2,
        handletextpad=0.4,
        columnspacing=1.4,
        borderpad=0.0,
        borderaxespad=0.0,
    )
    return figure


def _draw_networks(
    axis: Axes,
    tables: Mapping[str, pd.DataFrame],
    protocol: str,
    study: Study,
) -> None:
    """Draw one row an arm: bars as high as the share of its networks, and the mean."""
    for row, arm in enumerate(study.arms):
        colour = look_of(study.settings[arm]).colour
        shares, width = {}, 0.0
        for initializer in study.initializers:
            cell = {"protocol": protocol, "arm": arm, "initializer": initializer}
            runs = choose(tables["runs"], **cell)
            accuracy = 100.0 * runs["n_correct"] / runs["n_validation"]
            shares[initializer] = accuracy.value_counts(normalize=True).sort_index()
            width = 0.8 * 100.0 / float(runs["n_validation"].max())
        scale = TALLEST / max(float(share.max()) for share in shares.values())
        for side, (initializer, share) in enumerate(shares.items()):
            up = (-1, 1)[side]
            axis.bar(
                share.index,
                up * scale * share,
                width,
                bottom=row,
                color=face(side, colour),
                edgecolor=colour,
                linewidth=0.6,
                label=f"{arm} {initializer}",
            )
            cell = {"protocol": protocol, "arm": arm, "initializer": initializer}
            mean = choose_one(tables["arms"], **cell)["mean"]
            axis.plot(mean, row + up * 0.1, gid=f"mean {arm} {initializer}", **MEAN)
        axis.axhline(row, color=GREY, linewidth=0.5, zorder=0.5)


def _places(first: int) -> list[float]:
    """Return the rows of the references, below so many rows of networks."""
    return [first - 0.2 + 0.6 * i for i in range(len(CLASSIFIERS))]


def _draw_references(axis: Axes, references: pd.DataFrame, first: int, lowest: float) -> None:
    """Draw one row a reference: its mean over the splits, in words as well."""
    for y, classifier in zip(_places(first), CLASSIFIERS, strict=True):
        rows = choose(references, classifier=classifier)
        value = float((100.0 * rows["n_correct"] / rows["n_validation"]).mean())
        text = Claim(value, "%", 2).text
        place: dict[str, Any] = {
            "va": "center",
            "fontsize": SMALL,
            "bbox": WHITE,
            "gid": f"reference {classifier}",
        }
        if value < lowest:
            axis.plot(lowest, y, marker="<", color="black", markersize=4)
            axis.text(lowest + 0.5, y, text, **place)
        else:
            axis.plot([value, value], [-0.6, y], ":", color=GREY, linewidth=0.9, zorder=0.4)
            axis.plot(value, y, marker="s", color="black", markersize=3.5)
            axis.text(value + 0.5, y, text, **place)
