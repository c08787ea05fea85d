"""From the configuration to the list of networks to train."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.schedules import Clock, Rates, rate_table
from lrstudy.tables import MEMBERS, read_table

# The split stream of protocols whose split is fixed.
FIXED_SPLIT = 0


def _blocks(config: Mapping[str, Any], trainer: str) -> Iterator[tuple[dict[str, Any], str, int]]:
    """Yield (part, protocol, networks) of one trainer; a chunk never crosses a block's border."""
    for part in config["parts"].values():
        if part["trainer"] == trainer:
            for protocol, size in part["protocols"].items():
                cells = len(part["arms"]) * len(part["initializers"])
                yield part, protocol, cells * size["seeds"] * size.get("splits", 1)


def n_chunks(config: Mapping[str, Any], trainer: str) -> int:
    """Return the number of training jobs of one trainer."""
    size = config["chunk_members"][trainer]
    return sum(math.ceil(networks / size) for _, _, networks in _blocks(config, trainer))


def plan_members(config: Mapping[str, Any]) -> pd.DataFrame:
    """List every network of the study, one row each, in the order in which they are trained.

    Parameters
    ----------
    config : mapping
        The checked configuration.

    Returns
    -------
    DataFrame
        See `tables.MEMBERS`.
    """
    frames = []
    for trainer in ("keras", "kernel"):
        chunk = 0
        for part, protocol, networks in _blocks(config, trainer):
            size = part["protocols"][protocol]
            first, seeds = part["first_replicate"], size["seeds"]
            number = np.arange(seeds * size.get("splits", 1))
            split = (
                first + number // seeds if "splits" in size else np.full_like(number, FIXED_SPLIT)
            )
            cells = itertools.product(part["initializers"], part["arms"])
            block = pd.concat(
                pd.DataFrame(
                    {
                        "protocol": protocol,
                        "initializer": initializer,
                        "arm": arm,
                        "trainer": trainer,
                        "replicate": first + number,
                        "split": split,
                    }
                )
                for initializer, arm in cells
            )
            chunks = math.ceil(networks / config["chunk_members"][trainer])
            frames.append(block.assign(chunk=chunk + np.arange(networks) * chunks // networks))
            chunk += chunks
    return pd.concat(frames, ignore_index=True)


def chunk_members(path: str | Path, trainer: str, chunk: int) -> pd.DataFrame:
    """Read one chunk's rows of the members table, in their order."""
    members = read_table(path, MEMBERS)
    chosen = members["trainer"].eq(trainer) & members["chunk"].eq(chunk)
    return members[chosen].reset_index(drop=True)


def clock_of(training: Mapping[str, Any], n_train: int, n_epochs: int | None = None) -> Clock:
    """Return how many updates an epoch has, the short last batch counted, and the epochs."""
    return Clock(math.ceil(n_train / training["batch_size"]), n_epochs or training["epochs"])


def arm_rates(arm: Mapping[str, Any], clock: Clock) -> Rates:
    """Return the learning rate of each update of one arm, float64, shape (n_updates,)."""
    return rate_table(arm["schedule"], arm["initial_rate"], clock)


def rates_table(
    figures: Mapping[str, Any], training: Mapping[str, Any], n_train: int
) -> pd.DataFrame:
    """Evaluate every curve of the learning-rate figures (see `tables.RATES`)."""
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
