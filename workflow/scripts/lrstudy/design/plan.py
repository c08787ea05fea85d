"""From the configuration to the list of networks to train."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from paperledger.io.tables import read_table

from lrstudy.data.partition import inner_rows_of
from lrstudy.design.arms import all_arms, part_arms, part_datasets, training_of
from lrstudy.schedules import Clock, Rates, rate_table
from lrstudy.tables.runs import MEMBERS

# The split stream of protocols whose split is fixed.
FIXED_SPLIT = 0


def size_of(part: Mapping[str, Any], protocol: str, dataset: str) -> dict[str, Any]:
    """Return how often a part trains a cell on one protocol of one data set.

    Examples
    --------
    >>> sizes = {"resample": {"splits": 9, "seeds": 1, "splits_of": {"digits": 4}}}
    >>> size_of({"protocols": sizes}, "resample", "digits")
    {'splits': 4, 'seeds': 1}
    """
    size = dict(part["protocols"][protocol])
    own = size.pop("splits_of", None) or {}
    return {**size, "splits": own[dataset]} if dataset in own else size


def n_replicates(size: Mapping[str, Any]) -> int:
    """Return how many networks one cell of a part has.

    ``size`` is a protocol of a part: ``seeds``, and ``splits`` where they are drawn; or
    ``initialisations`` and ``shuffles``, which are crossed.

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


class _Block(NamedTuple):
    """Networks of one part that are planned together: its cells on one data set and protocol."""

    part: str
    dataset: str
    protocol: str
    epochs: int
    arms: list[str]
    replicates: int
    networks: int


class Load(NamedTuple):
    """What a training job trains of one block: so many networks, at most so many of one cell."""

    dataset: str
    protocol: str
    epochs: int
    networks: int
    replicates: int


def _chunk_of(networks: int, size: int) -> NDArray[np.int64]:
    """Cut a trainer's networks into the fewest jobs of at most ``size``, all about as large."""
    return np.arange(networks) * math.ceil(networks / size) // max(networks, 1)


def _blocks(config: Mapping[str, Any], trainer: str) -> Iterator[_Block]:
    """Yield the blocks of one trainer."""
    arms = all_arms(config)
    for name, part in config["parts"].items():
        if part["trainer"] != trainer:
            continue
        by_epochs: dict[int, list[str]] = {}
        for arm in part_arms(config, name):
            epochs = training_of(config["training"], arms[arm])["epochs"]
            by_epochs.setdefault(epochs, []).append(arm)
        for dataset, protocol, (epochs, trained) in itertools.product(
            part_datasets(config, name), part["protocols"], by_epochs.items()
        ):
            replicates = n_replicates(size_of(part, protocol, dataset))
            networks = len(trained) * len(part["initializers"]) * replicates
            yield _Block(name, dataset, protocol, epochs, trained, replicates, networks)


def chunks(config: Mapping[str, Any], trainer: str) -> list[list[Load]]:
    """List the training jobs of one trainer, each by what it trains of the blocks."""
    blocks = list(_blocks(config, trainer))
    if not blocks:
        return []
    ends = np.cumsum([block.networks for block in blocks])
    chunk = _chunk_of(int(ends[-1]), config["chunk_size"][trainer])
    found: list[list[Load]] = [[] for _ in range(chunk[-1] + 1)]
    for block, end in zip(blocks, ends, strict=True):
        numbers, networks = np.unique(chunk[end - block.networks : end], return_counts=True)
        for number, n in zip(numbers.tolist(), networks.tolist(), strict=True):
            group = block.dataset, block.protocol, block.epochs
            found[number].append(Load(*group, n, min(n, block.replicates)))
    return found


def trained_datasets(config: Mapping[str, Any]) -> list[str]:
    """List the data sets that the study trains on, its own first."""
    others = (name for part in config["parts"] for name in part_datasets(config, part))
    return list(dict.fromkeys([config["dataset"], *others]))


def n_networks(config: Mapping[str, Any]) -> int:
    """Return the number of networks of the study, of both trainers and on all data sets."""
    blocks = (block for trainer in ("keras", "kernel") for block in _blocks(config, trainer))
    return sum(block.networks for block in blocks)


