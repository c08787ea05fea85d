"""One member's whole training, compiled: the same bits on every IEEE 754 machine.

A member is a network ``n_inputs -> n_hidden relu -> 1 sigmoid``, trained on binary cross-entropy
by SGD with momentum as Keras does it. Everything it touches, 40 KiB for the tutorial's network,
stays in the first-level cache from the first update to the last.
`kernel_state` says how its arrays are laid out, `tiles` what the vector operations do.
"""

import zlib
from pathlib import Path

import numpy as np
from numba import njit

from lrstudy import kernel_state, portable_math, tiles
from lrstudy.kernel_state import make_layout, make_state, pack, pad, whole, zeros
from lrstudy.outcome import MAX_LOSS
from lrstudy.portable_math import portable_log, wide_exp, wide_sigmoid
from lrstudy.tiles import (
    LANES,
    ROWS,
    fill,
    load,
    load_each,
    spread,
    store,
    store_column_sums,
    store_row_sums,
    where_positive,
)

LOG_ROWS = 512  # rows whose 1 + exp(-|z|) <= 2 are multiplied before one log: 2**512 is finite

NO_MONITOR, MONITOR_VALIDATION, MONITOR_INNER, MONITOR_TRAINING = 0, 1, 2, 3

_ZERO = np.float32(0)
_MAX_LOSS = np.float32(MAX_LOSS)
_LARGEST = np.finfo(np.float32).max


@njit(error_model="numpy")
def gather(x, padded, starts, n_rows, n_columns):
    """Copy the rows of the padded features that begin at ``starts``, one after another."""
    for row in range(0, n_rows, ROWS):
        for i in range(0, n_columns, LANES):
            store(load_each(padded, starts, row, i), x, row * n_columns + i, n_columns)


@njit(error_model="numpy")
def forward(layout, state, x, n_rows):
    """Compute the hidden activations and the logits of the first ``n_rows`` rows of x."""
    n_inputs, n_body, n_tail, width, n_columns, _, output = layout
    body, rest, hidden = state.body, state.rest, state.hidden
    for row in range(0, n_rows, ROWS):
        row_x = row * n_columns
        for u in range(n_tail):
            products = fill(_ZERO)
            for i in range(0, n_columns, LANES):
                products += load(x, row_x + i, n_columns) * load(rest, u * n_columns + i, 0)
            store_row_sums(products, hidden, row * width + n_body + u, width)
        products = fill(_ZERO)
        for h in range(0, width, LANES):
            if h < n_body:
                z = load(body, n_inputs * n_body + h, 0)
                for i in range(n_inputs):
                    z += spread(x, row_x + i, n_columns) * load(body, i * n_body + h, 0)
            else:
                z = load(hidden, row * width + h, width)
            z = where_positive(z, z)
            store(z, hidden, row * width + h, width)
            products += z * load(rest, output + h, 0)
        store_row_sums(products, state.logit, row, 1)
    for r in range(n_rows):
        state.logit[r] += rest[rest.size - 1]
        state.decay[r] = wide_exp(-abs(state.logit[r]))


@njit(error_model="numpy")
def backward(layout, state, x, n_rows, rate, momentum):
    """Take one step of SGD on the batch whose forward pass was last.

    As in Keras, ``velocity = momentum * velocity - rate * gradient; weight += velocity``. Rows
    of ``error`` beyond ``n_rows`` are 0 up to a whole tile.
    """
    _, n_body, n_tail, width, n_columns, n_terms, output = layout
    body, velocity, hidden, error = state.body, state.body_velocity, state.hidden, state.error
    rest, rest_velocity, rest_gradient = state.rest, state.rest_velocity, state.rest_gradient
    for h in range(0, width, LANES):
        gradient = fill(_ZERO)
        for row in range(0, n_rows, ROWS):
            z = load(hidden, row * width + h, width)
            upstream = spread(error, row, 1)
            gradient += upstream * z
            # From here on `hidden` holds the derivative by the hidden unit's input.
            delta = where_positive(z, upstream * load(rest, output + h, 0))
            store(delta, hidden, row * width + h, width)
        store_column_sums(gradient, rest_gradient, output + h)
    for u in range(n_tail):
        for i in range(0, n_columns, LANES):
            gradient = fill(_ZERO)
            for row in range(0, n_rows, ROWS):
                delta = spread(hidden, row * width + n_body + u, width)
                gradient += delta * load(x, row * n_columns + i, n_columns)
            store_column_sums(gradient, rest_gradient, u * n_columns + i)
    for h in range(0, n_body, LANES):
        for i in range(0, n_terms, ROWS):
            gradient = fill(_ZERO)
            for r in range(n_rows):
                delta = load(hidden, r * width + h, 0)
                gradient += spread(x, r * n_columns + i, 1) * delta
            place = i * n_body + h
            step = fill(momentum) * load(velocity, place, n_body) - fill(rate) * gradient
            store(step, velocity, place, n_body)
            store(load(body, place, n_body) + step, body, place, n_body)
    total = _ZERO
    for r in range(n_rows):
        total += error[r]
    rest_gradient[rest.size - 1] = total
    for k in range(rest.size):
        rest_velocity[k] = momentum * rest_velocity[k] - rate * rest_gradient[k]
        rest[k] += rest_velocity[k]


