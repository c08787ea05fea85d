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
    elsewhere_claims,
    grid_claims,
    headline_claims,
    outcome_claims,
    reference_claims,
    returns_claims,
    sensitivity_claims,
)

ASKED = {"hypothesis": "H1", "protocol": "tail", "initializer": "g"}


def texts(claims: Claims, prefix: str) -> dict[str, str]:
    """Return what is printed, with its unit, by the end of the name; the ledger can be written."""
    json.loads(numbers_json(claims))
    assert all(name.startswith(prefix) for name in claims)
    return {
        name.removeprefix(prefix): f"{claim.text} {claim.unit}".rstrip()
        for name, claim in claims.items()
    }


def test_arms() -> None:
    row = {"part": "study", "protocol": "tail", "initializer": "g", "arm": "step", "trainer": "k"}
    row |= {"n": 1000, "n_diverged": 0, "mean": 95.126, "low": 95.0, "high": 95.25, "sd": 1.5}
    row |= {"iqm": 95.2, "minimum": 90.0, "median": 95.0, "maximum": 100.0, "reach": 12.34}
    row |= {"balanced": 70.005, "log_loss": 0.1234, "last10": 95.0, "best": 97.0}
    assert texts(arm_claims(pd.DataFrame([row])), "arm.tail.g.step.") == {
        "n": "1{,}000 networks", "diverged": "0 networks", "mean": "95.13 %", "low": "95.00 %",
        "high": "95.25 %", "sd": "1.50 %", "iqm": "95.20 %", "minimum": "90.00 %",
        "median": "95.00 %", "maximum": "100.00 %", "reach": "12.3 %", "balanced": "70.00 %",
        "log_loss": "0.123 nat/row", "last10": "95.00 %", "best": "97.00 %",
    }  # fmt: skip


EFFECT = ASKED | {
    "n": 1000, "clusters": 6, "ties": 996, "difference": -0.125, "low": -0.3, "high": 0.05,
    "p": 9.7e-5, "p_adjusted": 0.2, "superiority": 0.4, "tost_p": 0.0123, "tost_low": -0.2,
    "tost_high": 0.0, "equivalent": True, "direction": "unclear",
}  # fmt: skip


def test_effects() -> None:
    claims = effect_claims(pd.DataFrame([EFFECT, EFFECT | {"hypothesis": "H9c.cosine"}]))
    first = {name: claims[name] for name in claims if name.startswith("effect.H1")}
    assert texts(first, "effect.H1.tail.g.") == {
        "n": "1{,}000 pairs", "clusters": "6", "ties": "100 %",
        "difference": "$-$0.12 points", "low": "$-$0.30 points", "high": "+0.05 points",
        "tost_low": "$-$0.20 points", "tost_high": "+0.00 points", "p": r"$1\times 10^{-4}$",
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
        "best.difference": "+0.12 points", "best.low": "$-$1.00 points",
        "best.high": "+1.00 points", "best.p": "0.50",
        "log_loss.difference": "+0.123 nat/row", "log_loss.low": "$-$1.000 nat/row",
        "log_loss.high": "+1.000 nat/row", "log_loss.p": "0.50",
    }  # fmt: skip


def test_second_opinions() -> None:
    """Variances of the mixed model become standard deviations, in points like all else."""
    values = [
        ("wilcoxon", "p", 0.0004), ("nadeau_bengio", "difference", 0.1), ("nadeau_bengio", "se", 2),
        ("nadeau_bengio", "detectable", 2.126), ("mixed", "low", 0.1), ("mixed", "split", 2.25),
        ("mixed", "split_arm", 0.25), ("mixed", "residual", 0.01), ("mixed_paired", "pair", 4.0),
        ("whole_splits", "high", 0.5),
    ]  # fmt: skip
    rows = [ASKED | {"method": m, "statistic": s, "value": v} for m, s, v in values]
    claims = sensitivity_claims(pd.DataFrame(rows))
    assert texts(claims, "sensitivity.H1.tail.g.") == {
        "wilcoxon.p": r"$4\times 10^{-4}$",
        "nadeau_bengio.difference": "+0.10 points", "nadeau_bengio.se": "2.00 points",
        "nadeau_bengio.detectable": "2.13 points",
        "mixed.low": "+0.10 points", "mixed.split": "1.50 points", "mixed.split_arm": "0.50 points",
        "mixed.residual": "0.10 points", "mixed_paired.pair": "2.00 points",
        "whole_splits.high": "+0.50 points",
    }  # fmt: skip
    assert {claim.style for claim in claims.values()} == {"p", "signed", "plain"}


