"""The numbers that the paper may print and that no table holds: settings, tutorial, rates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from paperledger.claims.claim import Claim, Claims
from paperledger.claims.gather import found_by

from lrstudy.design.arms import grid_arms
from lrstudy.design.words import words_of
from lrstudy.schedules import Clock, rate_table
from lrstudy.statistics.counts import clopper_pearson, exact_mcnemar, fisher_exact

SETTINGS = "results/settings.json"

_OF_TEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_OF_TEX |= {mark: f"\\{mark}" for mark in "&%$#_{}"}


def listed(values: Sequence[Any]) -> str:
    """Write values as a list in words.

    Examples
    --------
    >>> listed([12, 25, 100]), listed([28])
    ('12, 25 and 100', '28')
    """
    *first, last = map(str, values)
    return f"{', '.join(first)} and {last}" if first else last


@found_by("write_claims", SETTINGS)
def setting_claims(settings: Mapping[str, Any], updates_per_epoch: int) -> Claims:
    """Quote the settings that the text names."""
    analysis = settings["analysis"]
    primary = analysis["initializer"]
    claims = {
        "paper.date": Claim(settings["paper"]["date"]),
        "updates.per.epoch": Claim(updates_per_epoch),
        "confidence": Claim(100.0 * analysis["confidence"], "%", 0),
        "primary.initializer.id": Claim(primary),
        "primary.initializer": Claim(settings["initializers"][primary]["label"]),
        "equivalence_margin": Claim(analysis["equivalence_margin"], "points", 1),
        "alpha": Claim(1 - analysis["confidence"], "", 2),
        "resamples": Claim(analysis["resamples"]),
        "first.replicate": Claim(settings["first_replicate"]),
    }
    if "tutorial" in analysis:
        claims["tutorial.baseline.n"] = Claim(analysis["tutorial"]["n_validation"], "rows")
    if "agreement" in settings:
        perturbation = settings["agreement"]["weight_tolerance"] / 10
        claims["agreement.perturbation"] = Claim(perturbation, "", None, "p")
    if "grid" in settings:
        for name, key in (
            ("schedules", "schedules"),
            ("rates", "initial_rates"),
            ("momenta", "momenta"),
        ):
            claims[f"grid.{name}"] = Claim(len(settings["grid"][key]))
        cells = len(grid_arms(settings))
        claims["grid.cells"] = Claim(cells)
        claims["grid.schedule.cells"] = Claim(cells // len(settings["grid"]["schedules"]))
    for name, variant in settings.get("variants", {}).items():
        values = [*variant.get("epochs", []), *variant.get("batch_sizes", [])]
        claims[f"variant.{name}"] = Claim(listed(values))
    for name, part in settings["parts"].items():
        if "datasets" in part:
            claims[f"{name}.datasets"] = Claim(len(part["datasets"]))
        for protocol, size in part["protocols"].items():
            for key in ("splits", "seeds", "initialisations", "shuffles"):
                if key in size:
                    unit = key if key in ("splits", "seeds") else ""
                    claims[f"{name}.{protocol}.{key}"] = Claim(size[key], unit)
            for dataset, splits in size.get("splits_of", {}).items():
                claims[f"{name}.{protocol}.splits.{dataset}"] = Claim(splits, "splits")
    return claims


@found_by("write_claims", SETTINGS)
def plan_claims(settings: Mapping[str, Any]) -> Claims:
    """Quote the page that fixed the study: its day, and the beginnings of its commit and hash."""
    if "plan" not in settings:
        return {}
    plan = settings["plan"]
    return {
        "plan.date": Claim(plan["date"]),
        "plan.commit": Claim(plan["commit"][:7]),
        "plan.sha256": Claim(plan["sha256"][:12]),
    }


@found_by("write_claims", SETTINGS)
def data_claims(settings: Mapping[str, Any]) -> Claims:
    """Say what each data set, its rows and its classes are called, and how it is read."""
    claims: Claims = {}
    for name, block in settings["datasets"].items():
        stem = "data" if name == settings["dataset"] else f"data.{name}"
        claims[f"{stem}.label"] = Claim(block["label"])
        claims[f"{stem}.scale"] = Claim(block["table"]["scale"])
        for key, word in words_of(block).items():
            claims[f"{stem}.{key}"] = Claim("".join(_OF_TEX.get(mark, mark) for mark in word))
    return claims


@found_by("collect_runs", "results/runs.parquet")
def training_claims(runs: pd.DataFrame, settings: Mapping[str, Any]) -> Claims:
    """Count the networks: those on the study's own data together, all, and those of each part."""
    own = runs[runs["dataset"] == settings["dataset"]]
    counted = {
        "": own,
        "all.": runs,
        **{f"{name}.": rows for name, rows in runs.groupby("part", sort=False)},
    }
    claims: Claims = {}
    for name, rows in counted.items():
        claims[f"{name}networks"] = Claim(len(rows), "networks")
        claims[f"{name}networks.diverged"] = Claim(int(rows["diverged"].sum()), "networks")
    return claims


