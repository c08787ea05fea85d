"""Each recipe's gain taken apart, and the rows that decide it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.claims.results import RECIPES, decisive_claims, headline_claims

from tests.helpers.quoted import EFFECT, texts

TUTORIAL = {"n_validation": 10, "baseline_correct": 5, "schedule_correct": 9}
ANALYSIS = {"baseline": "constant_m00"}
SETTINGS = {"dataset": "own", "analysis": {**ANALYSIS, "tutorial": TUTORIAL}}
# Of 20 points momentum brings 12 before the schedule and 18 after it; the schedule -3 and 8.
PARTS = {"1": 20.0, "2": 12.0, "3": 8.0, "4": -3.0, "5": 18.0, "7": 2.5, "8": 15.0}


def effects(letter: str = "H", parts: Any = PARTS, **changes: Any) -> pd.DataFrame:
    return pd.DataFrame(
        [
            EFFECT | {"hypothesis": letter + number, "difference": difference} | changes
            for number, difference in parts.items()
        ]
    )


def returns(missed: dict[str, list[float]], **changes: Any) -> pd.DataFrame:
    """Rows from 240 on, and the share of each arm's networks that miss them."""
    return pd.concat(
        pd.DataFrame({"initializer": "g", "arm": arm, "row": 240 + np.arange(len(values))}).assign(
            missed=values, **changes
        )
        for arm, values in missed.items()
    )


def of_gain(gained: list[float]) -> dict[str, str]:
    """Print the rows that decide where the baseline misses so much more often than the recipe."""
    nothing = [0.0] * len(gained)
    missed = {"constant_m00": gained, "constant_m08": nothing, "time_based_m08": nothing}
    return texts(decisive_claims(returns(missed), ANALYSIS), "returns.g.time.top.")


# --- the gain -----------------------------------------------------------------


def test_a_gain_is_taken_apart_in_both_orders() -> None:
    for table in (effects(), effects()[::-1]):
        assert texts(headline_claims(table, SETTINGS), "recipe.time.tail.g.") == {
            "momentum.first.share": "60 %", "schedule.second.share": "40 %",
            "schedule.first.share": "$-$15 %", "momentum.second.share": "90 %",
            "schedule.share": "12 %", "momentum.share": "75 %",
            # The tutorial's counts are 40 points apart; ten rows.
            "of.claim": "50 %", "rows": "2.0 rows", "schedule.rows": "0.8 rows",
        }  # fmt: skip


def test_a_gain_beside_the_tutorials_is_exact_and_has_its_digits() -> None:
    found = headline_claims(effects(), SETTINGS)
    of = {name.removeprefix("recipe.time.tail.g."): claim for name, claim in found.items()}
    shown = {name: (of[name].value, of[name].decimals) for name in of if not name.endswith("share")}
    assert shown == {"of.claim": (50.0, 0), "rows": (2.0, 1), "schedule.rows": (0.8, 1)}


def test_recipes_protocols_and_initial_weights_stand_apart() -> None:
    table = pd.concat(
        [
            effects("S"),
            effects("H", initializer="n"),
            effects("H", protocol="resample"),
        ]
    )
    found = headline_claims(table, SETTINGS)
    apart = [name for name in found if name.endswith(".momentum.first.share")]
    assert {name.removesuffix(".momentum.first.share") for name in apart} == {
        "recipe.step.tail.g", "recipe.time.tail.n", "recipe.time.resample.g"
    }  # fmt: skip
    # What the tutorial claims is about its own split.
    assert {name.rpartition(".of.claim")[0] for name in found if "of.claim" in name} == {
        "recipe.step.tail.g", "recipe.time.tail.n"
    }  # fmt: skip


@pytest.mark.parametrize("lacking", PARTS)
def test_without_one_of_its_parts_a_gain_is_not_taken_apart(lacking: str) -> None:
    parts = {number: value for number, value in PARTS.items() if number != lacking}
    assert headline_claims(effects(parts=parts), SETTINGS) == {}


def test_a_gain_of_nothing_has_no_parts() -> None:
    found = texts(headline_claims(effects(parts=dict.fromkeys(PARTS, 0.0)), SETTINGS), "recipe.")
    assert {text for name, text in found.items() if name.endswith("share")} == {"0 %"}
    assert found["time.tail.g.of.claim"] == "0 %"


