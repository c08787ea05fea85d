"""The hypotheses of the configuration: what each compares, replicate by replicate."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrstudy.analysis.measures import (
    MEASURES,
    PLACE,
    Context,
    Measure,
    accuracy,
    baselines,
    context_of,
)
from lrstudy.design.arms import hypotheses_of, matching_arms
from lrstudy.statistics import stats

BOTH = "both"
"""In place of an initializer, for a hypothesis that compares initializers."""


@dataclass(frozen=True)
class Asked:
    """One hypothesis on one data set and protocol with one initializer.

    Its names are keys of the tables; ``setting`` is as in the configuration.
    """

    hypothesis: str
    dataset: str
    protocol: str
    initializer: str
    setting: Mapping[str, Any]

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
    replicates : ndarray of int, shape (n,)
        Their numbers.
    """

    treatment: NDArray[np.float64]
    control: NDArray[np.float64]
    clusters: NDArray[np.int64]
    replicates: NDArray[np.int64]

    @property
    def differences(self) -> NDArray[np.float64]:
        """Treatment less control; sums of equal numbers in another order tie.

        Nothing else is rounded: equal sums of differences must stay as near as they are, or the
        permutation test takes those that tie with what was observed for smaller or larger.
        """
        raw = self.treatment - self.control
        return np.where(np.abs(raw) <= stats.ROUNDING, 0.0, raw)

    @property
    def means(self) -> NDArray[np.float64]:
        """The mean difference of each cluster."""
        return stats.cluster_means(self.differences, self.clusters)


@dataclass(frozen=True)
class Arm:
    """The runs of one arm in one cell, indexed by replicate, ascending; each outcome once."""

    runs: pd.DataFrame
    _computed: dict[Measure, pd.Series] = field(default_factory=dict)

    def values(self, measure: Measure, context: Context) -> pd.Series:
        """Return an outcome of each run, held against the context of the cell's place."""
        if measure not in self._computed:
            self._computed[measure] = measure.values(self.runs, context)
        return self._computed[measure]


def _at(values: pd.Series, replicates: pd.Index) -> pd.Series:
    """Return the values of these replicates: all of them or some, both ascending."""
    return values if len(values) == len(replicates) else values.loc[replicates]


class Cells:
    """The analysed runs, looked up by part, data set, protocol, initializer and arm.

    ``own`` is the study's own data set, on which a hypothesis that names no part is asked.
    ``references`` (`results.REFERENCES`) holds classifiers that hypotheses may name as arms;
    ``further`` names parts beside those that the analysis names.
    """

    def __init__(
        self,
        runs: pd.DataFrame,
        analysis: Mapping[str, Any],
        own: str,
        references: pd.DataFrame | None = None,
        further: Sequence[str] = (),
    ) -> None:
        self.analysis, self.own = analysis, own
        self._baselines = baselines(runs, analysis)
        named = [asked["part"] for asked in analysis["hypotheses"].values() if "part" in asked]
        runs = runs[runs["part"].isin({*analysis["parts"], *named, *further})]
        keys = ["part", *PLACE, "arm"]
        repeated = runs[runs.duplicated([*keys, "replicate"])]
        if len(repeated):
            raise ValueError(f"a run is given twice: {repeated.iloc[0][keys].to_dict()}")
        self._cells: dict[tuple[str, ...], dict[str, Arm]] = {}
        for (*cell, arm), rows in runs.set_index("replicate").groupby(keys, sort=False):
            arms = self._cells.setdefault(tuple(cell), {})
            arms[arm] = Arm(rows.sort_index())
        self.initializers = list(runs["initializer"].unique())
        self._contexts: dict[tuple[str, str, str], Context] = {}
        self._classifiers: dict[tuple[str, ...], pd.Series] = {}
        if references is not None:
            places = ["dataset", "protocol", "classifier"]
            for place, rows in references.groupby(places, sort=False):
                self._classifiers[place] = accuracy(rows.set_index("split"))

    def datasets(self, part: str) -> list[str]:
        """Return the data sets on which a part trained."""
        return list(dict.fromkeys(dataset for name, dataset, *_ in self._cells if name == part))

    def find(
        self, parts: Sequence[str], dataset: str, protocol: str, initializer: str, arm: str
    ) -> list[Arm]:
        """Return each arm that a term names, of the first part that trained any.

        ``arm`` is a name or a pattern (see `arms.matching_arms`); parts are asked in their order.
        The list is empty where no part trained such an arm.
        """
        for part in parts:
            trained = self._cells.get((part, dataset, protocol, initializer), {})
            names = matching_arms(arm, sorted(trained))
            if names:
                return [trained[name] for name in names]
        return []

    def classifier(self, dataset: str, protocol: str, name: str) -> pd.Series | None:
        """Return the accuracy of a reference classifier on each split, in per cent."""
        return self._classifiers.get((dataset, protocol, name))

    def context(self, dataset: str, protocol: str, initializer: str) -> Context:
        """Return what outcomes are held against in one place."""
        place = (dataset, protocol, initializer)
        if place not in self._contexts:
            self._contexts[place] = context_of(self._baselines, self.analysis, place)
        return self._contexts[place]

    def baseline_error(self, question: Asked, found: Pairs) -> NDArray[np.float64] | None:
        """Return the baseline's error (per cent) in each cluster of the pairs, by their replicates.

        None where it was not trained on all of them, on the same splits, and for a question that
        has no such place: of two protocols, or of both initializers.
        """
        place = (question.dataset, question.protocol, question.initializer)
        runs = self._baselines.get(place)
        if runs is None or not np.isin(found.replicates, runs.index).all():
            return None
        splits = runs["split"].loc[found.replicates]
        if splits.nunique() > 1 and not np.array_equal(splits, found.clusters):
            return None
        errors = 100.0 - accuracy(runs).loc[found.replicates]
        return stats.cluster_means(errors.to_numpy(), found.clusters)


