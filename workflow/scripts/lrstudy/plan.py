"""From the configuration to the list of networks to train."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrstudy.arms import part_arms
from lrstudy.run_tables import MEMBERS
from lrstudy.schedules import Clock, Rates, rate_table
from lrstudy.tables import read_table

# The split stream of protocols whose split is fixed.
FIXED_SPLIT = 0


def n_replicates(size: Mapping[str, Any]) -> int:
    """Return how many networks one cell of a part has.

    Parameters
    ----------
    size : mapping
        A protocol of a part: ``seeds``, and ``splits`` where they are drawn; or
        ``initialisations`` and ``shuffles``, which are crossed.

    Returns
    -------
    int

    Examples
    --------
    >>> n_replicates({"splits": 200, "seeds": 5})
    1000
    """
    if "shuffles" in size:
        return int(size["initialisations"] * size["shuffles"])
    return int(size.get("splits", 1) * size["seeds"])


def _numbers(size: Mapping[str, Any], first: int) -> dict[str, NDArray[np.int64]]:
    """Give the streams of one cell's replicates, first to last."""
    number = np.arange(n_replicates(size))
    fixed = np.full_like(number, FIXED_SPLIT)
    if "shuffles" in size:
        initialisation, shuffle = np.divmod(number, size["shuffles"])
        streams = {"initialisation": first + initialisation, "shuffle": first + shuffle}
        return {"replicate": first + number, **streams, "split": fixed}
    seed = first + (number % size["seeds"] if size.get("crossed") else number)
    return {
        "replicate": first + number,
        "initialisation": seed,
        "shuffle": seed,
        "split": first + number // size["seeds"] if "splits" in size else fixed,
    }


def _blocks(config: Mapping[str, Any], trainer: str) -> Iterator[tuple[str, str, int]]:
    """Yield (part, protocol, networks) of one trainer; a chunk never crosses a block's border."""
    for name, part in config["parts"].items():
        if part["trainer"] == trainer:
            for protocol, size in part["protocols"].items():
                cells = len(part_arms(config, name)) * len(part["initializers"])
                yield name, protocol, cells * n_replicates(size)


def n_chunks(config: Mapping[str, Any], trainer: str) -> int:
    """Return the number of training jobs of one trainer.

    Parameters
    ----------
    config : mapping
        The checked configuration.
    trainer : {"kernel", "keras"}
        Whose jobs.

    Returns
    -------
    int
    """
    size = config["chunk_members"][trainer]
    return sum(math.ceil(networks / size) for _, _, networks in _blocks(config, trainer))


def n_networks(config: Mapping[str, Any]) -> int:
    """Return the number of networks of the study.

    Parameters
    ----------
    config : mapping
        The checked configuration.

    Returns
    -------
    int
        Of both trainers; those of the second question are not among them.
    """
    return sum(n for trainer in ("keras", "kernel") for _, _, n in _blocks(config, trainer))


def largest_cell(config: Mapping[str, Any]) -> int:
    """Return the networks of the largest cell: so many streams of its own a chunk may hold.

    Parameters
    ----------
    config : mapping
        The checked configuration.

    Returns
    -------
    int
    """
    parts = config["parts"].values()
    return max(n_replicates(size) for part in parts for size in part["protocols"].values())


def plan_members(config: Mapping[str, Any]) -> pd.DataFrame:
    """List every network of the study, one row each, in the order in which they are trained.

    Parameters
    ----------
    config : mapping
        The checked configuration.

    Returns
    -------
    DataFrame
        See `run_tables.MEMBERS`.
    """
    frames = []
    for trainer in ("keras", "kernel"):
        chunk = 0
        for name, protocol, networks in _blocks(config, trainer):
            part = config["parts"][name]
            numbers = _numbers(part["protocols"][protocol], part["first_replicate"])
            cells = itertools.product(part["initializers"], part_arms(config, name))
            block = pd.concat(
                pd.DataFrame(
                    {
                        "part": name,
                        "protocol": protocol,
                        "initializer": initializer,
                        "arm": arm,
                        "trainer": trainer,
                        **numbers,
                    }
                )
                for initializer, arm in cells
            )
            chunks = math.ceil(networks / config["chunk_members"][trainer])
            frames.append(block.assign(chunk=chunk + np.arange(networks) * chunks // networks))
            chunk += chunks
    return pd.concat(frames, ignore_index=True)


def chunk_members(path: str | Path, trainer: str, chunk: int) -> pd.DataFrame:
    """Read one chunk's rows of the members table, in their order.

    Parameters
    ----------
    path : str or Path
        The members table.
    trainer : {"kernel", "keras"}
        Whose chunk.
    chunk : int
        Its number, from 0.

    Returns
    -------
    DataFrame
        See `run_tables.MEMBERS`.
    """
    rows = [("trainer", "==", trainer), ("chunk", "==", chunk)]
    return read_table(path, MEMBERS, rows)


def clock_of(training: Mapping[str, Any], n_train: int, n_epochs: int | None = None) -> Clock:
    """Return how many updates an epoch has, the short last batch counted, and the epochs.

    Parameters
    ----------
    training : mapping
        ``training`` of the configuration.
    n_train : int
        Training rows.
    n_epochs : int, optional
        Instead of the configuration's.

    Returns
    -------
    Clock

    Examples
    --------
    >>> clock_of({"batch_size": 28, "epochs": 50}, 235)
    Clock(updates_per_epoch=9, n_epochs=50)
    """
    return Clock(math.ceil(n_train / training["batch_size"]), n_epochs or training["epochs"])


def arm_rates(arm: Mapping[str, Any], clock: Clock) -> Rates:
    """Return the learning rate of each update of one arm, float64, shape (n_updates,).

    Parameters
    ----------
    arm : mapping
        ``schedule`` and ``initial_rate``.
    clock : Clock
        Updates and epochs.

    Returns
    -------
    ndarray of float64, shape (n_updates,)
    """
    return rate_table(arm["schedule"], arm["initial_rate"], clock)


def rates_table(
    figures: Mapping[str, Any], training: Mapping[str, Any], n_train: int
) -> pd.DataFrame:
    """Evaluate every curve of the learning-rate figures (see `run_tables.RATES`).

    Parameters
    ----------
    figures : mapping
        ``figures`` of the configuration.
    training : mapping
        ``training`` of it, for the batch size.
    n_train : int
        Training rows.

    Returns
    -------
    DataFrame
        One row for each curve and update.
    """
    frames = []
    for figure, drawn in figures.items():
        clock = clock_of(training, n_train, drawn["epochs"])
        update = np.arange(clock.n_updates)
        for panel, curves in drawn["panels"].items():
            for curve, schedule in curves.items():
                columns = {
                    "figure": figure,
                    "panel": panel,
                    "curve": curve,
                    "update": update,
                    "epoch": update / clock.updates_per_epoch,
                    "rate": rate_table(schedule, drawn["initial_rate"], clock),
                }
                frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)