def most_splits(config: Mapping[str, Any], dataset: str) -> int:
    """Return on how many sets of training rows a cell of one data set is trained, at most.

    Where an arm holds rows out, each replicate has its own.
    """
    most = 1
    for name, part in config["parts"].items():
        if dataset in part_datasets(config, name):
            arms = all_arms(config)
            held_out = any(inner_rows_of(arms[arm]) for arm in part_arms(config, name))
            for protocol in part["protocols"]:
                size = size_of(part, protocol, dataset)
                most = max(most, n_replicates(size) if held_out else size.get("splits", 1))
    return most


def plan_members(config: Mapping[str, Any]) -> pd.DataFrame:
    """List every network of the study in the order of training (see `runs.MEMBERS`)."""
    frames = []
    arms = all_arms(config)
    for trainer in ("keras", "kernel"):
        planned = []
        for name, dataset, protocol, epochs, trained, *_ in _blocks(config, trainer):
            part = config["parts"][name]
            numbers = _numbers(size_of(part, protocol, dataset), config["first_replicate"])
            cells = itertools.product(part["initializers"], trained)
            planned += [
                pd.DataFrame(
                    {
                        "part": name,
                        "dataset": dataset,
                        "protocol": protocol,
                        "initializer": initializer,
                        "arm": arm,
                        "trainer": trainer,
                        "epochs": epochs,
                        "batch_size": training_of(config["training"], arms[arm])["batch_size"],
                        **numbers,
                    }
                )
                for initializer, arm in cells
            ]
        if planned:
            members = pd.concat(planned, ignore_index=True)
            size = config["chunk_size"][trainer]
            frames.append(members.assign(chunk=_chunk_of(len(members), size)))
    return pd.concat(frames, ignore_index=True)


def chunk_members(
    path: str | Path, trainer: str, chunk: int, datasets: Iterable[str]
) -> pd.DataFrame:
    """Read one chunk's rows of the members table, in their order.

    Chunks of each trainer, "kernel" or "keras", count from 0.

    Raises
    ------
    ValueError
        The plan has other data sets for this chunk.
    """
    rows = [("trainer", "==", trainer), ("chunk", "==", chunk)]
    members = read_table(path, MEMBERS, rows)
    if set(members["dataset"]) != set(datasets):
        raise ValueError(
            f"chunk {chunk} of {trainer}: planned on {sorted(set(members['dataset']))}, expected "
            f"{sorted(datasets)}"
        )
    return members


def clock_of(training: Mapping[str, Any], n_train: int, n_epochs: int | None = None) -> Clock:
    """Return how many updates an epoch has, the short last batch counted, and the epochs.

    ``n_epochs`` stands in for the configuration's.

    Examples
    --------
    >>> clock_of({"batch_size": 28, "epochs": 50}, 235)
    Clock(updates_per_epoch=9, n_epochs=50)
    """
    return Clock(math.ceil(n_train / training["batch_size"]), n_epochs or training["epochs"])


def arm_rates(arm: Mapping[str, Any], training: Mapping[str, Any], n_train: int) -> Rates:
    """Return the learning rate of each update of one arm, float64, shape (n_updates,).

    Stretched, update t of T has the rate that ``training`` has after the same share of its own
    updates.

    Examples
    --------
    >>> arm = {"schedule": {"name": "step_prose", "drop": 0.5, "epochs_per_drop": 1},
    ...        "initial_rate": 0.1, "epochs": 4}
    >>> arm_rates(arm, {"epochs": 2, "batch_size": 9}, 9)
    array([0.1   , 0.05  , 0.025 , 0.0125])
    >>> arm_rates({**arm, "stretch": True}, {"epochs": 2, "batch_size": 9}, 9)
    array([0.1 , 0.1 , 0.05, 0.05])
    """
    own = clock_of(training_of(training, arm), n_train)
    stretched = arm.get("stretch", False)
    clock = clock_of(training, n_train) if stretched else own
    rates = rate_table(arm["schedule"], arm["initial_rate"], clock)
    # Integer arithmetic: a drop must not move by one update through rounding.
    return rates[np.arange(own.n_updates) * clock.n_updates // own.n_updates]


def rates_table(
    figures: Mapping[str, Any], training: Mapping[str, Any], n_train: int
) -> pd.DataFrame:
    """Evaluate every curve of the learning-rate figures (see `runs.RATES`).

    One row for each curve and update; ``training`` gives the batch size.
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
