"""The report's rows: what shows a claim, what stands behind it, and how it is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from paperledger.report.rows import (
    MOST_ROWS,
    TableView,
    claim_rows,
    figures_showing,
    plain_html,
    short,
    view_table,
)

from tests.helpers.published import CONTRACTS, rows_of

EFFECTS = CONTRACTS["effects"]
SHOWS = {
    "ladder": ["effect.H1.tail", "effect.H2a.tail", "tutorial.gain"],
    "inflation": ["effect.H2a.tail"],
    "accuracy": ["arm.tail.*.step"],
    "readings": ["rate"],
    "rates": ["rate.printed"],
}


def effects(**changes: Any) -> pd.DataFrame:
    row = {"hypothesis": "H9c.cosine", "label": "$N(0, 0.05^2)$ & <more>", "n": 10, "p": 1e-7}
    return rows_of(EFFECTS, 1).assign(**(row | {"equivalent": True} | changes))


def claim(**changes: Any) -> dict[str, Any]:
    entry = {"value": 0.5, "text": "0.50", "unit": "points", "inputs": {}, "pages": [2]}
    return entry | {"rule": "analyse_runs"} | changes


@pytest.fixture
def tables() -> dict[str, TableView]:
    return {"effects": view_table(effects(), EFFECTS, {})}


def test_a_row_bears_the_beginning_of_its_claims(tables: dict[str, TableView]) -> None:
    view = tables["effects"]
    anchor, cells = view.rows[0]
    assert anchor == "effect.H9c.cosine"
    assert view.about[anchor] == "N(0, 0.05<sup>2</sup>) &amp; &lt;more&gt;"
    shown = dict(zip(view.contract.columns, cells, strict=True))
    assert (shown["n"], shown["p"], shown["equivalent"]) == ("10", "1e-07", "yes")


def test_what_claims_leave_out_rows_do_too() -> None:
    ((anchor, _),) = view_table(effects(), EFFECTS, {"hypothesis": ["H9c.cosine"]}).rows
    assert anchor == "effect"


def test_a_table_that_no_claim_comes_from_has_no_anchors() -> None:
    ((anchor, cells),) = view_table(effects(), replace(EFFECTS, stem=""), {}).rows
    assert anchor == ""
    assert len(cells) == len(EFFECTS.columns)


def test_long_tables_are_not_shown() -> None:
    long = view_table(pd.concat([effects()] * (MOST_ROWS + 1)), EFFECTS, {})
    assert (long.n, long.rows) == (MOST_ROWS + 1, [])


def test_a_claim_leads_to_its_row_its_figures_and_its_origin(tables: dict[str, TableView]) -> None:
    name = "effect.H9c.cosine.low"
    ledger = {
        name: claim(text="$-$0.50", value=-0.5),
        "effect.H1.tail.glorot_uniform.low": claim(inputs={"results/effects.parquet": "0"}),
        "alpha": claim(inputs={"results/data/ionosphere.data": "0"}, pages=[]),
    }
    judged = {
        name: {"verdict": "changed", "value": -0.5, "reference": -0.25},
        "alpha": {"verdict": "identical", "value": 0.5, "reference": 0.5},
    }
    row, other, setting = claim_rows(ledger, judged, tables, SHOWS)
    assert (row.place, row.table) == ("effect.H9c.cosine", "effects")
    assert row.about.endswith(": lower end of its interval")
    assert (row.printed, row.value, row.pages) == ("−0.50", "-0.5", [2])
    assert (row.verdict, row.reference) == ("changed", "-0.25")
    assert row.rule == "analyse_runs"
    assert (other.place, other.table) == ("table-effects", "effects")
    assert other.figures == ["ladder"]
    assert (other.verdict, other.reference) == ("", "")
    assert (setting.place, setting.table, setting.figures) == ("", "", [])
    assert (setting.verdict, setting.reference) == ("identical", "")


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("effect.H1.tail.glorot_uniform.p", ("ladder",)),
        ("effect.H2a.tail.glorot_uniform.p", ("ladder", "inflation")),
        ("effect.H1.resample.glorot_uniform.p", ()),
        ("effect.H1", ()),
        ("effect.H1.tails.p", ()),
        ("arm.tail.glorot_uniform.step.mean", ("accuracy",)),
        ("arm.tail.glorot_uniform.time_m0.mean", ()),
        ("tutorial.gain", ("ladder",)),
        ("tutorial.mcnemar.p", ()),
        # The longest beginning counts.
        ("rate.printed.3", ("rates",)),
        ("rate.time_recursion.last", ("readings",)),
        ("networks", ()),
    ],
)
def test_figures_showing(name: str, figures: tuple[str, ...]) -> None:
    assert figures_showing(name, SHOWS) == figures


def test_text_and_values() -> None:
    assert plain_html("<b>") == "&lt;b&gt;"
    assert plain_html(r"$2\times 10^{-4}$") == "2 × 10<sup>−4</sup>"
    assert plain_html("Glorot-uniform") == "Glorot-uniform"
    assert [short(v) for v in (0.123456789, 12, "word", False)] == ["0.123457", "12", "word", "no"]