def test_components() -> None:
    row = {"protocol": "tail", "initializer": "g", "arm": "a", "source": "shuffle"}
    row |= {"variance": 6.25, "low": 0.0, "high": 9.0, "share": 0.7}
    assert texts(component_claims(pd.DataFrame([row])), "component.tail.g.a.shuffle.") == {
        "share": "70 %", "sd": "2.50 points", "sd.low": "0.00 points", "sd.high": "3.00 points"
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
        "tail.majority": "92.24 %", "resample.svm": "95.69 %"
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
            ("tail", "g", "step", 1.0, 0.0, 97.0, 97.525),
            ("tail", "g", "cosine", 1.0, 0.9, 97.0, 98.751),
        ],
        columns=["protocol", "initializer", "schedule", "initial_rate", "momentum",
                 "chosen_mean", "mean"],
    )  # fmt: skip
    effects = pd.DataFrame(
        [
            EFFECT | {"hypothesis": "H9c.step", "direction": "lower", "equivalent": False},
            EFFECT | {"hypothesis": "H9c.cosine", "direction": "higher"},
            EFFECT | {"hypothesis": "H9c.exponential", "direction": "higher"},
            EFFECT | {"hypothesis": "H9c.linear", "direction": "higher"},
            EFFECT | {"hypothesis": "H9c.polynomial", "direction": "unclear"},
            EFFECT | {"hypothesis": "H9a", "direction": "higher"},
            EFFECT | {"hypothesis": "H9c.step", "direction": "higher", "protocol": "resample"},
        ]
    )
    printed = texts(grid_claims(grid, tuned, effects, CONFIG), "")
    expected = {
        "grid.schedules": "3", "grid.rates": "2", "grid.momenta": "3", "grid.selection": "50",
        "grid.tail.g.replicates": "99 networks", "grid.tail.g.lowest": "80.13 %",
        "grid.tail.g.highest": "90.00 %", "grid.tail.g.diverged": "3 networks",
        "grid.tail.g.constant.0.1.0": "90.00 %", "grid.resample.g.constant.1.0.9": "70.00 %",
        "grid.resample.g.replicates": "50 networks", "grid.resample.g.diverged": "1 networks",
        "tuned.tail.g.constant.rate": "0.03", "tuned.tail.g.constant.momentum": "0.95",
        "tuned.tail.g.constant.mean": "98.00 %", "tuned.tail.g.constant.chosen": "99.00 %",
        "tuned.tail.g.step.rate": "1", "tuned.tail.g.step.momentum": "0",
        "tuned.tail.g.spread": "1.23 points", "tuned.tail.g.lowest": "97.52 %",
        "tuned.tail.g.highest": "98.75 %",
        "tuned.tail.g.better": "3", "tuned.tail.g.worse": "1", "tuned.tail.g.equivalent": "4",
        "tuned.others": "5",
    }  # fmt: skip
    assert {name: printed[name] for name in expected} == expected


def test_returns_that_decide() -> None:
    """Of five rows one is never missed, one at most once in 200 times; any arm counts."""
    missed = {"a": [0.0, 0.005, 0.002, 0.6, 0.5], "b": [0.0, 0.002, 0.01, 0.4, 0.75]}
    table = pd.concat(
        pd.DataFrame({"initializer": "g", "arm": arm, "row": np.arange(5), "missed": values})
        for arm, values in missed.items()
    )
    assert texts(returns_claims(table), "returns.g.") == {
        "never": "1 rows", "rarely": "2 rows", "sometimes": "3 rows",
        "a.often": "1 rows", "a.mean": "1.11 rows", "b.often": "1 rows", "b.mean": "1.16 rows",
    }  # fmt: skip


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
        assert printed == {
            "headline.g.of.claim": "50 %",  # of the tutorial's 40 points
            "headline.g.momentum.share": "60 %", "headline.g.momentum.rows": "1.2 rows",
            "headline.g.schedule.share": "40 %", "headline.g.schedule.rows": "0.8 rows",
            # gained: -0.1, 0.3, 0.6, 0.5 and -0.1, in all 1.2
            "returns.g.top.row": "242", "returns.g.top.share": "50 %",
            "returns.g.top.baseline": "100 %", "returns.g.top.constant_m08": "80 %",
            "returns.g.top.time_based": "40 %", "returns.g.top.step": "30 %",
            "returns.g.top.five.share": "100 %",
        }  # fmt: skip


