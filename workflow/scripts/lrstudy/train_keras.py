"""The reference trainer: the tutorial's network in Keras 3 on TensorFlow.

`Model.fit` spends its time between batches. `KerasTrainer` runs the same optimizer steps of the
same Keras model inside one compiled function an epoch: the weights equal `fit`'s bit for bit (a
test holds both together) in about a hundredth of the time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# oneDNN picks kernels by processor; without it fewer results depend on the machine.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from numpy.typing import NDArray

from lrstudy.data import Dataset
from lrstudy.outcome import Outcome, concatenate, pack_missed
from lrstudy.plan import arm_rates, clock_of
from lrstudy.splits import Split, split
from lrstudy.streams import generator

Float32 = NDArray[np.float32]


def make_deterministic() -> None:
    """Make TensorFlow repeat its bits: deterministic kernels, one thread in and between them.

    Call it before any other use of TensorFlow. A thread count taken from the machine would
    change the order of some sums.
    """
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()


class TableSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A learning-rate schedule that looks each update's rate up in a table.

    Parameters
    ----------
    n_updates : int
        Length of the table; it is filled by assigning to ``table``.
    """

    def __init__(self, n_updates: int) -> None:
        self.table = tf.Variable(tf.zeros(n_updates), trainable=False)

    def __call__(self, step: Any) -> Any:
        """Return the rate of update `step`, from 0."""
        return tf.gather(self.table, tf.cast(step, tf.int32))


