"""Rivals in TensorFlow: Keras as it comes, this project's Keras loop, and ensembles under XLA.

An ensemble is batched by hand over its members: all 50 epochs are one compiled function.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from workload import Results, Setting, Trainer, Workload


def settings(n_cores: int) -> list[Setting]:
    """Return what is tried before the rounds: members a call, calls at the same time."""
    grid = [{"members": members, "calls": n_cores} for members in (16, 32, 64, 256)]
    return [*grid, {"members": 256, "calls": 1}]


def settings_shared(n_cores: int) -> list[Setting]:
    """Return the same for the shared shuffle, where one call's products are wide."""
    grid = [{"members": members, "calls": n_cores} for members in (16, 32, 64, 128)]
    return [*grid, {"members": 256, "calls": 1}, {"members": 1024, "calls": 1}]


def _cross_entropy(logit: Any, y: Any) -> Any:
    return tf.maximum(logit, 0.0) - logit * y + tf.math.log1p(tf.exp(-tf.abs(logit)))


class _Own:
    """Each member its own rows: arrays are (members, ...), products batched over members."""

    @staticmethod
    def pack(packed: Any, n_terms: int, n_hidden: int) -> tuple[Any, ...]:
        kernel, out, out_bias = tf.split(packed, [n_terms * n_hidden, n_hidden, 1], axis=1)
        return tf.reshape(kernel, (-1, n_terms, n_hidden)), out[:, :, None], out_bias[:, :, None]

    @staticmethod
    def unpack(weights: tuple[Any, ...]) -> Any:
        n_members = weights[0].shape[0]
        return tf.concat([tf.reshape(w, (n_members, -1)) for w in weights], axis=1)

    @staticmethod
    def rows(table: Any, chosen: Any, order: Any) -> Any:
        """Rows of ``features`` in the members' orders, (members, n_train)."""
        return tf.gather(tf.gather(table, chosen), order, axis=1, batch_dims=1)

    @staticmethod
    def forward(weights: tuple[Any, ...], x: Any) -> tuple[Any, Any]:
        kernel, out, out_bias = weights
        hidden = tf.nn.relu(tf.matmul(x, kernel))
        return hidden, (tf.matmul(hidden, out) + out_bias)[:, :, 0]

    @staticmethod
    def gradient(weights: tuple[Any, ...], x: Any, hidden: Any, error: Any) -> tuple[Any, ...]:
        error = error[:, :, None]
        delta = tf.where(hidden > 0, error * tf.transpose(weights[1], (0, 2, 1)), 0.0)
        return (
            tf.matmul(x, delta, transpose_a=True),
            tf.matmul(hidden, error, transpose_a=True),
            tf.reduce_sum(error, axis=1, keepdims=True),
        )


class _Shared:
    """All members the same rows: the members' hidden layers are one wide layer.

    Arrays are (batch, members, ...); the first layer is (batch, inputs) x (inputs, members *
    hidden units).
    """

    @staticmethod
    def pack(packed: Any, n_terms: int, n_hidden: int) -> tuple[Any, ...]:
        kernel, out, out_bias = tf.split(packed, [n_terms * n_hidden, n_hidden, 1], axis=1)
        kernel = tf.transpose(tf.reshape(kernel, (-1, n_terms, n_hidden)), (1, 0, 2))
        return tf.reshape(kernel, (n_terms, -1)), out, out_bias[:, 0]

    @staticmethod
    def unpack(weights: tuple[Any, ...]) -> Any:
        kernel, out, out_bias = weights
        n_members, n_hidden = out.shape
        kernel = tf.transpose(tf.reshape(kernel, (-1, n_members, n_hidden)), (1, 0, 2))
        return tf.concat([tf.reshape(kernel, (n_members, -1)), out, out_bias[:, None]], axis=1)

    @staticmethod
    def rows(table: Any, chosen: Any, order: Any) -> Any:
        """Rows of ``features`` in the first member's order, (n_train,)."""
        return tf.gather(table[chosen[0]], order[0])

    @staticmethod
    def forward(weights: tuple[Any, ...], x: Any) -> tuple[Any, Any]:
        kernel, out, out_bias = weights
        hidden = tf.reshape(tf.nn.relu(tf.matmul(x, kernel)), (x.shape[0], *out.shape))
        return hidden, tf.reduce_sum(hidden * out, axis=2) + out_bias

    @staticmethod
    def gradient(weights: tuple[Any, ...], x: Any, hidden: Any, error: Any) -> tuple[Any, ...]:
        delta = tf.where(hidden > 0, error[:, :, None] * weights[1], 0.0)
        return (
            tf.matmul(x, tf.reshape(delta, (x.shape[0], -1)), transpose_a=True),
            tf.reduce_sum(error[:, :, None] * hidden, axis=0),
            tf.reduce_sum(error, axis=0),
        )


