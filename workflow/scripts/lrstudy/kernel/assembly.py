"""From planned members to what the kernel trains: random numbers, splits and rates as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrstudy.data.dataset import Dataset
from lrstudy.data.partition import inner_rows_of, inner_split, outer_split
from lrstudy.data.random_streams import epoch_orders, initial_weights
from lrstudy.design.arms import training_of
from lrstudy.design.plan import arm_rates
from lrstudy.kernel.inputs import Adam, Ingredients, Members, Plateau
from lrstudy.kernel.train_many import train_many
from lrstudy.tables.outcome import Outcome


def _numbered(values: pd.Series) -> tuple[list[Any], NDArray[np.int32]]:
    """Return the distinct values in order of appearance, and each row's index among them."""
    index, distinct = pd.factorize(values)
    return list(distinct), index.astype(np.int32)


def trained_alike(config: Mapping[str, Any], members: pd.DataFrame) -> pd.Series:
    """Return for each member what those of one call share: epochs, batch size, rows held out."""

    def shared(name: str) -> tuple[int, int, int]:
        arm = config["arms"][name]
        training = training_of(config["training"], arm)
        return training["epochs"], training["batch_size"], inner_rows_of(arm)

    found = {name: shared(name) for name in members["arm"].unique()}
    return members["arm"].map(found)


def assemble(
    dataset: Dataset, config: Mapping[str, Any], members: pd.DataFrame
) -> tuple[Ingredients, Members]:
    """Draw and tabulate all that the kernel needs to train the given members.

    Members are rows of `runs.MEMBERS`, of one protocol and `trained_alike`. Each distinct
    initialisation, order, split and rate table stands once. The features stand once; or, where they
    depend on the rows that train, once for each split, one below the other, and rows are numbered
    through.

    Raises
    ------
    ValueError
        The members are of several protocols, or not trained alike.
    """
    arms = config["arms"]
    protocol = members["protocol"].iloc[0]
    alike = set(trained_alike(config, members))
    if len(alike) != 1 or members["protocol"].nunique() != 1:
        raise ValueError("members must share protocol, epochs, batch size and rows held out")
    [(n_epochs, batch_size, held_out)] = alike
    n_hidden = config["training"]["hidden_units"]

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
    plateaus, plateau_index = _with_setting("plateau", names, arms)
    adams, adam_index = _with_setting("adam", names, arms)
    n_inputs = dataset.features.shape[1]
    ingredients = Ingredients(
        features=np.concatenate(seen),
        labels=np.tile(dataset.labels, len(seen)),
        weights=np.stack(
            [
                initial_weights(config["initializers"][name], n_inputs, n_hidden, number)
                for name, number in inits
            ]
        ),
        orders=np.stack([epoch_orders(n_epochs, n_train, r) for r in shuffles]),
        train_rows=np.stack(train_rows) + below,
        validation_rows=np.stack([outer[number[0]].validation for number in splits]) + below,
        rates=np.stack([arm_rates(arms[name], config["training"], n_train) for name in names]),
        batch_size=batch_size,
        n_hidden=n_hidden,
        plateaus=tuple(_plateau(setting) for setting in plateaus),
        adams=tuple(Adam(**setting) for setting in adams),
        inner_rows=np.stack([p.validation for p in parts if p]) + below if held_out else None,
    )
    return ingredients, Members(
        init=init_index,
        shuffle=shuffle_index,
        split=split_index,
        rates=arm_index,
        momentum=np.array([arms[n].get("momentum", 0) for n in names], np.float32)[arm_index],
        plateau=plateau_index[arm_index],
        adam=adam_index[arm_index],
    )


def _with_setting(
    key: str, names: Iterable[str], arms: Mapping[str, Any]
) -> tuple[list[Any], NDArray[np.int32]]:
    """Return the settings of the arms that have such a key, and each arm's index, -1 for none."""
    settings: list[Any] = []
    index = []
    for name in names:
        index.append(len(settings) if key in arms[name] else -1)
        if key in arms[name]:
            settings.append(arms[name][key])
    return settings, np.array(index, np.int32)


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
    """Train planned members of one protocol and number of epochs with the kernel.

    The outcome has one row a member, in their order;
    threads have no influence on it. ``progress`` is called with the number of members done.
    """
    alike = trained_alike(config, members).reset_index(drop=True)
    joined: dict[str, NDArray[Any]] = {}
    done = 0
    for rows in alike.groupby(alike).indices.values():
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