@found_by("write_claims", SETTINGS)
def tutorial_claims(analysis: Mapping[str, Any]) -> Claims:
    """Test the tutorial's two accuracies as what they are: two counts out of n."""
    if "tutorial" not in analysis:
        return {}
    tutorial, confidence = analysis["tutorial"], analysis["confidence"]
    n = tutorial["n_validation"]
    counts = {"baseline": tutorial["baseline_correct"], "schedule": tutorial["schedule_correct"]}
    claims: Claims = {}
    for name, count in counts.items():
        interval = clopper_pearson(count, n, confidence=confidence)
        claims[f"tutorial.{name}.correct"] = Claim(count, "rows")
        claims[f"tutorial.{name}.accuracy"] = Claim(100.0 * count / n, "%", 2)
        claims[f"tutorial.{name}.low"] = Claim(100.0 * interval.low, "%", 2)
        claims[f"tutorial.{name}.high"] = Claim(100.0 * interval.high, "%", 2)
    gain = counts["schedule"] - counts["baseline"]
    claims["tutorial.gain"] = Claim(gain, "rows")
    claims["tutorial.gain.points"] = Claim(100.0 * gain / n, "points", 2)
    claims["tutorial.mcnemar.p"] = Claim(exact_mcnemar(gain, 0), "", 3)
    fisher = fisher_exact(counts["schedule"], counts["baseline"], n)
    claims["tutorial.fisher.p"] = Claim(fisher, "", 2)
    return claims


@found_by("write_claims", SETTINGS)
def rate_claims(figures: Mapping[str, Any], updates_per_epoch: int) -> Claims:
    """Evaluate the tutorial's printed table, and where each reading stands in its last epoch."""
    claims: Claims = {}
    clock = Clock(updates_per_epoch, 5)
    printed = rate_table({"name": "time_recursion", "decay": 0.001}, 0.1, clock)
    for epoch in range(5):
        value = printed[epoch * updates_per_epoch]
        claims[f"rate.printed.{epoch + 1}"] = Claim(float(value), "", 10)
    if "readings" not in figures:
        return claims
    readings = figures["readings"]
    clock = Clock(updates_per_epoch, readings["epochs"])
    for curves in readings["panels"].values():
        for schedule in curves.values():
            rates = rate_table(schedule, readings["initial_rate"], clock)[-updates_per_epoch:]
            claims[f"rate.{schedule['name']}.first"] = Claim(float(rates[0]), "", 5)
            claims[f"rate.{schedule['name']}.last"] = Claim(float(rates[-1]), "", 5)
    return claims


def _power_of_ten_above(difference: float) -> float:
    """Return the least power of ten above a difference of weights; none is finer than float32."""
    return float(f"1e{math.floor(math.log10(max(difference, 2.0**-24))) + 1}")


@found_by("check_agreement", "results/agreement.json")
def agreement_claims(agreement: Mapping[str, Any], settings: Mapping[str, Any]) -> Claims:
    """Quote how closely the kernel agrees with Keras (`gate.Agreement`).

    The largest difference of a weight, a matter of last bits, becomes a bound.
    """
    return {
        "agreement.networks": Claim(agreement["networks"], "networks"),
        "agreement.stable": Claim(agreement["stable"], "networks"),
        "agreement.within": Claim(
            agreement["stable"] - agreement["apart"],
            "networks",
            tolerance=float(agreement["apart_allowed"]),
            why="other than x86-64 may carry as many networks elsewhere as the build allows",
        ),
        "agreement.apart.allowed": Claim(agreement["apart_allowed"], "networks"),
        "agreement.weights": Claim(
            _power_of_ten_above(agreement["weight_difference"]),
            "",
            None,
            "p",
            tolerance=settings["agreement"]["weight_tolerance"],
            why="other than x86-64 may round Keras otherwise; beyond this the build stops",
        ),
        "agreement.predictions": Claim(agreement["predictions"], "rows"),
        "agreement.flipped": Claim(agreement["flipped"], "rows"),
        "agreement.cells": Claim(agreement["cells"]),
        "agreement.population.difference": Claim(agreement["population_difference"], "points", 2),
        "agreement.cells.equivalent": Claim(agreement["cells_equivalent"]),
        "agreement.population.margin": Claim(agreement["population_margin"], "points", 2),
    }


@found_by("run_decay_argument", "results/decay_argument.json")
def decay_claims(decay_argument: Mapping[str, Any]) -> Claims:
    """Say what following the tutorial on current Keras gives (`decay_argument.DecayArgument`).

    Raises
    ------
    ValueError
        The run with ``decay`` is not the constant rate, or is the schedule: the paper's sentence
        no longer holds.
    """
    if not decay_argument["identical_to_constant"] or decay_argument["identical_to_schedule"]:
        raise ValueError(f"the paper says that Keras ignores decay; found {dict(decay_argument)}")
    return {
        "decay_argument.correct": Claim(decay_argument["n_correct"], "rows"),
        "decay_argument.schedule.correct": Claim(decay_argument["n_correct_schedule"], "rows"),
    }
