"""The report's rows: what shows a claim, what stands behind it, and how it is written."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from lrstudy.report_claims import (
    MOST_ROWS,
    TableView,
    claim_rows,
    figures_showing,
    plain_html,
    short,
    view_table,
)

FIGURES = ["accuracy", "grid", "grid_tail", "inflation", "ladder", "readings", "returns"]
ARMS = ["baseline", "step"]


def effects(**changes: Any) -> pd.DataFrame:
    row = {
        "hypothesis": "H9c.cosine",
        "protocol": "resample",
        "initializer": "glorot_uniform",
        "family": "secondary",
        "label": "$N(0, 0.05^2)$ & <more>",
        "n": 10,
        "clusters": 5,
        "ties": 1,
        "difference": -0.25,
        "low": -0.5,
        "high": 0.0,
        "p": 1e-7,
        "p_adjusted": 0.5,
        "superiority": 0.4,
        "tost_p": 0.01,
        "tost_low": -0.4,
        "tost_high": 0.1,
        "equivalent": True,
        "direction": "unclear",
    }
    return pd.DataFrame([row | changes]).astype({"n": "int32"})


def claim(**changes: Any) -> dict[str, Any]:
    entry = {"value": 0.5, "text": "0.50", "unit": "points", "inputs": {}, "pages": [2]}
    return entry | {"rule": "analyse_runs", "script": "analyse_runs.py"} | changes


@pytest.fixture
def tables() -> dict[str, TableView]:
    return {"effects": view_table("effects", effects())}


def test_a_row_bears_the_beginning_of_its_claims(tables: dict[str, TableView]) -> None:
    view = tables["effects"]
    anchor, cells = view.rows[0]
    assert anchor == "effect.H9c.cosine.resample.glorot_uniform"
    assert view.about[anchor] == "N(0, 0.05<sup>2</sup>) &amp; &lt;more&gt;"
    shown = dict(zip(view.contract.columns, cells, strict=True))
    assert (shown["n"], shown["p"], shown["equivalent"]) == ("10", "1e-07", "yes")


def test_numbers_in_a_beginning_are_written_as_in_the_ledger() -> None:
    grid = pd.DataFrame(
        {
            "protocol": ["tail"],
            "initializer": ["glorot_uniform"],
            "schedule": ["constant"],
            "initial_rate": [0.1],
            "momentum": [0.0],
            "n": [5],
            "n_diverged": [0],
            "mean": [90.0],
            "sd": [1.0],
        }
    )
    assert view_table("grid", grid).rows[0][0] == "grid.tail.glorot_uniform.constant.0.1.0"


def test_long_tables_are_not_shown() -> None:
    long = pd.concat([effects()] * (MOST_ROWS + 1), ignore_index=True)
    view = view_table("effects", long)
    assert view.n == MOST_ROWS + 1
    assert view.rows == []


def test_a_claim_leads_to_its_row_its_figures_and_its_origin(tables: dict[str, TableView]) -> None:
    name = "effect.H9c.cosine.resample.glorot_uniform.low"
    ledger = {
        name: claim(text="$-$0.50", value=-0.5),
        "effect.H1.tail.glorot_uniform.low": claim(inputs={"results/effects.parquet": "0"}),
        "alpha": claim(inputs={"results/data/ionosphere.data": "0"}, pages=[]),
    }
    judged = {
        name: {"verdict": "changed", "value": -0.5, "reference": -0.25},
        "alpha": {"verdict": "identical", "value": 0.5, "reference": 0.5},
    }
    row, other, setting = claim_rows(ledger, judged, tables, FIGURES, ARMS)
    assert (row.place, row.table) == ("effect.H9c.cosine.resample.glorot_uniform", "effects")
    assert row.about.endswith(": lower end of its interval")
    assert (row.printed, row.value, row.pages) == ("−0.50", "-0.5", [2])
    assert (row.verdict, row.reference) == ("changed", "-0.25")
    assert (row.rule, row.script) == ("analyse_runs", "analyse_runs.py")
    assert (other.place, other.table) == ("table-effects", "effects")
    assert other.figures == ["ladder"]
    assert (other.verdict, other.reference) == ("", "")
    assert (setting.place, setting.table, setting.figures) == ("", "", [])
    assert (setting.verdict, setting.reference) == ("identical", "")


def test_only_figures_of_the_report_are_named(tables: dict[str, TableView]) -> None:
    ledger = {"effect.H2a.tail.glorot_uniform.low": claim()}
    assert claim_rows(ledger, {}, tables, FIGURES, ARMS)[0].figures == ["ladder", "inflation"]
    assert claim_rows(ledger, {}, tables, ["ladder"], ARMS)[0].figures == ["ladder"]


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("effect.H6b.resample.normal_005.p", ("readings",)),
        ("effect.H9c.cosine.tail.glorot_uniform.p", ()),
        ("arm.tail.glorot_uniform.step.mean", ("accuracy",)),
        ("arm.official.glorot_uniform.step.mean", ()),
        ("arm.tail.glorot_uniform.time_m0.mean", ()),
        ("tutorial.gain.points", ("ladder",)),
        ("tutorial.mcnemar.p", ()),
        ("grid.tail.glorot_uniform.lowest", ("grid_tail",)),
        ("grid.resample.glorot_uniform.lowest", ("grid",)),
        ("rate.printed.3", ("rates",)),
        ("rate.time_recursion.last", ("readings",)),
        ("networks", ()),
    ],
)
def test_figures_showing(name: str, figures: tuple[str, ...]) -> None:
    assert figures_showing(name, ARMS) == figures


def test_text_and_values() -> None:
    assert plain_html("<b>") == "&lt;b&gt;"
    assert plain_html(r"$2\times 10^{-4}$") == "2 × 10<sup>−4</sup>"
    assert plain_html("Glorot-uniform") == "Glorot-uniform"
    assert [short(v) for v in (0.123456789, 12, "word", False)] == ["0.123457", "12", "word", "no"]
