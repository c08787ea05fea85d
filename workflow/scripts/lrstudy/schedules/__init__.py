"""Learning-rate schedules: pure functions of the update, one to a file.

A schedule is a file of this folder and nothing else: a function of the file's name,
``f(update, clock, initial_rate, **parameters)``, and the JSON Schema of each of its parameters in
``PARAMETERS``. Updates and epochs count from 0; update ``t`` belongs to epoch
``t // clock.updates_per_epoch``. `rate_table` evaluates a schedule once, and all trainers index
that table.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lrstudy.schedules.base import RATE_OVER_EPOCHS, Clock, Parameter, Rates

__all__ = ["SCHEDULES", "Clock", "Rates", "parameters", "rate_table"]


def _keywords(schedule: Callable[..., Rates]) -> tuple[str, ...]:
    signature = inspect.signature(schedule)
    return tuple(p.name for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY)


def _read(name: str) -> tuple[Callable[..., Rates], dict[str, Parameter]]:
    """Import one schedule's file; what it lacks is an error at once, not when it is used."""
    module = importlib.import_module(f"{__name__}.{name}")
    schedule, given = getattr(module, name, None), getattr(module, "PARAMETERS", None)
    if not callable(schedule) or not isinstance(given, dict):
        raise TypeError(f"{module.__file__}: expected a function {name} and a dict PARAMETERS")
    if tuple(given) != _keywords(schedule):
        raise TypeError(
            f"{module.__file__}: PARAMETERS has {list(given)}, but {name} takes the keywords "
            f"{list(_keywords(schedule))}"
        )
    return schedule, given


_READ = {
    module.name: _read(module.name)
    for module in pkgutil.iter_modules(__path__)
    if module.name != "base"
}
SCHEDULES: dict[str, Callable[..., Rates]] = {name: read[0] for name, read in _READ.items()}


def parameters(name: str) -> dict[str, Parameter]:
    """Return the parameters a schedule needs beside its initial rate, with their JSON Schema.

    Examples
    --------
    >>> list(parameters("step_code"))
    ['drop', 'epochs_per_drop']
    """
    return _READ[name][1]


def rate_table(schedule: Mapping[str, Any], initial_rate: float, clock: Clock) -> Rates:
    """Evaluate one schedule at every update of the training.

    The schedule has the ``name`` of a registered one, and its parameters. A ``decay`` of
    ``rate/epochs`` is the tutorial's rule, the initial rate divided by the number of epochs.
    ``initial_rate`` is positive; for `one_cycle` it is the peak. The rates, of shape (n_updates,),
    are finite and >= 0.

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
