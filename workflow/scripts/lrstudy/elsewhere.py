"""The second question: whether the primary contrasts hold on other data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lrstudy import stats
from lrstudy.data import Dataset
from lrstudy.effects import estimates, with_direction
from lrstudy.measures import accuracy
from lrstudy.multiplicity import adjust
from lrstudy.pairing import Cells, planned
from lrstudy.streams import generator

PROTOCOL = "resample"
FAMILY = "elsewhere"


def elsewhere_arms(
    runs: pd.DataFrame, datasets: Mapping[str, Dataset], analysis: Mapping[str, Any]
) -> pd.DataFrame:
    """Describe every arm on every data set (see `result_tables.ELSEWHERE_ARMS`).

    Parameters
    ----------
    runs : DataFrame
        See `run_tables.ELSEWHERE`.
    datasets : mapping
        Name to data.
    analysis : mapping
        ``analysis`` of the configuration.
    """
    rows = []
    keys = ["dataset", "initializer", "arm"]
    for cell, group in runs.groupby(keys, sort=False):
        group = group.sort_values(["split", "replicate"])
        values = accuracy(group)
        interval = stats.bootstrap_mean(
            values.to_numpy(),
            group["split"].to_numpy(),
            confidence=analysis["confidence"],
            resamples=analysis["resamples"],
            rng=generator("resampling", analysis["seed"]),
        )
        data = datasets[cell[0]]
        positive = float(data.labels.mean())
        rows.append(
            {
                **dict(zip(keys, cell, strict=True)),
                "n_rows": len(data.labels),
                "n_features": data.features.shape[1],
                "majority": 100.0 * max(positive, 1.0 - positive),
                "n": len(group),
                "n_diverged": int(group["diverged"].sum()),
                "mean": values.mean(),
                "low": interval.low,
                "high": interval.high,
                "sd": values.std(),
            }
        )
    return pd.DataFrame(rows)


def elsewhere_effects(
    runs: pd.DataFrame, elsewhere: Mapping[str, Any], analysis: Mapping[str, Any]
) -> pd.DataFrame:
    """Test every contrast on every data set (see `result_tables.ELSEWHERE_EFFECTS`).

    The p-values of all contrasts on all data sets, for one initializer, are corrected together.

    Parameters
    ----------
    runs : DataFrame
        See `run_tables.ELSEWHERE`.
    elsewhere, analysis : mapping
        Of the configuration.
    """
    questions = {
        name: {**asked, "family": FAMILY, "protocols": [PROTOCOL]}
        for name, asked in elsewhere["hypotheses"].items()
    }
    asked = {**analysis, "parts": [FAMILY], "hypotheses": questions}
    tables = []
    for name, rows in runs.groupby("dataset", sort=False):
        cells = Cells(rows.assign(part=FAMILY, protocol=PROTOCOL), asked)
        tables.append(estimates(cells, planned(asked, cells)).assign(dataset=name))
    table = pd.concat(tables, ignore_index=True)
    adjusted = pd.Series(np.nan, table.index)
    for _, rows in table.groupby("initializer"):
        adjusted[rows.index] = adjust(rows["p"].tolist(), elsewhere["correction"])
    return with_direction(table, adjusted, analysis["confidence"])
