"""Rounding happens once, here; the ledger says what the tables say."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.agreement import Agreement
from lrstudy.claims import (
    Claim,
    Claims,
    agreement_claims,
    data_claims,
    literal_claims,
    numbers_json,
    rate_claims,
    setting_claims,
    training_claims,
    tutorial_claims,
)
from lrstudy.data import Dataset


def printed(claims: Claims, prefix: str = "") -> dict[str, str]:
    """Return text and unit of each claim, by the end of its name."""
    assert all(name.startswith(prefix) for name in claims)
    return {
        name.removeprefix(prefix): f"{claim.text} {claim.unit}".rstrip()
        for name, claim in claims.items()
    }


def text(value: Any, decimals: int | None = None, style: str = "plain") -> str:
    return Claim(value, "", decimals, style).text


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        (0.125, 2, "0.12"),  # half to even
        (0.135, 2, "0.14"),
        (0.375, 2, "0.38"),
        (2.5, 0, "2"),
        (3.5, 0, "4"),
        (1.005, 2, "1.00"),  # as its shortest decimal says, not as its binary does
        (1.015, 2, "1.02"),
        (0.1251, 2, "0.13"),
        (95.689655, 2, "95.69"),
        (99.995, 2, "100.00"),
        (1e-9, 2, "0.00"),
        (1234.5, 1, "1234.5"),
        (7, 1, "7.0"),
        (0.0997006985, 10, "0.0997006985"),
        (np.float64(0.5), 1, "0.5"),
        (np.float32(0.5), 1, "0.5"),
    ],
)
def test_rounding(value: float, decimals: int, printed: str) -> None:
    assert text(value, decimals) == printed


@pytest.mark.parametrize(
    ("value", "plain", "signed"),
    [
        (0.5, "0.50", "+0.50"),
        (-0.5, "$-$0.50", "$-$0.50"),
        (0.0, "0.00", "+0.00"),
        (-0.0, "0.00", "+0.00"),
        (-0.004, "0.00", "+0.00"),
        (-0.005, "0.00", "+0.00"),
        (-0.006, "$-$0.01", "$-$0.01"),
    ],
)
def test_signs(value: float, plain: str, signed: str) -> None:
    assert text(value, 2) == plain
    assert text(value, 2, "signed") == signed


@pytest.mark.parametrize(
    ("p", "printed"),
    [
        (1.0, "1.00"),
        (0.996, "1.00"),
        (0.994, "0.99"),
        (0.21, "0.21"),
        (0.0104, "0.01"),
        (0.0099, "0.010"),
        (0.0023, "0.002"),
        (0.00096, r"$1\times 10^{-3}$"),
        (0.0002, r"$2\times 10^{-4}$"),
        (9.7e-5, r"$1\times 10^{-4}$"),
        (9.4e-5, r"$9\times 10^{-5}$"),
        (1e-5, r"$1\times 10^{-5}$"),
        (3.2e-12, r"$3\times 10^{-12}$"),
        (0.995, "1.00"),
        (0.9949, "0.99"),
        (0.01, "0.01"),
        (0.001, "0.001"),
        (0.0, "0"),
    ],
)
def test_p_values(p: float, printed: str) -> None:
    assert text(p, None, "p") == printed


def test_no_small_p_is_printed_as_zero_or_with_two_digits_before_the_power() -> None:
    for p in 10.0 ** np.linspace(-30, -0.01, 2000):
        printed = text(float(p), None, "p")
        number = printed.strip("$").replace(r"\times 10^{", "e").replace("}", "").replace(" ", "")
        assert float(number) == pytest.approx(p, rel=0.51)
        assert "10\\times" not in printed


def test_whole_numbers_and_words() -> None:
    assert text(999) == "999"
    assert text(1000) == "1{,}000"
    assert text(12345678) == "12{,}345{,}678"
    assert text("Glorot uniform") == "Glorot uniform"


def test_numbers_as_json_and_tex() -> None:
    claims = {"b": Claim(0.125, "%", 2), "a": Claim(4, "rows")}
    assert json.loads(numbers_json(claims)) == {
        "a": {"value": 4, "unit": "rows", "text": "4", "decimals": None, "style": "plain"},
        "b": {"value": 0.125, "unit": "%", "text": "0.12", "decimals": 2, "style": "plain"},
    }
    assert numbers_json(claims) == numbers_json(dict(reversed(claims.items())))
    assert numbers_json({"a": Claim(4, "rows")}).splitlines()[:3] == [
        "{", ' "a": {', '  "value": 4,'
    ]  # fmt: skip
    with pytest.raises(ValueError):
        numbers_json({"a": Claim(float("nan"))})


def test_the_tutorials_counts(config: Any) -> None:
    claims = tutorial_claims(config["analysis"]["tutorial"], 0.95)
    assert printed(claims, "tutorial.") == {
        "baseline.correct": "111 rows", "baseline.accuracy": "95.69 %",
        "baseline.low": "90.23 %", "baseline.high": "98.59 %",
        "schedule.correct": "115 rows", "schedule.accuracy": "99.14 %",
        "schedule.low": "95.29 %", "schedule.high": "99.98 %",
        "gain": "4 rows", "gain.points": "3.45 points", "mcnemar.p": "0.125", "fisher.p": "0.21",
    }  # fmt: skip
    # seven discordant rows: 2 / 2**7, to three decimals
    assert tutorial_claims(
        {"n_validation": 50, "baseline_correct": 40, "schedule_correct": 47}, 0.95
    )["tutorial.mcnemar.p"].text == "0.016"  # fmt: skip


def test_the_tutorials_rates(config: Any) -> None:
    found = printed(rate_claims(config["figures"], 9), "rate.")
    table = [found[f"printed.{epoch}"] for epoch in range(1, 6)]
    assert table == [
        "0.1000000000", "0.0999000999", "0.0997006985", "0.0994024910", "0.0990064652"
    ]  # fmt: skip
    assert "printed.6" not in found
    assert found["time_per_update.first"] == "0.05313"
    assert found["time_per_update.last"] == "0.05269"
    assert found["time_per_epoch.first"] == "0.09107"
    assert found["time_recursion.first"] == "0.00932"
    assert found["time_subtraction.first"] == "0.00200"


def test_counts_of_the_data(dataset: Dataset) -> None:
    assert printed(data_claims(dataset.labels, 235)) == {
        "data.rows": "351 rows",
        "data.good": "225 rows",
        "data.bad": "126 rows",
        "tail.train": "235 rows",
        "tail.train.good": "118 rows",
        "tail.train.bad": "117 rows",
        "tail.validation": "116 rows",
        "tail.validation.good": "107 rows",
        "tail.validation.bad": "9 rows",
    }


def test_settings(config: Any) -> None:
    config["analysis"]["margin"] = 0.25
    assert printed(setting_claims(config, 9)) == {
        "updates.per.epoch": "9",
        "agreement.nudge": r"$1\times 10^{-5}$",
        "confidence": "95 %",
        "paper.date": config["paper"]["date"],
        "primary.initializer": "Glorot uniform",
        "primary.initializer.id": "glorot_uniform",
        "tutorial.baseline.n": "116 rows",
        "margin": "0.2 points",
        "alpha": "0.05",
        "resamples": "9{,}999",
    }


def test_networks_are_counted_by_part() -> None:
    parts = {
        "study": {"protocols": {"tail": {"seeds": 6}, "resample": {"splits": 3, "seeds": 2}}},
        "crossed": {
            "protocols": {
                "tail": {"initialisations": 4, "shuffles": 5},
                "resample": {"splits": 2, "seeds": 5, "crossed": True},
            }
        },
        "framework": {"protocols": {"official": {"seeds": 4}}},
    }
    counts = {"study": 1200, "crossed": 60, "framework": 4}
    runs = pd.DataFrame({"part": np.repeat(list(counts), list(counts.values()))})
    claims = training_claims(runs.assign(diverged=runs.index < 7), parts)
    assert {name: (claim.text, claim.unit) for name, claim in claims.items()} == {
        "networks": ("1{,}264", "networks"),
        "networks.diverged": ("7", "networks"),
        "study.networks": ("1{,}200", "networks"),
        "crossed.networks": ("60", "networks"),
        "framework.networks": ("4", "networks"),
        "study.tail.seeds": ("6", "seeds"),
        "study.resample.splits": ("3", "splits"),
        "study.resample.seeds": ("2", "seeds"),
        "crossed.tail.initialisations": ("4", ""),
        "crossed.tail.shuffles": ("5", ""),
        "crossed.resample.splits": ("2", "splits"),
        "crossed.resample.seeds": ("5", "seeds"),
        "framework.official.seeds": ("4", "seeds"),
    }


def test_every_part_of_the_shipped_study_is_counted(config: Any) -> None:
    runs = pd.DataFrame({"part": ["study", "grid", "grid"], "diverged": False})
    claims = training_claims(runs, config["parts"])
    assert claims["grid.networks"].value == 2
    assert claims["official.networks"].value == 0
    assert claims["study.resample.splits"].text == "200"
    assert claims["crossed.tail.shuffles"].text == "25"


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown unit 'percent'"):
        Claim(1.0, "percent")


FOUND = {
    "identical_to_constant": True,
    "identical_to_schedule": False,
    "n_correct": 113,
    "n_correct_schedule": 112,
}


def test_what_keras_does_with_decay() -> None:
    assert printed(literal_claims(FOUND), "literal.") == {
        "correct": "113 rows",
        "schedule.correct": "112 rows",
    }
    for change in ({"identical_to_constant": False}, {"identical_to_schedule": True}):
        with pytest.raises(ValueError, match="the paper says that Keras ignores decay"):
            literal_claims(FOUND | change)


def test_the_agreement_is_quoted_whole() -> None:
    found = Agreement(
        networks=170,
        stable=160,
        apart=2,
        apart_allowed=9,
        weight_difference=3.4e-6,
        rate_difference=0.0,
        predictions=19720,
        flipped=1,
        cells=12,
        population_difference=0.666,
        population_p=0.081,
    )
    assert printed(agreement_claims(asdict(found)), "agreement.") == {
        "networks": "170 networks",
        "stable": "160 networks",
        "within": "158 networks",
        "apart.allowed": "9 networks",
        "weights": r"$3\times 10^{-6}$",
        "predictions": "19{,}720 rows",
        "flipped": "1 rows",
        "cells": "12",
        "population.difference": "0.67 points",
        "population.p": "0.08",
    }
