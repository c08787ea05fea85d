"""What stands beside the primary results: other outcomes, second opinions, sources of variance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.analysis.effects import paired
from lrstudy.analysis.measures import MEASURES, accuracy, measures_of
from lrstudy.analysis.pairing import Cells, pairs, planned
from lrstudy.data.random_streams import generator
from lrstudy.statistics.robustness import mixed_model, nadeau_bengio, wilcoxon_p
from lrstudy.statistics.stats import bootstrap_mean, cluster_means
from lrstudy.statistics.variance import variance_components
from lrstudy.tables.results import ROBUSTNESS

_FOUND = [name for name in ROBUSTNESS.columns if name not in ROBUSTNESS.key]


def outcomes_table(
    runs: pd.DataFrame, analysis: Mapping[str, Any], own: str, family: str
) -> pd.DataFrame:
    """Ask the hypotheses of one family about every other outcome (see `OUTCOMES`)."""
    cells = Cells(runs, analysis, own)
    rows = []
    for question in planned(analysis, cells):
        if question.setting["family"] != family:
            continue
        for outcome in measures_of(analysis):
            found = pairs(cells, question, outcome)
            if outcome == "accuracy" or found is None:
                continue
            effect = paired(found, analysis)
            rows.append(
                {
                    **question.key,
                    "outcome": outcome,
                    "unit": MEASURES[outcome].unit.replace("%", "points"),
                    "difference": effect.difference,
                    "low": effect.interval.low,
                    "high": effect.interval.high,
                    "p": effect.p,
                }
            )
    return pd.DataFrame(rows)


def robustness_table(
    runs: pd.DataFrame,
    analysis: Mapping[str, Any],
    own: str,
    *,
    n_train: int,
    n_validation: int,
) -> pd.DataFrame:
    """Ask other methods about every hypothesis on the study's own data (see `results.ROBUSTNESS`).

    Wilcoxon's test for all; on random splits the corrected resampled test, and where each of them
    has several replicates the bootstrap of whole splits, the mixed model of the plan, and one with
    an effect of the replicate.

    ``n_train`` and ``n_validation`` are the rows of the two sides of a random split; unused where
    the study draws none.
    """
    cells = Cells(runs[runs["dataset"] == own], analysis, own)
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
                    spreads = ("split", "split_arm", "pair", "residual")
                    opinions[method] = asdict(fitted) | {
                        name: float(np.sqrt(getattr(fitted, name))) for name in spreads
                    }
        rows += [
            {**question.key, "method": method, **dict.fromkeys(_FOUND, np.nan), **found_by}
            for method, found_by in opinions.items()
        ]
    return pd.DataFrame(rows)


def components_table(
    runs: pd.DataFrame, parts: Mapping[str, Any], analysis: Mapping[str, Any]
) -> pd.DataFrame:
    """Divide the variance of every crossed cell among its sources (see `COMPONENTS`).

    Only parts that cross their streams are used.
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
            places = ["dataset", "protocol", "initializer", "arm"]
            for place, cell in cells.groupby(places, sort=False):
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
                        **dict(zip(places, place, strict=True)),
                        "source": source,
                        "variance": component.variance,
                        "low": component.low,
                        "high": component.high,
                        "share": 100.0 * float(np.nan_to_num(component.share)),
                        "sd": float(np.sqrt(component.variance)),
                        "sd_low": float(np.sqrt(max(component.low, 0.0))),
                        "sd_high": float(np.sqrt(max(component.high, 0.0))),
                    }
                    for source, component in sources.items()
                ]
    return pd.DataFrame(rows)
