"""From planned members to networks trained in Keras, random numbers and all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrstudy.data.dataset import Dataset
from lrstudy.data.partition import inner_rows_of, inner_split, outer_split
from lrstudy.data.random_streams import generator
from lrstudy.data.splits import Split
from lrstudy.design.arms import training_of
from lrstudy.design.plan import arm_rates
from lrstudy.keras.trainer import Float32, Trainers, keras, tf
from lrstudy.tables.outcome import Outcome, concatenate


def keras_randomness(
    initializer: Mapping[str, Any],
    n_inputs: int,
    n_hidden: int,
    n_epochs: int,
    n_train: int,
    streams: tuple[int, int],
) -> tuple[list[Float32], NDArray[np.int32]]:
    """Draw initial weights and row orders from Keras's own generators.

    Seeded by the two numbers alone, and independent of what `random_streams` draws for the
    same numbers: networks trained from them are a second sample of the same population.

    ``streams`` are the numbers of the initialisation and of the shuffling stream. The weights are
    as ``Model.set_weights`` takes them, with biases of zero; the orders, of shape (n_epochs,
    n_train), are one permutation of the training rows an epoch.
    """
    initial, shuffled = (
        generator("keras", number).integers(2**31 - 1, size=3).tolist() for number in streams
    )
    shapes = ((n_inputs, n_hidden), (n_hidden, 1))
    weights = []
    for shape, seed in zip(shapes, initial[:2], strict=True):
        if initializer["kind"] == "glorot_uniform":
            drawn = keras.initializers.GlorotUniform(seed=seed)(shape)
        else:
            drawn = keras.initializers.RandomNormal(0.0, initializer["stddev"], seed=seed)(shape)
        weights += [np.asarray(drawn), np.zeros(shape[1], np.float32)]
    return weights, _order_drawer(n_epochs, n_train)(shuffled[2])


@cache
def _order_drawer(n_epochs: int, n_train: int) -> Callable[[int], NDArray[np.int32]]:
    """Compile the drawing of all orders at once: one call an epoch takes longer than training."""
    seeds = keras.random.SeedGenerator(0)

    @tf.function
    def draw() -> Any:
        rows = tf.range(n_train)
        return tf.stack([keras.random.shuffle(rows, seed=seeds) for _ in range(n_epochs)])

    def drawn(seed: int) -> NDArray[np.int32]:
        seeds.state.assign(np.array([seed, 0]))
        return draw().numpy()

    return drawn


def train_chunk(
    dataset: Dataset,
    config: Mapping[str, Any],
    members: pd.DataFrame,
    *,
    progress: Callable[[int], None],
) -> Outcome:
    """Train planned members with Keras's own random numbers (see `keras_randomness`).

    Members are rows of `plan.plan_members`, of one protocol and number of epochs; the outcome has
    one row a member, in their order. ``progress`` is called with the number of members done.
    """
    training = config["training"]
    n_inputs, n_hidden = dataset.features.shape[1], training["hidden_units"]
    trainers = Trainers(dataset, training)
    outcomes = []
    for member in members.to_dict("records"):
        rows = outer_split(dataset, config["protocols"], member["protocol"], member["split"])
        arm = config["arms"][member["arm"]]
        inner = None
        if inner_rows_of(arm):
            parts = inner_split(dataset, rows, inner_rows_of(arm), member["replicate"])
            rows, inner = Split(parts.train, rows.validation), parts.validation
        weights, orders = keras_randomness(
            config["initializers"][member["initializer"]],
            n_inputs,
            n_hidden,
            training_of(training, arm)["epochs"],
            len(rows.train),
            (member["initialisation"], member["shuffle"]),
        )
        rates = arm_rates(arm, training, len(rows.train))
        outcomes.append(
            trainers.of(arm, len(rows.train)).train(
                weights, orders, rows, rates, plateau=arm.get("plateau"), inner=inner
            )
        )
        progress(len(outcomes))
    return concatenate(outcomes)
