"""What stands beside the primary results: other outcomes, second opinions, sources of variance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.effects import paired
from lrstudy.measures import MEASURES, accuracy
from lrstudy.pairing import Cells, pairs, planned
from lrstudy.sensitivity import mixed_model, nadeau_bengio, wilcoxon_p
from lrstudy.stats import bootstrap_mean, cluster_means
from lrstudy.streams import generator
from lrstudy.variance import variance_components


def outcomes_table(runs: pd.DataFrame, analysis: Mapping[str, Any], family: str) -> pd.DataFrame:
    """Ask the hypotheses of one family about every other outcome (see `OUTCOMES`).

    Parameters
    ----------
    runs : DataFrame
        The runs table (`run_tables.RUNS`).
    analysis : mapping
        ``analysis`` of the configuration.
    family : str
        A family of hypotheses, ``primary``.
    """
    cells = Cells(runs, analysis)
    rows = []
    for question in planned(analysis, cells):
        if question.setting["family"] != family:
            continue
        for outcome, measure in MEASURES.items():
            found = pairs(cells, question, outcome)
            if outcome == "accuracy" or found is None:
                continue
            effect = paired(found, analysis)
            rows.append(
                {
                    **question.key,
                    "outcome": outcome,
                    "unit": measure.unit.replace("%", "points"),
                    "difference": effect.difference,
                    "low": effect.interval.low,
                    "high": effect.interval.high,
                    "p": effect.p,
                }
            )
    return pd.DataFrame(rows)


def sensitivity_table(
    runs: pd.DataFrame, analysis: Mapping[str, Any], *, n_train: int, n_validation: int
) -> pd.DataFrame:
    """Ask other methods about every hypothesis (see `result_tables.SENSITIVITY`).

    Wilcoxon's test for all; on random splits the corrected resampled test, and where each of them
    has several replicates the bootstrap of whole splits, the mixed model of the plan, and one with
    an effect of the replicate.

    Parameters
    ----------
    runs : DataFrame
        The runs table.
    analysis : mapping
        ``analysis`` of the configuration.
    n_train, n_validation : int
        Rows of the two sides of a random split.
    """
    cells = Cells(runs, analysis)
    level = analysis["confidence"]
    rows = []
    for question in planned(analysis, cells):
        found = pairs(cells, question)
        if found is None:
            continue
        means = cluster_means(found.differences, found.clusters)
        opinions: dict[str, dict[str, float]] = {"wilcoxon": {"p": wilcoxon_p(means)}}
        if question.protocol == "resample":
            corrected = nadeau_bengio(
                means, n_train=n_train, n_validation=n_validation, confidence=level
            )
            opinions["nadeau_bengio"] = asdict(corrected)
            if len(means) < len(found.differences):
                whole = bootstrap_mean(
                    found.differences,
                    found.clusters,
                    confidence=level,
                    resamples=analysis["resamples"],
                    rng=generator("resampling", analysis["seed"] + 1),
                    nested=False,
                )
                opinions["whole_splits"] = asdict(whole)
                for method, paired_seeds in (("mixed", False), ("mixed_paired", True)):
                    fitted = mixed_model(
                        found.treatment,
                        found.control,
                        found.clusters,
                        confidence=level,
                        paired=paired_seeds,
                    )
                    opinions[method] = asdict(fitted)
        rows += [
            {**question.key, "method": method, "statistic": statistic, "value": value}
            for method, statistics in opinions.items()
            for statistic, value in statistics.items()
        ]
    return pd.DataFrame(rows)


def components_table(
    runs: pd.DataFrame, parts: Mapping[str, Any], analysis: Mapping[str, Any]
) -> pd.DataFrame:
    """Divide the variance of every crossed cell among its sources (see `COMPONENTS`).

    Parameters
    ----------
    runs : DataFrame
        The runs table.
    parts : mapping
        ``parts`` of the configuration; those that cross their streams are used.
    analysis : mapping
        ``analysis`` of the configuration.
    """
    rows = []
    for part, setting in parts.items():
        for protocol, size in setting["protocols"].items():
            if "shuffles" in size:
                factors = {"initialisation": "initialisation", "shuffle": "shuffle"}
            elif size.get("crossed"):
                factors = {"split": "split", "seed": "initialisation"}
            else:
                continue
            cells = runs[(runs["part"] == part) & (runs["protocol"] == protocol)]
            index, columns = factors.values()
            for (initializer, arm), cell in cells.groupby(["initializer", "arm"], sort=False):
                grid = cell.assign(accuracy=accuracy).pivot(
                    index=index, columns=columns, values="accuracy"
                )
                found = variance_components(
                    grid.to_numpy(),
                    confidence=analysis["confidence"],
                    resamples=analysis["resamples"],
                    rng=generator("resampling", analysis["seed"] + 2),
                )
                sources = dict(
                    zip(
                        [*factors, "residual"],
                        (found.rows, found.columns, found.residual),
                        strict=True,
                    )
                )
                rows += [
                    {
                        "protocol": protocol,
                        "initializer": initializer,
                        "arm": arm,
                        "source": source,
                        "variance": component.variance,
                        "low": component.low,
                        "high": component.high,
                        "share": float(np.nan_to_num(component.share)),
                    }
                    for source, component in sources.items()
                ]
    return pd.DataFrame(rows)
