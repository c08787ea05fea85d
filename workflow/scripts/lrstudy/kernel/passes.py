"""The passes of one member over its rows: forward, loss, backward; all compiled.

`state` says how the arrays are laid out, `tiles` what the vector operations do.
"""

import numpy as np
from numba import njit

from lrstudy.kernel.portable_math import exp, log_of_one_plus, sigmoid
from lrstudy.kernel.state import whole, zeros
from lrstudy.kernel.tiles import (
    LANES,
    ROWS,
    WIDEST,
    accumulate,
    column_sums,
    everywhere,
    fma,
    fma_across,
    load,
    load_like,
    magnitude,
    row_sums,
    spread,
    store,
    turned,
    where_at_most,
    zero,
)

_ZERO, _MINUS_ONE = np.float32(0), np.float32(-1)


@njit(error_model="numpy")
def gather(x, padded, starts, n_rows, n_columns):
    """Copy the rows of the padded features that begin at ``starts``, one after another.

    ``x`` is written: flat rows of ``n_columns``, float32. ``padded`` is as `state.pad` returns it;
    ``starts``, int64, are positions in it.
    """
    for row in range(n_rows):
        for i in range(0, n_columns, LANES):
            store(load(padded, starts[row] + i, 0, 1, 1), x, row * n_columns + i, 0)


@njit(forceinline=True, error_model="numpy")
def relu(z, values):
    """Numbers of ``values``, but 0 where ``z`` is <= 0; a NaN in ``z`` keeps them.

    ``relu(z, z)`` is the activation, and ``relu(z, g)`` the gradient behind it.
    """
    return where_at_most(z, everywhere(_ZERO), everywhere(_ZERO), values)


def _make_forward_body(vectors):
    @njit(forceinline=True, error_model="numpy")
    def forward_body(layout, state, x, row_x, row, h, products):
        """Compute body units ``h`` onwards for a tile of rows, and add their part of the logits."""
        n_inputs, n_body, _, n_columns, _, _, output = layout
        z = load(state.weights, n_inputs * n_body + h, 0, ROWS, vectors)
        for i in range(n_inputs):
            weights = load(state.weights, i * n_body + h, 0, 1, vectors)
            z = fma(spread(x, row_x + i, n_columns, ROWS), weights, z)
        z = relu(z, z)
        store(z, state.hidden, row * n_body + h, n_body)
        return fma_across(z, load(state.weights, output + h, 0, 1, vectors), products)

    return forward_body


_forward_body, _forward_wide_body = _make_forward_body(1), _make_forward_body(WIDEST)


@njit(error_model="numpy")
def forward(layout, state, x, n_rows, keep):
    """Compute the logits of the first ``n_rows`` rows of x.

    ``x`` has flat rows as `gather` writes them; those beyond ``n_rows`` up to a whole tile are
    computed and not used. Of the state ``logit`` is written, and ``hidden`` and ``tail``: with the
    activations of all rows, for `backward`, where ``keep`` is 1, and of the last where it is 0.
    """
    _, n_body, n_tail, n_columns, _, tail, output = layout
    tail_stride = state.tail.size // ROWS
    for row in range(0, n_rows, ROWS):
        row_x, kept = row * n_columns, row * keep
        products = zero(ROWS, 1)
        h = 0
        while h + WIDEST * LANES <= n_body:
            products = _forward_wide_body(layout, state, x, row_x, kept, h, products)
            h += WIDEST * LANES
        while h < n_body:
            products = _forward_body(layout, state, x, row_x, kept, h, products)
            h += LANES
        # From here on the lanes are rows of x.
        logit = row_sums(products)
        for u in range(0, n_tail, WIDEST):
            # A vector of this tile is a unit; the lanes are inputs, until they are summed.
            products = zero(ROWS, WIDEST)
            for i in range(0, n_columns, LANES):
                weights = load(state.weights, tail + u * n_columns + i, n_columns, WIDEST, 1)
                inputs = load(x, row_x + i, n_columns, ROWS, 1)
                products = fma(inputs, turned(weights), products)
            z = row_sums(products)
            z = relu(z, z)
            store(z, state.tail, u * tail_stride + kept, tail_stride)
            weights = spread(state.weights, output + n_body + u, 1, WIDEST)
            logit = fma_across(turned(z), turned(weights), logit)
        bias = everywhere(state.weights[output + n_body + n_tail])
        store(logit + bias, state.logit, row, 0)


