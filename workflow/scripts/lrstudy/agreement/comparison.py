"""The same networks trained in Keras and in the kernel, and how far the two part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrstudy.data.dataset import Dataset
from lrstudy.data.random_streams import generator
from lrstudy.data.splits import FIXED, Split
from lrstudy.keras.trainer import KerasTrainer, Trainers, layer_weights
from lrstudy.kernel.assembly import assemble, trained_alike
from lrstudy.kernel.inputs import Ingredients, Members
from lrstudy.kernel.train_many import train_many, train_one_weights
from lrstudy.tables.outcome import Outcome, unpack_missed


def comparison_members(config: Mapping[str, Any]) -> pd.DataFrame:
    """List the networks that both trainers train from the same weights and batches.

    Of the configuration it takes ``agreement``, ``first_replicate``, and ``dataset``, the study's
    own.
    """
    agreement, first = config["agreement"], config["first_replicate"]
    return pd.DataFrame(
        [
            {
                "dataset": config["dataset"],
                "protocol": agreement["protocol"],
                "initializer": initializer,
                "arm": arm,
                "replicate": replicate,
                "initialisation": replicate,
                "shuffle": replicate,
                # Replicates differ in the split too, where the protocol draws one.
                "split": 0 if agreement["protocol"] in FIXED else replicate,
            }
            for arm in [*agreement["arms"], *agreement.get("beside", {})]
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
    """Train every comparison network in Keras and in the kernel (see `runs.AGREEMENT`).

    The kernel also trains each network from weights perturbed at random by up to one unit in the
    last place, several times. How far that carries says how stable the trajectory is: where
    rounding alone switches a unit on or off, no two correct trainers can agree to the last digit.

    The number of threads has no influence on the result; ``progress`` is called with the number of
    networks done.
    """
    members = comparison_members(config)
    arms = {**config["arms"], **config["agreement"].get("beside", {})}
    config = {**config, "arms": arms}
    frames = []
    trainers = Trainers(dataset, config["training"])
    done = 0
    for _, group in members.groupby(trained_alike(config, members), sort=True):
        ingredients, chosen = assemble(dataset, config, group)
        outcome = train_many(ingredients, chosen, n_threads=n_threads)
        copies = perturbed_copies(ingredients, config["agreement"]["perturbations"])
        rows = []
        for i, member in enumerate(group.to_dict("records")):
            arm = arms[member["arm"]]
            expected, trainer = train_beside(arm, (ingredients, chosen, i), trainers)
            keras_weights = np.concatenate([w.ravel() for w in trainer.network.get_weights()])
            weights = train_one_weights(ingredients, chosen, i)
            n_validation = ingredients.validation_rows.shape[1]
            flipped = unpack_missed(expected.missed[0] ^ outcome.missed[i], n_validation)
            rows.append(
                {
                    **{key: member[key] for key in ("dataset", "initializer", "arm", "replicate")},
                    "predictions": n_validation,
                    "flipped": int(flipped.sum()),
                    "weight_difference": float(np.abs(keras_weights - weights).max()),
                    "sensitivity": sensitivity(copies, chosen, i, weights),
                    "rate_difference": float(np.abs(trainer.epoch_rates - outcome.rate[i]).max()),
                }
            )
            done += 1
            progress(done)
        frames.append(pd.DataFrame(rows))
    return pd.concat(frames, ignore_index=True)


def train_beside(
    arm: Mapping[str, Any], member: tuple[Ingredients, Members, int], trainers: Trainers
) -> tuple[Outcome, KerasTrainer]:
    """Train one of the kernel's members in Keras, from the same weights and batches.

    ``member`` is what the kernel trains, and which of its members. The trainer returned holds the
    network.
    """
    given, chosen, i = member
    init, shuffle, split, rates = (
        int(column[i]) for column in (chosen.init, chosen.shuffle, chosen.split, chosen.rates)
    )
    n_rows = len(trainers.dataset.labels)  # the kernel may number the rows of all splits through
    parts = Split(given.train_rows[split] % n_rows, given.validation_rows[split] % n_rows)
    trainer = trainers.of(arm, len(parts.train))
    outcome = trainer.train(
        layer_weights(given.weights[init], given.features.shape[1], given.n_hidden),
        given.orders[shuffle],
        parts,
        given.rates[rates],
        plateau=arm.get("plateau"),
        inner=None if given.inner_rows is None else given.inner_rows[split] % n_rows,
    )
    return outcome, trainer


def perturbed_copies(given: Ingredients, n: int) -> list[Ingredients]:
    """Return n copies whose initial weights are perturbed, each at random."""
    return [
        replace(given, weights=_perturbed(given.weights, generator("perturbing", i)))
        for i in range(n)
    ]


def sensitivity(
    copies: Sequence[Ingredients], chosen: Members, i: int, weights: NDArray[np.float32]
) -> float:
    """Return how far perturbations carry a final weight of one member, whose weights are given.

    ``copies`` are of `perturbed_copies`, ``weights`` the final ones without perturbation.
    """
    moved = [train_one_weights(other, chosen, i) for other in copies]
    return float(np.abs(np.array(moved) - weights).max())


def _perturbed(weights: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Move each weight by -1, 0 or +1 unit in the last place."""
    towards = np.array([-np.inf, 0.0, np.inf], np.float32)
    step = rng.integers(3, size=weights.shape)
    return np.where(step == 1, weights, np.nextafter(weights, towards[step]))
