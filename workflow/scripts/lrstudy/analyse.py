"""From the runs table to a description of every arm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lrstudy import stats
from lrstudy.measures import MEASURES, accuracy
from lrstudy.outcome import unpack_hex
from lrstudy.run_tables import CELL
from lrstudy.streams import generator

_ORDER = ["split", "replicate"]


def clusters_of(runs: pd.DataFrame) -> np.ndarray:
    """Return the numbers of what was drawn independently: splits, else replicates.

    Parameters
    ----------
    runs : DataFrame
        Rows of the runs table, of one cell.
    """
    fixed = runs["split"].eq(runs["split"].iloc[0]).all()
    return runs["replicate" if fixed else "split"].to_numpy()


def arms_table(runs: pd.DataFrame, analysis: Mapping[str, Any]) -> pd.DataFrame:
    """Describe every arm in every cell of the parts that are analysed (see `ARMS`).

    Parameters
    ----------
    runs : DataFrame
        The runs table (`run_tables.RUNS`).
    analysis : mapping
        ``analysis`` of the configuration.
    """
    rows = []
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
            name: MEASURES[name].values(group, analysis["tutorial"]).mean()
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

    Parameters
    ----------
    runs : DataFrame
        The runs table.
    labels : ndarray, shape (n_rows,)
        1 for the positive class, of all rows of the data.
    analysis : mapping
        ``analysis`` of the configuration.
    """
    tail = runs[(runs["protocol"] == "tail") & runs["part"].isin(analysis["parts"])]
    frames = []
    for (initializer, arm), group in tail.groupby(["initializer", "arm"], sort=False):
        n_validation = int(group["n_validation"].iloc[0])
        missed = unpack_hex(group["missed"], n_validation)
        rows = np.arange(len(labels) - n_validation, len(labels))
        frames.append(
            pd.DataFrame(
                {
                    "initializer": initializer,
                    "arm": arm,
                    "row": rows,
                    "positive": labels[rows] == 1,
                    "n": len(group),
                    "missed": missed.mean(axis=0),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
