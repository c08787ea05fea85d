"""Train a few of the published networks again, and hold them against the record's runs table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.collect import runs_table
from lrstudy.data import Dataset
from lrstudy.elsewhere_runs import PROTOCOL, setting_of
from lrstudy.ensemble import assemble, train_chunk
from lrstudy.outcome import unpack_hex
from lrstudy.partition import inner_rows_of
from lrstudy.run_tables import CELL, ELSEWHERE, REPLICATE_COLUMNS, RUNS
from lrstudy.train_many import train_one_weights

FOUND = [name for name in RUNS.columns if name not in (*CELL, *REPLICATE_COLUMNS)]
"""Columns of the runs table that training finds."""
FOUND_ELSEWHERE = [name for name in ELSEWHERE.columns if name in FOUND]
"""And those of the second question's table."""


def sample_runs(
    runs: pd.DataFrame, n: int, n_keras: int, arms: Sequence[str], rng: np.random.Generator
) -> pd.DataFrame:
    """Draw runs of the kernel, some of which Keras is to train too.

    Parameters
    ----------
    runs : DataFrame
        The record's runs table.
    n, n_keras : int
        Runs in all, and those for Keras; as many as there are where there are fewer.
    arms : sequence of str
        Arms on which Keras and the kernel were compared: on others rounding alone may lead the
        two apart, so Keras's sample is drawn from these.
    rng : Generator
        Source of the sample.

    Returns
    -------
    DataFrame
        Rows of the runs table in their order, and ``keras``, which is true where Keras trains it.
    """
    kernel = np.flatnonzero(runs["trainer"] == "kernel")
    compared = np.flatnonzero((runs["trainer"] == "kernel") & runs["arm"].isin(arms))
    both = rng.choice(compared, min(n, n_keras, len(compared)), replace=False)
    left = np.setdiff1d(kernel, both)
    others = rng.choice(left, min(n - len(both), len(left)), replace=False)
    chosen = np.sort(np.concatenate([both, others]))
    return runs.iloc[chosen].assign(keras=np.isin(chosen, both)).reset_index(drop=True)


def retrain(
    dataset: Dataset, config: Mapping[str, Any], runs: pd.DataFrame, *, n_threads: int
) -> pd.DataFrame:
    """Train runs again with the kernel.

    Parameters
    ----------
    dataset : Dataset
        The data.
    config : mapping
        ``training``, ``protocols``, ``initializers`` and ``arms`` of the configuration.
    runs : DataFrame
        Rows of the runs table, numbered from 0.
    n_threads : int
        Threads; no influence on the result.

    Returns
    -------
    DataFrame
        The columns `FOUND`, with the types of the runs table, row for row.
    """
    tables = []
    for _, group in runs.groupby("protocol", sort=False):
        outcome = train_chunk(
            dataset, config, group, n_threads=n_threads, progress=lambda done: None
        )
        members = group.drop(columns=FOUND).assign(chunk=0)
        tables.append(runs_table(dataset, config["protocols"], members, outcome))
    types = {name: RUNS.columns[name].type.to_pandas_dtype() for name in FOUND if name != "missed"}
    return pd.concat(tables).sort_index()[FOUND].astype(types)


def retrain_elsewhere(
    datasets: Mapping[str, Dataset],
    config: Mapping[str, Any],
    runs: pd.DataFrame,
    *,
    n_threads: int,
) -> pd.DataFrame:
    """Train networks of the second question again with the kernel.

    Parameters
    ----------
    datasets : mapping
        The data sets that the rows name.
    config : mapping
        As for `elsewhere_runs.train_elsewhere`.
    runs : DataFrame
        Rows of its table (`run_tables.ELSEWHERE`), numbered from 0.
    n_threads : int
        Threads; no influence on the result.

    Returns
    -------
    DataFrame
        The columns `FOUND_ELSEWHERE`, with the types of that table, row for row.
    """
    tables = []
    for name, group in runs.groupby("dataset", sort=False):
        setting = setting_of(str(name), config)
        members = group.drop(columns=FOUND_ELSEWHERE).rename(columns={"dataset": "part"})
        members = members.assign(trainer="kernel", protocol=PROTOCOL, chunk=0)
        dataset = datasets[str(name)]
        outcome = train_chunk(
            dataset, setting, members, n_threads=n_threads, progress=lambda done: None
        )
        found = runs_table(dataset, setting["protocols"], members, outcome)
        tables.append(found.set_axis(group.index))
    return (
        pd.concat(tables).sort_index()[FOUND_ELSEWHERE].astype(dict(runs.dtypes[FOUND_ELSEWHERE]))
    )


def differences(found: pd.DataFrame, runs: pd.DataFrame) -> list[list[str]]:
    """Name, for each run, the columns that differ in any bit, with what was found and published.

    Parameters
    ----------
    found : DataFrame
        Of `retrain` or `retrain_elsewhere`.
    runs : DataFrame
        The published rows, in the same order.
    """
    different: list[list[str]] = [[] for _ in range(len(runs))]
    for name in found:
        one, other = (table[name].to_numpy() for table in (found, runs))
        if one.dtype.kind == "f":
            same = one.view(np.uint32) == other.view(np.uint32)
        else:
            same = one == other
        for i in np.flatnonzero(~same):
            shown = "" if name == "missed" else f" {one[i]} (record {other[i]})"
            different[i].append(name + shown)
    return different


def keras_flips(dataset: Dataset, config: Mapping[str, Any], runs: pd.DataFrame) -> pd.DataFrame:
    """Train runs again with Keras, from the kernel's weights and batches.

    Parameters
    ----------
    dataset, runs
        As for `retrain`.
    config : mapping
        As for `retrain`, and ``agreement``.

    Returns
    -------
    DataFrame
        For each row: ``predictions``; ``flipped``, those of them that are not the record's; and
        ``stable``, whether nudges of the initial weights leave the final ones where they were.
    """
    # TensorFlow takes seconds to load, and Keras must find its settings first.
    from lrstudy.comparison import Trainers, nudged_copies, sensitivity, train_beside

    limits = config["agreement"]
    trainers: Trainers = {}
    rows = {}
    held_out = runs["arm"].map(lambda name: inner_rows_of(config["arms"][name]))
    for _, group in runs.groupby(["protocol", held_out], sort=False):
        given, chosen = assemble(dataset, config, group)
        nudged = nudged_copies(given, limits["nudges"])
        for i, (number, run) in enumerate(group.iterrows()):
            outcome, _ = train_beside(
                dataset,
                config["training"],
                config["arms"][run["arm"]],
                (given, chosen, i),
                trainers,
            )
            n = given.validation_rows.shape[1]
            published = unpack_hex([run["missed"]], n)
            wrong = unpack_hex([outcome.missed[0].tobytes().hex()], n)
            moved = sensitivity(nudged, chosen, i, train_one_weights(given, chosen, i))
            rows[number] = {
                "predictions": n,
                "flipped": int((wrong != published).sum()),
                "stable": moved < limits["weight_tolerance"] / 10,
            }
    return pd.DataFrame.from_dict(rows, orient="index").sort_index()
