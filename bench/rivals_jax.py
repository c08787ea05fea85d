"""The ensemble in JAX: one network's training, `vmap` over the members, `scan`, `jit`.

Written for one member and batched from outside. With each core as a device of its own, XLA need
not split the many small products of an update between threads. The gradient is written by hand, as
the kernel's is, and held against JAX's own before anything is timed.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import numpy as np
from workload import Results, Setting, Trainer, Workload


def settings(n_cores: int) -> list[Setting]:
    """Return what is tried before the rounds: members a call, devices, updates in a loop's body."""
    grid = [{"members": members, "devices": n_cores, "unroll": 8} for members in (16, 32, 64, 256)]
    return [
        *grid,
        {"members": 64, "devices": n_cores, "unroll": 1},
        {"members": 256, "devices": 1, "unroll": 8},
    ]


def start(n_cores: int) -> None:
    """Tell XLA, before JAX is imported, to offer each core as a device."""
    given = os.environ.get("XLA_FLAGS", "")
    os.environ["XLA_FLAGS"] = f"{given} --xla_force_host_platform_device_count={n_cores}"
    os.environ["JAX_PLATFORMS"] = "cpu"


def forward(weights: Any, x: Any) -> tuple[Any, Any]:
    """Return what the hidden units and the output unit say to rows."""
    import jax

    kernel, out, out_bias = weights
    hidden = jax.nn.relu(x @ kernel)
    return hidden, hidden @ out + out_bias


def cross_entropy(logit: Any, y: Any) -> Any:
    """Return each row's loss."""
    import jax.numpy as jnp

    return jnp.maximum(logit, 0) - logit * y + jnp.log1p(jnp.exp(-jnp.abs(logit)))


def gradient(weights: Any, x: Any, y: Any) -> tuple[tuple[Any, ...], Any]:
    """Return the gradient of a batch's mean loss, and its losses."""
    import jax

    hidden, logit = forward(weights, x)
    error = (jax.nn.sigmoid(logit) - y) / len(y)
    delta = jax.numpy.where(hidden > 0, error[:, None] * weights[1], 0)
    return (x.T @ delta, error @ hidden, error.sum()), cross_entropy(logit, y)


def check_gradient(work: Workload) -> None:
    """Hold `gradient` against JAX's own, on the whole table, at weights that are drawn.

    Initial weights would not do: their biases are zeros, which hide an error.

    Raises
    ------
    AssertionError
        It is not the derivative of the loss.
    """
    import jax

    x, y = work.features, work.labels.astype(np.float32)
    shapes = ((x.shape[1], work.n_hidden), (work.n_hidden,), ())
    drawn = map(jax.random.normal, jax.random.split(jax.random.key(0), len(shapes)), shapes)
    weights = tuple(drawn)
    own = jax.grad(lambda w: cross_entropy(forward(w, x)[1], y).mean())(weights)
    for ours, jaxs in zip(gradient(weights, x, y)[0], own, strict=True):
        np.testing.assert_allclose(ours, jaxs, rtol=1e-4, atol=1e-5)


def build(work: Workload, setting: Setting) -> Trainer:
    """Compile the training of ``setting["members"]`` members at a time.

    Parameters
    ----------
    work : Workload
    setting : mapping
        ``members`` a call, ``devices`` they are spread over, updates that the loop's body has
        (``unroll``).

    Returns
    -------
    callable
        From (init, shuffle, split), each int32 (members,), to `Results`.
    """
    import jax
    import jax.numpy as jnp
    from jax import lax

    batch, n_train = work.batch_size, work.orders.shape[2]
    # The hidden biases are one more row of the kernel, for an input that is always 1.
    features = np.pad(work.features, ((0, 0), (0, 1)), constant_values=1)
    n_terms, n_hidden = features.shape[1], work.n_hidden
    n_full = n_train // batch  # whole batches an epoch; the last one may be short

    def update(state: Any, x: Any, y: Any, rate: Any) -> tuple[Any, Any]:
        weights, velocity = state
        slopes, losses = gradient(weights, x, y)
        velocity = tuple(
            work.momentum * v - rate * g for v, g in zip(velocity, slopes, strict=True)
        )
        weights = tuple(w + v for w, v in zip(weights, velocity, strict=True))
        return (weights, velocity), losses.sum()

    def train_one(init: Any, shuffle: Any, split: Any, tables: Any) -> tuple[Any, ...]:
        features, labels, packed, orders, train_rows, validation_rows, rates = tables
        cuts = np.cumsum([n_terms * n_hidden, n_hidden])
        kernel, out, out_bias = jnp.split(packed[init], cuts)
        weights = (kernel.reshape(n_terms, n_hidden), out, out_bias[0])
        held_out, held_labels = features[validation_rows[split]], labels[validation_rows[split]]

        def epoch(state: Any, given: Any) -> tuple[Any, Any]:
            order, rate = given
            rows = train_rows[split][order]

            def step(state: Any, given: Any) -> tuple[Any, Any]:
                rows, rate = given
                return update(state, features[rows], labels[rows], rate)

            full = rows[: n_full * batch].reshape(n_full, batch)
            state, losses = lax.scan(step, state, (full, rate[:n_full]), unroll=setting["unroll"])
            total = losses.sum()
            if n_train % batch:
                state, loss = step(state, (rows[n_full * batch :], rate[n_full]))
                total += loss
            logit = forward(state[0], held_out)[1]
            n_correct = ((logit > 0) == (held_labels > 0.5)).sum()
            return state, (n_correct, cross_entropy(logit, held_labels).mean(), total / n_train)

        nothing = jax.tree.map(jnp.zeros_like, weights)
        state, history = lax.scan(epoch, (weights, nothing), (orders[shuffle], rates))
        return *history, jnp.concatenate([jnp.ravel(w) for w in state[0]])

    train = jax.vmap(train_one, in_axes=(0, 0, 0, None))
    cores = jax.devices()[: setting["devices"]]
    mesh = jax.sharding.Mesh(np.array(cores), ("members",))
    spread, same = jax.P("members"), jax.P()
    train = jax.jit(
        jax.shard_map(train, mesh=mesh, in_specs=(spread,) * 3 + (same,), out_specs=spread)
    )
    place = partial(jax.device_put, device=jax.NamedSharding(mesh, same))
    tables = place(
        (
            features,
            work.labels.astype(np.float32),
            work.weights,
            work.orders.astype(np.int32),
            work.train_rows,
            work.validation_rows,
            work.rates.astype(np.float32).reshape(work.orders.shape[1], -1),
        )
    )

    def call(init: Any, shuffle: Any, split: Any) -> Results:
        return Results(*map(np.asarray, train(init, shuffle, split, tables)))

    return call
