"""The table of effects: every hypothesis estimated, tested, and corrected in its family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.analysis.estimates import estimate
from lrstudy.analysis.pairing import BOTH, Asked, Cells, Pairs, pairs, planned
from lrstudy.analysis.tuning import tuning_pairs
from lrstudy.statistics.equivalence import tost
from lrstudy.statistics.multiplicity import adjust


def effects_table(
    runs: pd.DataFrame,
    references: pd.DataFrame | None,
    choices: pd.DataFrame | None,
    config: Mapping[str, Any],
) -> pd.DataFrame:
    """Estimate and test every hypothesis (see `results.EFFECTS`).

    ``references`` are the classifiers that hypotheses may name (`results.REFERENCES`), and
    ``choices`` what tuning chose (`tuning.choices_table`), if the study has them. Of the
    configuration it takes ``dataset``, ``analysis`` and, with choices, ``grid``.
    """
    analysis = config["analysis"]
    cells = Cells(runs, analysis, config["dataset"], references)
    asked = [(question, pairs(cells, question)) for question in planned(analysis, cells)]
    trained = [(question, found) for question, found in asked if found is not None]
    if choices is not None:
        trained += tuning_pairs(choices, config)
    return _corrected(_estimates(cells, trained), analysis)


def _estimates(cells: Cells, asked: Sequence[tuple[Asked, Pairs]]) -> pd.DataFrame:
    """Estimate and test every question; no p-value is corrected yet."""
    analysis = cells.analysis
    errors = [cells.baseline_error(question, found) for question, found in asked]
    effects = estimate([found for _, found in asked], analysis, errors)
    rows = []
    for (question, found), effect in zip(asked, effects, strict=True):
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
                "clusters": effect.clusters,
                "ties": effect.ties,
                "ties_share": 100.0 * effect.ties / effect.n,
                "difference": effect.difference,
                "low": effect.interval.low,
                "high": effect.interval.high,
                "share": effect.share,
                "share_low": effect.share_interval.low,
                "share_high": effect.share_interval.high,
                "p": effect.p,
                "resolved": effect.resolved,
                "superiority": effect.superiority,
                "tost_p": same.p,
                "tost_low": same.low,
                "tost_high": same.high,
                "margin": same.smallest_margin,
                "equivalent": same.equivalent,
            }
        )
    return pd.DataFrame(rows)


def _corrected(table: pd.DataFrame, analysis: Mapping[str, Any]) -> pd.DataFrame:
    """Adjust p within each family, over all data sets, and over initializers or for each.

    A hypothesis that compares initializers belongs to each.
    """
    adjusted = pd.Series(np.nan, table.index)
    for family, correction in analysis["families"].items():
        members = table[table["family"] == family]
        names = [i for i in members["initializer"].unique() if i != BOTH] or [BOTH]
        # The primary initializer last: where both share a row, its correction stands.
        groups = [
            members[members["initializer"].isin([name, BOTH])]
            for name in sorted(names, key=lambda name: name == analysis["initializer"])
        ]
        for rows in [members] if correction["initializers"] == "together" else groups:
            if correction["method"] == "none":
                adjusted[rows.index] = rows["p"]
            else:
                adjusted[rows.index] = adjust(rows["p"].tolist(), correction["method"])
    significant = adjusted < 1 - analysis["confidence"]
    direction = np.where(table["difference"] > 0, "higher", "lower")
    return table.assign(p_adjusted=adjusted, direction=np.where(significant, direction, "unclear"))
