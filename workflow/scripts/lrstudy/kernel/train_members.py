"""One member's whole training, compiled: the same bits on every IEEE 754 machine.

A member is a network ``n_inputs -> n_hidden relu -> 1 sigmoid``, trained on binary cross-entropy
by SGD with momentum, or Adam, as Keras does it. Its weights and the arrays of its batch, 21 KiB for
the tutorial's network, stay in the first-level cache from the first update to the last.
`passes` has the passes over its rows, `state` how its arrays are laid out.
"""

import zlib
from pathlib import Path

import numpy as np
from numba import njit

from lrstudy.kernel import adam as kernel_adam
from lrstudy.kernel import passes as kernel_passes
from lrstudy.kernel import portable_math, tiles
from lrstudy.kernel import state as kernel_state
from lrstudy.kernel.adam import adam_step
from lrstudy.kernel.passes import (
    backward_descend,
    backward_keep,
    cross_entropy,
    evaluate,
    find,
    forward,
    gather,
    held_out,
    take_loss,
)
from lrstudy.kernel.state import make_layout, make_state, pad, places_of_weights, whole, zeros
from lrstudy.kernel.tiles import LANES, ROWS
from lrstudy.tables.outcome import MAX_LOSS

NO_MONITOR, MONITOR_VALIDATION, MONITOR_INNER, MONITOR_TRAINING = 0, 1, 2, 3

_ZERO = np.float32(0)
_MAX_LOSS = np.float32(MAX_LOSS)
_LARGEST = np.finfo(np.float32).max


@njit(error_model="numpy")
def recorded(loss):
    """Loss as recorded: float32, at most ``MAX_LOSS``, which also stands for NaN and infinity."""
    return np.float32(loss) if loss < _MAX_LOSS else _MAX_LOSS


