"""What a trained network is judged by, one value a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.statistics import stats
from lrstudy.tables.reached import first_epoch

PLACE = ("dataset", "protocol", "initializer")


@dataclass(frozen=True)
class Context:
    """What an outcome is held against, in one data set, protocol and initializer.

    Attributes
    ----------
    tutorial : mapping or None
        The tutorial's counts, as the configuration has them.
    level : float
        Mean final accuracy of the baseline, per cent; not a number where it was not trained.
    """

    tutorial: Mapping[str, int] | None = None
    level: float = np.nan


@dataclass(frozen=True)
class Measure:
    """An outcome: how it is computed from rows of the runs table, its unit, and what it needs.

    ``needs`` is a key of ``analysis`` without which there is no such outcome.
    """

    values: Callable[[pd.DataFrame, Context], pd.Series]
    unit: str
    label: str
    needs: str = ""

    @property
    def of_level(self) -> bool:
        """Whether it is asked only where the baseline was trained."""
        return self.needs == "baseline"


def accuracy(runs: pd.DataFrame) -> pd.Series:
    """Return final-epoch accuracy of each network in per cent.

    Examples
    --------
    >>> accuracy(pd.DataFrame({"n_correct": [111], "n_validation": [116]})).round(2).tolist()
    [95.69]
    """
    return 100.0 * runs["n_correct"] / runs["n_validation"]


def best_accuracy(runs: pd.DataFrame) -> pd.Series:
    """Return the accuracy of each network's best epoch in per cent."""
    return 100.0 * runs["best_n_correct"] / runs["n_validation"]


def balanced_accuracy(runs: pd.DataFrame) -> pd.Series:
    """Return the mean of the two classes' accuracies in per cent.

    Where the validation rows hold one class only, that class's accuracy.
    """
    positive, negative = runs["n_positive"], runs["n_validation"] - runs["n_positive"]
    right = runs["n_correct_positive"], runs["n_correct"] - runs["n_correct_positive"]
    shares = [(r / n).where(n > 0) for r, n in zip(right, (positive, negative), strict=True)]
    return 100.0 * pd.concat(shares, axis=1).mean(axis=1)


def reaches(runs: pd.DataFrame, tutorial: Mapping[str, int]) -> pd.Series:
    """Return 100 where a network is at least as accurate as the tutorial's best, else 0."""
    return 100.0 * (
        runs["n_correct"] * tutorial["n_validation"]
        >= tutorial["schedule_correct"] * runs["n_validation"]
    )


def epochs_to(runs: pd.DataFrame, level: float) -> pd.Series:
    """Return the first epoch, from 1, whose accuracy is ``level`` or more; epochs + 1 for none.

    The level, in per cent, is an accuracy or a mean of several: a row is not lost to its rounding.

    Examples
    --------
    Of 116 rows 110, 111 and 112 in epochs 1, 2 and 4 of 50, and the mean of 110 and 112.

    >>> runs = pd.DataFrame({"n_validation": 116, "epochs": 50, "best_n_correct": 112,
    ...                      "reached": ["00020004"]})
    >>> [int(epochs_to(runs, level).iloc[0]) for level in (90, 100 * 111 / 116, 95.7, 97)]
    [1, 2, 4, 51]
    """
    n_correct = np.ceil(level * runs["n_validation"] / 100 - stats.ROUNDING)
    found = first_epoch(runs["reached"], runs["best_n_correct"], n_correct, runs["epochs"] + 1)
    return pd.Series(found, runs.index)


def never_reaches(runs: pd.DataFrame, level: float) -> pd.Series:
    """Return 100 where no epoch of a network is as accurate as ``level`` (per cent), else 0."""
    return 100.0 * (epochs_to(runs, level) > runs["epochs"])


MEASURES = {
    "accuracy": Measure(lambda runs, _: accuracy(runs), "%", "accuracy"),
    "balanced": Measure(lambda runs, _: balanced_accuracy(runs), "%", "balanced accuracy"),
    "last10": Measure(
        lambda runs, _: 100.0 * runs["last10_n_correct"].astype(float) / runs["n_validation"],
        "%",
        "accuracy, mean of the last 10 epochs",
    ),
    "best": Measure(lambda runs, _: best_accuracy(runs), "%", "accuracy of the best epoch"),
    "inflation": Measure(
        lambda runs, _: best_accuracy(runs) - accuracy(runs), "%", "best epoch less the last"
    ),
    "reach": Measure(
        lambda runs, context: reaches(runs, context.tutorial or {}),
        "%",
        "share that reaches the tutorial's best",
        needs="tutorial",
    ),
    "log_loss": Measure(lambda runs, _: runs["val_loss"].astype(float), "nat/row", "log-loss"),
    "speed": Measure(
        lambda runs, context: epochs_to(runs, context.level).astype(float),
        "epoch",
        "first epoch at the baseline's final accuracy",
        needs="baseline",
    ),
    "never": Measure(
        lambda runs, context: never_reaches(runs, context.level),
        "%",
        "share that never reaches the baseline's final accuracy",
        needs="baseline",
    ),
}
"""Outcomes by name; accuracy is the primary one."""


def measures_of(analysis: Mapping[str, Any]) -> list[str]:
    """Name the outcomes of a study: without the tutorial's counts there is none to reach."""
    return [name for name, measure in MEASURES.items() if measure.needs in ("", *analysis)]


def baselines(
    runs: pd.DataFrame, analysis: Mapping[str, Any]
) -> dict[tuple[str, str, str], pd.DataFrame]:
    """Return the networks of the baseline in each data set, protocol and initializer.

    They are those of one part: the first of ``analysis.parts`` that trained it there, else the
    first by name. Each frame is indexed by replicate, ascending; without a baseline there is none.
    """
    parts = analysis["parts"]
    own = runs[runs["arm"] == analysis.get("baseline")]
    found: dict[tuple[str, str, str], pd.DataFrame] = {}
    for place, rows in own.groupby(list(PLACE), sort=False):
        names = set(rows["part"])
        first = next((name for name in parts if name in names), min(names))
        chosen = rows[rows["part"] == first]
        found[place] = chosen.set_index("replicate").sort_index()
    return found


def context_of(
    known: Mapping[tuple[str, str, str], pd.DataFrame],
    analysis: Mapping[str, Any],
    place: tuple[str, str, str],
) -> Context:
    """Return what the outcomes of one place are held against; ``known`` is of `baselines`."""
    level = float(accuracy(known[place]).mean()) if place in known else np.nan
    return Context(analysis.get("tutorial"), level)
