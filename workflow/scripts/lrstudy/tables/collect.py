"""From the outcomes of training to tidy tables: one row a network, and curves by epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.data.dataset import Dataset
from lrstudy.data.partition import outer_split
from lrstudy.tables.outcome import Outcome, concatenate, unpack_missed
from lrstudy.tables.reached import pack_reached
from lrstudy.tables.runs import CELL, CURVE_QUANTILES, GROUP


def runs_table(
    dataset: Dataset,
    protocols: Mapping[str, Any],
    members: pd.DataFrame,
    outcome: Outcome,
) -> pd.DataFrame:
    """Tabulate what was trained, one row a network (see `runs.RUNS`).

    Members are rows of `plan.plan_members`, of one data set, protocol and number of epochs; the
    outcome is theirs, in the same order.

    Raises
    ------
    ValueError
        The two differ in length.
    """
    if len(members) != len(outcome.diverged):
        raise ValueError(f"{len(members)} members planned, {len(outcome.diverged)} trained")
    positive = {
        (protocol, number): dataset.labels[
            outer_split(dataset, protocols, protocol, number).validation
        ]
        == 1
        for protocol, number in sorted(set(zip(members["protocol"], members["split"], strict=True)))
    }
    keys = zip(members["protocol"], members["split"], strict=True)
    is_positive = np.stack([positive[key] for key in keys])
    n_validation = is_positive.shape[1]
    right = ~unpack_missed(outcome.missed, n_validation)
    n_correct = outcome.n_correct.astype(np.int64)
    best = n_correct.argmax(axis=1)
    return members.drop(columns="chunk").assign(
        n_validation=n_validation,
        n_correct=n_correct[:, -1],
        n_positive=is_positive.sum(axis=1),
        n_correct_positive=(right & is_positive).sum(axis=1),
        val_loss=outcome.validation_loss[:, -1],
        train_loss=outcome.training_loss[:, -1],
        best_epoch=best,
        best_n_correct=n_correct.max(axis=1),
        reached=pack_reached(outcome.n_correct),
        last10_n_correct=n_correct[:, -10:].mean(axis=1, dtype=np.float64).astype(np.float32),
        diverged=outcome.diverged,
        missed=[bits.tobytes().hex() for bits in outcome.missed],
    )


def curves_of(
    members: pd.DataFrame, outcome: Outcome, n_validation: int, parts: Sequence[str]
) -> list[pd.DataFrame]:
    """Summarise each cell's networks epoch by epoch: mean and quantiles (`runs.CURVES`).

    The outcome is of these members, in the same order. One table for each cell of these parts.
    """
    measures = {
        "accuracy": outcome.n_correct / n_validation,
        "val_loss": outcome.validation_loss.astype(np.float64),
        "train_loss": outcome.training_loss.astype(np.float64),
    }
    n_epochs = outcome.n_correct.shape[1]
    tables = []
    groups: dict[Any, Any] = members.groupby(list(CELL), sort=False).indices
    for cell, rows in groups.items():
        named = dict(zip(CELL, cell, strict=True))
        if named["part"] not in parts:
            continue
        columns: dict[str, Any] = {**named, "epoch": np.arange(1, n_epochs + 1), "n": len(rows)}
        for measure, values in measures.items():
            columns[f"{measure}_mean"] = values[rows].mean(axis=0)
            quantiles = np.quantile(values[rows], list(CURVE_QUANTILES.values()), axis=0)
            for name, quantile in zip(CURVE_QUANTILES, quantiles, strict=True):
                columns[f"{measure}_{name}"] = quantile
        tables.append(pd.DataFrame(columns))
    return tables


def collect(
    datasets: Mapping[str, Dataset],
    protocols: Mapping[str, Mapping[str, Any]],
    chunks: Iterable[tuple[pd.DataFrame, Sequence[Outcome]]],
    curve_parts: Sequence[str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Gather what all jobs trained into the runs table and the curves.

    ``datasets`` and ``protocols`` are keyed by the name of the data set. A chunk is of one job: its
    members, and the outcome of each `GROUP` of them in order of appearance. A cell may lie in
    several, and its curves are those of all its networks. Only the curves of ``curve_parts`` are
    kept.

    Raises
    ------
    ValueError
        A chunk's members and outcomes differ in number.
    """
    gathered: dict[tuple[str, str, int], list[tuple[pd.DataFrame, Outcome]]] = {}
    for members, outcomes in chunks:
        groups = members.groupby(list(GROUP), sort=False)
        for (key, rows), outcome in zip(groups, outcomes, strict=True):
            gathered.setdefault(key, []).append((rows, outcome))
    runs: list[pd.DataFrame] = []
    curves: list[pd.DataFrame] = []
    for (name, *_), parts in gathered.items():
        members = pd.concat([part for part, _ in parts], ignore_index=True)
        outcome = concatenate([part for _, part in parts])
        runs.append(runs_table(datasets[name], protocols[name], members, outcome))
        n_validation = int(runs[-1]["n_validation"].iloc[0])
        curves += curves_of(members, outcome, n_validation, curve_parts)
    return pd.concat(runs, ignore_index=True), pd.concat(curves, ignore_index=True)
