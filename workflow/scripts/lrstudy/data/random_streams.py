"""Random numbers of a replicate: initial weights, order of the rows, split.

A stream is named by its purpose and its replicate number and by nothing else, so a member's
random numbers do not depend on the arm, on the chunk that it is trained in, or on the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

PURPOSES = {
    "initialisation": 1,
    "shuffling": 2,
    "splitting": 3,
    "inner": 4,
    "keras": 5,
    "resampling": 6,
    "perturbing": 7,
}


def generator(purpose: str, replicate: int) -> np.random.Generator:
    """Return the random stream of one of `PURPOSES` and one replicate.

    Examples
    --------
    >>> int(generator("splitting", 1000).integers(1000)) == int(
    ...     generator("splitting", 1000).integers(1000))
    True
    """
    if purpose not in PURPOSES:
        raise ValueError(f"unknown purpose {purpose!r}; known: {', '.join(PURPOSES)}")
    return np.random.default_rng(np.random.SeedSequence([PURPOSES[purpose], replicate]))


def initial_weights(
    initializer: Mapping[str, Any], n_inputs: int, n_hidden: int, replicate: int
) -> NDArray[np.float32]:
    """Draw the initial weights of one n_inputs -> n_hidden -> 1 network.

    Parameters
    ----------
    initializer : mapping
        ``{"kind": "glorot_uniform"}``: U(-a, a) with a = sqrt(6 / (fan_in + fan_out)); or
        ``{"kind": "normal", "stddev": s}``: N(0, s), s in weight units.

    Returns
    -------
    ndarray of float32, shape (n_inputs * n_hidden + 2 * n_hidden + 1,)
        Hidden kernel (row-major, n_inputs x n_hidden), hidden biases, output kernel, output
        bias. Biases are zero, as in Keras.

    Notes
    -----
    Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks,
    AISTATS 2010.
    """
    stream = generator("initialisation", replicate)
    layers = []
    for fan_in, fan_out in ((n_inputs, n_hidden), (n_hidden, 1)):
        shape = fan_in * fan_out
        if initializer["kind"] == "glorot_uniform":
            limit = np.sqrt(6.0 / (fan_in + fan_out))
            kernel = stream.uniform(-limit, limit, shape)
        elif initializer["kind"] == "normal":
            kernel = stream.normal(0.0, initializer["stddev"], shape)
        else:
            raise ValueError(
                f"initializer kind must be glorot_uniform or normal, found {initializer['kind']!r}"
            )
        layers += [kernel, np.zeros(fan_out)]
    return np.concatenate(layers).astype(np.float32)


def epoch_orders(n_epochs: int, n_train: int, replicate: int) -> NDArray[np.uint16]:
    """Draw a fresh uniform permutation of the training rows for every epoch.

    The result, of shape (n_epochs, n_train), has positions inside the training set in the order of
    their use. At most 65,536 rows can train.
    """
    rows = np.tile(np.arange(n_train, dtype=np.uint16), (n_epochs, 1))
    return generator("shuffling", replicate).permuted(rows, axis=1)
