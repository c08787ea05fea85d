"""Adam's step, compiled: square root and division are exact in IEEE 754, so are its bits."""

import numpy as np
from numba import njit

_ONE = np.float32(1)


@njit(error_model="numpy")
def adam_step(state, rate, powers, settings):
    """Take one step of Adam as Keras 3 does, from the gradient that `keep` kept.

    Parameters
    ----------
    rate : float32
    powers : ndarray of float64, shape (2,)
        Of the two betas, after as many steps as were taken; starts as (1, 1).
    settings : ndarray of float64, shape (3,)
        beta_1, beta_2, epsilon.

    Notes
    -----
    keras/src/optimizers/adam.py, version 3.15: all in float32, and the betas' powers rounded to it.
    """
    for k in range(2):
        powers[k] *= np.float64(np.float32(settings[k]))
    alpha = rate * np.sqrt(_ONE - np.float32(powers[1])) / (_ONE - np.float32(powers[0]))
    to_mean, to_square = np.float32(1 - settings[0]), np.float32(1 - settings[1])
    epsilon = np.float32(settings[2])
    weights, mean, square = state.weights, state.velocity, state.square
    for k in range(weights.size):
        gradient = state.gradient[k]
        mean[k] += (gradient - mean[k]) * to_mean
        square[k] += (gradient * gradient - square[k]) * to_square
        weights[k] -= mean[k] * alpha / (np.sqrt(square[k]) + epsilon)
