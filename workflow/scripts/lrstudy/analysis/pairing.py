"""The hypotheses of the configuration: what each compares, replicate by replicate."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrstudy.analysis.measures import MEASURES
from lrstudy.design.arms import grid_name, matching_arms
from lrstudy.statistics import stats

BOTH = "both"
"""In place of an initializer, for a hypothesis that compares initializers."""


@dataclass(frozen=True)
class Asked:
    """One hypothesis on one data set and protocol with one initializer.

    Its names are keys of the tables; ``setting`` is as in the configuration. The first ``skipped``
    replicates are left out, as they served to choose the arms.
    """

    hypothesis: str
    dataset: str
    protocol: str
    initializer: str
    setting: Mapping[str, Any]
    skipped: int = 0

    @property
    def key(self) -> dict[str, str]:
        """The columns that name it in a table."""
        return {
            "hypothesis": self.hypothesis,
            "dataset": self.dataset,
            "protocol": self.protocol,
            "initializer": self.initializer,
        }


@dataclass(frozen=True)
class Pairs:
    """Both sides of a hypothesis, ordered by cluster and replicate.

    Attributes
    ----------
    treatment, control : ndarray, shape (n,)
        Sum of the added arms and of the subtracted ones, in the outcome's unit.
    clusters : ndarray of int, shape (n,)
        What was drawn independently: splits, or replicates where the split is fixed.
    """

    treatment: NDArray[np.float64]
    control: NDArray[np.float64]
    clusters: NDArray[np.int64]

    @property
    def differences(self) -> NDArray[np.float64]:
        """Treatment less control; sums of equal numbers in another order tie.

        Nothing else is rounded: equal sums of differences must stay as near as they are, or the
        permutation test takes those that tie with what was observed for smaller or larger.
        """
        raw = self.treatment - self.control
        return np.where(np.abs(raw) <= stats.ROUNDING, 0.0, raw)


class Cells:
    """The analysed runs, looked up by part, data set, protocol, initializer and arm.

    ``own`` is the study's own data set, on which a hypothesis that names no part is asked.
    """

    def __init__(self, runs: pd.DataFrame, analysis: Mapping[str, Any], own: str) -> None:
        self.analysis, self.own = analysis, own
        asked = [*analysis["hypotheses"].values(), analysis.get("tuning", {})]
        wanted = {*analysis["parts"], *(h["part"] for h in asked if "part" in h)}
        runs = runs[runs["part"].isin(wanted)]
        keys = ["part", "dataset", "protocol", "initializer", "arm"]
        repeated = runs[runs.duplicated([*keys, "replicate"])]
        if len(repeated):
            raise ValueError(f"a run is given twice: {repeated.iloc[0][keys].to_dict()}")
        self._cells = {
            key: rows.set_index("replicate").sort_index()
            for key, rows in runs.groupby(keys, sort=False)
        }
        self.initializers = list(runs["initializer"].unique())

    def datasets(self, part: str) -> list[str]:
        """Return the data sets on which a part trained."""
        return list(dict.fromkeys(dataset for name, dataset, *_ in self._cells if name == part))

    def find(
        self, parts: Sequence[str], dataset: str, protocol: str, initializer: str, arm: str
    ) -> list[pd.DataFrame]:
        """Return the runs of each arm that a term names, of the first part that trained any.

        ``arm`` is a name or a pattern (see `arms.matching_arms`); parts are asked in their order.
        Each frame is indexed by replicate, ascending; the list is empty where no part trained such
        an arm.
        """
        for part in parts:
            cell = (part, dataset, protocol, initializer)
            trained = [name for *found, name in self._cells if tuple(found) == cell]
            names = matching_arms(arm, sorted(trained))
            if names:
                return [self._cells[*cell, name] for name in names]
        return []


def planned(analysis: Mapping[str, Any], cells: Cells) -> list[Asked]:
    """List every hypothesis on its data sets and protocols, with each initializer trained."""
    found = []
    for name, setting in analysis["hypotheses"].items():
        terms = [*setting["add"], *setting["subtract"]]
        fixed = all("initializer" in term for term in terms)
        datasets = cells.datasets(setting["part"]) if "part" in setting else [cells.own]
        initializers = [BOTH] if fixed else cells.initializers
        found += [
            Asked(name, *place, setting)
            for place in itertools.product(datasets, setting["protocols"], initializers)
        ]
    return found


def tuned(
    choices: pd.DataFrame, analysis: Mapping[str, Any], grid: Mapping[str, Any]
) -> list[Asked]:
    """List, for each schedule of the grid, the comparison of its best with the reference's.

    ``choices`` is what tuning chose (`results.TUNED`).
    """
    tuning, found = analysis["tuning"], []
    places = ["dataset", "protocol", "initializer"]
    for (dataset, protocol, initializer), rows in choices.groupby(places, sort=False):
        best = {
            row.schedule: grid_name(row.schedule, row.initial_rate, row.momentum)
            for row in rows.itertuples()
        }
        for schedule, arm in best.items():
            if schedule != tuning["reference"]:
                setting = {
                    "label": f"{grid['schedules'][schedule]['label']}, tuned",
                    "family": tuning["family"],
                    "part": tuning["part"],
                    "add": [{"arm": arm}],
                    "subtract": [{"arm": best[tuning["reference"]]}],
                }
                name = f"{tuning['hypothesis']}.{schedule}"
                skipped = tuning["selection_replicates"]
                found.append(Asked(name, dataset, protocol, initializer, setting, skipped))
    return found


def pairs(cells: Cells, question: Asked, outcome: str = "accuracy") -> Pairs | None:
    """Pair the replicates of a hypothesis; None where one of its arms was not trained.

    ``outcome`` is a name of `measures.MEASURES`.

    Raises
    ------
    ValueError
        Arms were not run on the same replicates, or not on the same splits.
    """
    setting = question.setting
    parts = [setting["part"]] if "part" in setting else cells.analysis["parts"]
    sides: dict[str, list[pd.Series]] = {"add": [], "subtract": []}
    splits: list[pd.Series] = []
    # tail-resample: the effect on the second protocol is taken off, so its sides change places.
    for i, protocol in enumerate(question.protocol.split("-")):
        first = len(splits)
        for side, terms in (("add", setting["add"]), ("subtract", setting["subtract"])):
            for term in terms:
                initializer = term.get("initializer", question.initializer)
                found = cells.find(parts, question.dataset, protocol, initializer, term["arm"])
                if not found:
                    return None
                measure = MEASURES[term.get("outcome", outcome)].values
                values = [measure(runs, cells.analysis.get("tutorial")) for runs in found]
                target = side if i == 0 else {"add": "subtract", "subtract": "add"}[side]
                sides[target].append(pd.concat(values, axis=1).mean(axis=1))
                splits += [runs["split"] for runs in found]
        for own in splits[first:]:
            if not own.index.equals(splits[0].index) or not own.equals(splits[first]):
                raise ValueError(
                    f"hypothesis {question.hypothesis} on {question.dataset}, "
                    f"{question.protocol}: its arms have "
                    f"{len(splits[0])} and {len(own)} replicates, of which "
                    f"{len(own.index.intersection(splits[0].index))} are shared, expected the "
                    "same replicates on the same splits"
                )
    index = splits[0].index
    # Where one of two protocols draws splits, replicates that share one are not independent.
    drawn = [own for own in splits if own.nunique() > 1]
    clusters = (drawn[0] if drawn else pd.Series(index, index)).to_numpy()[question.skipped :]
    index = index[question.skipped :]
    order = np.lexsort((index.to_numpy(), clusters))
    treatment, control = (
        np.sum([values.to_numpy()[question.skipped :] for values in sides[side]], axis=0)[order]
        for side in ("add", "subtract")
    )
    return Pairs(treatment, control, clusters[order].astype(np.int64))
