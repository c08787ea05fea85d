"""The table of effects: every hypothesis estimated, tested, and corrected in its family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.analysis.pairing import BOTH, Asked, Cells, Pairs, pairs, planned, tuned
from lrstudy.data.random_streams import generator
from lrstudy.statistics import stats
from lrstudy.statistics.equivalence import tost
from lrstudy.statistics.multiplicity import adjust


def effects_table(
    runs: pd.DataFrame, choices: pd.DataFrame | None, config: Mapping[str, Any]
) -> pd.DataFrame:
    """Estimate and test every hypothesis (see `results.EFFECTS`).

    ``choices`` is what tuning chose (`results.TUNED`), if the study tunes. Of the configuration it
    takes ``dataset``, ``analysis`` and, with choices, ``grid``.
    """
    analysis = config["analysis"]
    cells = Cells(runs, analysis, config["dataset"])
    questions = planned(analysis, cells)
    if choices is not None:
        questions += tuned(choices, analysis, config["grid"])
    return _corrected(_estimates(cells, questions), analysis)


def _estimates(cells: Cells, questions: Sequence[Asked]) -> pd.DataFrame:
    """Estimate and test the questions whose arms were trained; no p-value is corrected yet."""
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
            margin=analysis["equivalence_margin"],
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
                "ties_share": 100.0 * effect.ties / effect.n,
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
    """Estimate and test the mean of paired differences."""
    return stats.paired_effect(
        found.differences,
        np.zeros_like(found.differences),
        found.clusters,
        confidence=analysis["confidence"],
        resamples=analysis["resamples"],
        rng=generator("resampling", analysis["seed"] + 1),
    )


def _corrected(table: pd.DataFrame, analysis: Mapping[str, Any]) -> pd.DataFrame:
    """Adjust p within each family and initializer, over all data sets.

    A hypothesis that compares initializers belongs to each.
    """
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
    significant = adjusted < 1 - analysis["confidence"]
    direction = np.where(table["difference"] > 0, "higher", "lower")
    return table.assign(p_adjusted=adjusted, direction=np.where(significant, direction, "unclear"))
