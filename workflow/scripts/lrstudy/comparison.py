"""The same networks trained in Keras and in the kernel, and how far the two part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrstudy.data import Dataset
from lrstudy.ensemble import assemble
from lrstudy.outcome import unpack_missed
from lrstudy.partition import inner_rows_of
from lrstudy.splits import Split
from lrstudy.streams import generator
from lrstudy.train_keras import KerasTrainer, layer_weights
from lrstudy.train_many import train_many, train_one_weights


def comparison_members(config: Mapping[str, Any]) -> pd.DataFrame:
    """List the networks that both trainers train from the same weights and batches."""
    agreement = config["agreement"]
    first = agreement["first_replicate"]
    return pd.DataFrame(
        [
            {
                "protocol": agreement["protocol"],
                "initializer": initializer,
                "arm": arm,
                "replicate": replicate,
                "initialisation": replicate,
                "shuffle": replicate,
                # Replicates differ in the split too, where the protocol draws one.
                "split": replicate if agreement["protocol"] == "resample" else 0,
            }
            for arm in agreement["arms"]
            for initializer in agreement["initializers"]
            for replicate in range(first, first + agreement["seeds"])
        ]
    )


def compare_networks(
    dataset: Dataset,
    config: Mapping[str, Any],
    *,
    n_threads: int,
    progress: Callable[[int], None],
) -> pd.DataFrame:
    """Train every comparison network in Keras and in the kernel (see `run_tables.AGREEMENT`).

    The kernel also trains each network from weights nudged at random by up to one unit in the
    last place, several times. How far a nudge carries says how stable the trajectory is: where
    rounding alone switches a unit on or off, no two correct trainers can agree to the last digit.
    """
    members = comparison_members(config)
    held_out = members["arm"].map(lambda name: inner_rows_of(config["arms"][name]))
    frames = []
    trainers: dict[tuple[float, int], KerasTrainer] = {}
    done = 0
    for _, group in members.groupby(held_out, sort=True):
        ingredients, chosen = assemble(dataset, config, group)
        outcome = train_many(ingredients, chosen, n_threads=n_threads)
        nudged = [
            replace(ingredients, weights=_nudge(ingredients.weights, generator("nudging", i)))
            for i in range(config["agreement"]["nudges"])
        ]
        rows = []
        for i, member in enumerate(group.to_dict("records")):
            init, shuffle, split = (
                int(column[i]) for column in (chosen.init, chosen.shuffle, chosen.split)
            )
            arm = config["arms"][member["arm"]]
            parts = Split(ingredients.train_rows[split], ingredients.validation_rows[split])
            key = arm["momentum"], len(parts.train)
            if key not in trainers:
                trainers[key] = KerasTrainer(
                    dataset, config["training"], len(parts.train), arm["momentum"]
                )
            trainer = trainers[key]
            expected = trainer.train(
                layer_weights(
                    ingredients.weights[init], dataset.features.shape[1], ingredients.n_hidden
                ),
                ingredients.orders[shuffle],
                parts,
                ingredients.rates[chosen.rates[i]],
                plateau=arm.get("plateau"),
                inner=None if ingredients.inner_rows is None else ingredients.inner_rows[split],
            )
            keras_weights = np.concatenate([w.ravel() for w in trainer.network.get_weights()])
            weights = train_one_weights(ingredients, chosen, i)
            moved = [train_one_weights(other, chosen, i) for other in nudged]
            n_validation = len(parts.validation)
            flipped = unpack_missed(expected.missed[0] ^ outcome.missed[i], n_validation)
            rows.append(
                {
                    "initializer": member["initializer"],
                    "arm": member["arm"],
                    "replicate": member["replicate"],
                    "predictions": n_validation,
                    "flipped": int(flipped.sum()),
                    "weight_difference": float(np.abs(keras_weights - weights).max()),
                    "sensitivity": float(np.abs(np.array(moved) - weights).max()),
                    "rate_difference": float(np.abs(trainer.epoch_rates - outcome.rate[i]).max()),
                }
            )
            done += 1
            progress(done)
        frames.append(pd.DataFrame(rows))
    return pd.concat(frames, ignore_index=True)


def _nudge(weights: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Move each weight by -1, 0 or +1 unit in the last place."""
    towards = np.array([-np.inf, 0.0, np.inf], np.float32)
    step = rng.integers(3, size=weights.shape)
    return np.where(step == 1, weights, np.nextafter(weights, towards[step]))