@njit(error_model="numpy")
def cross_entropy(state, signs, n_rows, share):
    """Add the rows' binary cross-entropies, in nats, to ``state.loss``, and set ``state.error``.

    With ``s = sign * logit`` a row's is ``max(s, 0) + log(1 + exp(-|s|))``, and its derivative by
    the logit ``sign / (1 + exp(-s))``.

    ``signs`` are -1 for label 1, 1 for label 0, and 0 beyond ``n_rows`` up to a whole vector.
    ``share``, float32, is the weight of a row in the mean.
    """
    for row in range(0, n_rows, LANES):
        sign = load(signs, row, 0, 1, 1)
        s = sign * load(state.logit, row, 0, 1, 1)
        decay = exp(magnitude(s) * everywhere(_MINUS_ONE))
        accumulate((relu(s, s) + log_of_one_plus(decay)) * magnitude(sign), state.loss)
        store(sigmoid(s, decay) * sign * everywhere(share), state.error, row, 0)


@njit(error_model="numpy")
def take_loss(state):
    """Sum of the losses since it was last taken; not finite if one of them, or a logit, is not."""
    total = 0.0
    for lane in range(LANES):
        total += state.loss[lane]
        state.loss[lane] = 0
    return total


@njit(forceinline=True, error_model="numpy")
def descend(state, place, stride, gradient, rate, momentum):
    """Take one step of SGD for the tile of weights whose row r is at ``place + r * stride``.

    As in Keras, ``velocity = momentum * velocity - rate * gradient; weight += velocity``.
    """
    step = everywhere(-rate) * gradient
    step = fma(everywhere(momentum), load_like(state.velocity, place, stride, gradient), step)
    store(step, state.velocity, place, stride)
    weights = load_like(state.weights, place, stride, gradient)
    store(weights + step, state.weights, place, stride)


@njit(forceinline=True, error_model="numpy")
def keep(state, place, stride, gradient, rate, momentum):
    """Keep the same tile's gradient, for `adam_step`."""
    store(gradient, state.gradient, place, stride)


def _make_backward_body(vectors, move):
    @njit(forceinline=True, error_model="numpy")
    def backward_body(layout, state, x, n_rows, h, rate, momentum):
        """Move the weights into and out of body units ``h`` onwards."""
        _, n_body, _, n_columns, n_terms, _, output = layout
        hidden = state.hidden
        weights = load(state.weights, output + h, 0, 1, vectors)
        gradient = zero(ROWS, vectors)
        for row in range(0, n_rows, ROWS):
            z = load(hidden, row * n_body + h, n_body, ROWS, vectors)
            upstream = spread(state.error, row, 1, ROWS)
            gradient = fma(upstream, z, gradient)
            # From here on `hidden` holds the derivative by the hidden unit's input.
            store(relu(z, upstream * weights), hidden, row * n_body + h, n_body)
        move(state, output + h, 0, column_sums(gradient), rate, momentum)
        for i in range(0, n_terms, ROWS):
            gradient = zero(ROWS, vectors)
            for r in range(n_rows):
                delta = load(hidden, r * n_body + h, 0, 1, vectors)
                gradient = fma(spread(x, r * n_columns + i, 1, ROWS), delta, gradient)
            move(state, i * n_body + h, n_body, gradient, rate, momentum)

    return backward_body


def _make_backward_inputs(vectors, move):
    @njit(forceinline=True, error_model="numpy")
    def backward_inputs(layout, state, x, n_rows, u, i, rate, momentum):
        """Move the weights from inputs ``i`` onwards into a few units of the tail."""
        n_columns = layout.n_columns
        tail_stride = state.tail.size // ROWS
        gradient = zero(WIDEST, vectors)
        for r in range(n_rows):
            delta = spread(state.tail, u * tail_stride + r, tail_stride, WIDEST)
            gradient = fma(delta, load(x, r * n_columns + i, 0, 1, vectors), gradient)
        move(state, layout.tail + u * n_columns + i, n_columns, gradient, rate, momentum)

    return backward_inputs


