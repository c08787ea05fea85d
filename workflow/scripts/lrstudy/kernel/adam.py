"""Adam's step, compiled: square root and division are exact in IEEE 754, so are its bits."""

import numpy as np
from numba import njit

_ONE = np.float32(1)


@njit(error_model="numpy")
def _move(parameters, gradient, mean, square, settings):
    """Move one flat array of parameters; renews the running means."""
    alpha, keep_mean, keep_square, epsilon = settings
    for k in range(parameters.size):
        g = gradient[k]
        mean[k] += (g - mean[k]) * keep_mean
        square[k] += (g * g - square[k]) * keep_square
        parameters[k] -= mean[k] * alpha / (np.sqrt(square[k]) + epsilon)


@njit(error_model="numpy")
def adam_step(state, rate, powers, settings):
    """Take one step of Adam as Keras 3 does, from the gradient that `backward` left.

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
    unbiased = np.sqrt(_ONE - np.float32(powers[1]))
    alpha = rate * unbiased / (_ONE - np.float32(powers[0]))
    used = (
        alpha,
        np.float32(1 - settings[0]),
        np.float32(1 - settings[1]),
        np.float32(settings[2]),
    )
    _move(state.body, state.body_gradient, state.body_velocity, state.body_square, used)
    _move(state.rest, state.rest_gradient, state.rest_velocity, state.rest_square, used)
