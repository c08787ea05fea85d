"""The numbers that the paper may print, made here and rounded here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.counts import clopper_pearson, exact_mcnemar, fisher_exact
from lrstudy.schedules import Clock, rate_table

UNITS = {"", "%", "points", "nat/row", "rows", "networks", "pairs", "splits", "seeds"}


@dataclass(frozen=True)
class Claim:
    """One number of the paper.

    Attributes
    ----------
    value : float, int or str
        The number as computed, or a word.
    unit : str
        One of `UNITS`.
    decimals : int or None
        Digits after the point in print; None prints the value as it is.
    style : str
        ``plain``; ``signed`` (a sign always, for differences); ``p`` (a number down to very small
        ones: two decimals, three below 0.01, one digit and a power of ten below 0.001).

    Examples
    --------
    >>> Claim(-0.125, "points", 2, "signed").text, Claim(151860, "networks").text
    ('$-$0.12', '151{,}860')
    >>> Claim(0.0023, "", None, "p").text
    '0.002'
    """

    value: float | int | str
    unit: str = ""
    decimals: int | None = None
    style: str = "plain"

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"unknown unit {self.unit!r}; known: {sorted(UNITS)}")

    @property
    def text(self) -> str:
        """The number as the paper prints it, in TeX."""
        return _text(self.value, self.decimals, self.style)


def _text(value: float | int | str, decimals: int | None, style: str) -> str:
    if isinstance(value, str):
        return value
    if style == "p":
        return _p_text(float(value))
    if decimals is None:
        return f"{value:,}".replace(",", "{,}")
    rounded = Decimal(repr(float(value))).quantize(
        Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN
    )
    sign = "$-$" if rounded < 0 else "+" if style == "signed" else ""
    return f"{sign}{abs(rounded):f}"


def _p_text(p: float) -> str:
    if p >= 0.995:
        return "1.00"
    if p >= 0.01:
        return f"{p:.2f}"
    if p >= 0.001:
        return f"{p:.3f}"
    if p == 0:
        return "0"
    # The format rounds before it chooses the exponent: 9.7e-5 is 1e-4, not 10e-5.
    digit, exponent = f"{p:.0e}".split("e")
    return rf"${digit}\times 10^{{{int(exponent)}}}$"


Claims = dict[str, Claim]


def setting_claims(config: Mapping[str, Any], updates_per_epoch: int) -> Claims:
    """Quote the settings that the text names.

    Parameters
    ----------
    config : mapping
        The whole configuration.
    updates_per_epoch : int
        Optimizer steps in one epoch of the tutorial's split.
    """
    analysis = config["analysis"]
    primary = analysis["initializer"]
    return {
        "paper.date": Claim(config["paper"]["date"]),
        "updates.per.epoch": Claim(updates_per_epoch),
        "confidence": Claim(100.0 * analysis["confidence"], "%", 0),
        "primary.initializer.id": Claim(primary),
        "primary.initializer": Claim(config["initializers"][primary]["label"]),
        "tutorial.baseline.n": Claim(analysis["tutorial"]["n_validation"], "rows"),
        "margin": Claim(analysis["margin"], "points", 1),
        "alpha": Claim(1 - analysis["confidence"], "", 2),
        "resamples": Claim(analysis["resamples"]),
        "agreement.nudge": Claim(config["agreement"]["weight_tolerance"] / 10, "", None, "p"),
    }


def training_claims(runs: pd.DataFrame, parts: Mapping[str, Any]) -> Claims:
    """Count the networks, whole and by part, and the random splits of the study.

    Parameters
    ----------
    runs : DataFrame
        The runs table (`run_tables.RUNS`).
    parts : mapping
        ``parts`` of the configuration.
    """
    claims = {"networks": Claim(len(runs), "networks")}
    for name in parts:
        claims[f"{name}.networks"] = Claim(int((runs["part"] == name).sum()), "networks")
    claims["networks.diverged"] = Claim(int(runs["diverged"].sum()), "networks")
    for name, part in parts.items():
        for protocol, size in part["protocols"].items():
            for key in ("splits", "seeds", "initialisations", "shuffles"):
                if key in size:
                    unit = key if key in UNITS else ""
                    claims[f"{name}.{protocol}.{key}"] = Claim(size[key], unit)
    return claims


def data_claims(labels: np.ndarray, tail_train: int) -> Claims:
    """Count the rows and classes of the data and of the tutorial's split.

    Parameters
    ----------
    labels : ndarray, shape (n_rows,)
        1 for the positive class (good), else 0.
    tail_train : int
        Rows of the tutorial's training set, which come first.
    """
    tail = labels[tail_train:]
    good = int(tail.sum())
    return {
        "data.rows": Claim(len(labels), "rows"),
        "data.good": Claim(int(labels.sum()), "rows"),
        "data.bad": Claim(int((1 - labels).sum()), "rows"),
        "tail.train": Claim(tail_train, "rows"),
        "tail.train.good": Claim(int(labels[:tail_train].sum()), "rows"),
        "tail.train.bad": Claim(int((1 - labels[:tail_train]).sum()), "rows"),
        "tail.validation": Claim(len(tail), "rows"),
        "tail.validation.good": Claim(good, "rows"),
        "tail.validation.bad": Claim(len(tail) - good, "rows"),
    }


def tutorial_claims(tutorial: Mapping[str, int], confidence: float) -> Claims:
    """Test the tutorial's two accuracies as what they are: two counts out of n.

    Parameters
    ----------
    tutorial : mapping
        ``analysis.tutorial`` of the configuration: rows validated, rows right without and with
        the schedule.
    confidence : float
        Level, between 0 and 1.
    """
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


def rate_claims(figures: Mapping[str, Any], updates_per_epoch: int) -> Claims:
    """Evaluate the tutorial's printed table, and where each reading stands in its last epoch.

    Parameters
    ----------
    figures : mapping
        ``figures`` of the configuration.
    updates_per_epoch : int
        Optimizer steps in one epoch.
    """
    claims: Claims = {}
    clock = Clock(updates_per_epoch, 5)
    printed = rate_table({"name": "time_recursion", "decay": 0.001}, 0.1, clock)
    for epoch in range(5):
        value = printed[epoch * updates_per_epoch]
        claims[f"rate.printed.{epoch + 1}"] = Claim(float(value), "", 10)
    readings = figures["readings"]
    clock = Clock(updates_per_epoch, readings["epochs"])
    for curves in readings["panels"].values():
        for schedule in curves.values():
            rates = rate_table(schedule, readings["initial_rate"], clock)[-updates_per_epoch:]
            claims[f"rate.{schedule['name']}.first"] = Claim(float(rates[0]), "", 5)
            claims[f"rate.{schedule['name']}.last"] = Claim(float(rates[-1]), "", 5)
    return claims


def agreement_claims(found: Mapping[str, Any]) -> Claims:
    """Quote how closely the kernel agrees with Keras (`agreement.Agreement`).

    Parameters
    ----------
    found : mapping
        The fields of `agreement.Agreement`.
    """
    return {
        "agreement.networks": Claim(found["networks"], "networks"),
        "agreement.stable": Claim(found["stable"], "networks"),
        "agreement.within": Claim(found["stable"] - found["apart"], "networks"),
        "agreement.apart.allowed": Claim(found["apart_allowed"], "networks"),
        "agreement.weights": Claim(found["weight_difference"], "", None, "p"),
        "agreement.predictions": Claim(found["predictions"], "rows"),
        "agreement.flipped": Claim(found["flipped"], "rows"),
        "agreement.cells": Claim(found["cells"]),
        "agreement.population.difference": Claim(found["population_difference"], "points", 2),
        "agreement.population.p": Claim(found["population_p"], "", None, "p"),
    }


def literal_claims(found: Mapping[str, Any]) -> Claims:
    """Say what following the tutorial on current Keras gives.

    Parameters
    ----------
    found : mapping
        The fields of `literal.LiteralResult`.

    Raises
    ------
    ValueError
        The run with ``decay`` is not the constant rate, or is the schedule: the paper's sentence
        no longer holds.
    """
    if not found["identical_to_constant"] or found["identical_to_schedule"]:
        raise ValueError(f"the paper says that Keras ignores decay; found {dict(found)}")
    return {
        "literal.correct": Claim(found["n_correct"], "rows"),
        "literal.schedule.correct": Claim(found["n_correct_schedule"], "rows"),
    }


def numbers_json(claims: Claims) -> str:
    """Write the claims as JSON text, sorted by id.

    Parameters
    ----------
    claims : mapping
        Id to claim.
    """
    entries = {
        name: {
            "value": claim.value,
            "unit": claim.unit,
            "text": claim.text,
            "decimals": claim.decimals,
            "style": claim.style,
        }
        for name, claim in sorted(claims.items())
    }
    return json.dumps(entries, indent=1, allow_nan=False) + "\n"
