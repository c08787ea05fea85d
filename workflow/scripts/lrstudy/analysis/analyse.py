"""From the runs table to a description of every arm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.analysis.estimates import NOWHERE, mean_intervals
from lrstudy.analysis.measures import (
    MEASURES,
    PLACE,
    accuracy,
    baselines,
    context_of,
    measures_of,
)
from lrstudy.statistics import stats
from lrstudy.tables.outcome import unpack_hex
from lrstudy.tables.results import CROSSINGS
from lrstudy.tables.runs import CELL


def clusters_of(runs: pd.DataFrame) -> np.ndarray:
    """Return the numbers of what was drawn independently in a cell: splits, else replicates."""
    fixed = runs["split"].eq(runs["split"].iloc[0]).all()
    return runs["replicate" if fixed else "split"].to_numpy()


def arms_table(runs: pd.DataFrame, analysis: Mapping[str, Any]) -> pd.DataFrame:
    """Describe every arm in every cell of the parts that are analysed (see `ARMS`)."""
    known, levels = measures_of(analysis), baselines(runs, analysis)
    runs = runs[runs["part"].isin(analysis["parts"])]
    rows, means, speeds = [], [], []
    for cell, group in runs.groupby(list(CELL), sort=False):
        group = group.sort_values(["split", "replicate"])
        named = dict(zip(CELL, cell, strict=True))
        context = context_of(levels, analysis, (*(named[key] for key in PLACE),))
        values, clusters = accuracy(group), clusters_of(group)
        found = {
            name: MEASURES[name].values(group, context)
            if name in known and not (MEASURES[name].of_level and np.isnan(context.level))
            else None
            for name in ("reach", "balanced", "log_loss", "last10", "best", "speed", "never")
        }
        speed = found["speed"]
        means.append(stats.cluster_means(values.to_numpy(), clusters))
        speeds.append(None if speed is None else stats.cluster_means(speed.to_numpy(), clusters))
        rows.append(
            {
                **named,
                "n": len(group),
                "n_diverged": int(group["diverged"].sum()),
                "mean": values.mean(),
                "sd": values.std(),
                "iqm": stats.interquartile_mean(values.to_numpy()),
                "minimum": values.min(),
                "median": values.median(),
                "maximum": values.max(),
                **{name: np.nan if x is None else x.mean() for name, x in found.items()},
            }
        )
    reached = [speed for speed in speeds if speed is not None]
    intervals = iter(mean_intervals([*means, *reached], analysis))
    table = pd.DataFrame(rows)
    for name, columns in (("", means), ("speed_", speeds)):
        ends = [NOWHERE if column is None else next(intervals) for column in columns]
        table[f"{name}low"] = [interval.low for interval in ends]
        table[f"{name}high"] = [interval.high for interval in ends]
    return table


def crossings_table(
    curves: pd.DataFrame, runs: pd.DataFrame, analysis: Mapping[str, Any]
) -> pd.DataFrame:
    """Find where each arm's mean curve crosses the baseline's final accuracy (see `CROSSINGS`).

    An arm that several of the analysed parts trained in one place has the curve of the first.
    """
    levels, parts = baselines(runs, analysis), list(analysis["parts"])
    rows = {}
    # An arm's first part comes last, and stands.
    for part in reversed(parts):
        own = curves[curves["part"] == part]
        for place, curve in own.groupby([*PLACE, "arm"], sort=False):
            level = context_of(levels, analysis, place[:3]).level
            if np.isnan(level):
                continue
            # A level is a mean of the same numbers: it is not missed by its last bits.
            there = curve[100.0 * curve["accuracy_mean"] >= level - stats.ROUNDING]
            named = dict(zip((*PLACE, "arm"), place, strict=True))
            rows[place] = {**named, "epoch": float(there["epoch"].min()), "level": level}
    table = pd.DataFrame(list(rows.values()), columns=list(CROSSINGS.columns))
    return table.astype({"epoch": float, "level": float})  # which none of no rows would be


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
