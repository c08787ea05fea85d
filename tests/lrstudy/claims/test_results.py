"""Tables of results as claims: names, rounding and units by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.claims.results import (
    across_claims,
    crossed_claims,
    decisive_claims,
    grid_claims,
    headline_claims,
    reference_claims,
    returns_claims,
    tuned_claims,
    tuning_claims,
)
from lrstudy.tables.results import (
    ARMS,
    COMPONENTS,
    DATASETS,
    EFFECTS,
    GRID,
    OUTCOMES,
    REFERENCES,
    RETURNS,
    ROBUSTNESS,
    SPLITS,
    TUNED,
)
from paperledger.claims.claim import Claims
from paperledger.claims.quoted import table_claims
from paperledger.io.tables import Contract

from tests.helpers.quoted import ASKED, EFFECT, texts

NAN = float("nan")
HOME = {"dataset": ["own"], "part": ["study"], "trainer": ["kernel"]}


def quoted(contract: Contract, *rows: dict[str, Any]) -> Claims:
    """Quote rows of a table, which hold at least what is quoted."""
    return table_claims(pd.DataFrame(rows), contract, HOME)


def test_arms() -> None:
    row = {"part": "study", "protocol": "tail", "initializer": "g", "arm": "step"}
    row |= {"dataset": "own", "trainer": "kernel"}
    row |= {"n": 1000, "n_diverged": 0, "mean": 95.126, "low": 95.0, "high": 95.25, "sd": 1.5}
    row |= {"iqm": 95.2, "minimum": 90.0, "median": 95.0, "maximum": 100.0, "reach": 12.34}
    row |= {"balanced": 70.005, "log_loss": 0.1234, "last10": 95.0, "best": 97.0}
    row |= {"speed": 12.345, "speed_low": 11.0, "speed_high": 13.0, "never": 3.14}
    claims = quoted(ARMS, row)
    assert texts(claims, "arm.tail.g.step.") == {
        "n": "1{,}000 networks", "n_diverged": "0 networks", "mean": "95.13 %", "low": "95.00 %",
        "high": "95.25 %", "sd": "1.50 %", "iqm": "95.20 %", "minimum": "90.00 %",
        "median": "95.00 %", "maximum": "100.00 %", "reach": "12.3 %", "balanced": "70.00 %",
        "log_loss": "0.123 nat/row", "last10": "95.00 %", "best": "97.00 %",
        "speed": "12.34 epoch", "speed_low": "11.00 epoch", "speed_high": "13.00 epoch",
        "never": "3.1 %",
    }  # fmt: skip
    assert claims["arm.tail.g.step.speed"].tolerance == 1.0
    # As far as its interval is half wide.
    assert claims["arm.tail.g.step.mean"].tolerance == 0.125
    assert claims["arm.tail.g.step.sd"].tolerance is None
    # Another trainer's, part's or data set's are named.
    assert set(quoted(ARMS, row | {"part": "a", "dataset": "b", "trainer": "keras"})) >= {
        "arm.a.b.tail.g.step.keras.mean"
    }


def test_effects() -> None:
    claims = quoted(EFFECTS, EFFECT, EFFECT | {"hypothesis": "H9c.cosine", "equivalent": False})
    first = {name: claims[name] for name in claims if name.startswith("effect.H1")}
    assert texts(first, "effect.H1.tail.g.") == {
        "n": "1{,}000 pairs", "clusters": "6", "ties_share": "100 %",
        "difference": "$-$0.12 points", "low": "$-$0.30 points", "high": "+0.05 points",
        "tost_low": "$-$0.20 points", "tost_high": "+0.00 points", "margin": "0.20 points",
        "share": "$-$1.2 %", "share_low": "$-$3.0 %", "share_high": "+0.5 %",
        "p": "0.0001", "p_adjusted": "0.20", "tost_p": "0.01",
        "superiority": "0.40", "equivalent": "yes", "direction": "unclear",
    }  # fmt: skip
    assert len(claims) == 2 * len(first)
    assert claims["effect.H9c.cosine.tail.g.equivalent"].text == "no"
    assert {claim.conclusion for claim in first.values()} == {"equivalent yes, direction unclear"}


def test_outcomes() -> None:
    row = ASKED | {"difference": 0.1234, "low": -1.0, "high": 1.0, "p": 0.5, "resolved": True}
    units = {"best": "points", "log_loss": "nat/row"}
    rows = [row | {"outcome": outcome, "unit": unit} for outcome, unit in units.items()]
    assert texts(quoted(OUTCOMES, *rows), "outcome.H1.tail.g.") == {
        "best.difference": "+0.12 points", "best.low": "$-$1.00 points",
        "best.high": "+1.00 points", "best.p": "0.50",
        "log_loss.difference": "+0.123 nat/row", "log_loss.low": "$-$1.000 nat/row",
        "log_loss.high": "+1.000 nat/row", "log_loss.p": "0.50",
    }  # fmt: skip


def test_second_opinions() -> None:
    """Each method finds some numbers; of what it does not find there is no claim."""
    nothing = dict.fromkeys((n for n, c in ROBUSTNESS.columns.items() if c.optional), NAN)
    found = {
        "wilcoxon": {"p": 0.0004},
        "nadeau_bengio": {
            "difference": 0.1,
            "low": -1.0,
            "high": 1.0,
            "se": 2.0,
            "detectable": 2.126,
        },
        "mixed": {"split": 1.5, "split_arm": 0.5, "pair": 2.0, "residual": 0.1},
    }
    claims = quoted(ROBUSTNESS, *(ASKED | nothing | {"method": m} | f for m, f in found.items()))
    assert texts(claims, "robustness.H1.tail.g.") == {
        "wilcoxon.p": "0.0004",
        "nadeau_bengio.difference": "+0.10 points", "nadeau_bengio.low": "$-$1.00 points",
        "nadeau_bengio.high": "+1.00 points", "nadeau_bengio.se": "2.00 points",
        "nadeau_bengio.detectable": "2.13 points", "mixed.split": "1.50 points",
        "mixed.split_arm": "0.50 points", "mixed.pair": "2.00 points",
        "mixed.residual": "0.10 points",
    }  # fmt: skip


def test_components() -> None:
    row = {"dataset": "own", "protocol": "tail", "initializer": "g", "arm": "a"}
    row |= {"source": "shuffle", "share": 70.0, "sd": 2.5, "sd_low": 0.0, "sd_high": 3.0}
    claims = quoted(COMPONENTS, row)
    assert texts(claims, "component.tail.g.a.shuffle.") == {
        "share": "70 %", "sd": "2.50 points", "sd_low": "0.00 points", "sd_high": "3.00 points"
    }  # fmt: skip


def test_data_sets_and_splits() -> None:
    row = {"n_rows": 1500, "n_features": 4, "n_positive": 1000, "n_negative": 500}
    row |= {"n_missing": 3, "n_constant": 1, "n_duplicates": 2, "duplicates": "2 and 7"}
    claims = quoted(DATASETS, row | {"dataset": "iris", "majority": 66.66})
    assert texts(claims, "data.iris.") == {
        "n_rows": "1{,}500 rows", "n_features": "4 columns", "n_positive": "1{,}000 rows",
        "n_negative": "500 rows", "majority": "66.7 %", "n_missing": "3",
        "n_constant": "1 columns", "n_duplicates": "2 rows", "duplicates": "2 and 7",
    }  # fmt: skip
    assert "data.n_rows" in quoted(DATASETS, row | {"dataset": "own", "majority": 60.0})
    quoted_columns = {n: c for n, c in SPLITS.columns.items() if c.style}
    counts = dict.fromkeys(quoted_columns, 7)
    claims = quoted(SPLITS, counts | {"dataset": "own", "protocol": "tail"})
    assert texts(claims, "split.tail.") == {
        name: "7.0 %" if column.unit == "%" else "7 rows" for name, column in quoted_columns.items()
    }


@pytest.mark.parametrize(
    ("contract", "finder"),
    [
        (REFERENCES, reference_claims),
        (GRID, grid_claims),
        (TUNED, tuned_claims),
        (EFFECTS, tuning_claims),
        (EFFECTS, headline_claims),
        (EFFECTS, across_claims),
        (RETURNS, returns_claims),
        (RETURNS, decisive_claims),
    ],
)
def test_a_function_says_the_rule_and_the_file_of_its_table(contract: Any, finder: Any) -> None:
    assert (finder.rule, *finder.inputs) == (contract.rule, f"results/{contract.name}.parquet")


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


GRID_SETTINGS = {
    "analysis": {"tuning": {"reference": "constant"}},
    "grid": {"schedules": {"constant": {"label": "Constant"}, "step": {"label": "Steps"}}},
}


def grid_of(*cells: tuple[str, float, float, float, float], **changes: Any) -> pd.DataFrame:
    """Cells of the grid: schedule, initial rate, momentum, mean accuracy, log-loss."""
    names = ["schedule", "initial_rate", "momentum", "mean", "log_loss"]
    place = {"dataset": "own", "protocol": "tail", "initializer": "g", "n": 100, "n_diverged": 0}
    return pd.DataFrame(cells, columns=names).assign(**{**place, **changes})


def test_the_grids_extremes() -> None:
    tail = grid_of(("constant", 0.1, 0.0, 90.0, 0.2), ("step", 0.1, 0.0, 80.126, 0.1))
    tail["n"], tail["n_diverged"] = [100, 99], [0, 3]
    rest = {"protocol": "resample", "n": 50, "n_diverged": 1}
    grid = pd.concat([tail, grid_of(("constant", 1.0, 0.9, 70.0, 0.3), **rest)], ignore_index=True)
    printed = texts(grid_claims(grid, GRID_SETTINGS), "grid.")
    whole = ("replicates", "lowest", "highest", "diverged")
    assert {name: text for name, text in printed.items() if name.split(".")[-1] in whole} == {
        "tail.g.replicates": "99 networks", "tail.g.lowest": "80.13 %",
        "tail.g.highest": "90.00 %", "tail.g.diverged": "3 networks",
        "resample.g.replicates": "50 networks", "resample.g.lowest": "70.00 %",
        "resample.g.highest": "70.00 %", "resample.g.diverged": "1 networks",
    }  # fmt: skip
    assert texts(table_claims(grid, GRID, HOME), "grid.") == {
        "tail.g.constant.0.1.0.mean": "90.00 %", "tail.g.step.0.1.0.mean": "80.13 %",
        "resample.g.constant.1.0.9.mean": "70.00 %",
    }  # fmt: skip


def test_the_best_cell_of_all_and_of_the_reference_by_accuracy_and_by_loss() -> None:
    """Accuracy and loss choose each their own cell, and the reference is chosen among its own."""
    grid = grid_of(
        ("step", 0.1, 0.0, 91.0, 0.3),
        ("step", 0.5, 0.8, 97.0, 0.2),
        ("constant", 0.5, 0.0, 96.0, 0.25),
        ("constant", 0.1, 0.8, 95.0, 0.125),
        ("constant", 2.0, 0.9, 94.0, 0.5),
    )
    claims = grid_claims(grid, GRID_SETTINGS)
    printed = texts(claims, "grid.tail.g.")

    def best(name: str) -> str:
        parts = ("schedule", "rate", "momentum", "effective", "place", "mean", "log_loss")
        return ", ".join(printed[f"{name}.{part}"] for part in parts)

    assert claims["grid.tail.g.best.rate"].style == "short"
    assert best("best") == "Steps, 0.5, 0.8, 2.50, inside, 97.00 %, 0.200 nat/row"
    assert best("constant.best") == "Constant, 0.5, 0, 0.50, inside, 96.00 %, 0.250 nat/row"
    by_loss = "Constant, 0.1, 0.8, 0.50, edge, 95.00 %, 0.125 nat/row"
    assert best("best_loss") == best("constant.best_loss") == by_loss


@pytest.mark.parametrize(
    ("rate", "momentum", "place"),
    [
        (0.1, 0.5, "inside"),
        (0.1, 0.0, "inside"),  # no momentum is below none: nothing lies beyond
        (0.01, 0.5, "edge"),
        (1.0, 0.5, "edge"),
        (0.1, 0.9, "edge"),
    ],
)
def test_the_edge_is_where_a_cell_beyond_was_not_trained(
    rate: float, momentum: float, place: str
) -> None:
    grid = grid_of(
        *(
            ("constant", r, m, 90.0 + ((r, m) == (rate, momentum)), 0.1)
            for r in (0.01, 0.1, 1.0)
            for m in (0.0, 0.5, 0.9)
        )
    )
    claims = grid_claims(grid, GRID_SETTINGS)
    assert claims["grid.tail.g.best.rate"].value == rate
    assert claims["grid.tail.g.best.place"].value == place


def test_what_the_effective_rate_explains() -> None:
    """Cells of one effective rate, rate / (1 - momentum): what they differ in is left."""

    def knob(*means: float) -> tuple[str, str]:
        cells = [(0.1, 0.0), (0.05, 0.5), (0.2, 0.0), (0.1, 0.5), (0.7, 0.0)]
        rows = [("constant", *c, m, -m) for c, m in zip(cells, means, strict=True)]
        # Another schedule's cells are not asked.
        found = grid_claims(grid_of(*rows, ("step", 0.1, 0.0, 0.0, 0.0)), GRID_SETTINGS)
        name = "grid.tail.g.knob"
        assert found[f"{name}.mean"].unit == found[f"{name}.log_loss"].unit == "%"
        return found[f"{name}.mean"].text, found[f"{name}.log_loss"].text

    # The last has its effective rate for itself.
    assert knob(90.0, 90.0, 94.0, 94.0, 70.0) == ("100", "100")
    assert knob(90.0, 94.0, 90.0, 94.0, 70.0) == ("0", "0")
    # Squares around 92.5 are 17 in all; within the two pairs 1.
    assert knob(90.0, 91.0, 94.0, 95.0, 70.0) == ("94", "94")
    assert knob(90.0, 90.0, 90.0, 90.0, 70.0) == ("0", "0")


def test_the_tuned() -> None:
    row: dict[str, Any] = {"dataset": "own", "initializer": "g", "n": 200, "cell_schedule": "step"}
    row |= {"initial_rate": 0.03, "momentum": 0.95, "cell_splits": 17, "edge": 12.6}
    row |= {"low": 97.0, "high": 99.0, "inner_mean": 98.8, "leaky_mean": 99.25}
    means = {"constant": 98.0, "step": 97.525, "cosine": 98.751, "all": 100.0}
    tuned = pd.DataFrame([row | {"schedule": x, "mean": mean} for x, mean in means.items()])
    assert texts(tuned_claims(tuned), "tuned.g.") == {
        "spread": "1.23 points", "lowest": "97.52 %", "highest": "98.75 %"
    }  # fmt: skip
    claims = table_claims(tuned[-1:], TUNED, HOME)
    assert texts(claims, "tuned.g.all.") == {
        "n": "200 networks", "mean": "100.00 %", "low": "97.00 %", "high": "99.00 %",
        "inner_mean": "98.80 %", "leaky_mean": "99.25 %", "cell_schedule": "step",
        "initial_rate": "0.03", "momentum": "0.95", "cell_splits": "17", "edge": "13 %",
    }  # fmt: skip
    assert claims["tuned.g.all.mean"].tolerance == 1.0


def test_tuned_schedules_beside_their_reference() -> None:
    """Neither the best of all nor what a leak is worth is a schedule."""
    asked = {"step": ("lower", -0.5), "cosine": ("higher", 0.4), "one_cycle": ("higher", 0.75)}
    asked |= {"linear": ("higher", 0.3), "polynomial": ("unclear", 0.0), "all": ("higher", 9.0)}
    leaks = {"cosine": 0.125, "reference": 1.5, "all": 2.25}
    rows = [
        EFFECT | {"hypothesis": f"T.{name}", "direction": found, "difference": difference}
        for name, (found, difference) in asked.items()
    ]
    rows += [
        EFFECT | {"hypothesis": f"T.{name}.leak", "direction": "higher", "difference": leak}
        for name, leak in leaks.items()
    ]
    rows[0]["equivalent"] = False
    effects = pd.DataFrame([*rows, EFFECT | {"hypothesis": "T1", "direction": "higher"}])
    assert texts(tuning_claims(effects, {"tuning": {"hypothesis": "T"}}), "tuned.") == {
        "others": "5", "g.better": "3", "g.worse": "1", "g.equivalent": "4",
        "g.largest": "+0.75 points", "g.smallest": "$-$0.50 points",
        "g.leak.smallest": "0.12 points", "g.leak.largest": "2.25 points",
    }  # fmt: skip
    better = effects.assign(difference=effects["difference"].abs() + 0.25)
    found = tuning_claims(better, {"tuning": {"hypothesis": "T"}})
    assert found["tuned.g.smallest"].text == "+0.25"
    assert found["tuned.g.leak.largest"].decimals == 2
    assert tuning_claims(effects, {}) == {}


def test_a_curve_that_stays_below_the_level_crosses_it_in_no_epoch() -> None:
    rows = [
        ("own", "tail", "g", "a", 4.0),
        ("own", "tail", "g", "b", np.nan),
        ("iris", "resample", "g", "a", 2.0),
    ]
    names = ["dataset", "protocol", "initializer", "arm", "epoch"]
    found = crossed_claims(pd.DataFrame(rows, columns=names), {"dataset": "own"})
    assert texts(found, "crossed.tail.g.") == {"a": "4 epoch", "b": "none"}
    assert len(found) == 2


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


# --- other data sets ----------------------------------------------------------


def test_what_holds_on_other_data_is_counted() -> None:
    settings = {
        "parts": {"others": {"datasets": ["iris", "wine"]}, "study": {}},
        "analysis": {"hypotheses": {"S1": {"part": "others"}, "H1": {}, "H2": {"part": "study"}}},
    }
    asked = EFFECT | {"hypothesis": "S1"}
    effects = pd.DataFrame(
        [
            asked | {"dataset": "iris", "direction": "higher", "difference": 1.5},
            asked | {"dataset": "wine", "direction": "lower", "difference": -2.0,
                     "equivalent": False},
            EFFECT, EFFECT | {"hypothesis": "H2"}, EFFECT | {"hypothesis": "H9c.step"},
        ]
    )  # fmt: skip
    for table in (effects, effects[::-1]):
        assert texts(across_claims(table, settings), "others.S1.g.") == {
            "smallest": "$-$2.00 points", "largest": "+1.50 points",
            "higher": "1", "lower": "1", "unclear": "0", "equivalent": "1",
        }  # fmt: skip
    higher = effects.assign(difference=effects["difference"].abs())
    found = texts(across_claims(higher, settings), "others.S1.g.")
    assert (found["smallest"], found["largest"]) == ("+1.50 points", "+2.00 points")
