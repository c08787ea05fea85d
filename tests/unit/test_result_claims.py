"""Tables of results as claims: names, rounding and units by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.claims import Claims, numbers_json
from lrstudy.result_claims import (
    arm_claims,
    component_claims,
    effect_claims,
    grid_claims,
    headline_claims,
    outcome_claims,
    reference_claims,
    returns_claims,
    sensitivity_claims,
)

ASKED = {"hypothesis": "H1", "protocol": "tail", "initializer": "g"}


def texts(claims: Claims, prefix: str) -> dict[str, str]:
    """Return what is printed, by the end of the name; the ledger can be written."""
    json.loads(numbers_json(claims))
    assert all(name.startswith(prefix) for name in claims)
    return {name.removeprefix(prefix): claim.text for name, claim in claims.items()}


def test_arms() -> None:
    row = {"part": "study", "protocol": "tail", "initializer": "g", "arm": "step", "trainer": "k"}
    row |= {"n": 1000, "n_diverged": 0, "mean": 95.126, "low": 95.0, "high": 95.25, "sd": 1.5}
    row |= {"iqm": 95.2, "minimum": 90.0, "median": 95.0, "maximum": 100.0, "reach": 12.34}
    row |= {"balanced": 70.005, "log_loss": 0.1234, "last10": 95.0, "best": 97.0}
    claims = arm_claims(pd.DataFrame([row]))
    assert texts(claims, "arm.tail.g.step.") == {
        "n": "1{,}000", "diverged": "0", "mean": "95.13", "low": "95.00", "high": "95.25",
        "sd": "1.50", "iqm": "95.20", "minimum": "90.00", "median": "95.00", "maximum": "100.00",
        "reach": "12.3", "balanced": "70.00", "log_loss": "0.123", "last10": "95.00",
        "best": "97.00",
    }  # fmt: skip
    assert claims["arm.tail.g.step.log_loss"].unit == "nat/row"


EFFECT = ASKED | {
    "n": 30, "clusters": 6, "ties": 8, "difference": -0.125, "low": -0.3, "high": 0.05,
    "p": 9.7e-5, "p_adjusted": 0.2, "superiority": 0.4, "tost_p": 0.0123, "tost_low": -0.2,
    "tost_high": 0.0, "equivalent": True, "direction": "unclear",
}  # fmt: skip


def test_effects() -> None:
    claims = effect_claims(pd.DataFrame([EFFECT, EFFECT | {"hypothesis": "H9c.cosine"}]))
    first = {name: claims[name] for name in claims if name.startswith("effect.H1")}
    assert texts(first, "effect.H1.tail.g.") == {
        "n": "30", "clusters": "6", "ties": "27",  # per cent of 30
        "difference": "$-$0.12", "low": "$-$0.30", "high": "+0.05",
        "tost_low": "$-$0.20", "tost_high": "+0.00", "p": r"$1\times 10^{-4}$",
        "p_adjusted": "0.20", "tost_p": "0.01", "superiority": "0.40", "equivalent": "yes",
        "direction": "unclear",
    }  # fmt: skip
    assert len(claims) == 2 * len(first)
    assert "effect.H9c.cosine.tail.g.p" in claims
    assert effect_claims(pd.DataFrame([EFFECT | {"equivalent": False}]))[
        "effect.H1.tail.g.equivalent"
    ].text == "no"  # fmt: skip


def test_outcomes() -> None:
    rows = [
        ASKED | {"outcome": outcome, "unit": unit, "difference": 0.1234, "low": -1.0, "high": 1.0,
                 "p": 0.5}
        for outcome, unit in (("best", "points"), ("log_loss", "nat/row"))
    ]  # fmt: skip
    assert texts(outcome_claims(pd.DataFrame(rows)), "outcome.H1.tail.g.") == {
        "best.difference": "+0.12", "best.low": "$-$1.00", "best.high": "+1.00", "best.p": "0.50",
        "log_loss.difference": "+0.123", "log_loss.low": "$-$1.000", "log_loss.high": "+1.000",
        "log_loss.p": "0.50",
    }  # fmt: skip


def test_second_opinions() -> None:
    """Variances of the mixed model become standard deviations, in points like all else."""
    values = [
        ("wilcoxon", "p", 0.0004), ("nadeau_bengio", "difference", 0.1), ("nadeau_bengio", "se", 2),
        ("nadeau_bengio", "detectable", 2.126), ("mixed", "low", -0.1), ("mixed", "split", 2.25),
        ("mixed", "split_arm", 0.0), ("mixed", "residual", 0.01), ("mixed_paired", "pair", 4.0),
        ("whole_splits", "high", 0.5),
    ]  # fmt: skip
    rows = [ASKED | {"method": m, "statistic": s, "value": v} for m, s, v in values]
    claims = sensitivity_claims(pd.DataFrame(rows))
    assert texts(claims, "sensitivity.H1.tail.g.") == {
        "wilcoxon.p": r"$4\times 10^{-4}$",
        "nadeau_bengio.difference": "+0.10", "nadeau_bengio.se": "2.00",
        "nadeau_bengio.detectable": "2.13",
        "mixed.low": "$-$0.10", "mixed.split": "1.50", "mixed.split_arm": "0.00",
        "mixed.residual": "0.10", "mixed_paired.pair": "2.00", "whole_splits.high": "+0.50",
    }  # fmt: skip
    assert {c.unit for name, c in claims.items() if not name.endswith(".p")} == {"points"}


def test_components() -> None:
    row = {"protocol": "tail", "initializer": "g", "arm": "a", "source": "shuffle"}
    row |= {"variance": 6.25, "low": 0.0, "high": 9.0, "share": 0.126}
    assert texts(component_claims(pd.DataFrame([row])), "component.tail.g.a.shuffle.") == {
        "share": "13", "sd": "2.50", "sd.low": "0.00", "sd.high": "3.00"
    }  # fmt: skip


def test_references_are_means_over_splits() -> None:
    table = pd.DataFrame(
        [
            ("tail", 0, "majority", 116, 107),
            ("resample", 1000, "svm", 116, 110),
            ("resample", 1001, "svm", 116, 112),
        ],
        columns=["protocol", "split", "classifier", "n_validation", "n_correct"],
    )
    assert texts(reference_claims(table), "reference.") == {
        "tail.majority": "92.24", "resample.svm": "95.69"
    }  # fmt: skip


CONFIG: dict[str, Any] = {
    "grid": {
        "initial_rates": [0.1, 1.0],
        "momenta": [0.0, 0.5, 0.9],
        "schedules": {"constant": {}, "step": {}, "cosine": {}},
    },
    "analysis": {
        "tuning": {"hypothesis": "H9c", "selection_replicates": 50, "reference": "constant"}
    },
}


def test_the_grid() -> None:
    grid = pd.DataFrame(
        [
            ("tail", "g", "constant", 0.1, 0.0, 100, 90.0, 0),
            ("tail", "g", "step", 0.1, 0.0, 99, 80.126, 3),
            ("resample", "g", "constant", 1.0, 0.9, 50, 70.0, 1),
        ],
        columns=["protocol", "initializer", "schedule", "initial_rate", "momentum", "n", "mean",
                 "n_diverged"],
    )  # fmt: skip
    tuned = pd.DataFrame(
        [
            ("tail", "g", "constant", 0.03, 0.95, 99.0, 98.0),
            ("tail", "g", "step", 1.0, 0.0, 97.0, 97.5),
            ("tail", "g", "cosine", 1.0, 0.9, 97.0, 98.75),
        ],
        columns=["protocol", "initializer", "schedule", "initial_rate", "momentum",
                 "chosen_mean", "mean"],
    )  # fmt: skip
    effects = pd.DataFrame(
        [
            EFFECT | {"hypothesis": "H9c.step", "direction": "lower", "equivalent": False},
            EFFECT | {"hypothesis": "H9c.cosine", "direction": "higher"},
            EFFECT | {"hypothesis": "H9c.linear", "direction": "higher"},
            EFFECT | {"hypothesis": "H9c.polynomial", "direction": "unclear"},
            EFFECT | {"hypothesis": "H9a", "direction": "higher"},
            EFFECT | {"hypothesis": "H9c.step", "direction": "higher", "protocol": "resample"},
        ]
    )
    printed = texts(grid_claims(grid, tuned, effects, CONFIG), "")
    expected = {
        "grid.schedules": "3", "grid.rates": "2", "grid.momenta": "3", "grid.selection": "50",
        "grid.tail.g.replicates": "99", "grid.tail.g.lowest": "80.13",
        "grid.tail.g.highest": "90.00", "grid.tail.g.diverged": "3",
        "grid.tail.g.constant.0.1.0": "90.00", "grid.resample.g.constant.1.0.9": "70.00",
        "grid.resample.g.replicates": "50", "grid.resample.g.diverged": "1",
        "tuned.tail.g.constant.rate": "0.03", "tuned.tail.g.constant.momentum": "0.95",
        "tuned.tail.g.constant.mean": "98.00", "tuned.tail.g.constant.chosen": "99.00",
        "tuned.tail.g.step.rate": "1", "tuned.tail.g.step.momentum": "0",
        "tuned.tail.g.spread": "1.25", "tuned.tail.g.lowest": "97.50",
        "tuned.tail.g.highest": "98.75",
        "tuned.tail.g.better": "2", "tuned.tail.g.worse": "1", "tuned.tail.g.equivalent": "3",
        "tuned.others": "4",
    }  # fmt: skip
    assert {name: printed[name] for name in expected} == expected


def test_returns_that_decide() -> None:
    """Of five rows one is never missed, one at most once in 200 times; any arm counts."""
    missed = {"a": [0.0, 0.005, 0.002, 0.6, 0.25], "b": [0.0, 0.002, 0.01, 0.4, 0.75]}
    table = pd.concat(
        pd.DataFrame({"initializer": "g", "arm": arm, "row": np.arange(5), "missed": values})
        for arm, values in missed.items()
    )
    printed = texts(returns_claims(table), "returns.g.")
    expected = {"never": "1", "rarely": "2", "sometimes": "3", "a.often": "1", "a.mean": "0.86",
                "b.often": "1", "b.mean": "1.16"}  # fmt: skip
    assert {name: printed[name] for name in expected} == expected


def test_the_headline_taken_apart() -> None:
    """Of 20 points momentum brings 12 and the schedule 8; row 2 brings half of the rows gained."""
    effects = pd.DataFrame(
        [
            EFFECT | {"hypothesis": name, "difference": difference}
            for name, difference in (("H1", 20.0), ("H3", 12.0), ("H2a", 8.0))
        ]
    )
    missed = {
        "baseline": [0.0, 0.5, 1.0, 0.5, 0.0],
        "constant_m08": [0.0, 0.3, 0.8, 0.5, 0.0],
        "time_based": [0.1, 0.2, 0.4, 0.0, 0.1],
        "step": [0.0, 0.0, 0.3, 0.0, 0.0],
    }
    returns = pd.concat(
        pd.DataFrame({"initializer": "g", "arm": arm, "row": 240 + np.arange(5), "missed": values})
        for arm, values in missed.items()
    )
    tutorial = {"n_validation": 10, "baseline_correct": 5, "schedule_correct": 9}
    for table in (returns, returns[::-1]):
        claims = headline_claims(table, effects, tutorial)
        printed = texts(claims, "")
        expected = {
            "headline.g.of.claim": "50",  # of the tutorial's 40 points
            "headline.g.momentum.share": "60", "headline.g.momentum.rows": "1.2",
            "headline.g.schedule.share": "40", "headline.g.schedule.rows": "0.8",
            # gained: -0.1, 0.3, 0.6, 0.5 and -0.1, in all 1.2
            "returns.g.top.row": "242", "returns.g.top.share": "50",
            "returns.g.top.baseline": "100", "returns.g.top.constant_m08": "80",
            "returns.g.top.time_based": "40", "returns.g.top.step": "30",
            "returns.g.top.five.share": "100",
        }  # fmt: skip
        assert {name: printed[name] for name in expected} == expected


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_rows_is_irrelevant(order: int) -> None:
    table = pd.DataFrame([EFFECT, EFFECT | {"protocol": "resample"}])[::order]
    assert len(effect_claims(table)) == 2 * 14
    assert numbers_json(effect_claims(table)) == numbers_json(effect_claims(table[::-1]))
