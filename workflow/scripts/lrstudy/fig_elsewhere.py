"""The primary contrasts on other data sets, below those on Ionosphere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from lrstudy.fig_forest import forest_page, lay_out
from lrstudy.figures import choose

PROTOCOL = "resample"


def beside_the_study(
    elsewhere: pd.DataFrame,
    effects: pd.DataFrame,
    contrasts: Mapping[str, Mapping[str, Any]],
    hypotheses: Mapping[str, Mapping[str, Any]],
    own: str,
) -> pd.DataFrame:
    """Put the study's own answer to each contrast, where it has one, before the other data sets'.

    Parameters
    ----------
    elsewhere, effects : DataFrame
        See `result_tables.ELSEWHERE_EFFECTS` and `EFFECTS`.
    contrasts, hypotheses : mapping
        ``elsewhere.hypotheses`` and ``analysis.hypotheses`` of the configuration; a contrast is
        the hypothesis that adds and subtracts the same arms on random splits.
    own : str
        Name of the study's data set.

    Returns
    -------
    DataFrame
        Rows of `EFFECTS` whose protocol is the data set.
    """
    frames = []
    for name, asked in contrasts.items():
        sides = asked["add"], asked["subtract"]
        for other, setting in hypotheses.items():
            if (setting["add"], setting["subtract"]) == sides and PROTOCOL in setting["protocols"]:
                rows = choose(effects, hypothesis=other, protocol=PROTOCOL)
                frames.append(rows.assign(hypothesis=name, protocol=own, label=asked["label"]))
        rows = choose(elsewhere, hypothesis=name)
        frames.append(rows.assign(protocol=rows["dataset"]).drop(columns="dataset"))
    return pd.concat(frames, ignore_index=True)


def draw_elsewhere(
    effects: pd.DataFrame,
    initializers: Mapping[str, str],
    places: Mapping[str, str],
    *,
    margin: float,
) -> Figure:
    """Draw every contrast on every data set.

    Parameters
    ----------
    effects : DataFrame
        From `beside_the_study`.
    initializers : mapping
        Name to label, of those that the other data sets were trained with.
    places : mapping
        Data set to label.
    margin : float
        Half the width of the band of equivalence (points).

    Raises
    ------
    ValueError
        An effect is missing.
    """
    asked = list(dict.fromkeys(zip(effects["hypothesis"], effects["protocol"], strict=True)))
    lines = lay_out(effects, asked)
    figure, _ = forest_page(
        effects, lines, initializers, margin=margin, label_inches=1.0, places=places
    )
    return figure
