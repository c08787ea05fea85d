"""The second question's networks: the same arms, trained on another data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from lrstudy.collect import runs_table
from lrstudy.data import Dataset
from lrstudy.ensemble import train_chunk
from lrstudy.plan import plan_members
from lrstudy.run_tables import ELSEWHERE

# Replicates trained at a time: their orders of the rows are all that takes memory.
BLOCK = 100
PROTOCOL = "resample"


def elsewhere_members(name: str, elsewhere: Mapping[str, Any]) -> pd.DataFrame:
    """List the networks of one data set, one row each (see `run_tables.MEMBERS`).

    Parameters
    ----------
    name : str
        The data set.
    elsewhere : mapping
        ``elsewhere`` of the configuration: its arms, initializers, first_replicate, splits, seeds.
    """
    part = {
        "trainer": "kernel",
        **{key: elsewhere[key] for key in ("arms", "initializers", "first_replicate")},
        "protocols": {PROTOCOL: {key: elsewhere[key] for key in ("splits", "seeds")}},
    }
    return plan_members({"parts": {name: part}, "chunk_members": {"kernel": 2**31, "keras": 1}})


def setting_of(name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the study's configuration with one data set's width and split in its place.

    Parameters
    ----------
    name : str
        The data set's name in ``elsewhere.datasets``.
    config : mapping
        ``elsewhere``, ``training``, ``initializers`` and ``arms`` of the configuration.

    Returns
    -------
    dict
        ``training``, ``protocols``, ``initializers`` and ``arms``, as training takes them.
    """
    own = config["elsewhere"]["datasets"][name]
    return {
        "training": {**config["training"], "hidden_units": own["hidden_units"]},
        "protocols": {PROTOCOL: {"validation_rows": own["validation_rows"]}},
        "initializers": config["initializers"],
        "arms": config["arms"],
    }


def train_elsewhere(
    name: str,
    dataset: Dataset,
    config: Mapping[str, Any],
    *,
    n_threads: int,
    progress: Callable[[int], None],
) -> pd.DataFrame:
    """Train every network of one data set on stratified random splits.

    Parameters
    ----------
    name : str
        The data set's name in ``elsewhere.datasets``.
    dataset : Dataset
        Its features and labels.
    config : mapping
        ``elsewhere``, ``training``, ``initializers`` and ``arms`` of the configuration. The data
        set's own ``hidden_units`` and ``validation_rows`` take the place of the study's.
    n_threads : int
        Threads; no influence on the result.
    progress : callable
        Called with the number of networks done.

    Returns
    -------
    DataFrame
        See `run_tables.ELSEWHERE`; one row a network.
    """
    setting = setting_of(name, config)
    members = elsewhere_members(name, config["elsewhere"])
    frames: list[pd.DataFrame] = []
    done = 0
    first = members["replicate"].min()
    for _, block in members.groupby((members["replicate"] - first) // BLOCK):
        outcome = train_chunk(
            dataset,
            setting,
            block,
            n_threads=n_threads,
            progress=lambda n, before=done: progress(before + n),  # type: ignore[misc]
        )
        frames.append(runs_table(dataset, setting["protocols"], block, outcome))
        done += len(block)
    runs = pd.concat(frames, ignore_index=True).rename(columns={"part": "dataset"})
    return runs[list(ELSEWHERE.columns)]
