"""The table of effects: every hypothesis estimated, tested, and corrected in its family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lrstudy import stats
from lrstudy.equivalence import tost
from lrstudy.multiplicity import adjust
from lrstudy.pairing import BOTH, Asked, Cells, Pairs, pairs, planned, tuned
from lrstudy.streams import generator


def effects_table(
    runs: pd.DataFrame, choices: pd.DataFrame, config: Mapping[str, Any]
) -> pd.DataFrame:
    """Estimate and test every hypothesis (see `result_tables.EFFECTS`).

    Parameters
    ----------
    runs : DataFrame
        The runs table.
    choices : DataFrame
        What tuning chose (`result_tables.TUNED`).
    config : mapping
        ``analysis`` and ``grid`` of the configuration.
    """
    analysis = config["analysis"]
    cells = Cells(runs, analysis)
    questions = planned(analysis, cells) + tuned(choices, analysis, config["grid"])
    return _corrected(estimates(cells, questions), analysis)


def estimates(cells: Cells, questions: Sequence[Asked]) -> pd.DataFrame:
    """Estimate and test the questions whose arms were trained; no p-value is corrected yet.

    Parameters
    ----------
    cells : Cells
        The runs.
    questions : sequence of Asked
        The hypotheses.
    """
    analysis = cells.analysis
    rows = []
    for question in questions:
        found = pairs(cells, question)
        if found is None:
            continue
        effect = paired(found, analysis)
        same = tost(
            found.differences,
            found.clusters,
            margin=analysis["margin"],
            confidence=analysis["confidence"],
        )
        rows.append(
            {
                **question.key,
                "family": question.setting["family"],
                "label": question.setting["label"],
                "n": effect.n,
                "clusters": len(np.unique(found.clusters)),
                "ties": effect.ties,
                "difference": effect.difference,
                "low": effect.interval.low,
                "high": effect.interval.high,
                "p": effect.p,
                "superiority": effect.superiority,
                "tost_p": same.p,
                "tost_low": same.low,
                "tost_high": same.high,
                "equivalent": same.equivalent,
            }
        )
    return pd.DataFrame(rows)


def paired(found: Pairs, analysis: Mapping[str, Any]) -> stats.PairedEffect:
    """Estimate and test the mean of paired differences.

    Parameters
    ----------
    found : Pairs
        Of `pairs`.
    analysis : mapping
        ``analysis`` of the configuration.
    """
    return stats.paired_effect(
        found.differences,
        np.zeros_like(found.differences),
        found.clusters,
        confidence=analysis["confidence"],
        resamples=analysis["resamples"],
        rng=generator("resampling", analysis["seed"] + 1),
    )


def _corrected(table: pd.DataFrame, analysis: Mapping[str, Any]) -> pd.DataFrame:
    """Adjust p within each family and initializer; one that compares both belongs to each."""
    adjusted = pd.Series(np.nan, table.index)
    for family, method in analysis["families"].items():
        members = table[table["family"] == family]
        names = [i for i in members["initializer"].unique() if i != BOTH] or [BOTH]
        # The primary initializer last: where both share a row, its correction stands.
        for initializer in sorted(names, key=lambda name: name == analysis["initializer"]):
            rows = members[members["initializer"].isin([initializer, BOTH])]
            if method == "none":
                adjusted[rows.index] = rows["p"]
            else:
                adjusted[rows.index] = adjust(rows["p"].tolist(), method)
    return with_direction(table, adjusted, analysis["confidence"])


def with_direction(table: pd.DataFrame, adjusted: pd.Series, confidence: float) -> pd.DataFrame:
    """Add the corrected p-values, and the direction of each effect that they find.

    Parameters
    ----------
    table : DataFrame
        Has a column ``difference``.
    adjusted : Series
        Corrected p-values, row for row.
    confidence : float
        An effect is significant where p is below 1 - confidence.
    """
    significant = adjusted < 1 - confidence
    direction = np.where(table["difference"] > 0, "higher", "lower")
    return table.assign(p_adjusted=adjusted, direction=np.where(significant, direction, "unclear"))
