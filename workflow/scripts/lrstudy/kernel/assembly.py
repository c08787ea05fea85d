"""From planned members to what the kernel trains: random numbers, splits and rates as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrstudy.data.dataset import Dataset
from lrstudy.data.partition import inner_rows_of, inner_split, outer_split
from lrstudy.data.random_streams import epoch_orders, initial_weights
from lrstudy.design.plan import arm_rates, clock_of
from lrstudy.kernel.inputs import Ingredients, Members, Plateau
from lrstudy.kernel.train_many import train_many
from lrstudy.tables.outcome import Outcome


def _numbered(values: pd.Series) -> tuple[list[Any], NDArray[np.int32]]:
    """Return the distinct values in order of appearance, and each row's index among them."""
    index, distinct = pd.factorize(values)
    return list(distinct), index.astype(np.int32)


def assemble(
    dataset: Dataset, config: Mapping[str, Any], members: pd.DataFrame
) -> tuple[Ingredients, Members]:
    """Draw and tabulate all that the kernel needs to train the given members.

    Members are rows of `runs.MEMBERS`, of one protocol and of arms that hold out equally many rows.
    Each distinct initialisation, order, split and rate table stands once. The features stand once;
    or, where they depend on the rows that train, once for each split, one below the other, and rows
    are numbered through.

    Raises
    ------
    ValueError
        The members are of several protocols, or hold out different numbers of rows.
    """
    training, arms = config["training"], config["arms"]
    protocol = members["protocol"].iloc[0]
    used = {name: arms[name] for name in members["arm"].unique()}
    n_inner = {inner_rows_of(arm) for arm in used.values()}
    if len(n_inner) != 1 or members["protocol"].nunique() != 1:
        raise ValueError("members must share the protocol and the number of rows held out")
    held_out = n_inner.pop()

    # An inner split is drawn anew for each replicate, an outer one for each split stream.
    columns = ["split", "replicate"] if held_out else ["split"]
    splits, split_index = _numbered(
        pd.Series(list(zip(*(members[c] for c in columns), strict=True)))
    )
    outer = {
        number: outer_split(dataset, config["protocols"], protocol, number)
        for number in members["split"].unique()
    }
    parts = [
        inner_split(dataset, outer[number[0]], held_out, number[1]) if held_out else None
        for number in splits
    ]
    train_rows = [
        part.train if part else outer[number[0]].train
        for part, number in zip(parts, splits, strict=True)
    ]
    n_train = len(train_rows[0])
    seen = [dataset.inputs(rows) for rows in train_rows] if dataset.learns else [dataset.features]
    below = len(dataset.labels) * np.arange(len(seen), dtype=np.int32)[:, None]

    pairs = pd.Series(list(zip(members["initializer"], members["initialisation"], strict=True)))
    inits, init_index = _numbered(pairs)
    shuffles, shuffle_index = _numbered(members["shuffle"])
    names, arm_index = _numbered(members["arm"])
    clock = clock_of(training, n_train)
    plateaus = [name for name in names if "plateau" in arms[name]]
    plateau_of_arm = [plateaus.index(n) if n in plateaus else -1 for n in names]
    n_inputs = dataset.features.shape[1]
    ingredients = Ingredients(
        features=np.concatenate(seen),
        labels=np.tile(dataset.labels, len(seen)),
        weights=np.stack(
            [
                initial_weights(
                    config["initializers"][name], n_inputs, training["hidden_units"], number
                )
                for name, number in inits
            ]
        ),
        orders=np.stack([epoch_orders(training["epochs"], n_train, r) for r in shuffles]),
        train_rows=np.stack(train_rows) + below,
        validation_rows=np.stack([outer[number[0]].validation for number in splits]) + below,
        rates=np.stack([arm_rates(arms[name], clock) for name in names]),
        batch_size=training["batch_size"],
        n_hidden=training["hidden_units"],
        plateaus=tuple(_plateau(arms[name]["plateau"]) for name in plateaus),
        inner_rows=np.stack([p.validation for p in parts if p]) + below if held_out else None,
    )
    return ingredients, Members(
        init=init_index,
        shuffle=shuffle_index,
        split=split_index,
        rates=arm_index,
        momentum=np.array([arms[name]["momentum"] for name in names], np.float32)[arm_index],
        plateau=np.array(plateau_of_arm, np.int32)[arm_index],
    )


def _plateau(setting: Mapping[str, Any]) -> Plateau:
    return Plateau(**{key: value for key, value in setting.items() if key != "inner_rows"})


def train_chunk(
    dataset: Dataset,
    config: Mapping[str, Any],
    members: pd.DataFrame,
    *,
    n_threads: int,
    progress: Callable[[int], None],
) -> Outcome:
    """Train planned members of one protocol with the kernel.

    Arms may hold out different numbers of rows. The outcome has one row a member, in their order;
    threads have no influence on it. ``progress`` is called with the number of members done.
    """
    held_out = members["arm"].map(lambda name: inner_rows_of(config["arms"][name])).to_numpy()
    joined: dict[str, NDArray[Any]] = {}
    done = 0
    for size in np.unique(held_out):
        rows = np.flatnonzero(held_out == size)
        ingredients, chosen = assemble(dataset, config, members.iloc[rows])
        outcome = train_many(
            ingredients,
            chosen,
            n_threads=n_threads,
            progress=lambda n, before=done: progress(before + n),  # type: ignore[misc]
        )
        done += len(rows)
        for field in fields(Outcome):
            part = getattr(outcome, field.name)
            if field.name not in joined:
                joined[field.name] = np.empty((len(members), *part.shape[1:]), part.dtype)
            joined[field.name][rows] = part
    return Outcome(**joined)
