"""The arms by name: those of the configuration, of its variants, and of its grid."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

REFERENCES = ("majority", "logistic", "svm")
"""Classifiers on the same splits that a hypothesis may name like arms (`analysis.classifiers`)."""


def grid_name(schedule: str, rate: float, momentum: float) -> str:
    """Return the name of one arm of the grid.

    Examples
    --------
    >>> grid_name("cosine", 0.1, 0.9)
    'cosine 0.1 0.9'
    """
    return f"{schedule} {rate:g} {momentum:g}"


def grid_arms(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Cross the grid's schedules, initial rates and momenta into arms: "cosine 0.1 0.9".

    An arm has ``initial_rate``, ``momentum`` and ``schedule``; without a grid there are none.
    """
    grid = config.get("grid", {"schedules": {}, "initial_rates": [], "momenta": []})
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


def varied_arms(name: str, variant: Mapping[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name the arms of a variant: "step budget 200" to the arm that it varies and what it changes.

    Examples
    --------
    >>> varied_arms("budget", {"arms": ["step"], "epochs": [12, 200], "stretch": True})
    ... # doctest: +NORMALIZE_WHITESPACE
    {'step budget 12': ('step', {'epochs': 12, 'stretch': True}),
     'step budget 200': ('step', {'epochs': 200, 'stretch': True})}
    """
    stretch = variant.get("stretch", False)
    return {
        f"{arm} {name} {value}": (arm, {key: value, "stretch": stretch})
        for key, values in (("epochs", "epochs"), ("batch_size", "batch_sizes"))
        for arm, value in itertools.product(variant["arms"], variant.get(values, []))
    }


def _variants(config: Mapping[str, Any], block: str) -> dict[str, dict[str, Any]]:
    varied = varied_arms(block, config["variants"][block])
    return {name: {**config["arms"][arm], **changed} for name, (arm, changed) in varied.items()}


def all_arms(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return every arm by name, those of variants and of the grid included."""
    varied: dict[str, Any] = {}
    for block in config.get("variants", {}):
        varied |= _variants(config, block)
    return {**config["arms"], **varied, **grid_arms(config)}


def part_arms(config: Mapping[str, Any], part: str) -> list[str]:
    """Return the names of the arms that a part trains."""
    arms = config["parts"][part]["arms"]
    if arms == "grid":
        return list(grid_arms(config))
    known = config.get("variants", {})
    return [arm for word in arms for arm in (_variants(config, word) if word in known else [word])]


def part_datasets(config: Mapping[str, Any], part: str) -> list[str]:
    """Return the data sets that a part trains on: those that it names, or the study's own."""
    return list(config["parts"][part].get("datasets", [config["dataset"]]))


def analysed_parts(config: Mapping[str, Any]) -> list[str]:
    """Return the parts in ``analysis.parts`` that train on the study's own data."""
    at_home = [name for name in config["parts"] if config["dataset"] in part_datasets(config, name)]
    return [name for name in at_home if name in config["analysis"]["parts"]]


def setting_of(config: Mapping[str, Any], dataset: str) -> dict[str, Any]:
    """Return what training on one data set takes from the configuration.

    That is ``training``, with the data set's own ``hidden_units`` if it names any; its
    ``protocols``; ``initializers``; and every one of ``arms`` (`all_arms`).
    """
    block = config["datasets"][dataset]
    own = {key: block[key] for key in ("hidden_units",) if key in block}
    return {
        "training": {**config["training"], **own},
        "protocols": block["protocols"],
        "initializers": config["initializers"],
        "arms": all_arms(config),
    }


def training_of(training: Mapping[str, Any], arm: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``training`` with the arm's own epochs and batch size, if it names any.

    Examples
    --------
    >>> training_of({"epochs": 50, "batch_size": 28}, {"epochs": 12})
    {'epochs': 12, 'batch_size': 28}
    """
    return {**training, **{key: arm[key] for key in ("epochs", "batch_size") if key in arm}}


def hypotheses_of(analysis: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the hypotheses by name, one that is asked of each of several values once for each.

    Examples
    --------
    >>> asked = {"label": "* epochs", "each": [12, 25], "add": [{"arm": "step budget *"}],
    ...          "subtract": [{"arm": "constant budget *"}]}
    >>> found = hypotheses_of({"hypotheses": {"U1": asked}})
    >>> list(found), found["U1.25"]["label"], found["U1.25"]["add"]
    (['U1.12', 'U1.25'], '25 epochs', [{'arm': 'step budget 25'}])
    """
    found: dict[str, Mapping[str, Any]] = {}
    for name, asked in analysis["hypotheses"].items():
        for value in asked.get("each", [None]):
            if value is None:
                found[name] = asked
                continue
            sides = {
                side: [
                    {**term, "arm": term["arm"].replace("*", str(value))} for term in asked[side]
                ]
                for side in ("add", "subtract")
            }
            label = asked["label"].replace("*", str(value))
            rest = {key: given for key, given in asked.items() if key != "each"}
            found[f"{name}.{value}"] = {**rest, **sides, "label": label}
    return found


def matching_arms(pattern: str, arms: Iterable[str]) -> list[str]:
    """Return the arms that a term names: "* 0.2 0.8" is every schedule of the grid with those.

    The pattern is a name, or ``*``, a rate and a momentum. The result keeps their order, and is
    empty where none fits.

    Examples
    --------
    >>> matching_arms("* 0.2 0", ["baseline", "step 0.2 0", "cosine 0.2 0", "step 0.1 0"])
    ['step 0.2 0', 'cosine 0.2 0']
    """
    if pattern.startswith("* "):
        return [name for name in arms if name.endswith(pattern[1:]) and name.count(" ") == 2]
    return [name for name in arms if name == pattern]
