"""Train a few of the published networks again, and hold them against the record's runs table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.data.dataset import Dataset
from lrstudy.design.arms import all_arms, setting_of
from lrstudy.kernel.assembly import assemble, train_chunk, trained_alike
from lrstudy.kernel.train_many import train_one_weights
from lrstudy.tables.collect import runs_table
from lrstudy.tables.outcome import unpack_hex
from lrstudy.tables.runs import GROUP, MEMBERS, RUNS, WORD

FOUND = [name for name in RUNS.columns if name not in MEMBERS.columns]
"""Columns of the runs table that training finds."""


def sample_runs(
    runs: pd.DataFrame,
    n: int,
    n_keras: int,
    compared: Mapping[str, Sequence[str]],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw runs of the kernel, some of which Keras is to train too.

    The rows keep their order; ``keras`` is true where Keras trains the run. Where there are fewer
    than ``n`` or ``n_keras``, all are drawn. ``compared`` has, for ``dataset`` and ``arm``, the
    values of the runs on which Keras and the kernel were compared: on others rounding alone may
    lead the two apart, so Keras's sample is of these.
    """
    trained = runs["trainer"] == "kernel"
    kernel = np.flatnonzero(trained)
    for column, values in compared.items():
        trained &= runs[column].isin(values)
    beside = np.flatnonzero(trained)
    both = rng.choice(beside, min(n, n_keras, len(beside)), replace=False)
    left = np.setdiff1d(kernel, both)
    others = rng.choice(left, min(n - len(both), len(left)), replace=False)
    chosen = np.sort(np.concatenate([both, others]))
    return runs.iloc[chosen].assign(keras=np.isin(chosen, both)).reset_index(drop=True)


def retrain(
    datasets: Mapping[str, Dataset],
    config: Mapping[str, Any],
    runs: pd.DataFrame,
    *,
    n_threads: int,
    progress: Callable[[int], None],
) -> pd.DataFrame:
    """Train runs again with the kernel, at most as many at once as a job of the study does.

    The runs are numbered from 0. Row for row, the result has the columns `FOUND`, with the types of
    the runs table; threads have no influence on it. ``progress`` is called with the number of runs
    done.
    """
    tables: list[pd.DataFrame] = []
    done = 0
    lots = np.arange(len(runs)) // config["chunk_size"]["kernel"]
    for (name, *_), group in runs.groupby([*GROUP, lots], sort=False):
        dataset, setting = datasets[name], setting_of(config, name)
        outcome = train_chunk(
            dataset, setting, group, n_threads=n_threads, progress=lambda done: None
        )
        members = group.drop(columns=FOUND).assign(chunk=0)
        tables.append(runs_table(dataset, setting["protocols"], members, outcome))
        done += len(group)
        progress(done)
    types = {
        name: RUNS.columns[name].type.to_pandas_dtype()
        for name in FOUND
        if RUNS.columns[name].type != WORD
    }
    return pd.concat(tables).sort_index()[FOUND].astype(types)


def differences(found: pd.DataFrame, runs: pd.DataFrame) -> list[list[str]]:
    """Name, for each run, the columns that differ in any bit, with what was found and published.

    ``found`` is of `retrain`; ``runs`` are the published rows in the same order.
    """
    different: list[list[str]] = [[] for _ in range(len(runs))]
    for name in found:
        one, other = (table[name].to_numpy() for table in (found, runs))
        if one.dtype.kind == "f":
            same = one.view(np.uint32) == other.view(np.uint32)
        else:
            same = one == other
        for i in np.flatnonzero(~same):
            shown = "" if isinstance(one[i], str) else f" {one[i]} (record {other[i]})"
            different[i].append(name + shown)
    return different


def keras_flips(
    datasets: Mapping[str, Dataset], config: Mapping[str, Any], runs: pd.DataFrame
) -> pd.DataFrame:
    """Train runs again with Keras, from the kernel's weights and batches.

    Row for row, the result has ``predictions``; ``flipped``, those of them that are not the
    record's; and ``stable``, whether perturbed initial weights lead to the same final ones.
    """
    # TensorFlow takes seconds to load, and Keras must find its settings first.
    from lrstudy.agreement.comparison import perturbed_copies, sensitivity, train_beside
    from lrstudy.keras.trainer import Trainers

    limits, arms = config["agreement"], all_arms(config)
    trainers: dict[str, Trainers] = {}
    rows = {}
    alike = trained_alike({"training": config["training"], "arms": arms}, runs)
    for (name, *_), group in runs.groupby(["dataset", "protocol", alike], sort=False):
        dataset, setting = datasets[name], setting_of(config, name)
        trainers.setdefault(name, Trainers(dataset, setting["training"]))
        given, chosen = assemble(dataset, setting, group)
        copies = perturbed_copies(given, limits["perturbations"])
        for i, (number, run) in enumerate(group.iterrows()):
            outcome, _ = train_beside(arms[run["arm"]], (given, chosen, i), trainers[name])
            n = given.validation_rows.shape[1]
            published = unpack_hex([run["missed"]], n)
            wrong = unpack_hex([outcome.missed[0].tobytes().hex()], n)
            moved = sensitivity(copies, chosen, i, train_one_weights(given, chosen, i))
            rows[number] = {
                "predictions": n,
                "flipped": int((wrong != published).sum()),
                "stable": moved < limits["weight_tolerance"] / 10,
            }
    return pd.DataFrame.from_dict(rows, orient="index").sort_index()
