"""The reference trainer: the tutorial's network in Keras 3 on TensorFlow.

`Model.fit` spends its time between batches. `KerasTrainer` runs the same optimizer steps of the
same Keras model inside one compiled function an epoch, in about a hundredth of the time. But for
one division, of `GRADIENTS`, the weights equal `fit`'s bit for bit (a test holds both together).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from paperledger.io.variables import settle

from lrstudy.design.variables import KERAS

# Keras and TensorFlow read it when they are imported, so the other modules take keras and tf from
# here.
settle(KERAS)


@contextmanager
def _without(*names: str) -> Iterator[None]:
    """Let modules that were not imported yet seem not to be installed."""
    hidden = {*names} - {*sys.modules}
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


# A third of its start goes into these, for wrappers and pictures that nothing here uses.
with _without("sklearn", "matplotlib"):
    import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from lrstudy.data.dataset import Dataset
from lrstudy.data.splits import Split
from lrstudy.design.arms import training_of
from lrstudy.tables.outcome import Outcome, finite_loss, pack_missed

Float32 = NDArray[np.float32]


def make_deterministic() -> None:
    """Make TensorFlow repeat its bits: deterministic kernels, one thread in and between them.

    Call it before any other use of TensorFlow. A thread count taken from the machine would
    change the order of some sums.
    """
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()


@tf.RegisterGradient("DividedLog1p")
def _divided(log1p: Any, upstream: Any) -> Any:
    """Gradient of log(1 + x), with a division."""
    return upstream / (1 + log1p.inputs[0])


# TensorFlow's own multiplies by the processor's approximate reciprocal (rcpps), whose bits are each
# maker's own: the one operation of training that is not the same on every x86-64.
GRADIENTS = {"Log1p": "DividedLog1p"}


class TableSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A learning-rate schedule that looks each update's rate up in ``table``, to be assigned."""

    def __init__(self) -> None:
        self.table = tf.Variable(tf.zeros(1), trainable=False, shape=(None,))

    def __call__(self, step: Any) -> Any:
        """Return the rate of update `step`, from 0."""
        return tf.gather(self.table, tf.cast(step, tf.int32))


class _TableRate:
    """Stands in for an optimizer before Keras's callbacks: its rate is the whole table's."""

    def __init__(self, schedule: TableSchedule) -> None:
        self._table = schedule.table

    @property
    def learning_rate(self) -> Any:
        return self._table[0]

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self._table.assign(tf.fill(tf.shape(self._table), np.float32(rate)))


def _plateau_callback(setting: Mapping[str, Any], schedule: TableSchedule) -> Any:
    """Return Keras's ReduceLROnPlateau, watching ``measure`` and steering a table of one rate."""
    callback = keras.callbacks.ReduceLROnPlateau(
        monitor="measure",
        mode="max" if setting.get("measure") == "accuracy" else "min",
        factor=setting["factor"],
        patience=setting["patience"],
        min_delta=setting["min_delta"],
        cooldown=setting["cooldown"],
        min_lr=setting["min_rate"],
    )
    callback.set_model(SimpleNamespace(optimizer=_TableRate(schedule)))
    callback.on_train_begin()
    return callback


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
    """Cut packed weights into Keras's four arrays (see `random_streams.initial_weights`)."""
    kernel, bias, out, out_bias = np.split(
        packed, np.cumsum([n_inputs * n_hidden, n_hidden, n_hidden])
    )
    return [kernel.reshape(n_inputs, n_hidden), bias, out.reshape(n_hidden, 1), out_bias]


