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
    with pytest.raises(ValueError):
        numbers_json({"a": Claim(float("nan"))})


def test_the_tutorials_counts(config: Any) -> None:
    claims = tutorial_claims(config["analysis"]["tutorial"], 0.95)
    printed = {name.removeprefix("tutorial."): claim.text for name, claim in claims.items()}
    assert printed["baseline.correct"] == "111"
    assert printed["baseline.accuracy"] == "95.69"
    assert printed["schedule.accuracy"] == "99.14"
    assert (printed["baseline.low"], printed["baseline.high"]) == ("90.23", "98.59")
    assert (printed["schedule.low"], printed["schedule.high"]) == ("95.29", "99.98")
    assert printed["gain"] == "4"
    assert printed["gain.points"] == "3.45"
    assert printed["mcnemar.p"] == "0.125"
    assert printed["fisher.p"] == "0.21"


def test_the_tutorials_rates(config: Any) -> None:
    printed = {name: claim.text for name, claim in rate_claims(config["figures"], 9).items()}
    table = [printed[f"rate.printed.{epoch}"] for epoch in range(1, 6)]
    assert table == [
        "0.1000000000", "0.0999000999", "0.0997006985", "0.0994024910", "0.0990064652"
    ]  # fmt: skip
    assert printed["rate.time_per_update.first"] == "0.05313"
    assert printed["rate.time_per_update.last"] == "0.05269"
    assert printed["rate.time_per_epoch.first"] == "0.09107"
    assert printed["rate.time_recursion.first"] == "0.00932"
    assert printed["rate.time_subtraction.first"] == "0.00200"


def test_counts_of_the_data(dataset: Dataset) -> None:
    values = {name: claim.value for name, claim in data_claims(dataset.labels, 235).items()}
    assert values == {
        "data.rows": 351,
        "data.good": 225,
        "data.bad": 126,
        "tail.train": 235,
        "tail.train.good": 118,
        "tail.train.bad": 117,
        "tail.validation": 116,
        "tail.validation.good": 107,
        "tail.validation.bad": 9,
    }


def test_settings(config: Any) -> None:
    claims = setting_claims(config, 9)
    assert claims["updates.per.epoch"].text == "9"
    assert claims["agreement.nudge"].text == r"$1\times 10^{-5}$"
    assert claims["confidence"].text == "95"
    assert claims["paper.date"].text == config["paper"]["date"]
    assert claims["primary.initializer"].text == "Glorot uniform"
    assert claims["primary.initializer.id"].text == "glorot_uniform"
    assert (claims["margin"].text, claims["alpha"].text) == ("0.5", "0.05")
    assert claims["resamples"].text == "9{,}999"


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
    claims = literal_claims(FOUND)
    assert claims["literal.correct"].value == 113
    assert claims["literal.schedule.correct"].value == 112
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
    claims = agreement_claims(asdict(found))
    assert {name.removeprefix("agreement."): claim.text for name, claim in claims.items()} == {
        "networks": "170",
        "stable": "160",
        "within": "158",
        "apart.allowed": "9",
        "weights": r"$3\times 10^{-6}$",
        "predictions": "19{,}720",
        "flipped": "1",
        "cells": "12",
        "population.difference": "0.67",
        "population.p": "0.08",
    }