@njit(error_model="numpy")
def cross_entropy(logit, decay, labels, n_rows):
    """Sum of the rows' binary cross-entropy, in nats.

    A row's is ``max(s, 0) + log(1 + exp(-|s|))`` with ``s = -logit`` for label 1 and ``s = logit``
    for label 0. The sum of the logs is the log of a product. A logit that is not finite makes
    the sum infinite.
    """
    total = 0.0
    product = 1.0
    for r in range(n_rows):
        if not abs(logit[r]) <= _LARGEST:
            return np.inf
        # A branch on the label would be mispredicted; the product with 1 or -1 is exact.
        loss = np.float64(logit[r]) * (1.0 - 2.0 * labels[r])
        total += loss if loss > 0 else 0.0
        product *= 1.0 + decay[r]
        if r % LOG_ROWS == LOG_ROWS - 1:
            total += portable_log(product)
            product = 1.0
    return total + portable_log(product)


@njit(error_model="numpy")
def evaluate(layout, state, x, labels, batch_size, misses):
    """Mean cross-entropy over the rows of x; sets ``misses[r]`` where row r is predicted wrongly.

    The predicted class is 1 where the logit is > 0, hence 0 where it is not a number.
    """
    total = 0.0
    for first in range(0, labels.size, batch_size):
        n_rows = min(batch_size, labels.size - first)
        forward(layout, state, x[first * layout.n_columns :], n_rows)
        total += cross_entropy(state.logit, state.decay, labels[first:], n_rows)
        for r in range(n_rows):
            misses[first + r] = (state.logit[r] > 0) != (labels[first + r] == 1)
    return total / labels.size


@njit(error_model="numpy")
def held_out(tables, padded, rows, n_columns):
    """Features and labels of rows to predict; the features have a tile of rows to spare."""
    starts = np.zeros(whole(rows.size, ROWS), np.int64)
    labels = np.zeros(rows.size, np.uint8)
    for r in range(rows.size):
        starts[r] = np.int64(rows[r]) * n_columns
        labels[r] = tables.labels[rows[r]]
    x = zeros((starts.size + ROWS) * n_columns)
    gather(x, padded, starts, rows.size, n_columns)
    return x, labels


@njit(error_model="numpy")
def recorded(loss):
    """Loss as recorded: float32, at most ``MAX_LOSS``, which also stands for NaN and infinity."""
    return np.float32(loss) if loss < _MAX_LOSS else _MAX_LOSS


@njit(error_model="numpy")
def plateau_step(loss, rate, memory, settings):
    """One epoch's end in Keras 3's ReduceLROnPlateau, mode "min"; returns the next rate.

    Parameters
    ----------
    loss : np.float32
        The monitored loss of the epoch, in nats.
    rate : np.float32
        The learning rate of the epoch's last update.
    memory : ndarray of float64, shape (3,)
        Best loss so far, epochs waited, epochs of cooldown left; starts as (inf, 0, 0).
    settings : ndarray of float64, shape (5,)
        factor, patience, min_delta, cooldown, min_rate.

    Returns
    -------
    np.float32
        ``rate``, or ``max(rate * factor, min_rate)`` after a plateau.

    Notes
    -----
    keras/src/callbacks/reduce_lr_on_plateau.py, version 3.15. Keras compares in float32.
    """
    factor, patience, min_delta = settings[0], settings[1], settings[2]
    cooldown, min_rate = settings[3], settings[4]
    if memory[2] > 0:
        memory[2] -= 1
        memory[1] = 0
    if np.float32(loss + min_delta) < np.float32(memory[0]):
        memory[0] = loss
        memory[1] = 0
    elif memory[2] <= 0:
        memory[1] += 1
        if memory[1] >= patience and rate > np.float32(min_rate):
            memory[1] = 0
            memory[2] = cooldown
            return np.float32(max(rate * factor, min_rate))
    return rate


