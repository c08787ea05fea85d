"""The arms by name: those of the configuration, and those of its grid."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any


def grid_name(schedule: str, rate: float, momentum: float) -> str:
    """Return the name of one arm of the grid.

    Parameters
    ----------
    schedule : str
        Its name in the grid.
    rate, momentum : float
        Initial learning rate and momentum.

    Returns
    -------
    str

    Examples
    --------
    >>> grid_name("cosine", 0.1, 0.9)
    'cosine 0.1 0.9'
    """
    return f"{schedule} {rate:g} {momentum:g}"


def grid_arms(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Cross the grid's schedules, initial rates and momenta into arms: "cosine 0.1 0.9".

    Parameters
    ----------
    config : mapping
        The configuration, of which ``grid`` is read.

    Returns
    -------
    dict
        Name to arm: ``initial_rate``, ``momentum``, ``schedule``.
    """
    grid = config["grid"]
    return {
        grid_name(name, rate, momentum): {
            "initial_rate": rate,
            "momentum": momentum,
            "schedule": grid["schedules"][name]["schedule"],
        }
        for name, rate, momentum in itertools.product(
            grid["schedules"], grid["initial_rates"], grid["momenta"]
        )
    }


def all_arms(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return every arm by name, those of the grid included.

    Parameters
    ----------
    config : mapping
        The checked configuration.

    Returns
    -------
    dict
        Name to arm.
    """
    return {**config["arms"], **grid_arms(config)}


def part_arms(config: Mapping[str, Any], part: str) -> list[str]:
    """Return the names of the arms that a part trains.

    Parameters
    ----------
    config : mapping
        The checked configuration.
    part : str
        A name in ``parts``.

    Returns
    -------
    list of str
    """
    arms = config["parts"][part]["arms"]
    return list(grid_arms(config)) if arms == "grid" else list(arms)


def matching_arms(pattern: str, arms: Iterable[str]) -> list[str]:
    """Return the arms that a term names: "* 0.2 0.8" is every schedule of the grid with those.

    Parameters
    ----------
    pattern : str
        A name, or ``*``, a rate and a momentum.
    arms : iterable of str
        Names to choose from.

    Returns
    -------
    list of str
        In their order; empty where none fits.

    Examples
    --------
    >>> matching_arms("* 0.2 0", ["baseline", "step 0.2 0", "cosine 0.2 0", "step 0.1 0"])
    ['step 0.2 0', 'cosine 0.2 0']
    """
    if pattern.startswith("* "):
        return [name for name in arms if name.endswith(pattern[1:]) and name.count(" ") == 2]
    return [name for name in arms if name == pattern]
