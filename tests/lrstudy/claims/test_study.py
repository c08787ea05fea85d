"""What no table holds: settings, the tutorial's counts and rates, what trainers agree on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.agreement.gate import Agreement
from lrstudy.claims.study import (
    agreement_claims,
    data_claims,
    decay_claims,
    listed,
    plan_claims,
    rate_claims,
    setting_claims,
    training_claims,
    tutorial_claims,
)
from paperledger.claims.claim import Claims


def printed(claims: Claims, prefix: str = "") -> dict[str, str]:
    """Return text and unit of each claim, by the end of its name."""
    assert all(name.startswith(prefix) and claim.rule for name, claim in claims.items())
    return {
        name.removeprefix(prefix): f"{claim.text} {claim.unit}".rstrip()
        for name, claim in claims.items()
    }


def test_values_are_listed_in_words() -> None:
    assert [listed([1]), listed([1, 2]), listed("abc")] == ["1", "1 and 2", "a, b and c"]


def test_the_tutorials_counts(config: Any) -> None:
    analysis = config["analysis"]
    claims = tutorial_claims(analysis)
    assert printed(claims, "tutorial.") == {
        "baseline.correct": "111 rows", "baseline.accuracy": "95.69 %",
        "baseline.low": "90.23 %", "baseline.high": "98.59 %",
        "schedule.correct": "115 rows", "schedule.accuracy": "99.14 %",
        "schedule.low": "95.29 %", "schedule.high": "99.98 %",
        "gain": "4 rows", "gain.points": "3.45 points", "mcnemar.p": "0.125", "fisher.p": "0.21",
    }  # fmt: skip
    # seven discordant rows: 2 / 2**7, to three decimals
    analysis["tutorial"] = {"n_validation": 50, "baseline_correct": 40, "schedule_correct": 47}
    assert tutorial_claims(analysis)["tutorial.mcnemar.p"].text == "0.016"
    del analysis["tutorial"]
    assert tutorial_claims(analysis) == {}


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
    # The tutorial's printed table needs no figure of the readings.
    del config["figures"]["readings"]
    assert [*printed(rate_claims(config["figures"], 9), "rate.").values()] == table


SETTINGS = {
    "updates.per.epoch": "9",
    "confidence": "95 %",
    "primary.initializer": "Glorot uniform",
    "primary.initializer.id": "glorot_uniform",
    "equivalence_margin": "0.2 points",
    "alpha": "0.05",
    "resamples": "9{,}999",
    "first.replicate": "1{,}000{,}000",
}
BLOCKS = {
    "tutorial": {"tutorial.baseline.n": "116 rows"},
    "agreement": {"agreement.perturbation": r"$1\times 10^{-5}$"},
    "grid": {
        "grid.schedules": "12",
        "grid.rates": "7",
        "grid.momenta": "5",
        "grid.cells": "420",
        "grid.schedule.cells": "35",
    },
    "variants": {
        "variant.budget": "12, 25 and 100",
        "variant.budget_long": "200 and 400",
        "variant.written": "12, 25 and 100",
        "variant.written_long": "200 and 400",
        "variant.batch": "7, 28, 118 and 235",
        "variant.batch_written": "7, 28, 118 and 235",
    },
}


def test_settings(config: Any) -> None:
    config["analysis"]["equivalence_margin"] = 0.25
    config["parts"] = {
        "study": {"protocols": {"tail": {"seeds": 6}, "resample": {"splits": 3, "seeds": 2}}},
        "crossed": {
            "protocols": {
                "tail": {"initialisations": 4, "shuffles": 5},
                "resample": {"splits": 2, "seeds": 5, "crossed": True},
            }
        },
        "others": {
            "datasets": ["iris", "wine"],
            "protocols": {"resample": {"splits": 9, "splits_of": {"wine": 4}}},
        },
    }
    always = SETTINGS | {
        "paper.date": config["paper"]["date"],
        "study.tail.seeds": "6 seeds",
        "study.resample.splits": "3 splits",
        "study.resample.seeds": "2 seeds",
        "crossed.tail.initialisations": "4",
        "crossed.tail.shuffles": "5",
        "crossed.resample.splits": "2 splits",
        "crossed.resample.seeds": "5 seeds",
        "others.datasets": "2",
        "others.resample.splits": "9 splits",
        "others.resample.splits.wine": "4 splits",
    }
    expected = always
    for block in BLOCKS.values():
        expected = expected | block
    assert printed(setting_claims(config, 9)) == expected
    # What the study does without is not said.
    for name in BLOCKS:
        config.pop(name, config["analysis"].pop(name, None))
    assert printed(setting_claims(config, 9)) == always


def test_the_page_that_fixed_the_study_is_quoted_by_its_beginnings() -> None:
    plan = {"date": "2026-11-26", "commit": "c0ffee" * 6 + "beef", "sha256": "5eed" * 16}
    assert printed(plan_claims({"plan": plan}), "plan.") == {
        "date": "2026-11-26", "commit": "c0ffeec", "sha256": "5eed5eed5eed"
    }  # fmt: skip
    assert plan_claims({}) == {}


def test_networks_are_counted_by_part_and_those_of_the_studys_own_data_together() -> None:
    counts = {"study": 1200, "crossed": 60, "others": 4}
    runs = pd.DataFrame({"part": np.repeat(list(counts), list(counts.values()))})
    runs["dataset"] = np.where(runs["part"] == "others", "wine", "own")
    diverged = (runs.index < 7) | (runs.index == len(runs) - 1)
    claims = training_claims(runs.assign(diverged=diverged), {"dataset": "own"})
    assert printed(claims) == {
        "networks": "1{,}260 networks",
        "networks.diverged": "7 networks",
        "all.networks": "1{,}264 networks",
        "all.networks.diverged": "8 networks",
        "study.networks": "1{,}200 networks",
        "study.networks.diverged": "7 networks",
        "crossed.networks": "60 networks",
        "crossed.networks.diverged": "0 networks",
        "others.networks": "4 networks",
        "others.networks.diverged": "1 networks",
    }


FOUND = {
    "identical_to_constant": True,
    "identical_to_schedule": False,
    "n_correct": 113,
    "n_correct_schedule": 112,
}


def test_what_keras_does_with_decay() -> None:
    assert printed(decay_claims(FOUND), "decay_argument.") == {
        "correct": "113 rows",
        "schedule.correct": "112 rows",
    }
    for change in ({"identical_to_constant": False}, {"identical_to_schedule": True}):
        with pytest.raises(ValueError, match="identical_to"):
            decay_claims(FOUND | change)


AGREEMENT = Agreement(
    networks=170,
    stable=160,
    apart=2,
    apart_allowed=9,
    weight_difference=3.4e-6,
    rate_difference=0.0,
    predictions=19720,
    flipped=1,
    cells=12,
    cells_equivalent=11,
    population_difference=0.666,
    population_margin=1.234,
    populations=[],
)


def test_the_agreement_is_quoted_whole() -> None:
    claims = agreement_claims(asdict(AGREEMENT), {"agreement": {"weight_tolerance": 1e-4}})
    assert printed(claims, "agreement.") == {
        "networks": "170 networks",
        "stable": "160 networks",
        "within": "158 networks",
        "apart.allowed": "9 networks",
        "weights": r"$1\times 10^{-5}$",
        "predictions": "19{,}720 rows",
        "flipped": "1 rows",
        "cells": "12",
        "population.difference": "0.67 points",
        "population.margin": "1.23 points",
        "cells.equivalent": "11",
    }
    given = {name for name, claim in claims.items() if claim.tolerance is not None}
    assert {name: claims[name].allowed[0] for name in given} == {
        "agreement.within": 9.0,
        "agreement.weights": 1e-4,
    }


def test_data_sets_say_what_they_are_called() -> None:
    """The study's own without its name; words of plain text as TeX prints them."""
    own = {"label": "Own", "table": {"scale": "none", "positive": 1, "negative": "*"}}
    other = {"label": "Other", "row": "50% of a_row", "positive_label": "~{a}",
             "table": {"scale": "range", "positive": "g", "negative": "b"}}  # fmt: skip
    claims = data_claims({"dataset": "own", "datasets": {"other": other, "own": own}})
    assert {name: claim.value for name, claim in claims.items()} == {
        "data.other.label": "Other",
        "data.other.scale": "range",
        "data.other.row": r"50\% of a\_row",
        "data.other.positive_label": r"\textasciitilde{}\{a\}",
        "data.other.negative_label": "b",
        "data.label": "Own",
        "data.scale": "none",
        "data.row": "row",
        "data.positive_label": "1",
        "data.negative_label": "other",
    }


@pytest.mark.parametrize(
    ("difference", "bound"), [(0.0, 1e-7), (6e-7, 1e-6), (7e-7, 1e-6), (1e-6, 1e-5), (3.7e-6, 1e-5)]
)
def test_the_difference_of_weights_is_printed_as_a_bound(difference: float, bound: float) -> None:
    found = asdict(AGREEMENT) | {"weight_difference": difference}
    claims = agreement_claims(found, {"agreement": {"weight_tolerance": 1e-4}})
    assert claims["agreement.weights"].value == bound > difference
