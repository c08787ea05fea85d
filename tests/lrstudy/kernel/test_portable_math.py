"""Elementary functions against mpmath and over millions of bit patterns; tiles against NumPy."""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from lrstudy.kernel import portable_math
from lrstudy.kernel.passes import relu
from lrstudy.kernel.tiles import (
    LANES,
    ROWS,
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
    zero,
)
from numba import njit

F32 = np.float32


def on_arrays(function: Callable) -> Callable[[np.ndarray], np.ndarray]:
    """Make a function of a tile one of an array."""
    compiled = njit(forceinline=True, error_model="numpy")(function)

    @njit(error_model="numpy")
    def loop(x, out):
        for first in range(0, x.size, LANES):
            store(compiled(load(x, first, 0, 1, 1)), out, first, 0)

    def call(x: np.ndarray) -> np.ndarray:
        padded = np.zeros(-(-x.size // LANES) * LANES, F32)
        padded[: x.size] = x
        out = np.empty_like(padded)
        loop(padded, out)
        return out[: x.size]

    return call


_exp, _sigmoid, _minus_one = portable_math.exp, portable_math.sigmoid, F32(-1)
exp = on_arrays(lambda x: _exp(x))
sigmoid = on_arrays(lambda x: _sigmoid(x, _exp(magnitude(x) * everywhere(_minus_one))))
_log_of_one_plus = portable_math.log_of_one_plus
log_of_one_plus = on_arrays(lambda x: _log_of_one_plus(x))

# Every 509th float32 from 0 to the largest: 4.2 million numbers.
DENSE = np.arange(0, 0x7F800000, 509, dtype=np.uint32).view(F32)
# Numbers for which mpmath is asked too: those that matter, and the ends of the range.
FEW = np.concatenate([np.linspace(0, 87, 3000, dtype=F32), F32([1e-45, 1e-30, 1e-8, 86.999])])


def error(found: np.ndarray, true: np.ndarray) -> float:
    """Largest error in units of the last place of a float32."""
    return float((np.abs(found - true) / np.spacing(np.abs(true).astype(F32))).max())


def exact(function: Callable, arguments: np.ndarray) -> np.ndarray:
    """Values of an mpmath function, rounded to float64."""
    with mpmath.workprec(100):
        return np.array([float(function(mpmath.mpf(float(x)))) for x in arguments])


def test_exp_is_within_one_ulp_of_the_true_value():
    assert error(exp(-FEW), exact(mpmath.exp, -FEW)) < 1
    dense = -DENSE[DENSE <= 87]
    assert error(exp(dense), np.exp(dense.astype(np.float64))) < 1


def test_sigmoid_is_within_three_ulp_of_the_true_value():
    few = np.concatenate([FEW, -FEW])
    assert error(sigmoid(few), exact(lambda x: 1 / (1 + mpmath.exp(-x)), few)) < 3
    dense = np.concatenate([DENSE, -DENSE[DENSE <= 87]]).astype(np.float64)
    e = np.exp(-np.abs(dense))
    assert error(sigmoid(dense.astype(F32)), np.where(dense >= 0, 1.0, e) / (1.0 + e)) < 3


def test_log_of_one_plus_is_within_three_ulp_of_the_true_value():
    few = np.concatenate([np.linspace(0, 1, 3000, dtype=F32), F32([1e-45, 1e-38, 1e-20, 1e-8])])
    assert error(log_of_one_plus(few), exact(mpmath.log1p, few)) < 3
    dense = DENSE[DENSE <= 1]
    assert error(log_of_one_plus(dense), np.log1p(dense.astype(np.float64))) < 3


@pytest.mark.parametrize(
    ("function", "argument", "expected"),
    [
        (exp, 0.0, 1.0),
        (exp, -0.0, 1.0),
        (exp, -1e30, exp(F32([-87]))[0]),
        (exp, -np.inf, exp(F32([-87]))[0]),
        (exp, np.nan, np.nan),
        (sigmoid, 0.0, 0.5),
        (sigmoid, np.inf, 1.0),
        (sigmoid, -np.inf, exp(F32([-87]))[0]),
        (sigmoid, np.nan, np.nan),
        (log_of_one_plus, 0.0, 0.0),
        (log_of_one_plus, np.nan, np.nan),
    ],
)
def test_edges(function, argument, expected):
    np.testing.assert_array_equal(function(F32([argument])), F32([expected]))


# Tiles ---------------------------------------------------------------------------------------


def pairwise(rows: np.ndarray) -> np.ndarray:
    """Sums of rows as the tiles take them: neighbours first."""
    while rows.shape[1] > 1:
        rows = rows[:, ::2] + rows[:, 1::2]
    return rows[:, 0]


@pytest.mark.parametrize("vectors", [1, 2])
def test_tiles_do_what_numpy_does_in_the_stated_order(vectors):
    @njit(error_model="numpy")
    def operations(a, b, out, sums, wide):
        width = vectors * LANES
        x = load(a, 0, width, ROWS, vectors)
        y = spread(b, 1, 2, ROWS) + everywhere(half)
        z = relu(x, x * y + magnitude(x) / y)
        store(z + load_like(a, 0, 0, z), out, 0, width)
        store(column_sums(x), sums, 0, 0)
        row = load(a, 0, 0, 1, vectors)
        across = fma_across(x, row, zero(ROWS, 1))
        store(row_sums(across), sums, width, 0)
        store(turned(row_sums(x)), sums, width + LANES, 0)
        store(fma(load(a, 1, 3, ROWS, 1), y, across), out, ROWS * width, LANES)
        accumulate(row_sums(across), wide)

    half = F32(0.5)
    rng = np.random.default_rng(1)
    width = vectors * LANES
    a = rng.normal(size=(ROWS, width)).astype(F32)
    b = rng.uniform(1, 2, 2 * ROWS).astype(F32)
    out, sums = np.zeros(ROWS * (width + LANES), F32), np.zeros(2 * width + LANES, F32)
    wide = np.full(LANES, 0.1)
    operations(a.ravel(), b, out, sums, wide)

    y = b[1::2, None] + half
    z = np.where(a <= 0, F32(0), a * y + np.abs(a) / y)
    np.testing.assert_array_equal(out[: ROWS * width].reshape(ROWS, width), z + a[0])
    total = a[0]
    for row in a[1:]:
        total = total + row
    np.testing.assert_array_equal(sums[:width], total)
    # A product of two float32 is exact in float64, and almost always its sum with a third, too.
    across = np.zeros((ROWS, LANES))
    for k in range(vectors):
        lanes = slice(k * LANES, (k + 1) * LANES)
        across = (across + a[:, lanes].astype(np.float64) * a[0, lanes]).astype(F32)
    np.testing.assert_array_equal(sums[width : width + ROWS], pairwise(across))
    np.testing.assert_array_equal(wide, 0.1 + sums[width : width + LANES].astype(np.float64))
    for k, part in enumerate(np.split(sums[width + LANES :], vectors)):
        np.testing.assert_array_equal(part[:ROWS], pairwise(a[:, k * LANES : (k + 1) * LANES]))
    each = np.stack([a.ravel()[s : s + LANES] for s in range(1, 1 + 3 * ROWS, 3)])
    np.testing.assert_array_equal(
        out[ROWS * width :].reshape(ROWS, LANES),
        (each.astype(np.float64) * y + across).astype(F32),
    )


def test_relu_keeps_nan_and_drops_zero():
    special = F32([np.nan, 0.0, -0.0, -1.0, 1e-45, np.inf])
    found = on_arrays(lambda x: relu(x, x))(special)
    np.testing.assert_array_equal(found, F32([np.nan, 0, 0, 0, 1e-45, np.inf]))
