"""A table is quoted whole, by one function: ids, printed forms and tolerances by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from paperledger.claims.claim import HALF_WIDTH, Claim, Claims
from paperledger.claims.quoted import conclusion, row_id, table_claims
from paperledger.io.tables import Column, Contract

ENDS = ("low", "high")
TABLE = Contract(
    "tests",
    ("where", "rate"),
    {
        "where": Column(pa.string(), "", "data"),
        "rate": Column(pa.float64(), "", "a setting"),
        "unit": Column(pa.string(), "", "of the mean"),
        "n": Column(pa.int32(), "rows", "how many", "plain"),
        "share": Column(pa.float64(), "1", "a part", "plain", 1),
        "mean": Column(pa.float64(), "row", "its mean", "signed", {"%": 1, "s": 3}, ENDS),
        "low": Column(pa.float64(), "row", "lower end", "signed", {"%": 1, "s": 3}, ENDS),
        "high": Column(pa.float64(), "row", "upper end"),
        "p": Column(pa.float64(), "", "p-value", "p", optional=True),
        "alike": Column(pa.bool_(), "", "whether", "plain", concludes=True),
        "better": Column(pa.string(), "", "which", "plain", concludes=True),
        "label": Column(pa.string(), "", "not quoted"),
    },
    stem="test",
    rule="compare",
)
ROW: dict[str, Any] = {
    "where": "own", "rate": 0.10, "unit": "%", "n": 1200, "share": 0.25, "mean": 1.5, "low": 1.0,
    "high": 3.0, "p": 0.0123, "alike": True, "better": "a", "label": "x",
}  # fmt: skip


def quoted(*changes: dict[str, Any], home: Any = None) -> Claims:
    rows = [ROW | change for change in changes or ({},)]
    return table_claims(pd.DataFrame(rows), TABLE, home)


def test_every_column_with_a_style_is_quoted_by_the_rows_key() -> None:
    found = quoted()
    assert {name: f"{claim.text} {claim.unit}".rstrip() for name, claim in found.items()} == {
        "test.own.0.1.n": "1{,}200 rows",
        "test.own.0.1.share": "0.2",  # the unit 1 is none
        "test.own.0.1.mean": "+1.5 %",
        "test.own.0.1.low": "+1.0 %",
        "test.own.0.1.p": "0.01",
        "test.own.0.1.alike": "yes",
        "test.own.0.1.better": "a",
    }
    assert {claim.rule for claim in found.values()} == {"compare"}
    assert {claim.inputs for claim in found.values()} == {("results/tests.parquet",)}


def test_unit_and_decimals_may_be_the_rows() -> None:
    found = quoted({"unit": "s", "mean": -1.5})["test.own.0.1.mean"]
    assert (found.text, found.unit) == ("$-$1.500", "s")
    with pytest.raises(KeyError, match="kg"):
        quoted({"unit": "kg"})


def test_within_an_interval_half_its_width_is_allowed() -> None:
    found = quoted()
    for column in ("mean", "low"):
        assert found[f"test.own.0.1.{column}"].allowed == (1.0, HALF_WIDTH)
    assert found["test.own.0.1.share"].allowed[0] == 0.1


def test_each_claim_of_a_row_says_what_the_row_concludes() -> None:
    found = quoted({}, {"rate": 0.2, "alike": False})
    assert found["test.own.0.1.p"].conclusion == "alike yes, better a"
    assert found["test.own.0.2.p"].conclusion == "alike no, better a"
    assert conclusion(Contract("t", (), {"label": TABLE.columns["label"]}), ROW) == ""


def test_a_missing_number_is_not_quoted() -> None:
    found = quoted({"p": float("nan")})
    assert "test.own.0.1.p" not in found
    assert "test.own.0.1.n" in found


def test_a_number_that_is_a_bound_is_printed_as_one() -> None:
    columns = TABLE.columns | {"p": replace(TABLE.columns["p"], resolved="alike")}
    table = replace(TABLE, columns=columns)
    for alike, text in ((True, "0.01"), (False, "$<$0.02")):
        found = table_claims(pd.DataFrame([ROW | {"alike": alike}]), table)
        assert found["test.own.0.1.p"].text == text
        assert found["test.own.0.1.mean"].text == "+1.5"


def test_a_word_keeps_no_unit_and_no_decimals() -> None:
    words = Contract(
        "words",
        ("k",),
        {"k": Column(pa.string(), "", ""), "yes": Column(pa.bool_(), "%", "", "signed", 2)},
        stem="word",
        rule="say",
    )
    found = table_claims(pd.DataFrame({"k": ["a"], "yes": [False]}), words)
    assert found == {"word.a.yes": Claim("no", rule="say", inputs=("results/words.parquet",))}


@pytest.mark.parametrize(
    ("row", "home", "name"),
    [
        ({}, {}, "test.own.0.1"),
        ({}, {"where": ["own"]}, "test.0.1"),
        ({"where": "other"}, {"where": ["own"]}, "test.other.0.1"),
        ({"rate": 1.0}, {"where": ["own"]}, "test.1"),
        ({"rate": 1e-5}, {"where": ["own"]}, "test.1e-05"),
        ({}, {"where": ["own"], "rate": [0.1]}, "test"),
    ],
)
def test_home_values_are_left_out_of_ids(
    row: dict[str, Any], home: dict[str, list[Any]], name: str
) -> None:
    assert row_id(TABLE, ROW | row, home) == name
    assert f"{name}.n" in quoted(row, home=home)


def test_two_rows_with_one_id_are_refused() -> None:
    """As rows of two homes would have: neither may win."""
    with pytest.raises(ValueError, match=r"tests make the claim test\.0\.1\.n"):
        quoted({}, {"where": "second"}, home={"where": ["own", "second"]})


def test_no_rows_make_no_claims() -> None:
    assert table_claims(pd.DataFrame([ROW])[:0], TABLE) == {}
