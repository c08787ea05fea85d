"""The primary contrasts on other data sets, below those on the study's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from lrstudy.drawing.forest import forest_page, lay_out
from lrstudy.drawing.study import Study

TABLES = ("effects",)
ALL_DATA = True
QUESTION = "Does it hold on other data?"
READING = (
    "The same contrasts on other small data sets, on random splits, below the study's own: the "
    "whole recipe, momentum alone, the schedule alone, and their interaction. Grey: too small to "
    "matter."
)
CLAIMS = (
    "effect.S1.*.resample",
    "effect.S2.*.resample",
    "effect.S3.*.resample",
    "effect.S4.*.resample",
)
NEEDS = ("parts.*.datasets",)
PLACE = 100

PROTOCOL = "resample"


def beside_the_study(
    effects: pd.DataFrame, hypotheses: Mapping[str, Mapping[str, Any]], own: str
) -> pd.DataFrame:
    """Put the study's own answer to each contrast, where it has one, before the other data sets'.

    A contrast is a hypothesis that is asked on other data; the study's own answer is that to a
    hypothesis with the same arms on random splits. The protocol of the rows returned is the data
    set.
    """
    frames = []
    for name, asked in hypotheses.items():
        others = effects[(effects["hypothesis"] == name) & (effects["dataset"] != own)]
        if others.empty:
            continue
        sides = asked["add"], asked["subtract"]
        same = [n for n, h in hypotheses.items() if (h["add"], h["subtract"]) == sides]
        here = effects["dataset"].eq(own) & effects["protocol"].eq(PROTOCOL)
        rows = effects[here & effects["hypothesis"].isin(same)].drop_duplicates("initializer")
        frames.append(rows.assign(hypothesis=name, label=asked["label"]))
        frames.append(others[others["protocol"] == PROTOCOL])
    drawn = pd.concat(frames, ignore_index=True)
    return drawn.assign(protocol=drawn["dataset"])


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw every contrast on every data set.

    Raises
    ------
    ValueError
        An effect is missing.
    """
    effects = beside_the_study(tables["effects"], study.hypotheses, study.own)
    trained = set(effects["initializer"][effects["dataset"] != study.own])
    asked = list(dict.fromkeys(zip(effects["hypothesis"], effects["protocol"], strict=True)))
    figure, _ = forest_page(
        effects,
        lay_out(effects, asked),
        {name: label for name, label in study.initializers.items() if name in trained},
        margin=study.margin,
        label_inches=1.0,
        places=study.datasets,
    )
    return figure
