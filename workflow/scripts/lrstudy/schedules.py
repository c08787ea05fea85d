"""Learning-rate schedules: pure functions of the update, gathered in one registry.

Every schedule has the signature ``f(update, clock, initial_rate, **parameters)``. Updates and
epochs count from 0; update ``t`` belongs to epoch ``t // clock.updates_per_epoch``. `rate_table`
evaluates a schedule once, and all trainers index that table.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Updates = NDArray[np.int64]
Rates = NDArray[np.floating]

RATE_OVER_EPOCHS = "rate/epochs"


@dataclass(frozen=True)
class Clock:
    """How updates are grouped into epochs.

    Parameters
    ----------
    updates_per_epoch : int
        Optimizer steps in one epoch: ceil(training rows / batch size).
    n_epochs : int
        Epochs in the whole training.

    Examples
    --------
    >>> Clock(updates_per_epoch=9, n_epochs=50).n_updates
    450
    """

    updates_per_epoch: int
    n_epochs: int

    def __post_init__(self) -> None:
        if self.updates_per_epoch < 1 or self.n_epochs < 1:
            raise ValueError(f"a clock needs at least one update and one epoch, found {self}")

    @property
    def n_updates(self) -> int:
        """Updates in the whole training."""
        return self.updates_per_epoch * self.n_epochs

    def epoch(self, update: Updates) -> Updates:
        """Return the epoch, from 0, that each update belongs to."""
        return update // self.updates_per_epoch


def constant(update: Updates, clock: Clock, initial_rate: float) -> Rates:
    """Constant: ``rate = initial_rate``."""
    return np.full(update.shape, float(initial_rate))


def time_per_update(update: Updates, clock: Clock, initial_rate: float, *, decay: float) -> Rates:
    """Time-based, as Keras computed it: ``initial_rate / (1 + decay * update)``.

    The rate falls at every update. This is what ``SGD(decay=...)`` did up to Keras 2, and what
    ``InverseTimeDecay(initial_rate, decay_steps=1, decay_rate=decay)`` does in Keras 3.
    """
    return initial_rate / (1.0 + decay * update)


def time_per_epoch(update: Updates, clock: Clock, initial_rate: float, *, decay: float) -> Rates:
    """Time-based, closed form by epoch: ``initial_rate / (1 + decay * epoch)``."""
    return initial_rate / (1.0 + decay * clock.epoch(update))


def time_recursion(update: Updates, clock: Clock, initial_rate: float, *, decay: float) -> Rates:
    """Time-based, as the tutorial's table: ``rate[e] = rate[e-1] / (1 + decay * e)``.

    ``rate[0] = initial_rate`` in epoch 0.
    """
    divisors = 1.0 + decay * np.arange(clock.n_epochs)
    by_epoch = initial_rate / np.cumprod(divisors)
    return by_epoch[clock.epoch(update)]


def time_subtraction(update: Updates, clock: Clock, initial_rate: float, *, decay: float) -> Rates:
    """Time-based, as the tutorial's prose: ``max(initial_rate - decay * epoch, 0)``."""
    return np.maximum(initial_rate - decay * clock.epoch(update), 0.0)


