"""Bootstrap and sign flips of many columns at once, the same bits on every machine.

Columns of one length are resampled together: what is drawn for one serves all, in one matrix
product. Sums of floating-point numbers depend on their order, and each library has its own. So
values are first rounded to whole steps of a power of two, small enough for the data and large
enough that every partial sum is a whole number of at most 2**53 steps: it is exact in any order.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_BLOCK = 2_000_000
"""Random numbers in one product: what it multiplies takes 16 MB."""
_FINEST = 40
"""Bits of a value that are kept, at most: the last bits of a difference are rounding (its own
numbers are larger), and must not tell equal differences apart."""


def fixed_point(values: Values) -> tuple[Values, Values]:
    """Round columns to whole steps; return the whole numbers and the step of each column.

    ``values`` has shape (n, k). A step is the power of two with which n numbers as large as the
    column's largest add up to at most 2**53, but no finer than its 2**-40.

    Raises
    ------
    ValueError
        Not of shape (n, k), with n and k of at least 1, or not finite.

    Examples
    --------
    >>> whole, step = fixed_point(np.array([[3.0], [-1.0]]))
    >>> (whole * step).tolist(), bool(step[0] == 2.0**-38)
    ([[3.0], [-1.0]], True)
    """
    if values.ndim != 2 or 0 in values.shape:
        raise ValueError(f"resampling needs values of shape (n, k), found {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("resampling needs finite values, found others")
    bits = min(_FINEST, 53 - (len(values) - 1).bit_length())
    _, exponents = np.frexp(np.abs(values).max(axis=0))
    step: Values = np.ldexp(1.0, exponents - bits)
    return np.rint(values / step), step


def bootstrap_means(values: Values, *, resamples: int, rng: np.random.Generator) -> Values:
    """Return the means of rows drawn with replacement: (n, k) values -> (k, resamples).

    The same rows are drawn for all columns, so quantities of one resample may be combined.
    """
    whole, step = fixed_point(values)
    n = len(values)
    drawn = np.empty((values.shape[1], resamples))
    for first, size in _blocks(n, resamples):
        rows = rng.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
        counts = np.bincount(rows.ravel(), minlength=size * n).reshape(size, n)
        drawn[:, first : first + size] = whole.T @ counts.T.astype(np.float64)
    drawn *= step[:, None]
    drawn /= n
    return drawn


def percentile_intervals(drawn: Values, confidence: float) -> Values:
    """Return the lower and upper ends (2, k) of the middle share of each row of (k, resamples).

    Quantiles are linear between neighbours.

    Raises
    ------
    ValueError
        A level out of range.

    Notes
    -----
    Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 5.3.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, found {confidence}")
    tail = (1.0 - confidence) / 2.0
    return np.asarray(np.quantile(drawn, [tail, 1.0 - tail], axis=1))


def resolution(n: int, resamples: int) -> float:
    """Return the p-value of `sign_flip_p` that no smaller one is told from; 0 where it is exact.

    Examples
    --------
    >>> resolution(13, 9999), resolution(14, 9999)
    (0.0, 0.0002)
    """
    return 0.0 if 2**n <= resamples else 2.0 / (resamples + 1)


def sign_flip_p(values: Values, *, resamples: int, rng: np.random.Generator) -> Values:
    """Return for each column of (n, k) the two-sided p-value of its mean, by flipping signs.

    The null hypothesis is that each value is as likely as its negative; ties (zeros) stay in.
    Exact where 2**n <= resamples, else with one added to both counts. Sums that differ by no more
    than the rounding of their terms are equal.

    Values are independent: one a replicate, or one a split.

    Examples
    --------
    Of the eight sets of signs only +++ reaches the mean, and only --- its negative.

    >>> values = np.array([[1.0], [2.0], [3.0]])
    >>> sign_flip_p(values, resamples=99, rng=np.random.default_rng(0)).tolist()
    [0.25]
    """
    whole, _ = fixed_point(values)
    n = len(values)
    listed = 2**n <= resamples
    observed = whole.sum(axis=0)
    # Each of n terms is within half a step and its own last bits of what it stands for.
    rounding = 2.0 * n
    below, above = np.zeros((2, values.shape[1]), np.int64)
    for signs in _all_signs(n) if listed else _signs(n, resamples, rng):
        sums = signs @ whole
        below += np.count_nonzero(sums <= observed + rounding, axis=0)
        above += np.count_nonzero(sums >= observed - rounding, axis=0)
    fewer = np.minimum(below, above)
    p = 2.0 * fewer / 2**n if listed else 2.0 * (fewer + 1) / (resamples + 1)
    return np.minimum(p, 1.0)


def _blocks(n: int, resamples: int) -> Iterator[tuple[int, int]]:
    """Divide resamples of n values into blocks: the first of each, and its size."""
    size = max(1, _BLOCK // n)
    for first in range(0, resamples, size):
        yield first, min(size, resamples - first)


def _signs(n: int, resamples: int, rng: np.random.Generator) -> Iterator[Values]:
    """Draw for each value whether it keeps its sign: blocks of 1 and -1, (size, n)."""
    for _, size in _blocks(n, resamples):
        packed = np.frombuffer(rng.bytes(-(-size * n // 8)), np.uint8)
        bits = np.unpackbits(packed, count=size * n).reshape(size, n)
        yield 1.0 - 2.0 * bits.astype(np.float64)


def _all_signs(n: int) -> Iterator[Values]:
    bits = np.arange(2**n)[:, None] >> np.arange(n) & 1
    yield 1.0 - 2.0 * bits.astype(np.float64)