def build_network(n_inputs: int, n_hidden: int) -> keras.Sequential:
    """Build the tutorial's network: n_inputs -> Dense(n_hidden, relu) -> Dense(1, sigmoid)."""
    return keras.Sequential(
        [
            keras.Input((n_inputs,)),
            keras.layers.Dense(n_hidden, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


def layer_weights(packed: Float32, n_inputs: int, n_hidden: int) -> list[Float32]:
    """Cut packed weights into Keras's four arrays (see `streams.initial_weights`)."""
    kernel, bias, out, out_bias = np.split(
        packed, np.cumsum([n_inputs * n_hidden, n_hidden, n_hidden])
    )
    return [kernel.reshape(n_inputs, n_hidden), bias, out.reshape(n_hidden, 1), out_bias]


def keras_randomness(
    initializer: Mapping[str, Any],
    n_inputs: int,
    n_hidden: int,
    n_epochs: int,
    n_train: int,
    replicate: int,
) -> tuple[list[Float32], NDArray[np.int32]]:
    """Draw initial weights and row orders from Keras's own generators.

    Seeded by the replicate alone, and independent of the numbers that `streams` draws: networks
    trained from them are a second sample of the same population.

    Returns
    -------
    weights : list of four float32 arrays
        As ``Model.set_weights`` takes them; biases zero.
    orders : ndarray of int32, shape (n_epochs, n_train)
        One permutation of the training rows an epoch.
    """
    seeds = generator("keras", replicate).integers(2**31 - 1, size=3).tolist()
    shapes = ((n_inputs, n_hidden), (n_hidden, 1))
    weights = []
    for shape, seed in zip(shapes, seeds, strict=False):
        if initializer["kind"] == "glorot_uniform":
            drawn = keras.initializers.GlorotUniform(seed=seed)(shape)
        else:
            drawn = keras.initializers.RandomNormal(0.0, initializer["stddev"], seed=seed)(shape)
        weights += [np.asarray(drawn), np.zeros(shape[1], np.float32)]
    shuffler = keras.random.SeedGenerator(seeds[2])
    rows = np.arange(n_train, dtype=np.int32)
    orders = [np.asarray(keras.random.shuffle(rows, seed=shuffler)) for _ in range(n_epochs)]
    return weights, np.stack(orders)


class KerasTrainer:
    """Trains networks of one shape and one momentum, one after the other.

    Parameters
    ----------
    dataset : Dataset
        features (n_rows, n_inputs) and labels (n_rows,).
    training : mapping
        ``hidden_units``, ``epochs``, ``batch_size``.
    n_train : int
        Rows that train.
    momentum : float
        Momentum of SGD, in [0, 1).
    """

    def __init__(
        self, dataset: Dataset, training: Mapping[str, Any], n_train: int, momentum: float
    ) -> None:
        self._dataset = dataset
        self._epochs = training["epochs"]
        self._batch = training["batch_size"]
        self._n_hidden = training["hidden_units"]
        self._n_train = n_train
        self._n_updates = -(-n_train // self._batch) * self._epochs
        self.network = build_network(dataset.features.shape[1], self._n_hidden)
        self._schedule = TableSchedule(self._n_updates)
        self._optimizer = keras.optimizers.SGD(self._schedule, momentum=momentum)
        self._optimizer.build(self.network.trainable_variables)
        self._loss = keras.losses.BinaryCrossentropy()
        self._epoch = tf.function(self._train_epoch)
        self._evaluate = tf.function(self._predict)

    def _update(self, features: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = self._loss(labels, self.network(features, training=True))
        variables = self.network.trainable_variables
        self._optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    def _train_epoch(self, features: Any, labels: Any, order: Any) -> Any:
        """One pass over the rows in the given order; returns the mean loss of its batches."""
        full = self._n_train // self._batch
        total = 0.0
        for batch in tf.range(full):
            rows = order[batch * self._batch : (batch + 1) * self._batch]
            rows = tf.ensure_shape(rows, (self._batch,))
            loss = self._update(tf.gather(features, rows), tf.gather(labels, rows))
            total += loss * self._batch
        short = self._n_train - full * self._batch
        if short:
            rows = order[full * self._batch :]
            total += self._update(tf.gather(features, rows), tf.gather(labels, rows)) * short
        return total / self._n_train

    def _predict(self, features: Any, labels: Any) -> Any:
        output = self.network(features, training=False)
        wrong = (output > 0.5) != (labels > 0.5)
        return wrong[:, 0], self._loss(labels, output)

    def train(
        self, weights: Sequence[Float32], orders: NDArray[np.integer], split: Split, rates: Any
    ) -> Outcome:
        """Train one network from given weights, in given orders, at given rates.

        Parameters
        ----------
        weights : sequence of four float32 arrays
            As ``Model.set_weights`` takes them.
        orders : ndarray of int, shape (n_epochs, n_train)
            Positions inside the training rows, one permutation an epoch.
        split : Split
            Which rows train and which validate.
        rates : ndarray, shape (n_updates,)
            Learning rate of each update; used as float32.

        Returns
        -------
        Outcome
            Of one member. The trained weights stay in ``network``.
        """
        self.network.set_weights(weights)
        for variable in self._optimizer.variables:
            variable.assign(tf.zeros_like(variable))
        self._schedule.table.assign(np.asarray(rates, np.float32))
        features, labels = self._dataset.features, self._dataset.labels.astype(np.float32)[:, None]
        train = tf.constant(features[split.train]), tf.constant(labels[split.train])
        validation = (
            tf.constant(features[split.validation]),
            tf.constant(labels[split.validation]),
        )
        history = []
        for order in np.asarray(orders, np.int32):
            training_loss = self._epoch(*train, tf.constant(order))
            wrong, loss = self._evaluate(*validation)
            history.append((wrong.numpy(), float(loss), float(training_loss)))
        wrong, loss, training_loss = (np.array(part) for part in zip(*history, strict=True))
        finite = np.isfinite(loss).all() and np.isfinite(training_loss).all()
        largest = np.finfo(np.float32).max
        finite &= all(np.isfinite(w).all() for w in self.network.get_weights())
        return Outcome(
            n_correct=(~wrong).sum(axis=1, dtype=np.uint16)[None],
            validation_loss=np.nan_to_num(loss, nan=largest, posinf=largest)
            .clip(max=largest)
            .astype(np.float32)[None],
            training_loss=np.nan_to_num(training_loss, nan=largest, posinf=largest)
            .clip(max=largest)
            .astype(np.float32)[None],
            missed=pack_missed(wrong[-1])[None],
            diverged=np.array([not finite]),
        )


def train_chunk(
    dataset: Dataset,
    config: Mapping[str, Any],
    members: pd.DataFrame,
    *,
    progress: Callable[[int], None],
) -> Outcome:
    """Train planned members with Keras's own random numbers (see `keras_randomness`).

    Parameters
    ----------
    dataset : Dataset
        The data.
    config : mapping
        ``training``, ``protocols``, ``initializers`` and ``arms`` of the configuration.
    members : DataFrame
        Rows of `plan.plan_members`, of one protocol.
    progress : callable
        Called with the number of members done.

    Returns
    -------
    Outcome
        One row a member, in the order of `members`.
    """
    training = config["training"]
    n_inputs, n_hidden = dataset.features.shape[1], training["hidden_units"]
    trainers: dict[float, KerasTrainer] = {}
    outcomes = []
    for member in members.itertuples():
        protocol = str(member.protocol)
        rows = split(
            protocol,
            dataset.labels,
            generator=generator("splitting", member.split),
            **config["protocols"][protocol],
        )
        arm = config["arms"][member.arm]
        momentum = arm["momentum"]
        if momentum not in trainers:
            trainers[momentum] = KerasTrainer(dataset, training, len(rows.train), momentum)
        weights, orders = keras_randomness(
            config["initializers"][member.initializer],
            n_inputs,
            n_hidden,
            training["epochs"],
            len(rows.train),
            member.replicate,
        )
        rates = arm_rates(arm, clock_of(training, len(rows.train)))
        outcomes.append(trainers[momentum].train(weights, orders, rows, rates))
        progress(len(outcomes))
    return concatenate(outcomes)
