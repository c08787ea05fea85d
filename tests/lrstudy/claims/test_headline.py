"""The headline taken apart, and the rows that decide it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from lrstudy.claims.results import (
    decisive_claims,
    headline_claims,
)

from tests.helpers.quoted import EFFECT, texts


def taken_apart(returns: pd.DataFrame, effects: pd.DataFrame, tutorial: Any) -> dict[str, str]:
    settings = {"dataset": "own", "analysis": {"tutorial": tutorial}}
    return texts(headline_claims(effects, settings) | decisive_claims(returns), "")


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
        assert taken_apart(table, effects, tutorial) == {
            "headline.g.of.claim": "50 %",  # of the tutorial's 40 points
            "headline.g.momentum.share": "60 %", "headline.g.momentum.rows": "1.2 rows",
            "headline.g.schedule.share": "40 %", "headline.g.schedule.rows": "0.8 rows",
            # gained: -0.1, 0.3, 0.6, 0.5 and -0.1, in all 1.2
            "returns.g.top.row": "242", "returns.g.top.share": "50 %",
            "returns.g.top.baseline": "100 %", "returns.g.top.constant_m08": "80 %",
            "returns.g.top.time_based": "40 %", "returns.g.top.step": "30 %",
            "returns.g.top.five.share": "100 %",
        }  # fmt: skip


def test_rows_that_decide_are_those_of_initial_weights_with_both_arms() -> None:
    missed = {"g": ["baseline", "step"], "n": ["baseline", "time_based"]}
    returns = pd.concat(
        pd.DataFrame(
            {"initializer": name, "arm": arm, "row": [240, 241], "missed": [0.5 - i / 5, 0.5]}
        )
        for name, arms in missed.items()
        for i, arm in enumerate(arms)
    )
    assert texts(decisive_claims(returns), "returns.") == {
        "n.top.row": "240", "n.top.share": "100 %", "n.top.baseline": "50 %",
        "n.top.time_based": "30 %", "n.top.five.share": "100 %",
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
    return taken_apart(returns, effects, tutorial)


def test_initial_weights_without_the_whole_headline_have_none() -> None:
    effects = pd.DataFrame(
        [
            EFFECT | {"initializer": initializer, "hypothesis": name, "difference": 5.0}
            for initializer, names in (("g", ["H1"]), ("n", ["H1", "H2a", "H3"]))
            for name in names
        ]
    )
    tutorial = {"n_validation": 10, "baseline_correct": 5, "schedule_correct": 9}
    found = headline_claims(effects, {"dataset": "own", "analysis": {"tutorial": tutorial}})
    assert {name.split(".")[1] for name in found} == {"n"}


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


def test_what_a_study_does_not_ask_is_not_said() -> None:
    """A headline needs the tutorial's counts, its three questions on the tail of its own data."""
    rows = [EFFECT | {"hypothesis": name} for name in ("H1", "H3", "H2a")]
    settings = {"dataset": "own", "analysis": {"tutorial": {"n_validation": 10}}}
    settings["analysis"]["tutorial"] |= {"baseline_correct": 5, "schedule_correct": 9}
    whole = pd.DataFrame(rows)
    assert len(headline_claims(whole, settings)) == 5
    assert headline_claims(whole, settings | {"analysis": {}}) == {}
    for less in (whole[1:], whole.assign(protocol="resample"), whole.assign(dataset="wine")):
        assert headline_claims(less, settings) == {}
    misses = pd.DataFrame({"initializer": "g", "arm": "baseline", "row": [0], "missed": [0.5]})
    assert decisive_claims(misses) == {}


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
    printed = taken_apart(returns, effects, tutorial)
    assert printed["returns.g.top.row"] == "1"
    assert printed["returns.g.top.share"] == "86 %"  # 0.6 of 0.7
