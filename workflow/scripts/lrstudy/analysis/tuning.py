"""The grid of schedules, rates and momenta: what it scored, and each schedule at its best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.analysis.measures import accuracy
from lrstudy.design.arms import grid_arms


def grid_table(runs: pd.DataFrame, config: Mapping[str, Any]) -> pd.DataFrame:
    """Average every point of the grid (see `results.GRID`)."""
    arms = grid_arms(config)
    chosen = runs[runs["part"] == config["analysis"]["tuning"]["part"]].assign(accuracy=accuracy)
    cells = chosen.groupby(["dataset", "protocol", "initializer", "arm"], sort=False)
    table = cells.agg(
        n=("accuracy", "size"),
        n_diverged=("diverged", "sum"),
        mean=("accuracy", "mean"),
        sd=("accuracy", "std"),
    ).reset_index()
    return table.assign(
        schedule=table["arm"].str.split(" ").str[0],
        initial_rate=table["arm"].map(lambda name: arms[name]["initial_rate"]),
        momentum=table["arm"].map(lambda name: arms[name]["momentum"]),
    ).drop(columns="arm")


def tuned_table(runs: pd.DataFrame, config: Mapping[str, Any]) -> pd.DataFrame:
    """Choose each schedule's best rate and momentum on its first replicates (see `TUNED`).

    The best has the highest mean accuracy; of equal ones the first in the grid's order. What it
    scores is read from the other replicates, so that a lucky choice does not count.
    """
    tuning, arms = config["analysis"]["tuning"], grid_arms(config)
    chosen = runs[(runs["part"] == tuning["part"]) & runs["protocol"].isin(tuning["protocols"])]
    chosen = chosen.assign(accuracy=accuracy, schedule=chosen["arm"].str.split(" ").str[0])
    rows = []
    places = ["dataset", "protocol", "initializer", "schedule"]
    for place, group in chosen.groupby(places, sort=False):
        table = group.pivot(index="replicate", columns="arm", values="accuracy").sort_index()
        table = table[[name for name in arms if name in table]]
        first = table.iloc[: tuning["selection_replicates"]].mean()
        best = str(first.index[int(np.argmax(first.round(9)))])
        rows.append(
            {
                **dict(zip(places, place, strict=True)),
                "initial_rate": arms[best]["initial_rate"],
                "momentum": arms[best]["momentum"],
                "chosen_mean": first[best],
                "mean": table[best].iloc[tuning["selection_replicates"] :].mean(),
            }
        )
    return pd.DataFrame(rows)
