"""From the runs table to the tables of results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lrstudy import stats
from lrstudy.streams import generator
from lrstudy.tables import CELL


def accuracy(runs: pd.DataFrame) -> pd.Series:
    """Return final-epoch accuracy of each network in per cent."""
    return 100.0 * runs["n_correct"] / runs["n_validation"]


_ORDER = ["split", "replicate"]


def _clusters(runs: pd.DataFrame) -> np.ndarray:
    """Return the numbers of what was drawn independently: splits, else replicates."""
    fixed = runs["split"].eq(runs["split"].iloc[0]).all()
    return runs["replicate" if fixed else "split"].to_numpy()


def arms_table(runs: pd.DataFrame, analysis: Mapping[str, Any]) -> pd.DataFrame:
    """Describe the final accuracy of every arm in every cell (see `tables.ARMS`)."""
    best = 100.0 * analysis["tutorial"]["schedule_correct"] / analysis["tutorial"]["n_validation"]
    rows = []
    for cell, group in runs.groupby(list(CELL), sort=False):
        group = group.sort_values(_ORDER)
        values = accuracy(group)
        interval = stats.bootstrap_mean(
            values.to_numpy(),
            _clusters(group),
            confidence=analysis["confidence"],
            resamples=analysis["resamples"],
            # A stream of its own: a cell's interval does not depend on which cells come before.
            rng=generator("resampling", analysis["seed"]),
        )
        rows.append(
            {
                **dict(zip(CELL, cell, strict=True)),
                "n": len(group),
                "n_diverged": int(group["diverged"].sum()),
                "mean": values.mean(),
                "low": interval.low,
                "high": interval.high,
                "sd": values.std(),
                "minimum": values.min(),
                "median": values.median(),
                "maximum": values.max(),
                "reach": 100.0 * (values >= best).mean(),
            }
        )
    return pd.DataFrame(rows)


def contrasts_table(runs: pd.DataFrame, analysis: Mapping[str, Any]) -> pd.DataFrame:
    """Estimate every configured contrast in every cell (see `tables.CONTRASTS`).

    Arms are joined on replicate and split. Holm's family is all contrasts of one protocol,
    initializer and trainer.

    Raises
    ------
    ValueError
        The two arms of a contrast were not run on the same replicates.
    """
    keys = ["replicate", "split"]
    rows = []
    for cell, group in runs.groupby(["protocol", "initializer", "trainer"], sort=False):
        protocol = cell[0]
        family = []
        for name, contrast in analysis["contrasts"].items():
            if protocol not in contrast["protocols"]:
                continue
            sides = [
                group[group["arm"] == contrast[side]].assign(accuracy=accuracy)[[*keys, "accuracy"]]
                for side in ("treatment", "control")
            ]
            pairs = sides[0].merge(sides[1], on=keys, suffixes=("_a", "_b"), validate="1:1")
            if not len(pairs) == len(sides[0]) == len(sides[1]):
                raise ValueError(
                    f"contrast {name} in {cell}: {len(sides[0])} and {len(sides[1])} replicates, "
                    f"{len(pairs)} of them shared; expected the same ones"
                )
            if pairs.empty:
                continue
            pairs = pairs.sort_values(_ORDER)
            effect = stats.paired_effect(
                pairs["accuracy_a"].to_numpy(),
                pairs["accuracy_b"].to_numpy(),
                _clusters(pairs),
                confidence=analysis["confidence"],
                resamples=analysis["resamples"],
                rng=generator("resampling", analysis["seed"] + 1),
            )
            family.append(
                {
                    "contrast": name,
                    **dict(zip(["protocol", "initializer", "trainer"], cell, strict=True)),
                    "treatment": contrast["treatment"],
                    "control": contrast["control"],
                    "n": effect.n,
                    "ties": effect.ties,
                    "difference": effect.difference,
                    "low": effect.interval.low,
                    "high": effect.interval.high,
                    "p": effect.p,
                    "superiority": effect.superiority,
                }
            )
        adjusted = stats.holm([row["p"] for row in family]) if family else []
        rows += [{**row, "p_holm": p} for row, p in zip(family, adjusted, strict=True)]
    return pd.DataFrame(rows)
