"""When a network first reached an accuracy: what the runs table keeps of the epochs, as text.

It has the first epoch with one row more right than after the first epoch, with two more, and so on
up to the most. From it and ``best_n_correct`` follows the epoch of any number of rows.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

DIGITS = 4  # of an epoch in hexadecimal


def pack_reached(n_correct: NDArray[np.integer]) -> list[str]:
    """Write for each network the first epochs, from 1, of all that it reached after its first one.

    ``n_correct`` has a row a network and a column an epoch.

    Examples
    --------
    Three rows right first in epoch 2, four and five in epoch 4.

    >>> pack_reached(np.array([[2, 3, 1, 5, 4], [2, 1, 0, 2, 2]]))
    ['000200040004', '']
    """
    most = np.maximum.accumulate(n_correct.astype(np.int64), axis=1)
    rises = np.diff(most, axis=1)
    network, epoch = np.nonzero(rises)
    epochs = np.repeat(epoch + 2, rises[network, epoch])
    text = epochs.astype(">u2").tobytes().hex()
    ends = np.cumsum(most[:, -1] - most[:, 0]) * DIGITS
    return [text[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]


def first_epoch(
    reached: Iterable[str], best_n_correct: ArrayLike, n_correct: ArrayLike, never: ArrayLike
) -> NDArray[np.int64]:
    """Return the first epoch, from 1, in which each network had at least ``n_correct`` rows right.

    ``reached`` and ``best_n_correct`` are columns of the runs table; ``never`` stands for an epoch
    that there was not. Each is one number, or one a network.

    Examples
    --------
    >>> first_epoch(["000200040004", ""], [5, 2], 3, never=6).tolist()
    [2, 6]
    >>> first_epoch(["000200040004"] * 3, 5, [2, 5, 6], never=99).tolist()
    [1, 4, 99]
    """
    texts = list(reached)
    lengths = np.array([len(text) for text in texts], np.int64) // DIGITS
    # An epoch more, so that every index is one.
    epochs = np.frombuffer(bytes.fromhex("".join(texts) + "0" * DIGITS), ">u2").astype(np.int64)
    after_first = np.asarray(n_correct, np.int64) - (np.asarray(best_n_correct) - lengths)
    index = np.cumsum(lengths) - lengths + np.clip(after_first - 1, 0, lengths)
    found = np.where(after_first > lengths, never, epochs[index])
    return np.where(after_first <= 0, 1, found)
