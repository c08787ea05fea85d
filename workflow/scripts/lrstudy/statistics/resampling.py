"""The random draws of bootstrap and permutation test, made once for all data of the same shape.

Comparisons take their resampling from one stream each time, so those of the same shape draw the
same numbers. Drawing takes longer than using what is drawn.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

REMEMBERED = 400_000_000
"""Bytes of arrays that are kept, the last used: 5,000 values and 9,999 resamples take 100 MB."""
_BATCH = 2_000_000  # random numbers drawn at once
_MEMORY: OrderedDict[str, tuple[NDArray[Any], Any]] = OrderedDict()


def _remembered(
    draw: Callable[..., NDArray[Any]], *shape: int, rng: np.random.Generator
) -> NDArray[Any]:
    """Draw, or recall what was drawn in this shape from a generator in this state.

    The generator has moved on as far either way; the array cannot be written to.
    """
    key = repr((draw.__name__, shape, rng.bit_generator.state))
    if key not in _MEMORY:
        array = draw(*shape, rng=rng)
        array.flags.writeable = False
        _MEMORY[key] = array, rng.bit_generator.state
        while sum(kept.nbytes for kept, _ in _MEMORY.values()) > REMEMBERED and len(_MEMORY) > 1:
            _MEMORY.popitem(last=False)
    _MEMORY.move_to_end(key)
    array, rng.bit_generator.state = _MEMORY[key]
    return array


def bootstrap_positions(
    n_clusters: int, size: int, resamples: int, *, rng: np.random.Generator
) -> NDArray[np.unsignedinteger]:
    """Draw whole clusters with replacement, then values inside each.

    The result, of shape (resamples, n_clusters * size), has the positions of the values, clusters
    one after the other. Size 1 is the ordinary bootstrap.
    """
    return _remembered(_draw_positions, n_clusters, size, resamples, rng=rng)


def _draw_positions(
    n_clusters: int, size: int, resamples: int, *, rng: np.random.Generator
) -> NDArray[np.unsignedinteger]:
    n = n_clusters * size
    kind = np.min_scalar_type(n)
    positions = np.empty((resamples, n), kind)
    if size == 1:
        batch = max(1, _BATCH // n)
        for i in range(0, resamples, batch):
            rows = positions[i : i + batch]
            rows[:] = rng.integers(n, size=rows.shape)
        return positions
    for row in positions:
        clusters = rng.integers(n_clusters, size=(n_clusters, 1))
        row[:] = (clusters * size + rng.integers(size, size=(n_clusters, size))).ravel()
    return positions


def signs(n: int, resamples: int, *, rng: np.random.Generator) -> NDArray[np.int8]:
    """Draw for each value whether it keeps its sign, as SciPy's permutation test does.

    The result, of shape (n, resamples), is -1 where the sign changes, else 1.
    """
    return _remembered(_draw_signs, n, resamples, rng=rng)


def _draw_signs(n: int, resamples: int, *, rng: np.random.Generator) -> NDArray[np.int8]:
    # SciPy permutes each value and its negative, in batches that it draws whole.
    batch = min(max(1, _BATCH // n), resamples)
    pairs = np.tile(np.array([1, -1], np.int8), (batch, n, 1))
    batches = [rng.permuted(pairs, axis=-1)[:, :, 0] for _ in range(0, resamples, batch)]
    return np.ascontiguousarray(np.concatenate(batches)[:resamples].T)
