"""Elementary functions against mpmath and over millions of bit patterns; tiles against NumPy."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from lrstudy.kernel.portable_math import portable_log, wide_exp, wide_sigmoid
from lrstudy.kernel.tiles import (
    LANES,
    ROWS,
    fill,
    load,
    spread,
    store,
    store_column_sums,
    store_row_sums,
    where_positive,
)
from numba import njit, vectorize

# As NumPy ufuncs they report overflow and underflow, which are right here.
pytestmark = pytest.mark.filterwarnings("ignore:(over|under)flow encountered:RuntimeWarning")

exp = vectorize(["float32(float32)"])(lambda x: wide_exp(x))
sigmoid = vectorize(["float32(float32)"])(lambda x: wide_sigmoid(x, wide_exp(-abs(x))))
log = vectorize(["float64(float64)"])(lambda x: portable_log(x))

# Every 509th float32 of either sign, from 0 to the largest: 8.4 million numbers.
DENSE = np.arange(0, 0x7F800000, 509, dtype=np.uint32).view(np.float32)
DENSE = np.concatenate([DENSE, -DENSE])
# Numbers for which mpmath is asked too: a few of the dense ones, and the ends of the range.
FEW = np.concatenate(
    [
        np.linspace(-104.5, 89.5, 3000, dtype=np.float32),
        np.float32([-103.97, -103.9721, -87.3366, -87.3365, -1e-30, 0.0, 1e-45, 88.7228, 88.7229]),
    ]
)


def ulp(y: np.ndarray) -> np.ndarray:
    """Distance of neighbouring float32 at y (float64), down to the subnormal ones."""
    exponent = np.frexp(np.abs(y))[1] - 1
    return np.ldexp(1.0, np.maximum(exponent, -126) - 23)


def error(found: np.ndarray, true: np.ndarray) -> float:
    """Largest error in ulp; where the true value rounds to infinity, infinity must be found."""
    over = true >= 2.0**128 - 2.0**103
    assert np.isposinf(found[over]).all()
    return float((np.abs(found[~over] - true[~over]) / ulp(true[~over])).max())


def exact(function, arguments: np.ndarray) -> np.ndarray:
    """Values of an mpmath function, rounded to float64; too large ones become 1e300."""
    with mpmath.workprec(100):
        return np.array([float(min(function(mpmath.mpf(float(x))), 1e300)) for x in arguments])


def true_sigmoid(x: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1.0 + e)


def test_exp_is_within_one_ulp_of_the_true_value():
    assert error(exp(FEW), exact(mpmath.exp, FEW)) < 0.51
    assert error(exp(DENSE), np.exp(np.clip(DENSE.astype(np.float64), -700, 700))) < 0.51


def test_sigmoid_is_within_one_ulp_of_the_true_value():
    few = np.concatenate([FEW, -FEW])
    assert error(sigmoid(few), exact(lambda x: 1 / (1 + mpmath.exp(-x)), few)) < 0.51
    assert error(sigmoid(DENSE), true_sigmoid(DENSE.astype(np.float64))) < 0.51


def test_log_is_within_one_ulp_of_the_true_value():
    rng = np.random.default_rng(0)
    near_one = 1 + rng.uniform(-1, 1, 4000) * 10.0 ** rng.uniform(-16, -0.3, 4000)
    anywhere = np.exp(rng.uniform(-745, 709, 4000))
    edges = [5e-324, 2.0**-1074 * 3, 2.2250738585072014e-308, 0.5**0.5, 2**0.5, 1.0, 2.0, 1.797e308]
    x = np.concatenate([near_one, anywhere, edges])
    found = log(x)
    with mpmath.workprec(160):
        true = [mpmath.log(mpmath.mpf(float(a))) for a in x]
        errors = [
            abs(mpmath.mpf(float(b)) - t) / float(np.spacing(abs(float(t))) or 1)
            for b, t in zip(found, true, strict=True)
        ]
    assert max(errors) < 1


@pytest.mark.parametrize(
    ("function", "argument", "expected"),
    [
        (exp, 0.0, 1.0),
        (exp, -0.0, 1.0),
        (exp, np.inf, np.inf),
        (exp, 88.73, np.inf),
        (exp, -np.inf, 0.0),
        (exp, -104.0, 0.0),
        (exp, -103.5, 1.401298464324817e-45),
        (exp, np.nan, np.nan),
        (sigmoid, 0.0, 0.5),
        (sigmoid, np.inf, 1.0),
        (sigmoid, -np.inf, 0.0),
        (sigmoid, np.nan, np.nan),
        (log, 1.0, 0.0),
        (log, 0.0, -np.inf),
        (log, -0.0, -np.inf),
        (log, -1.0, np.nan),
        (log, np.inf, np.inf),
        (log, np.nan, np.nan),
    ],
)
def test_edges(function, argument, expected):
    kind = np.float64 if function is log else np.float32
    np.testing.assert_array_equal(function(kind(argument)), kind(expected))


def test_sigmoid_never_decreases():
    x = np.sort(DENSE[np.abs(DENSE) < 200])
    assert (np.diff(sigmoid(x)) >= 0).all()


@njit(error_model="numpy")
def tile_operations(a, b, out, row_sums, column_sums):
    x = load(a, 0, LANES)
    y = spread(b, 1, 2) + fill(np.float32(0.5))
    z = where_positive(x, x * y - x)
    z += x
    store(z, out, 0, LANES)
    store_row_sums(x, row_sums, 1, 2)
    store_column_sums(x, column_sums, 0)


def test_tiles_do_what_numpy_does_in_the_stated_order():
    rng = np.random.default_rng(1)
    a = rng.normal(size=(ROWS, LANES)).astype(np.float32)
    b = rng.normal(size=2 * ROWS).astype(np.float32)
    out, row_sums = np.zeros_like(a), np.zeros(2 * ROWS, np.float32)
    column_sums = np.zeros(LANES, np.float32)
    tile_operations(a.ravel(), b, out.reshape(-1), row_sums, column_sums)

    y = b[1::2, None] + np.float32(0.5)
    np.testing.assert_array_equal(out, np.where(a <= 0, np.float32(0), a * y - a) + a)
    halves = a
    while halves.shape[1] > 1:
        middle = halves.shape[1] // 2
        halves = halves[:, :middle] + halves[:, middle:]
    np.testing.assert_array_equal(row_sums[1::2], halves[:, 0])
    np.testing.assert_array_equal(row_sums[::2], 0)
    total = a[0]
    for row in a[1:]:
        total = total + row
    np.testing.assert_array_equal(column_sums, total)


@njit(error_model="numpy")
def keep_where_positive(condition, values, out):
    store(where_positive(load(condition, 0, LANES), load(values, 0, LANES)), out, 0, LANES)


def test_where_positive_keeps_nan_and_drops_zero():
    condition = np.ones(ROWS * LANES, np.float32)
    condition[:5] = [np.nan, 0.0, -0.0, -1.0, 1e-45]
    out = np.full_like(condition, -7)
    keep_where_positive(condition, condition, out)
    np.testing.assert_array_equal(out[:5], np.float32([np.nan, 0, 0, 0, 1e-45]))
