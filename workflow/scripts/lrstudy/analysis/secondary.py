"""What stands beside the primary results: other outcomes, second opinions, sources of variance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.analysis.estimates import estimate
from lrstudy.analysis.measures import MEASURES, accuracy, measures_of
from lrstudy.analysis.pairing import Asked, Cells, Pairs, pairs, planned
from lrstudy.data.random_streams import generator
from lrstudy.statistics.robustness import mixed_model, nadeau_bengio, wilcoxon_p
from lrstudy.statistics.variance import variance_components
from lrstudy.tables.results import ROBUSTNESS

_FOUND = [name for name in ROBUSTNESS.columns if name not in ROBUSTNESS.key]


def outcomes_table(runs: pd.DataFrame, analysis: Mapping[str, Any], own: str) -> pd.DataFrame:
    """Ask the hypotheses of ``analysis.outcomes`` about every other outcome (see `OUTCOMES`)."""
    cells = Cells(runs, analysis, own)
    asked: list[tuple[Asked, str, Pairs]] = []
    for question in planned(analysis, cells):
        if question.hypothesis not in analysis["outcomes"]:
            continue
        for outcome in measures_of(analysis):
            found = pairs(cells, question, outcome) if outcome != "accuracy" else None
            if found is not None:
                asked.append((question, outcome, found))
    effects = estimate([found for *_, found in asked], analysis)
    rows = [
        {
            **question.key,
            "outcome": outcome,
            "unit": MEASURES[outcome].unit.replace("%", "points"),
            "difference": effect.difference,
            "low": effect.interval.low,
            "high": effect.interval.high,
            "p": effect.p,
            "resolved": effect.resolved,
        }
        for (question, outcome, _), effect in zip(asked, effects, strict=True)
    ]
    return pd.DataFrame(rows)


def robustness_table(
    runs: pd.DataFrame,
    references: pd.DataFrame | None,
    config: Mapping[str, Any],
    *,
    n_train: int,
    n_validation: int,
) -> pd.DataFrame:
    """Ask other methods about every hypothesis on the study's own data (see `results.ROBUSTNESS`).

    Wilcoxon's test for all, and on random splits the corrected resampled test. Where a part
    crosses splits with seeds, the hypotheses of ``analysis.outcomes`` whose arms it trained are
    asked of the mixed model, and of one with an effect of the replicate: one seed a split cannot
    tell split from seed.

    ``n_train`` and ``n_validation`` are the rows of the two sides of a random split; unused where
    the study draws none. Of the configuration it takes ``dataset``, ``analysis`` and ``parts``.
    """
    analysis, own = config["analysis"], config["dataset"]
    crossed = [
        name
        for name, part in config["parts"].items()
        if part["protocols"].get("resample", {}).get("crossed")
    ]
    cells = Cells(runs[runs["dataset"] == own], analysis, own, references, further=crossed)
    level = analysis["confidence"]
    rows = []
    for question in planned(analysis, cells):
        found = pairs(cells, question)
        if found is None:
            continue
        opinions: dict[str, dict[str, float]] = {"wilcoxon": {"p": wilcoxon_p(found.means)}}
        if question.protocol == "resample":
            corrected = nadeau_bengio(
                found.means, n_train=n_train, n_validation=n_validation, confidence=level
            )
            opinions["nadeau_bengio"] = asdict(corrected)
            if question.hypothesis in analysis.get("outcomes", ()):
                opinions |= _mixed(cells, question, crossed)
        rows += [
            {**question.key, "method": method, **dict.fromkeys(_FOUND, np.nan), **found_by}
            for method, found_by in opinions.items()
        ]
    return pd.DataFrame(rows)


def _mixed(cells: Cells, question: Asked, crossed: Sequence[str]) -> dict[str, dict[str, float]]:
    """Fit the mixed models to the first part that crossed the arms of a question."""
    for part in crossed:
        found = pairs(cells, replace(question, setting={**question.setting, "part": part}))
        if found is None:
            continue
        opinions = {}
        for method, paired_seeds in (("mixed", False), ("mixed_paired", True)):
            fitted = mixed_model(
                found.treatment,
                found.control,
                found.clusters,
                confidence=cells.analysis["confidence"],
                paired=paired_seeds,
            )
            spreads = ("split", "split_arm", "pair", "residual")
            opinions[method] = asdict(fitted) | {
                name: float(np.sqrt(getattr(fitted, name))) for name in spreads
            }
        return opinions
    return {}


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