def _make_backward_tail(move):
    inputs, wide_inputs = _make_backward_inputs(1, move), _make_backward_inputs(3, move)

    @njit(forceinline=True, error_model="numpy")
    def backward_tail(layout, state, x, n_rows, rate, momentum):
        """Move the weights into and out of the tail, and the output unit's bias."""
        _, n_body, n_tail, n_columns, _, _, output = layout
        tail_stride = state.tail.size // ROWS
        gradient = zero(ROWS, 1)  # its rows are the tail's units and the bias
        for row in range(0, n_rows, LANES):
            upstream = load(state.error, row, 0, 1, 1)
            gradient = fma(upstream, load(state.tail, row, tail_stride, ROWS, 1), gradient)
            for u in range(n_tail):
                place = u * tail_stride + row
                delta = upstream * everywhere(state.weights[output + n_body + u])
                store(relu(load(state.tail, place, 0, 1, 1), delta), state.tail, place, 0)
        move(state, output + n_body, 0, row_sums(gradient), rate, momentum)
        for u in range(0, n_tail, WIDEST):
            i = 0
            while i + 3 * LANES <= n_columns:
                wide_inputs(layout, state, x, n_rows, u, i, rate, momentum)
                i += 3 * LANES
            while i < n_columns:
                inputs(layout, state, x, n_rows, u, i, rate, momentum)
                i += LANES

    return backward_tail


def _make_backward(move):
    """Make the backward pass that calls `descend` or `keep` for each tile of weights."""
    body, wide_body = _make_backward_body(1, move), _make_backward_body(WIDEST, move)
    tail = _make_backward_tail(move)

    @njit(forceinline=True, error_model="numpy")
    def backward(layout, state, x, n_rows, rate, momentum):
        """Go back through the batch whose forward pass was last.

        ``x`` and ``n_rows`` are as for `forward`; rate and momentum are float32. ``state.error`` is
        0 beyond ``n_rows`` up to a whole vector. Of the state, ``hidden`` and ``tail`` are used up.
        """
        h = 0
        while h + WIDEST * LANES <= layout.n_body:
            wide_body(layout, state, x, n_rows, h, rate, momentum)
            h += WIDEST * LANES
        while h < layout.n_body:
            body(layout, state, x, n_rows, h, rate, momentum)
            h += LANES
        tail(layout, state, x, n_rows, rate, momentum)

    return backward


backward_descend, backward_keep = _make_backward(descend), _make_backward(keep)


@njit(error_model="numpy")
def evaluate(layout, state, x, signs, misses):
    """Mean cross-entropy over the rows of x; sets ``misses[r]`` where row r is predicted wrongly.

    The predicted class is 1 where the logit is > 0, hence 0 where it is not a number.

    ``x`` and ``signs`` are as for `forward` and `cross_entropy`; the mean is in nats.
    """
    n_rows = misses.size
    forward(layout, state, x, n_rows, 0)
    cross_entropy(state, signs, n_rows, _ZERO)
    for r in range(n_rows):
        misses[r] = (state.logit[r] > 0) != (signs[r] < 0)
    return take_loss(state) / n_rows


@njit(error_model="numpy")
def find(tables, rows, n_columns):
    """Where rows of the data begin in the padded features, and their signs.

    Both arrays are as long as `gather` and `cross_entropy` need them.
    """
    starts = np.zeros(whole(rows.size, ROWS), np.int64)
    signs = zeros(whole(rows.size, LANES))
    for r in range(rows.size):
        starts[r] = np.int64(rows[r]) * n_columns
        signs[r] = 1 - 2 * np.int64(tables.labels[rows[r]])
    return starts, signs


@njit(error_model="numpy")
def held_out(tables, padded, rows, n_columns):
    """Features and signs of rows to predict."""
    starts, signs = find(tables, rows, n_columns)
    x = zeros(starts.size * n_columns)
    gather(x, padded, starts, rows.size, n_columns)
    return x, signs