def headline(gained: list[float], effect: float) -> dict[str, str]:
    """Rows that the baseline misses so much more often than the recipe, on 1,000 rows."""
    returns = pd.concat(
        pd.DataFrame({"initializer": "g", "arm": arm, "row": np.arange(len(gained))}).assign(
            missed=gained if arm == "baseline" else 0.0
        )
        for arm in ("baseline", "constant_m08", "time_based", "step")
    )
    effects = pd.DataFrame(
        [EFFECT | {"hypothesis": name, "difference": effect} for name in ("H1", "H3", "H2a")]
    )
    tutorial = {"n_validation": 1000, "baseline_correct": 900, "schedule_correct": 998}
    return texts(headline_claims(returns, effects, tutorial), "")


def test_five_rows_are_five() -> None:
    printed = headline([0.5, 0.1, 0.1, 0.1, 0.1, 0.1], 9.764)
    assert printed["returns.g.top.share"] == "50 %"
    assert printed["returns.g.top.five.share"] == "90 %"
    assert printed["headline.g.of.claim"] == "100 %"  # 99.6 % of 9.8 points
    assert printed["headline.g.momentum.rows"] == "97.6 rows"
    assert headline([0.996, 0.004], 1.0)["returns.g.top.share"] == "100 %"


def test_a_headline_of_nothing_has_no_parts() -> None:
    printed = headline([0.0, 0.0], 0.0)
    for name in ("headline.g.momentum.share", "headline.g.schedule.share", "returns.g.top.share",
                 "returns.g.top.five.share"):  # fmt: skip
        assert printed[name] == "0 %"


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_rows_is_irrelevant(order: int) -> None:
    table = pd.DataFrame([EFFECT, EFFECT | {"protocol": "resample"}])[::order]
    assert len(effect_claims(table)) == 2 * 14
    assert numbers_json(effect_claims(table)) == numbers_json(effect_claims(table[::-1]))


def test_a_gain_is_what_the_recipe_misses_less_often() -> None:
    """Of 0.9 and 0.6 misses the recipe keeps 0.8 and none: row 1 gains most."""
    missed = {"baseline": [0.9, 0.6], "time_based": [0.8, 0.0]}
    missed |= {"constant_m08": [0.9, 0.6], "step": [0.9, 0.6]}
    returns = pd.concat(
        pd.DataFrame({"initializer": "g", "arm": arm, "row": [0, 1], "missed": values})
        for arm, values in missed.items()
    )
    effects = pd.DataFrame(
        [EFFECT | {"hypothesis": name, "difference": 1.0} for name in ("H1", "H3", "H2a")]
    )
    tutorial = {"n_validation": 10, "baseline_correct": 5, "schedule_correct": 9}
    printed = texts(headline_claims(returns, effects, tutorial), "")
    assert printed["returns.g.top.row"] == "1"
    assert printed["returns.g.top.share"] == "86 %"  # 0.6 of 0.7


# --- other data sets ----------------------------------------------------------


def test_other_data_sets() -> None:
    arm = {"initializer": "g", "arm": "step", "n": 100, "n_diverged": 2, "mean": 95.126}
    arm |= {"low": 95.0, "high": 95.254, "sd": 1.5, "n_rows": 1500, "n_features": 4}
    arms = pd.DataFrame(
        [arm | {"dataset": "iris", "majority": 66.66}, arm | {"dataset": "wine", "majority": 60.0}]
    )
    effect = EFFECT | {"dataset": "iris", "direction": "higher"}
    effects = pd.DataFrame(
        [effect, effect | {"dataset": "wine", "direction": "lower", "equivalent": False}]
    )
    printed = texts(elsewhere_claims(arms, effects), "")
    whole = {"set.networks": "200 networks", "set.diverged": "4 networks", "set.count": "2"}
    whole |= {f"elsewhere.H1.g.{word}": "1" for word in ("higher", "lower", "equivalent")}
    whole["elsewhere.H1.g.unclear"] = "0"
    estimated = {
        "g.step.mean": "95.13 %", "g.step.low": "95.00 %", "g.step.high": "95.25 %",
        "g.step.sd": "1.50 %", "rows": "1{,}500 rows", "features": "4",
    }  # fmt: skip
    tested = {
        "difference": "$-$0.12 points", "low": "$-$0.30 points", "high": "+0.05 points",
        "p_adjusted": "0.20",
    }  # fmt: skip
    for name, majority, equivalent, direction in (
        ("iris", "66.7 %", "yes", "higher"), ("wine", "60.0 %", "no", "lower")
    ):  # fmt: skip
        whole |= {f"set.{name}.{key}": text for key, text in estimated.items()}
        whole |= {f"elsewhere.{name}.H1.g.{key}": text for key, text in tested.items()}
        whole |= {
            f"set.{name}.majority": majority,
            f"elsewhere.{name}.H1.g.equivalent": equivalent,
            f"elsewhere.{name}.H1.g.direction": direction,
        }
    assert printed == whole