def step_code(
    update: Updates, clock: Clock, initial_rate: float, *, drop: float, epochs_per_drop: int
) -> Rates:
    """Step, as the tutorial's code: ``initial_rate * drop ** ((epoch + 1) // epochs_per_drop)``.

    The first plateau is one epoch shorter than the others.
    """
    return initial_rate * drop ** ((clock.epoch(update) + 1) // epochs_per_drop)


def step_prose(
    update: Updates, clock: Clock, initial_rate: float, *, drop: float, epochs_per_drop: int
) -> Rates:
    """Step, as the tutorial's prose: ``initial_rate * drop ** (epoch // epochs_per_drop)``."""
    return initial_rate * drop ** (clock.epoch(update) // epochs_per_drop)


def exponential(update: Updates, clock: Clock, initial_rate: float, *, decay: float) -> Rates:
    """Exponential by epoch: ``initial_rate * exp(-decay * epoch)``."""
    return initial_rate * np.exp(-decay * clock.epoch(update))


def _progress(update: Updates, clock: Clock) -> Rates:
    """Share of the training done before each update: 0 at the first, below 1 at the last."""
    return update / clock.n_updates


def polynomial(
    update: Updates, clock: Clock, initial_rate: float, *, power: float, final_factor: float
) -> Rates:
    """Polynomial to ``final_factor * initial_rate``, by update.

    ``initial_rate * (final_factor + (1 - final_factor) * (1 - update / n_updates) ** power)``;
    the end value would be reached at update ``n_updates``, one past the last.
    """
    left = (1.0 - _progress(update, clock)) ** power
    return initial_rate * (final_factor + (1.0 - final_factor) * left)


def linear(update: Updates, clock: Clock, initial_rate: float, *, final_factor: float) -> Rates:
    """Linear to ``final_factor * initial_rate``: `polynomial` with power 1."""
    return polynomial(update, clock, initial_rate, power=1.0, final_factor=final_factor)


def cosine(update: Updates, clock: Clock, initial_rate: float, *, final_factor: float) -> Rates:
    """Half a cosine from ``initial_rate`` to ``final_factor * initial_rate``, by update.

    ``initial_rate * (f + (1 - f) * (1 + cos(pi * update / n_updates)) / 2)``.
    Source: Loshchilov and Hutter, SGDR, ICLR 2017.
    """
    wave = 0.5 * (1.0 + np.cos(np.pi * _progress(update, clock)))
    return initial_rate * (final_factor + (1.0 - final_factor) * wave)


def cosine_restarts(
    update: Updates, clock: Clock, initial_rate: float, *, cycles: int, final_factor: float
) -> Rates:
    """`cosine` run ``cycles`` times over, each cycle an equal share of the updates.

    A cycle starts at ``initial_rate`` again. Updates that do not divide evenly go to whichever
    cycle ``update * cycles // n_updates`` names.
    Source: Loshchilov and Hutter, SGDR, ICLR 2017.
    """
    # Integer arithmetic: a restart must not move by one update through rounding.
    within = (update * cycles % clock.n_updates) / clock.n_updates
    wave = 0.5 * (1.0 + np.cos(np.pi * within))
    return initial_rate * (final_factor + (1.0 - final_factor) * wave)


def one_cycle(
    update: Updates,
    clock: Clock,
    initial_rate: float,
    *,
    warmup_fraction: float,
    start_factor: float,
    final_factor: float,
) -> Rates:
    """One cycle: linear up to ``initial_rate`` (the peak), then linear down, by update.

    From ``start_factor * initial_rate`` at update 0 to the peak at
    ``round(warmup_fraction * n_updates)``, then to ``final_factor * initial_rate``, which would
    be reached at update ``n_updates``. Momentum stays as it is.
    Source: Smith and Topin, Super-convergence, arXiv 1708.07120.
    """
    peak = round(warmup_fraction * clock.n_updates)
    knots = ([0, peak, clock.n_updates], [start_factor, 1.0, final_factor])
    if peak == 0:
        knots = (knots[0][1:], knots[1][1:])
    return initial_rate * np.interp(update, *knots)


SCHEDULES: dict[str, Callable[..., Rates]] = {
    f.__name__: f
    for f in (
        constant,
        time_per_update,
        time_per_epoch,
        time_recursion,
        time_subtraction,
        step_code,
        step_prose,
        exponential,
        linear,
        polynomial,
        cosine,
        cosine_restarts,
        one_cycle,
    )
}


def parameters(name: str) -> tuple[str, ...]:
    """Return the names of the parameters a schedule needs beside its initial rate.

    Examples
    --------
    >>> parameters("step_code")
    ('drop', 'epochs_per_drop')
    """
    signature = inspect.signature(SCHEDULES[name])
    return tuple(p.name for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY)


def rate_table(schedule: Mapping[str, Any], initial_rate: float, clock: Clock) -> Rates:
    """Evaluate one schedule at every update of the training.

    Parameters
    ----------
    schedule : mapping
        ``name`` of a registered schedule, and its parameters. A ``decay`` of ``rate/epochs`` is the
        tutorial's rule, the initial rate divided by the number of epochs.
    initial_rate : float
        Learning rate at the start (for `one_cycle`, the peak). Positive.
    clock : Clock
        Updates per epoch, and epochs.

    Returns
    -------
    ndarray of float64, shape (n_updates,)
        The learning rate of each update, finite and >= 0.

    Raises
    ------
    ValueError
        Unknown schedule, missing or unknown parameter, or a rate that is negative or not finite.

    Examples
    --------
    >>> rate_table({"name": "step_prose", "drop": 0.5, "epochs_per_drop": 1}, 0.1, Clock(2, 2))
    array([0.1 , 0.1 , 0.05, 0.05])
    """
    given = {key: value for key, value in schedule.items() if key != "name"}
    name = schedule.get("name")
    if given.get("decay") == RATE_OVER_EPOCHS:
        given["decay"] = initial_rate / clock.n_epochs
    if name not in SCHEDULES:
        raise ValueError(f"unknown schedule {name!r}; known: {', '.join(SCHEDULES)}")
    if set(given) != set(parameters(name)):
        raise ValueError(f"schedule {name} takes {sorted(parameters(name))}, found {sorted(given)}")
    if not initial_rate > 0:
        raise ValueError(f"initial_rate must be > 0, found {initial_rate}")
    rates = SCHEDULES[name](np.arange(clock.n_updates), clock, initial_rate, **given)
    if not np.all(np.isfinite(rates) & (rates >= 0)):
        raise ValueError(f"schedule {schedule} gives a rate that is negative or not finite")
    return rates
