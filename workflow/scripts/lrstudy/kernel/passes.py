"""The passes of one member over its rows: forward, backward, and the loss; all compiled.

`state` says how the arrays are laid out, `tiles` what the vector operations do.
"""

import numpy as np
from numba import njit

from lrstudy.kernel.portable_math import portable_log, wide_exp
from lrstudy.kernel.state import whole, zeros
from lrstudy.kernel.tiles import (
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

_ZERO = np.float32(0)
_LARGEST = np.finfo(np.float32).max


@njit(error_model="numpy")
def gather(x, padded, starts, n_rows, n_columns):
    """Copy the rows of the padded features that begin at ``starts``, one after another.

    ``x`` is written: flat rows of ``n_columns``, float32, ``n_rows`` of them rounded up to a whole
    tile. ``padded`` is as `state.pad` returns it; ``starts``, int64, are positions in it.
    """
    for row in range(0, n_rows, ROWS):
        for i in range(0, n_columns, LANES):
            store(load_each(padded, starts, row, i), x, row * n_columns + i, n_columns)


@njit(error_model="numpy")
def forward(layout, state, x, n_rows):
    """Compute the hidden activations and the logits of the first ``n_rows`` rows of x.

    ``x`` has flat rows as `gather` writes them; those beyond ``n_rows`` up to a whole tile are
    computed and not used. Of the state ``hidden``, ``logit`` and ``decay`` are written.
    """
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
def backward(layout, state, x, n_rows, rate, momentum, sgd):
    """Compute the gradient of the batch whose forward pass was last, and take a step of SGD.

    As in Keras, ``velocity = momentum * velocity - rate * gradient; weight += velocity``. Without
    ``sgd`` the gradient is left in ``body_gradient`` and ``rest_gradient`` for another rule's step.
    Rows of ``error`` beyond ``n_rows`` are 0 up to a whole tile.

    ``x`` and ``n_rows`` are as for `forward`; rate and momentum are float32. Of the state,
    parameters and velocities are renewed, ``hidden`` is used up.
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
            if not sgd:
                store(gradient, state.body_gradient, place, n_body)
                continue
            step = fill(momentum) * load(velocity, place, n_body) - fill(rate) * gradient
            store(step, velocity, place, n_body)
            store(load(body, place, n_body) + step, body, place, n_body)
    total = _ZERO
    for r in range(n_rows):
        total += error[r]
    rest_gradient[rest.size - 1] = total
    if sgd:
        for k in range(rest.size):
            rest_velocity[k] = momentum * rest_velocity[k] - rate * rest_gradient[k]
            rest[k] += rest_velocity[k]


@njit(error_model="numpy")
def cross_entropy(logit, decay, labels, n_rows):
    """Sum of the rows' binary cross-entropy, in nats.

    A row's is ``max(s, 0) + log(1 + exp(-|s|))`` with ``s = -logit`` for label 1 and ``s = logit``
    for label 0. The sum of the logs is the log of a product. A logit that is not finite makes
    the sum infinite.

    ``logit`` is float32, one number a row; ``decay``, float64, is ``exp(-abs(logit))``; ``labels``
    are 0 or 1.
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

    ``x`` has flat rows as `gather` writes them, and what `forward` writes in the state is lost. The
    mean is in nats; ``batch_size``, rows at a time, has no influence on the predictions.
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
    """Features and labels of rows to predict; the features have a tile of rows to spare.

    ``padded`` is as `state.pad` returns it, ``rows`` are row numbers. The features are flat rows of
    ``n_columns``, float32; the labels uint8.
    """
    starts = np.zeros(whole(rows.size, ROWS), np.int64)
    labels = np.zeros(rows.size, np.uint8)
    for r in range(rows.size):
        starts[r] = np.int64(rows[r]) * n_columns
        labels[r] = tables.labels[rows[r]]
    x = zeros((starts.size + ROWS) * n_columns)
    gather(x, padded, starts, rows.size, n_columns)
    return x, labels
