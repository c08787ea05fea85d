"""From the runs table to a description of every arm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.analysis.measures import MEASURES, accuracy, measures_of
from lrstudy.data.random_streams import generator
from lrstudy.statistics import stats
from lrstudy.tables.outcome import unpack_hex
from lrstudy.tables.runs import CELL

_ORDER = ["split", "replicate"]


def clusters_of(runs: pd.DataFrame) -> np.ndarray:
    """Return the numbers of what was drawn independently in a cell: splits, else replicates."""
    fixed = runs["split"].eq(runs["split"].iloc[0]).all()
    return runs["replicate" if fixed else "split"].to_numpy()


def arms_table(runs: pd.DataFrame, analysis: Mapping[str, Any]) -> pd.DataFrame:
    """Describe every arm in every cell of the parts that are analysed (see `ARMS`)."""
    rows, known = [], measures_of(analysis)
    runs = runs[runs["part"].isin(analysis["parts"])]
    for cell, group in runs.groupby(list(CELL), sort=False):
        group = group.sort_values(_ORDER)
        values = accuracy(group)
        interval = stats.bootstrap_mean(
            values.to_numpy(),
            clusters_of(group),
            confidence=analysis["confidence"],
            resamples=analysis["resamples"],
            # A stream of its own: a cell's interval does not depend on which cells come before.
            rng=generator("resampling", analysis["seed"]),
        )
        means = {
            name: MEASURES[name].values(group, analysis.get("tutorial")).mean()
            if name in known
            else np.nan
            for name in ("reach", "balanced", "log_loss", "last10", "best")
        }
        rows.append(
            {
                **dict(zip(CELL, cell, strict=True)),
                "n": len(group),
                "n_diverged": int(group["diverged"].sum()),
                "mean": values.mean(),
                "low": interval.low,
                "high": interval.high,
                "sd": values.std(),
                "iqm": stats.interquartile_mean(values.to_numpy()),
                "minimum": values.min(),
                "median": values.median(),
                "maximum": values.max(),
                **means,
            }
        )
    return pd.DataFrame(rows)


def returns_table(
    runs: pd.DataFrame, labels: np.ndarray, analysis: Mapping[str, Any]
) -> pd.DataFrame:
    """Count how often each validation row of the tail is missed, by arm (see `RETURNS`).

    The runs are of one data set; ``labels`` has all its rows, 1 for the positive class.
    """
    tail = runs[(runs["protocol"] == "tail") & runs["part"].isin(analysis["parts"])]
    frames = []
    places = ["dataset", "initializer", "arm"]
    for place, group in tail.groupby(places, sort=False):
        n_validation = int(group["n_validation"].iloc[0])
        missed = unpack_hex(group["missed"], n_validation)
        rows = np.arange(len(labels) - n_validation, len(labels))
        frames.append(
            pd.DataFrame(
                {
                    **dict(zip(places, place, strict=True)),
                    "row": rows,
                    "positive": labels[rows] == 1,
                    "n": len(group),
                    "missed": missed.mean(axis=0),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