@njit(error_model="numpy")
def train_member(tables, columns, records, member, batch_size, n_hidden, layout, padded, packed):
    """Train one member from its initial weights to the end of its last epoch.

    Writes row ``member`` of `records`, and the final weights to ``packed``.
    """
    split, plateau = columns.split[member], columns.plateau[member]
    momentum = columns.momentum[member]
    rates = tables.rates[columns.rates[member]]
    orders = tables.orders[columns.shuffle[member]]
    train_rows = tables.train_rows[split]
    validation_rows = tables.validation_rows[split]
    inner_rows = tables.inner_rows[split]
    n_epochs, n_train = orders.shape
    n_updates = (n_train + batch_size - 1) // batch_size
    monitor = tables.monitors[plateau] if plateau >= 0 else NO_MONITOR

    n_columns = layout.n_columns
    state = make_state(layout, batch_size, tables.weights[columns.init[member]], n_hidden)
    batch_x = zeros(whole(batch_size, ROWS) * n_columns)
    batch_starts = np.zeros(whole(batch_size, ROWS), np.int64)
    batch_labels = np.zeros(batch_size, np.uint8)
    validation_x, validation_labels = held_out(tables, padded, validation_rows, n_columns)
    inner_x, inner_labels = held_out(tables, padded, inner_rows, n_columns)
    misses = np.zeros(validation_rows.size, np.bool_)
    inner_misses = np.zeros(inner_rows.size, np.bool_)

    memory = np.array([np.inf, 0.0, 0.0])
    scale = 1.0  # what the plateau rule has made of the table's rates
    finite = True
    for epoch in range(n_epochs):
        training_loss = 0.0
        rate = _ZERO
        for update in range(n_updates):
            first = update * batch_size
            n_rows = min(batch_size, n_train - first)
            for r in range(n_rows):
                row = train_rows[orders[epoch, first + r]]
                batch_starts[r] = row * n_columns
                batch_labels[r] = tables.labels[row]
            gather(batch_x, padded, batch_starts, n_rows, n_columns)
            forward(layout, state, batch_x, n_rows)
            training_loss += cross_entropy(state.logit, state.decay, batch_labels, n_rows)
            for r in range(state.error.size):
                state.error[r] = 0
            for r in range(n_rows):
                p = wide_sigmoid(state.logit[r], state.decay[r])
                state.error[r] = np.float32(p - batch_labels[r]) / np.float32(n_rows)
            rate = np.float32(np.float32(rates[epoch * n_updates + update]) * scale)
            backward(layout, state, batch_x, n_rows, rate, momentum)
        training_loss /= n_train
        loss = evaluate(layout, state, validation_x, validation_labels, batch_size, misses)
        finite = finite and training_loss < np.inf and loss < np.inf
        records.training_loss[member, epoch] = recorded(training_loss)
        records.validation_loss[member, epoch] = recorded(loss)
        records.n_correct[member, epoch] = misses.size - misses.sum()
        records.rate[member, epoch] = rate
        if monitor != NO_MONITOR:
            if monitor == MONITOR_INNER:
                loss = evaluate(layout, state, inner_x, inner_labels, batch_size, inner_misses)
            elif monitor == MONITOR_TRAINING:
                loss = training_loss
            settings = tables.plateaus[plateau]
            reduced = plateau_step(recorded(loss), rate, memory, settings)
            if reduced != rate:
                scale *= np.float64(reduced) / np.float64(rate)

    for r in range(misses.size):
        records.missed[member, r // 8] |= np.uint8(misses[r]) << np.uint8(r % 8)
    pack(layout, state, n_hidden, packed)
    for weight in packed:
        finite = finite and abs(weight) <= _LARGEST
    records.diverged[member] = not finite


def _compile_train_members(version):
    """Compile the entry point; ``version`` is part of what Numba's cache finds it by."""

    @njit(nogil=True, cache=True, error_model="numpy")
    def train_members(tables, columns, records, batch_size, n_hidden, first, last):
        """Train members ``first`` to ``last - 1``; returns the last one's final weights."""
        _ = version
        layout = make_layout(tables.features.shape[1], n_hidden)
        padded = pad(tables.features, layout)
        packed = np.empty(tables.weights.shape[1], np.float32)
        for m in range(first, last):
            train_member(tables, columns, records, m, batch_size, n_hidden, layout, padded, packed)
        return packed

    return train_members


# Numba's cache notices a change of this file, but not of the modules that it imports.
_imported = [Path(str(m.__file__)).read_bytes() for m in (kernel_state, portable_math, tiles)]
train_members = _compile_train_members(zlib.crc32(b"".join([*_imported, repr(MAX_LOSS).encode()])))
