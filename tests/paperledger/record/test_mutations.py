"""What a reviewer fears, one by one: each is done to a finished build, caught, and named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from paperledger.claims.ledger import LedgerError, check_macros
from paperledger.claims.macros import macros_tex
from paperledger.claims.sentences import sentences_tex
from paperledger.io.tables import read_table, write_table
from paperledger.record.record import sha256, write_record
from paperledger.record.verdicts import CHANGED
from paperledger.record.verify import verify

from tests.helpers.published import CONTRACTS, Published, draw

RUNS = "results/runs.parquet"


@pytest.fixture
def made(tmp_path: Path) -> Published:
    """A build whose claims name the tables that they come from, and its record."""
    made = Published(tmp_path / "checkout")
    made.claims["networks"]["inputs"] = {RUNS: sha256(made.table("runs"))}
    made.write_claims()
    write_record(made.checkout, made.root, made.record)
    assert changed(made) == {}
    return made


def changed(made: Published) -> dict[str, str]:
    """Return what has changed, and why, as `make verify` names it."""
    report = verify(made.checkout, made.root, made.record, made.checkout / "build/verify")
    single = {kind: report[kind] for kind in ("pdf", "ledger", "record")}
    every = {**report["claims"], **report["figures"], **report["tables"], **single}
    return {name: found["how"] for name, found in every.items() if found["verdict"] == CHANGED}


def edit(path: Path, frame: pd.DataFrame, table: str) -> None:
    write_table(frame, path, CONTRACTS[table])


def test_a_value_edited_in_a_table(made: Published) -> None:
    frame = read_table(made.table("arms"), CONTRACTS["arms"])
    edit(made.table("arms"), frame.assign(mean=frame["mean"] + 0.5), "arms")
    assert changed(made) == {"ledger": "made from another results/arms.parquet"}


def test_a_value_edited_in_the_ledger(made: Published) -> None:
    made.claims["arm.mean"]["value"] = 99.5
    made.write_claims()
    assert set(changed(made)) == {"arm.mean"}


def test_a_row_of_the_runs_deleted(made: Published) -> None:
    edit(made.table("runs"), read_table(made.table("runs"), CONTRACTS["runs"])[1:], "runs")
    assert changed(made) == {
        "runs": "1 row(s) missing, 0 not in the record",
        "ledger": f"made from another {RUNS}",
    }


def test_two_arms_with_their_labels_swapped(made: Published) -> None:
    frame = read_table(made.table("runs"), CONTRACTS["runs"])
    keys = list(CONTRACTS["runs"].key)
    alike = frame.assign(**{key: frame[key].iloc[0] for key in keys if key != "arm"})
    for path in (made.table("runs"), made.record / "runs.parquet"):
        edit(path, alike, "runs")
    made.claims["networks"]["inputs"] = {RUNS: sha256(made.table("runs"))}
    made.write_claims()
    write_record(made.checkout, made.root, made.record)
    edit(made.table("runs"), alike.assign(arm=alike["arm"].replace({"a": "b", "b": "a"})), "runs")
    assert changed(made) == {"ledger": f"made from another {RUNS}"}
    # Carried on into the numbers, it changes those that rest on the arms.
    made.claims["networks"]["inputs"] = {RUNS: sha256(made.table("runs"))}
    made.claims["arm.mean"]["value"] = 96.0
    made.write_claims()
    found = changed(made)
    assert set(found) == {"arm.mean", "runs"}
    assert found["runs"].startswith("of 3 rows differ in: ")


def test_a_figure_with_one_point_moved(made: Published) -> None:
    draw(made.root / "figures", heights=(1.0, 2.2))
    assert set(changed(made)) == {"line"}
    shown = made.checkout / "build/verify"
    assert (shown / "line-rebuilt-failed-diff.png").is_file()
    # Once it is right again, the pictures go.
    draw(made.root / "figures")
    assert changed(made) == {}
    assert list(shown.iterdir()) == []


def test_a_figure_whose_pdf_is_packed_in_another_way(made: Published) -> None:
    path = made.root / "figures/line.pdf"
    path.write_bytes(path.read_bytes() + b"%")
    assert changed(made) == {}


def test_a_digit_typed_into_the_text(made: Published) -> None:
    """That it is found as such, test_typed_numbers holds."""
    (made.checkout / "paper/main.tex").write_text("% main.tex 7\n")
    (made.root / "paper/paper.pdf").write_bytes(b"%PDF-1.5 other")
    assert changed(made) == {"pdf": "set from another paper/main.tex"}


def test_a_stale_macro_file(made: Published) -> None:
    numbers: Any = {"arm.mean": {"text": "97.50"}, "networks": {"text": "100"}}
    old = macros_tex({"arm.mean": "97.10", "networks": "100"})
    with pytest.raises(LedgerError, match=r"generated/claims\.tex is stale: .*97\.50.*97\.10"):
        check_macros(numbers, {}, old, sentences_tex({}))


def test_a_row_of_a_table_in_the_paper_edited(made: Published) -> None:
    for folder in (made.root, made.checkout):
        (folder / "paper/generated").mkdir(exist_ok=True)
    rows = made.root / "paper/generated/hypotheses.tex"
    rows.write_text(r"H1 & \claim{a.b} \\")
    write_record(made.checkout, made.root, made.record)
    rows.write_text(r"H1 & 0.99 \\")
    (made.root / "paper/paper.pdf").write_bytes(b"%PDF-1.5 other")
    assert changed(made) == {"pdf": "set from another paper/generated/hypotheses.tex"}


def test_a_record_that_was_tampered_with(made: Published) -> None:
    path = made.record / "claims.json"
    ledger = json.loads(path.read_text())
    ledger["arm.mean"]["tolerance"] = 50.0
    path.write_text(json.dumps(ledger))
    assert changed(made) == {"record": "not as its hashes say: results/claims.json"}