def build(work: Workload, setting: Setting, *, shared: bool = False) -> Trainer:
    """Compile the training of ``setting["members"]`` members at a time.

    Parameters
    ----------
    work : Workload
    setting : mapping
        ``members`` a call.
    shared : bool
        All members of a call take the first one's shuffle and split.

    Returns
    -------
    callable
        From (init, shuffle, split), each int32 (members,), to `Results`.
    """
    shape = _Shared if shared else _Own
    batch_axis = 0 if shared else 1
    batch, n_hidden = work.batch_size, work.n_hidden
    _, n_epochs, n_train = work.orders.shape
    firsts = range(0, n_train, batch)
    # The hidden biases are one more row of the kernel, for an input that is always 1.
    inputs = np.pad(work.features, ((0, 0), (0, 1)), constant_values=1)
    n_terms, n_members = inputs.shape[1], setting["members"]
    features, labels = tf.constant(inputs), tf.constant(work.labels, tf.float32)
    packed, orders = tf.constant(work.weights), tf.constant(work.orders, tf.int32)
    train_rows, validation_rows = tf.constant(work.train_rows), tf.constant(work.validation_rows)
    rates = tf.constant(work.rates.reshape(n_epochs, -1), tf.float32)

    def labels_of(rows: Any) -> Any:
        y = tf.gather(labels, rows)
        return y[:, None] if shared else y

    def train(
        packed: Any, orders: Any, train_rows: Any, init: Any, shuffle: Any, split: Any
    ) -> tuple[Any, ...]:
        weights = shape.pack(tf.gather(packed, init), n_terms, n_hidden)
        velocity = tuple(tf.zeros_like(w) for w in weights)
        held_out = tf.gather(validation_rows, split[0] if shared else split)
        held_out_x, held_out_y = tf.gather(features, held_out), labels_of(held_out)
        member_orders = tf.gather(orders, shuffle[:1] if shared else shuffle)
        history = [
            tf.TensorArray(kind, n_epochs, element_shape=(n_members,))
            for kind in (tf.int32, tf.float32, tf.float32)
        ]

        def epoch(number: Any, weights: Any, velocity: Any, *history: Any) -> tuple[Any, ...]:
            rows = shape.rows(train_rows, split, member_orders[:, number])
            total = 0.0
            for update, first in enumerate(firsts):
                last = min(first + batch, n_train)
                batch_rows = rows[..., first:last]
                x, y = tf.gather(features, batch_rows), labels_of(batch_rows)
                hidden, logit = shape.forward(weights, x)
                total += tf.reduce_sum(_cross_entropy(logit, y), axis=batch_axis)
                error = (tf.sigmoid(logit) - y) / float(last - first)
                gradient = shape.gradient(weights, x, hidden, error)
                velocity = tuple(
                    work.momentum * v - rates[number, update] * g
                    for v, g in zip(velocity, gradient, strict=True)
                )
                weights = tuple(w + v for w, v in zip(weights, velocity, strict=True))
            logit = shape.forward(weights, held_out_x)[1]
            right = tf.cast((logit > 0) == (held_out_y > 0.5), tf.int32)
            loss = tf.reduce_mean(_cross_entropy(logit, held_out_y), axis=batch_axis)
            news = tf.reduce_sum(right, axis=batch_axis), loss, total / n_train
            history = tuple(h.write(number, n) for h, n in zip(history, news, strict=True))
            return number + 1, weights, velocity, *history

        _, weights, _, *history = tf.while_loop(
            lambda number, *_: number < n_epochs,
            epoch,
            (0, weights, velocity, *history),
            maximum_iterations=n_epochs,
        )
        return *(tf.transpose(h.stack()) for h in history), shape.unpack(weights)

    numbers = tf.TensorSpec((n_members,), tf.int32)
    given = [tf.TensorSpec(a.shape, a.dtype) for a in (packed, orders, train_rows)]
    compiled = tf.function(
        train, jit_compile=True, autograph=False, input_signature=[*given, *[numbers] * 3]
    ).get_concrete_function()

    def call(init: Any, shuffle: Any, split: Any) -> Results:
        chosen = (tf.constant(column) for column in (init, shuffle, split))
        return Results(*(a.numpy() for a in compiled(packed, orders, train_rows, *chosen)))

    return call