def planned(analysis: Mapping[str, Any], cells: Cells) -> list[Asked]:
    """List every hypothesis on its data sets and protocols, with each initializer trained."""
    found = []
    for name, setting in hypotheses_of(analysis).items():
        terms = [*setting["add"], *setting["subtract"]]
        fixed = all("initializer" in term for term in terms)
        datasets = cells.datasets(setting["part"]) if "part" in setting else [cells.own]
        initializers = [BOTH] if fixed else cells.initializers
        found += [
            Asked(name, *place, setting)
            for place in itertools.product(datasets, setting["protocols"], initializers)
        ]
    return found


@dataclass(frozen=True)
class _Side:
    """One term: its sign, the protocol, and its arms, or a classifier's accuracy by split."""

    sign: int
    protocol: str
    arms: list[Arm]
    measure: Measure
    context: Context
    by_split: pd.Series | None = None

    def values(self, replicates: pd.Index, splits: pd.Series) -> NDArray[np.float64]:
        """Return its value for each replicate, the mean over the arms that it names."""
        if self.by_split is not None:
            return self.by_split.loc[splits.loc[replicates]].to_numpy(float)
        found = [_at(arm.values(self.measure, self.context), replicates) for arm in self.arms]
        if len(found) == 1:
            return found[0].to_numpy(float)
        return pd.concat(found, axis=1).mean(axis=1).to_numpy(float)


def _sides(cells: Cells, question: Asked, outcome: str) -> list[_Side] | None:
    """Look up the terms of a hypothesis; None where one of them has no such outcome."""
    setting, found = question.setting, []
    parts = [setting["part"]] if "part" in setting else cells.analysis["parts"]
    # tail-resample: the effect on the second protocol is taken off, so its sides change places.
    for turn, protocol in zip((1, -1), question.protocol.split("-"), strict=False):
        for sign, terms in ((turn, setting["add"]), (-turn, setting["subtract"])):
            for term in terms:
                measure = MEASURES[term.get("outcome", outcome)]
                initializer = term.get("initializer", question.initializer)
                place = (question.dataset, protocol, initializer)
                context = cells.context(*place)
                arms = cells.find(parts, *place, term["arm"])
                by_split = cells.classifier(question.dataset, protocol, term["arm"])
                if arms and measure.of_level and np.isnan(context.level):
                    return None
                if not arms and (by_split is None or measure is not MEASURES["accuracy"]):
                    return None
                found.append(_Side(sign, protocol, arms, measure, context, by_split))
    return found


def pairs(cells: Cells, question: Asked, outcome: str = "accuracy") -> Pairs | None:
    """Pair the replicates of a hypothesis; None where one of its arms was not trained.

    ``outcome`` is a name of `measures.MEASURES`; a reference classifier has accuracy alone.

    Raises
    ------
    ValueError
        Some arm lacks replicates of the arm with the fewest, or has them on other splits; no arm
        is a network's.
    """
    sides = _sides(cells, question, outcome)
    if sides is None:
        return None
    asked = f"hypothesis {question.hypothesis} on {question.dataset}, {question.protocol}"
    splits: dict[str, list[pd.Series]] = {}
    for side in sides:
        splits.setdefault(side.protocol, []).extend(arm.runs["split"] for arm in side.arms)
    if not all(splits.values()):
        raise ValueError(f"{asked}: it compares classifiers alone, expected an arm of networks")
    every = [(protocol, own) for protocol, found in splits.items() for own in found]
    fewest = min((own for _, own in every), key=len)
    for protocol, own in every:
        shared = own.index.intersection(fewest.index)
        first = splits[protocol][0]  # which has been found to have them all
        if len(shared) < len(fewest) or not _at(own, shared).equals(_at(first, shared)):
            raise ValueError(
                f"{asked}: its arms have {len(fewest)} and {len(own)} replicates, of which "
                f"{len(shared)} are shared, expected all of the arm with the fewest, on the same "
                "splits"
            )
    index = fewest.index
    # Where one of two protocols draws splits, replicates that share one are not independent.
    drawn = [split for _, own in every if (split := _at(own, index)).nunique() > 1]
    clusters = (drawn[0] if drawn else pd.Series(index, index)).to_numpy()
    order = np.lexsort((index.to_numpy(), clusters))
    treatment, control = (
        question.setting.get("scale", 1.0)
        * np.sum(
            [side.values(index, splits[side.protocol][0]) for side in sides if side.sign == sign],
            axis=0,
        )[order]
        for sign in (1, -1)
    )
    return Pairs(
        treatment,
        control,
        clusters[order].astype(np.int64),
        index.to_numpy()[order].astype(np.int64),
    )
