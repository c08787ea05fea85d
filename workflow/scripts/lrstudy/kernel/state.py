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

from lrstudy.kernel.tiles import LANES, ROWS, WIDEST

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
    """The members, one element each; indexes into `Tables`. Plateau -1 is none, Adam -1 SGD."""

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
    """Sizes and places in a member's arrays, all flat and row-major, padded with zeros to tiles."""

    n_inputs: int
    n_body: int  # hidden units in whole vectors
    n_tail: int  # hidden units left over, rounded up to `WIDEST`, with zeros
    n_columns: int  # length of a row of inputs: n_inputs, the constant 1, zeros
    n_terms: int  # rows of the body's weight matrix: n_inputs, the bias, zeros
    tail: int  # where the tail's weights start in `State.weights`: a row of inputs for each unit
    output: int  # where the output unit's start: n_body, n_tail, the bias, zeros


class State(NamedTuple):
    """A member's parameters with their velocities, and the arrays of one batch."""

    weights: NDArray[np.float32]  # (n_terms, n_body), and the tail's and output's, see `Layout`
    velocity: NDArray[np.float32]  # like weights; with Adam the running mean of the gradient
    gradient: NDArray[np.float32]  # like weights with Adam, else empty
    square: NDArray[np.float32]  # the same: running mean of the squared gradient
    hidden: NDArray[np.float32]  # (batch, n_body)
    tail: NDArray[np.float32]  # (ROWS, batch): the tail's units and, for the bias, a row of ones
    logit: NDArray[np.float32]  # (rows,)
    error: NDArray[np.float32]  # (rows,): derivative of the batch's mean loss by the logit
    loss: NDArray[np.float64]  # (LANES,): what adds up to the rows' losses


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
    left_over = n_hidden % LANES
    n_tail = whole(left_over, WIDEST) if left_over <= MAX_TAIL else 0
    n_body = whole(n_hidden - n_tail, LANES)
    n_terms = whole(n_inputs + 1, ROWS)
    n_columns = whole(n_terms, LANES)
    tail = n_terms * n_body
    output = tail + n_tail * n_columns
    return Layout(n_inputs, n_body, n_tail, n_columns, n_terms, tail, output)


@njit(error_model="numpy")
def places_of_weights(layout, n_hidden):
    """Where in `State.weights` each packed weight lies; they are packed as W1, b1, w2, b2."""
    n_inputs, n_body, n_tail, n_columns, _, tail, output = layout
    places = np.empty((n_inputs + 2) * n_hidden + 1, np.int64)
    for i in range(n_inputs + 1):  # the bias is row n_inputs
        for h in range(n_hidden):
            in_tail = tail + (h - n_body) * n_columns + i
            places[i * n_hidden + h] = i * n_body + h if h < n_body else in_tail
    for h in range(n_hidden):
        places[(n_inputs + 1) * n_hidden + h] = output + h
    places[places.size - 1] = output + n_body + n_tail
    return places


@njit(error_model="numpy")
def make_state(layout, batch_size, most_rows, adam):
    """State of zeros, for batches of ``batch_size`` rows and ``most_rows`` evaluated at a time.

    ``adam`` says whether it has room for Adam's arrays.
    """
    n_weights = layout.output + layout.n_body + LANES
    # A tile's results by row are written as a whole vector, so there is one to spare.
    n_batch = whole(batch_size, LANES) + LANES
    n_rows = max(n_batch, whole(most_rows, LANES) + LANES)
    tail = zeros(ROWS * n_batch)
    tail[layout.n_tail * n_batch : (layout.n_tail + 1) * n_batch] = 1
    return State(
        zeros(n_weights),
        zeros(n_weights),
        zeros(n_weights if adam else 0),
        zeros(n_weights if adam else 0),
        zeros(whole(batch_size, ROWS) * layout.n_body),
        tail,
        zeros(n_rows),
        zeros(n_rows),
        np.zeros(LANES, np.float64),
    )


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