def build_shared(work: Workload, setting: Setting) -> Trainer:
    """Compile an ensemble whose members share one shuffle and one split."""
    return build(work, setting, shared=True)


def build_keras(work: Workload, setting: Setting) -> Trainer:
    """Plain Keras: a new model, `fit` with validation data, `get_weights`; default threads.

    `fit` shuffles for itself, so the given shuffle is not used.
    """
    import keras
    from lrstudy.keras.trainer import build_network, layer_weights

    n_inputs = work.features.shape[1]
    decay = work.rates[0] / work.rates[1] - 1

    def fit(init: int, split: int) -> tuple[Any, ...]:
        network = build_network(n_inputs, work.n_hidden)
        network.set_weights(layer_weights(work.weights[init], n_inputs, work.n_hidden))
        rate = keras.optimizers.schedules.InverseTimeDecay(float(work.rates[0]), 1, float(decay))
        network.compile(
            optimizer=keras.optimizers.SGD(rate, momentum=work.momentum),
            loss="binary_crossentropy",
            metrics=["accuracy"],
        )
        held_out = work.validation_rows[split]
        history = network.fit(
            work.features[work.train_rows[split]],
            work.labels[work.train_rows[split]],
            validation_data=(work.features[held_out], work.labels[held_out]),
            epochs=work.orders.shape[1],
            batch_size=work.batch_size,
            verbose=0,
        ).history
        right = np.rint(np.array(history["val_accuracy"]) * len(held_out)).astype(np.int32)
        weights = np.concatenate([w.ravel() for w in network.get_weights()])
        return right, np.array(history["val_loss"]), np.array(history["loss"]), weights

    def call(init: Any, shuffle: Any, split: Any) -> Results:
        fits = [fit(i, s) for i, s in zip(init, split, strict=True)]
        return Results(*(np.stack(column) for column in zip(*fits, strict=True)))

    return call


def build_keras_loop(work: Workload, setting: Setting) -> Trainer:
    """Train with this project's Keras loop, one network after another."""
    from lrstudy.data.dataset import Dataset
    from lrstudy.data.splits import Split
    from lrstudy.keras.trainer import KerasTrainer, layer_weights

    _, n_epochs, n_train = work.orders.shape
    training = {
        "hidden_units": work.n_hidden,
        "epochs": n_epochs,
        "batch_size": work.batch_size,
    }
    data = Dataset(work.features, work.labels)
    trainer = KerasTrainer(data, training, n_train, {"momentum": work.momentum})

    def one(init: int, shuffle: int, split: int) -> tuple[Any, ...]:
        outcome = trainer.train(
            layer_weights(work.weights[init], work.features.shape[1], work.n_hidden),
            work.orders[shuffle],
            Split(work.train_rows[split], work.validation_rows[split]),
            work.rates,
        )
        weights = np.concatenate([w.ravel() for w in trainer.network.get_weights()])
        losses = outcome.validation_loss[0], outcome.training_loss[0]
        return outcome.n_correct[0], *losses, weights

    def call(init: Any, shuffle: Any, split: Any) -> Results:
        members = [one(*chosen) for chosen in zip(init, shuffle, split, strict=True)]
        return Results(*(np.stack(column) for column in zip(*members, strict=True)))

    return call