def test_gains_are_of_the_studys_own_data_and_need_no_tutorial() -> None:
    assert headline_claims(effects(dataset="wine"), SETTINGS) == {}
    without = headline_claims(effects(), SETTINGS | {"analysis": ANALYSIS})
    assert len(without) == 6
    assert all(name.endswith(".share") for name in without)


def test_the_shipped_configuration_asks_for_all_parts_of_each_recipe(config: Any) -> None:
    """The letters and arms of RECIPES are those of the configuration."""
    hypotheses = config["analysis"]["hypotheses"]
    for letter, arm, control in RECIPES.values():
        asked = {
            number: [hypotheses[letter + number][side] for side in ("add", "subtract")]
            for number in ("1", "2", "3")
        }
        baseline = config["analysis"]["baseline"]
        assert asked == {
            "1": [[{"arm": arm}], [{"arm": baseline}]],
            "2": [[{"arm": control}], [{"arm": baseline}]],
            "3": [[{"arm": arm}], [{"arm": control}]],
        }
        assert {letter + number for number in PARTS} <= set(hypotheses)


# --- the rows that decide -----------------------------------------------------


def test_the_row_that_decides_is_named_for_each_recipe() -> None:
    """Row 242 brings half of what the time-based recipe gains; the step recipe gains at 241."""
    missed = {
        "constant_m00": [0.0, 0.5, 1.0, 0.5, 0.0],
        "constant_m08": [0.0, 0.3, 0.8, 0.5, 0.0],
        "time_based_m08": [0.1, 0.2, 0.4, 0.0, 0.1],
        "constant_m09": [0.0, 0.4, 0.9, 0.6, 0.0],
        "step_m09": [0.0, 0.0, 0.8, 0.3, 0.0],
    }
    for table in (returns(missed), returns(missed)[::-1]):
        assert texts(decisive_claims(table, ANALYSIS), "returns.g.") == {
            # gained: -0.1, 0.3, 0.6, 0.5 and -0.1, in all 1.2
            "time.top.row": "242", "time.top.share": "50 %", "time.top.five.share": "100 %",
            "time.top.constant_m00": "100 %", "time.top.constant_m08": "80 %",
            "time.top.time_based_m08": "40 %",
            # gained: 0, 0.5, 0.2, 0.2 and 0, in all 0.9
            "step.top.row": "241", "step.top.share": "56 %", "step.top.five.share": "100 %",
            "step.top.constant_m00": "50 %", "step.top.constant_m09": "40 %",
            "step.top.step_m09": "0 %",
        }  # fmt: skip


def test_a_recipe_needs_its_arm_its_control_and_the_baseline() -> None:
    whole = {"constant_m00": [0.5], "constant_m08": [0.4], "time_based_m08": [0.3]}
    assert len(decisive_claims(returns(whole), ANALYSIS)) == 6
    for lacking in whole:
        rest = {arm: missed for arm, missed in whole.items() if arm != lacking}
        assert decisive_claims(returns(rest), ANALYSIS) == {}
    # One initializer's arms are not another's.
    table = pd.concat([returns(whole), returns({"constant_m00": [0.5]}, initializer="n")])
    assert {name.split(".")[1] for name in decisive_claims(table, ANALYSIS)} == {"g"}


def test_what_one_recipe_lacks_is_no_other_recipes_loss() -> None:
    step = {"constant_m00": [0.5, 0.0], "constant_m09": [0.1, 0.0], "step_m09": [0.0, 0.0]}
    found = decisive_claims(returns(step), ANALYSIS)
    assert found["returns.g.step.top.row"].value == 240
    assert not [name for name in found if ".time." in name]


def test_five_rows_are_five() -> None:
    printed = of_gain([0.5, 0.1, 0.1, 0.1, 0.1, 0.1])
    assert (printed["share"], printed["five.share"]) == ("50 %", "90 %")


def test_where_nothing_is_gained_no_row_has_a_share() -> None:
    printed = of_gain([0.0, 0.0])
    assert (printed["share"], printed["five.share"]) == ("0 %", "0 %")