class KerasTrainer:
    """Trains networks of one shape and one optimizer, one after the other.

    ``training`` has ``hidden_units`` and ``batch_size``; the arm has ``momentum``, of SGD, or
    ``adam``.
    """

    def __init__(
        self,
        dataset: Dataset,
        training: Mapping[str, Any],
        n_train: int,
        arm: Mapping[str, Any],
    ) -> None:
        self.dataset = dataset
        self._batch = training["batch_size"]
        self._n_hidden = training["hidden_units"]
        self._n_train = n_train
        self.network = build_network(dataset.features.shape[1], self._n_hidden)
        self._schedule = TableSchedule()
        self._optimizer = (
            keras.optimizers.Adam(self._schedule, **arm["adam"])
            if "adam" in arm
            else keras.optimizers.SGD(self._schedule, momentum=arm["momentum"])
        )
        self._optimizer.build(self.network.trainable_variables)
        self._loss = keras.losses.BinaryCrossentropy()
        self._epoch = tf.function(self._run_epoch)
        self._evaluate = tf.function(self._predict)

    def _update(self, features: Any, labels: Any) -> Any:
        # A GradientTape knows no other gradients than TensorFlow's own.
        with tf.compat.v1.get_default_graph().gradient_override_map(GRADIENTS):
            loss = self._loss(labels, self.network(features, training=True))
        variables = self.network.trainable_variables
        gradients = tf.gradients(loss, [variable.value for variable in variables])
        self._optimizer.apply(gradients, variables)
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

    def _run_epoch(self, train: Any, order: Any, validation: Any) -> Any:
        """Train for one epoch and evaluate; also returns the rate of the last update."""
        training_loss = self._train_epoch(train[0], train[1], order)
        rate = self._schedule(self._optimizer.iterations - 1)
        return training_loss, rate, *self._predict(*validation)

    def train(
        self,
        weights: Sequence[Float32],
        orders: NDArray[np.integer],
        split: Split,
        rates: Any,
        *,
        plateau: Mapping[str, Any] | None = None,
        inner: NDArray[np.integer] | None = None,
    ) -> Outcome:
        """Train one network from given weights, in given orders, at given rates.

        Parameters
        ----------
        weights : sequence of four float32 arrays
            As ``Model.set_weights`` takes them.
        orders : ndarray of int, shape (n_epochs, n_train)
            Positions inside the training rows, one permutation an epoch.
        rates : ndarray, shape (n_updates,)
            Learning rate of each update; used as float32.
        plateau : mapping, optional
            Settings of an arm's ``plateau``: Keras's own ReduceLROnPlateau then lowers the rate.
        inner : ndarray of int, shape (n_inner,), optional
            Rows that it watches with monitor ``inner``; not among the training rows.

        Returns
        -------
        Outcome
            Of one member. The trained weights stay in ``network``, and the rate of each epoch's
            last update, float32 (n_epochs,), in ``epoch_rates``.
        """
        self.network.set_weights(weights)
        for variable in self._optimizer.variables:
            variable.assign(tf.zeros_like(variable))
        self._schedule.table.assign(np.asarray(rates, np.float32))
        features = self.dataset.inputs(split.train)
        labels = self.dataset.labels.astype(np.float32)[:, None]
        train = tf.constant(features[split.train]), tf.constant(labels[split.train])
        validation = (
            tf.constant(features[split.validation]),
            tf.constant(labels[split.validation]),
        )
        watched = (
            (tf.constant(features[inner]), tf.constant(labels[inner])) if inner is not None else ()
        )
        callback = _plateau_callback(plateau, self._schedule) if plateau else None
        history: list[list[Any]] = []
        for order in np.asarray(orders, np.int32):
            epoch = self._epoch(train, tf.constant(order), validation)
            if callback and plateau:
                training_loss, _, wrong, measure = epoch
                if plateau["monitor"] == "inner":
                    wrong, measure = self._evaluate(*watched)
                elif plateau["monitor"] == "training":
                    measure = training_loss
                if plateau.get("measure") == "accuracy":
                    measure = np.float32((~wrong.numpy()).sum()) / np.float32(len(wrong))
                callback.on_epoch_end(len(history), {"measure": float(measure)})
            history.append([part.numpy() for part in epoch])
        training_loss, self.epoch_rates, wrong, loss = (
            np.array(part) for part in zip(*history, strict=True)
        )
        numbers = [loss, training_loss, *self.network.get_weights()]
        return Outcome(
            n_correct=(~wrong).sum(axis=1, dtype=np.uint16)[None],
            validation_loss=finite_loss(loss)[None],
            training_loss=finite_loss(training_loss)[None],
            missed=pack_missed(wrong[-1])[None],
            diverged=np.array([not all(np.isfinite(x).all() for x in numbers)]),
        )


class Trainers:
    """Trainers of one data set, each compiled when it is first asked for.

    ``training`` is the study's; an arm may have its own batch size.
    """

    def __init__(self, dataset: Dataset, training: Mapping[str, Any]) -> None:
        self.dataset, self._training = dataset, training
        self._compiled: dict[str, KerasTrainer] = {}

    def of(self, arm: Mapping[str, Any], n_train: int) -> KerasTrainer:
        """Return the trainer of an arm's networks on so many training rows."""
        training = training_of(self._training, arm)
        key = repr((training["batch_size"], n_train, arm.get("momentum"), arm.get("adam")))
        if key not in self._compiled:
            self._compiled[key] = KerasTrainer(self.dataset, training, n_train, arm)
        return self._compiled[key]