@njit(error_model="numpy")
def plateau_step(loss, rate, memory, settings):
    """One epoch's end in Keras 3's ReduceLROnPlateau, mode "min"; returns the next rate.

    ``loss``, what is monitored, and ``rate``, that of the epoch's last update, are float32. The
    next is ``rate``, or ``max(rate * factor, min_rate)`` after a plateau. Mode "max" of a measure
    is mode "min" of its negative, to the bit.

    Parameters
    ----------
    memory : ndarray of float64, shape (3,)
        Best loss so far, epochs waited, epochs of cooldown left; starts as (inf, 0, 0).
    settings : ndarray of float64, shape (5,)
        factor, patience, min_delta, cooldown, min_rate.

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
def train_member(tables, columns, records, member, batch_size, layout, padded, places, packed):
    """Train one member from its initial weights to the end of its last epoch.

    Writes row ``member`` of `records`, and the final weights to ``packed``.

    ``columns`` holds the members, ``tables`` what they index into; ``padded`` is as `state.pad`
    returns it.
    """
    split, plateau = columns.split[member], columns.plateau[member]
    momentum, adam = columns.momentum[member], columns.adam[member]
    rates = tables.rates[columns.rates[member]]
    orders = tables.orders[columns.shuffle[member]]
    train_rows = tables.train_rows[split]
    validation_rows = tables.validation_rows[split]
    inner_rows = tables.inner_rows[split]
    n_epochs, n_train = orders.shape
    n_updates = (n_train + batch_size - 1) // batch_size
    monitor = tables.monitors[plateau] if plateau >= 0 else NO_MONITOR

    n_columns = layout.n_columns
    most = max(validation_rows.size, inner_rows.size)
    state = make_state(layout, batch_size, most, adam >= 0)
    for k in range(places.size):
        state.weights[places[k]] = tables.weights[columns.init[member], k]
    batch_x = zeros(whole(batch_size, ROWS) * n_columns)
    batch_starts = np.zeros(whole(batch_size, ROWS), np.int64)
    batch_signs = zeros(whole(batch_size, LANES))
    starts, signs = find(tables, train_rows, n_columns)
    validation_x, validation_signs = held_out(tables, padded, validation_rows, n_columns)
    inner_x, inner_signs = held_out(tables, padded, inner_rows, n_columns)
    misses = np.zeros(validation_rows.size, np.bool_)
    inner_misses = np.zeros(inner_rows.size, np.bool_)

    memory = np.array([np.inf, 0.0, 0.0])
    powers = np.ones(2)
    scale = 1.0  # what the plateau rule has made of the table's rates
    finite = True
    for epoch in range(n_epochs):
        rate = _ZERO
        for update in range(n_updates):
            first = update * batch_size
            n_rows = min(batch_size, n_train - first)
            for r in range(n_rows):
                k = orders[epoch, first + r]
                batch_starts[r] = starts[k]
                batch_signs[r] = signs[k]
            for r in range(n_rows, batch_signs.size):
                batch_signs[r] = 0
            gather(batch_x, padded, batch_starts, n_rows, n_columns)
            forward(layout, state, batch_x, n_rows, 1)
            cross_entropy(state, batch_signs, n_rows, np.float32(1) / np.float32(n_rows))
            rate = np.float32(np.float32(rates[epoch * n_updates + update]) * scale)
            if adam < 0:
                backward_descend(layout, state, batch_x, n_rows, rate, momentum)
            else:
                backward_keep(layout, state, batch_x, n_rows, rate, momentum)
                adam_step(state, rate, powers, tables.adams[adam])
        training_loss = take_loss(state) / n_train
        loss = evaluate(layout, state, validation_x, validation_signs, misses)
        finite = finite and training_loss < np.inf and loss < np.inf
        records.training_loss[member, epoch] = recorded(training_loss)
        records.validation_loss[member, epoch] = recorded(loss)
        records.n_correct[member, epoch] = misses.size - misses.sum()
        records.rate[member, epoch] = rate
        if monitor != NO_MONITOR:
            watched = misses
            if monitor == MONITOR_INNER:
                watched = inner_misses
                loss = evaluate(layout, state, inner_x, inner_signs, inner_misses)
            elif monitor == MONITOR_TRAINING:
                loss = training_loss
            if tables.watch_accuracy[plateau]:
                right = watched.size - watched.sum()
                loss = -(np.float32(right) / np.float32(watched.size))
            settings = tables.plateaus[plateau]
            reduced = plateau_step(recorded(loss), rate, memory, settings)
            if reduced != rate:
                scale *= np.float64(reduced) / np.float64(rate)

    for r in range(misses.size):
        records.missed[member, r // 8] |= np.uint8(misses[r]) << np.uint8(r % 8)
    for k in range(places.size):
        packed[k] = state.weights[places[k]]
        finite = finite and abs(packed[k]) <= _LARGEST
    records.diverged[member] = not finite


def _compile_train_members(version):
    """Compile the entry point; ``version`` is part of what Numba's cache finds it by."""

    @njit(nogil=True, cache=True, error_model="numpy")
    def train_members(tables, columns, records, batch_size, n_hidden, first, last):
        """Train members ``first`` to ``last - 1``; returns the last one's final weights."""
        _ = version
        layout = make_layout(tables.features.shape[1], n_hidden)
        padded = pad(tables.features, layout)
        places = places_of_weights(layout, n_hidden)
        packed = np.empty(places.size, np.float32)
        for m in range(first, last):
            train_member(tables, columns, records, m, batch_size, layout, padded, places, packed)
        return packed

    return train_members


# Numba's cache notices a change of this file, but not of the modules that it imports.
_MODULES = (kernel_adam, kernel_passes, kernel_state, portable_math, tiles)
_imported = [Path(str(m.__file__)).read_bytes() for m in _MODULES]
train_members = _compile_train_members(zlib.crc32(b"".join([*_imported, repr(MAX_LOSS).encode()])))
