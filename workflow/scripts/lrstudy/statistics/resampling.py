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

REMEMBERED = 16
"""Arrays that are kept, the last used: up to 20 MB each for 1,000 values and 9,999 resamples."""
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
        if len(_MEMORY) > REMEMBERED:
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
    if size == 1:
        return rng.integers(n, size=(resamples, n)).astype(kind)
    positions = np.empty((resamples, n), kind)
    for row in positions:
        clusters = rng.integers(n_clusters, size=(n_clusters, 1))
        row[:] = (clusters * size + rng.integers(size, size=(n_clusters, size))).ravel()
    return positions


def kept_signs(n: int, resamples: int, *, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw for each value whether it keeps its sign, as SciPy's permutation test does.

    The result, of shape (n, resamples), is false where the sign changes.
    """
    return _remembered(_draw_signs, n, resamples, rng=rng)


def _draw_signs(n: int, resamples: int, *, rng: np.random.Generator) -> NDArray[np.bool_]:
    # SciPy permutes each value and its negative, in batches that it draws whole.
    batch = min(max(1, 2_000_000 // n), resamples)
    pairs = np.tile(np.arange(2), (batch, n, 1))
    batches = [rng.permuted(pairs, axis=-1)[:, :, 0] == 0 for _ in range(0, resamples, batch)]
    return np.ascontiguousarray(np.concatenate(batches)[:resamples].T)
