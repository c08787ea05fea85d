"""What a trained network is judged by, one value a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Measure:
    """An outcome: how it is computed from rows of the runs table, and its unit."""

    values: Callable[[pd.DataFrame, Any], pd.Series]
    unit: str
    label: str


def accuracy(runs: pd.DataFrame) -> pd.Series:
    """Return final-epoch accuracy of each network in per cent.

    Examples
    --------
    >>> accuracy(pd.DataFrame({"n_correct": [111], "n_validation": [116]})).round(2).tolist()
    [95.69]
    """
    return 100.0 * runs["n_correct"] / runs["n_validation"]


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


MEASURES = {
    "accuracy": Measure(lambda runs, _: accuracy(runs), "%", "accuracy"),
    "balanced": Measure(lambda runs, _: balanced_accuracy(runs), "%", "balanced accuracy"),
    "last10": Measure(
        lambda runs, _: 100.0 * runs["last10_n_correct"].astype(float) / runs["n_validation"],
        "%",
        "accuracy, mean of the last 10 epochs",
    ),
    "best": Measure(
        lambda runs, _: 100.0 * runs["best_n_correct"] / runs["n_validation"],
        "%",
        "accuracy of the best epoch",
    ),
    "reach": Measure(reaches, "%", "share that reaches the tutorial's best"),
    "log_loss": Measure(lambda runs, _: runs["val_loss"].astype(float), "nat/row", "log-loss"),
}
"""Outcomes by name; accuracy is the primary one."""


def measures_of(analysis: Mapping[str, Any]) -> list[str]:
    """Name the outcomes of a study: without the tutorial's counts there is none to reach."""
    return [name for name in MEASURES if name != "reach" or "tutorial" in analysis]
