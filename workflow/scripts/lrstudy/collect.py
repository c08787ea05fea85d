"""From the outcomes of training to tidy tables: one row a network, and curves by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.data import Dataset
from lrstudy.outcome import Outcome, unpack_missed
from lrstudy.splits import split
from lrstudy.streams import generator
from lrstudy.tables import CELL, CURVE_QUANTILES


def runs_table(
    dataset: Dataset,
    protocols: Mapping[str, Any],
    members: pd.DataFrame,
    outcome: Outcome,
) -> pd.DataFrame:
    """Tabulate what was trained, one row a network (see `tables.RUNS`).

    Parameters
    ----------
    dataset : Dataset
        The data; its labels say which validation rows are positive.
    protocols : mapping
        ``protocols`` of the configuration.
    members : DataFrame, n_members rows
        Rows of `plan.plan_members`, of one protocol.
    outcome : Outcome
        Of the same members in the same order.

    Raises
    ------
    ValueError
        The two differ in length.
    """
    if len(members) != len(outcome.diverged):
        raise ValueError(f"{len(members)} members planned, {len(outcome.diverged)} trained")
    positive: dict[tuple[str, int], np.ndarray] = {}
    for protocol, number in members[["protocol", "split"]].drop_duplicates().itertuples(index=False):
        rows = split(
            protocol,
            dataset.labels,
            generator=generator("splitting", number),
            **protocols[protocol],
        ).validation
        positive[protocol, number] = dataset.labels[rows] == 1
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
        last10_n_correct=n_correct[:, -10:].mean(axis=1, dtype=np.float64).astype(np.float32),
        diverged=outcome.diverged,
        missed=[bits.tobytes().hex() for bits in outcome.missed],
    )


def curves_table(members: pd.DataFrame, outcome: Outcome, n_validation: int) -> pd.DataFrame:
    """Summarise each cell's networks epoch by epoch: mean and quantiles (see `tables.CURVES`)."""
    measures = {
        "accuracy": outcome.n_correct / n_validation,
        "val_loss": outcome.validation_loss.astype(np.float64),
        "train_loss": outcome.training_loss.astype(np.float64),
    }
    n_epochs = outcome.n_correct.shape[1]
    frames = []
    for cell, rows in members.groupby(list(CELL), sort=False).indices.items():
        frame = pd.DataFrame(dict(zip(CELL, cell, strict=True)), index=range(n_epochs))
        frame = frame.assign(epoch=np.arange(1, n_epochs + 1), n=len(rows))
        for measure, values in measures.items():
            frame[f"{measure}_mean"] = values[rows].mean(axis=0)
            quantiles = np.quantile(values[rows], list(CURVE_QUANTILES.values()), axis=0)
            for name, quantile in zip(CURVE_QUANTILES, quantiles, strict=True):
                frame[f"{measure}_{name}"] = quantile
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)
