"""What a member is trained from and in: the tables, and the layout of its own arrays.

Of the hidden units, as many as fill whole vectors are the *body*; a tile's lanes are body units and
its rows are samples (forward) or inputs (backward). The few units left over, the *tail*, would
waste most of a vector, so there the lanes are inputs instead: 34 units are two vectors and a tail
of two. Biases are the weights of an input that is always 1.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lrstudy.kernel.tiles import LANES, ROWS

MAX_TAIL = 6  # units; beyond that one more, partly empty, vector of body units is cheaper


class Tables(NamedTuple):
    """What members index into. Row tables name rows of ``features`` and ``labels``."""

    features: NDArray[np.float32]  # (n_rows, n_inputs)
    labels: NDArray[np.uint8]  # (n_rows,)
    weights: NDArray[np.float32]  # (n_inits, n_weights), packed: W1, b1, w2, b2
    orders: NDArray[np.uint16]  # (n_shuffles, n_epochs, n_train)
    train_rows: NDArray[np.int32]  # (n_splits, n_train)
    validation_rows: NDArray[np.int32]  # (n_splits, n_validation)
    inner_rows: NDArray[np.int32]  # (n_splits, n_inner)
    rates: NDArray[np.float64]  # (n_tables, n_updates)
    monitors: NDArray[np.int8]  # (n_plateaus,), a MONITOR of `train_members`
    watch_accuracy: NDArray[np.bool_]  # (n_plateaus,), else the loss
    plateaus: NDArray[np.float64]  # (n_plateaus, 5), see `plateau_step`
    adams: NDArray[np.float64]  # (n_adams, 3), see `adam_step`


class Columns(NamedTuple):
    """The members, one element each; indexes into `Tables`. Plateau or Adam -1 is none."""

    init: NDArray[np.int32]
    shuffle: NDArray[np.int32]
    split: NDArray[np.int32]
    rates: NDArray[np.int32]
    plateau: NDArray[np.int32]
    adam: NDArray[np.int32]
    momentum: NDArray[np.float32]


class Records(NamedTuple):
    """What is written for each member, one row each."""

    n_correct: NDArray[np.uint16]  # (n_members, n_epochs)
    validation_loss: NDArray[np.float32]  # (n_members, n_epochs)
    training_loss: NDArray[np.float32]  # (n_members, n_epochs)
    rate: NDArray[np.float32]  # (n_members, n_epochs)
    missed: NDArray[np.uint8]  # (n_members, ceil(n_validation / 8))
    diverged: NDArray[np.bool_]  # (n_members,)


class Layout(NamedTuple):
    """Sizes of a member's arrays, all flat and row-major, padded with zeros to whole tiles."""

    n_inputs: int
    n_body: int  # hidden units in whole vectors
    n_tail: int  # hidden units left over
    width: int  # length of a row of hidden units
    n_columns: int  # length of a row of inputs: n_inputs, the constant 1, zeros
    n_terms: int  # rows of the body's weight matrix: n_inputs, the bias, zeros
    output: int  # where the output unit's weights start in `State.rest`


class State(NamedTuple):
    """A member's parameters with their velocities, and the arrays of one batch."""

    body: NDArray[np.float32]  # (n_terms, n_body)
    body_velocity: NDArray[np.float32]
    rest: NDArray[np.float32]  # (n_tail, n_columns), then (width,) output weights, output bias
    rest_velocity: NDArray[np.float32]
    rest_gradient: NDArray[np.float32]
    body_gradient: NDArray[np.float32]  # like `body`; Adam's, hence empty with SGD
    body_square: NDArray[np.float32]  # the same: running mean of the squared gradient
    rest_square: NDArray[np.float32]
    hidden: NDArray[np.float32]  # (batch, width)
    logit: NDArray[np.float32]  # (batch,)
    error: NDArray[np.float32]  # (batch,): derivative of the batch's mean loss by the logit
    decay: NDArray[np.float64]  # (batch,): exp(-|logit|)


@njit(error_model="numpy")
def whole(number, block):
    """Round up a positive number to a multiple of ``block``."""
    return (number + block - 1) // block * block


@njit(error_model="numpy")
def zeros(number):
    """Flat float32 array of zeros that starts on a cache line."""
    array = np.zeros(number + 16, np.float32)
    start = (-(array.ctypes.data >> 2)) & 15
    return array[start : start + number]


@njit(error_model="numpy")
def make_layout(n_inputs, n_hidden):
    """Sizes for a network; see `Layout`."""
    n_tail = n_hidden % LANES
    if n_tail > MAX_TAIL:
        n_tail = 0
    n_body = whole(n_hidden - n_tail, LANES)
    n_terms = whole(n_inputs + 1, ROWS)
    n_columns = whole(n_terms, LANES)
    width = n_body + whole(n_tail, LANES)
    return Layout(n_inputs, n_body, n_tail, width, n_columns, n_terms, n_tail * n_columns)


@njit(error_model="numpy")
def make_state(layout, batch_size, packed, n_hidden, adam):
    """State before the first update: packed initial weights in place, velocities zero.

    The weights are packed as W1 (row-major), b1, w2, b2; a batch has ``batch_size`` rows. ``adam``
    says whether it has Adam's arrays, too; the running mean of the gradient are the velocities.
    """
    n_rows = whole(batch_size, ROWS)
    n_rest = layout.output + layout.width + 1
    body = zeros(layout.n_terms * layout.n_body)
    rest = zeros(n_rest)
    n_hidden_weights = (layout.n_inputs + 1) * n_hidden
    for k in range(n_hidden_weights):
        i, h = k // n_hidden, k % n_hidden  # the bias is row n_inputs
        if h < layout.n_body:
            body[i * layout.n_body + h] = packed[k]
        else:
            rest[(h - layout.n_body) * layout.n_columns + i] = packed[k]
    for h in range(n_hidden):
        rest[layout.output + h] = packed[n_hidden_weights + h]
    rest[n_rest - 1] = packed[packed.size - 1]
    return State(
        body,
        zeros(body.size),
        rest,
        zeros(n_rest),
        zeros(n_rest + LANES),
        zeros(body.size if adam else 0),
        zeros(body.size if adam else 0),
        zeros(n_rest if adam else 0),
        zeros(n_rows * layout.width),
        zeros(n_rows),
        zeros(n_rows),
        np.zeros(n_rows, np.float64),
    )


@njit(error_model="numpy")
def pack(layout, state, n_hidden, packed):
    """Write the parameters in the order of the initial weights: W1, b1, w2, b2."""
    n_hidden_weights = (layout.n_inputs + 1) * n_hidden
    for k in range(n_hidden_weights):
        i, h = k // n_hidden, k % n_hidden
        if h < layout.n_body:
            packed[k] = state.body[i * layout.n_body + h]
        else:
            packed[k] = state.rest[(h - layout.n_body) * layout.n_columns + i]
    for h in range(n_hidden):
        packed[n_hidden_weights + h] = state.rest[layout.output + h]
    packed[packed.size - 1] = state.rest[state.rest.size - 1]


@njit(error_model="numpy")
def pad(features, layout):
    """Copy the features into flat rows of ``n_columns``: the inputs, 1, zeros."""
    n_rows, n_inputs = features.shape
    padded = zeros(n_rows * layout.n_columns)
    for r in range(n_rows):
        for i in range(n_inputs):
            padded[r * layout.n_columns + i] = features[r, i]
        padded[r * layout.n_columns + n_inputs] = 1
    return padded
