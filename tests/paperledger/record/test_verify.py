"""Each verdict on claims, tables and the PDF, with the value just inside and just outside."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from paperledger.io.tables import write_table
from paperledger.record.verdicts import CHANGED, IDENTICAL, UNCHANGED, WITHIN, judge_claim
from paperledger.record.verify import verify

from tests.helpers.published import CONTRACTS, EFFECT, Published, claim, draw, rows_of


@pytest.fixture
def made(tmp_path: Path) -> Published:
    return Published(tmp_path / "checkout")


def verdicts(made: Published) -> dict[str, Any]:
    return verify(made.checkout, made.root, made.record, made.checkout / "build/verify")


def not_identical(report: dict[str, Any]) -> dict[str, str]:
    singles = {kind: report[kind] for kind in ("pdf", "record")}
    kinds = ("build", "claims", "figures", "tables")
    every = singles | {name: found for kind in kinds for name, found in report[kind].items()}
    return {n: judged["verdict"] for n, judged in every.items() if judged["verdict"] != IDENTICAL}


def test_the_same_files_are_identical(made: Published) -> None:
    report = verdicts(made)
    assert not_identical(report) == {}
    assert set(report["claims"]) == {*made.claims, "sentence.rises", "sentence.many"}
    assert set(report["figures"]) == {"line"}
    assert set(report["tables"]) == set(CONTRACTS)
    assert report["claims"][f"{EFFECT}.difference"] == {
        "verdict": IDENTICAL,
        "value": 1.0,
        "reference": 1.0,
        "tolerance": 0.25,
        "how": "",
    }


# --- claims -------------------------------------------------------------------


def judged(
    name: str, value: Any, *, sentences: Any = None, same: bool = False, **entry: Any
) -> Any:
    """Judge a rebuilt value against a published 1.0 with a tolerance of 0.25."""
    published = {name: claim(1.0, 0.25)}
    rebuilt = {name: claim(1.0, 0.25) | {"value": value} | entry}
    return judge_claim(name, rebuilt, published, sentences or {}, same=same)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (1.0, IDENTICAL),
        (math.nextafter(1.0, 2.0), WITHIN),
        (1.25, WITHIN),
        (0.75, WITHIN),
        (math.nextafter(1.25, 2.0), CHANGED),
        (math.nextafter(0.75, 0.0), CHANGED),
        (1, WITHIN),  # an integer is not the bits of a float
        (math.inf, CHANGED),
        (math.nan, CHANGED),
        ("higher", CHANGED),
    ],
)
def test_a_number_is_held_against_its_tolerance(value: Any, verdict: str) -> None:
    assert judged("arm.mean", value)["verdict"] == verdict


def test_the_published_tolerance_counts() -> None:
    assert judged("arm.mean", 2.0, tolerance=9.0)["verdict"] == CHANGED
    assert judged("arm.mean", 1.2, tolerance=0.0)["verdict"] == WITHIN
    assert judged("arm.mean", 2.0, tolerance=9.0)["tolerance"] == 0.25


def test_minus_zero_is_another_value() -> None:
    published = {"a": claim(0.0, 0.0)}
    assert judge_claim("a", {"a": claim(-0.0)}, published, {}, same=True)["verdict"] == WITHIN


def test_a_unit_that_differs_is_a_change() -> None:
    found = judged("arm.mean", 1.0, unit="%")
    assert found["verdict"] == CHANGED
    assert "unit '%', published 'points'" in found["how"]


def test_words_are_identical_or_changed() -> None:
    published = {"a": claim("higher", None)}
    for word, verdict in (("higher", IDENTICAL), ("Higher", CHANGED), (1.0, CHANGED)):
        rebuilt = {"a": claim(word, None)}
        found = judge_claim("a", rebuilt, published, {"s": ["1 < 2"]}, same=False)
        assert found["verdict"] == verdict


def test_outside_the_tolerance_what_rests_on_it_decides() -> None:
    holds, fails = {"rises": ["arm.mean > 1"]}, {"rises": ["arm.mean > 1"], "low": ["arm.mean < 3"]}
    assert judged("arm.mean", 5.0, sentences=holds)["verdict"] == UNCHANGED
    found = judged("arm.mean", 5.0, sentences=fails)
    assert found["verdict"] == CHANGED
    assert found["how"].endswith("no longer supports low")
    # inside it, no sentence is asked
    assert judged("arm.mean", 1.2, sentences={"low": ["arm.mean < 1"]})["verdict"] == WITHIN
    # none rests on it
    found = judged("arm.mean", 5.0, sentences={"other": ["arm.mean.low < 9"]})
    assert found["verdict"] == CHANGED
    assert found["how"] == "differs by 4, allowed is 0.25; no sentence rests on it"
    # a sentence that can no longer be read does not hold
    asked = {"both": ["arm.mean < arm.other"]}
    assert judged("arm.mean", 5.0, sentences=asked)["verdict"] == CHANGED
    assert judged("arm.mean", math.inf, sentences=holds)["verdict"] == CHANGED


def test_in_the_same_study_no_conclusion_excuses_another_number() -> None:
    holds = {"rises": ["arm.mean > 1"]}
    found = judged("arm.mean", 5.0, sentences=holds, same=True)
    assert found["verdict"] == CHANGED
    assert "the study is the record's" in found["how"]
    assert judged("arm.mean", 1.25, sentences=holds, same=True)["verdict"] == WITHIN


@pytest.mark.parametrize(
    ("settings", "named", "verdict"),
    [
        ({"seeds": {"first": 1, "n": 3}}, [], CHANGED),
        ({"seeds": {"first": 9, "n": 3}}, ["seeds.first"], UNCHANGED),
        ({"seeds": {"first": 9}, "more": 1}, ["more", "seeds.first", "seeds.n"], UNCHANGED),
        (None, [], CHANGED),  # who does not say it is held to be the same
    ],
)
def test_settings_tell_the_same_study_from_another(
    made: Published, settings: Any, named: list[str], verdict: str
) -> None:
    made.about["settings"] = settings
    made.claims["networks"] = claim(93, 5.0, "networks")
    write_table(rows_of(CONTRACTS["runs"], 4), made.table("runs"), CONTRACTS["runs"])
    draw(made.root / "figures", heights=(1.0, 2.5))
    made.build()
    report = verdicts(made)
    assert report["settings"] == named
    assert not_identical(report) == dict.fromkeys(["networks", "runs", "line"], verdict)
    # Where a conclusion does not hold, rows and pictures have changed with it.
    made.claims["arm.mean"] = claim(99.0, 0.25, "%")
    made.build()
    found = not_identical(verdicts(made))
    assert {found[name] for name in ("arm.mean", "runs", "line")} == {CHANGED}


HIGHER = "direction higher, equivalent no"


@pytest.mark.parametrize(
    ("now", "verdict"),
    [(HIGHER, UNCHANGED), ("direction unclear, equivalent no", CHANGED), ("", CHANGED)],
)
def test_a_row_keeps_its_conclusion_while_its_words_are_the_same(now: str, verdict: str) -> None:
    entry = {"conclusion": HIGHER}
    published = {"a": claim(1.0, 0.25) | entry, "none": claim(1.0, 0.25)}
    rebuilt = {"a": claim(5.0) | {"conclusion": now}, "none": claim(5.0) | entry}
    found = judge_claim("a", rebuilt, published, {}, same=False)
    assert found["verdict"] == verdict
    assert verdict == UNCHANGED or HIGHER in found["how"]
    # A sentence that no longer holds counts, whatever the row concludes.
    assert (
        judge_claim("a", rebuilt, published, {"small": ["a < 2"]}, same=False)["verdict"] == CHANGED
    )
    # The published row drew no conclusion, and none rests on it.
    assert judge_claim("none", rebuilt, published, {}, same=False)["verdict"] == CHANGED


def test_a_claim_on_one_side_only_is_changed_and_named(made: Published) -> None:
    made.claims["new.one"] = claim(1.0)
    del made.claims["networks"]
    made.sentences["many"] = ["arm.mean > 0"]
    made.build()
    claims = verdicts(made)["claims"]
    assert claims["new.one"]["verdict"] == claims["networks"]["verdict"] == CHANGED
    assert claims["new.one"]["how"] == "missing in the record"
    assert claims["new.one"]["reference"] is None
    assert claims["networks"]["how"] == "missing in the build"
    assert claims["networks"]["value"] is None


def test_one_number_changed_in_the_record_is_named(made: Published) -> None:
    path = made.record / "claims.json"
    ledger = json.loads(path.read_text())
    ledger["arm.mean"]["value"] = 97.9
    path.write_text(json.dumps(ledger))
    report = verdicts(made)
    assert not_identical(report) == {"arm.mean": CHANGED, "record": CHANGED}
    assert report["record"]["how"] == "not as its hashes say: results/claims.json"


# --- tables -------------------------------------------------------------------


def rebuild_arms(made: Published, **columns: Any) -> dict[str, Any]:
    write_table(rows_of(CONTRACTS["arms"]).assign(**columns), made.table("arms"), CONTRACTS["arms"])
    found: dict[str, Any] = verdicts(made)["tables"]["arms"]
    return found


def test_numbers_of_a_table_may_differ_by_rounding(made: Published) -> None:
    assert rebuild_arms(made, mean=[1.0, 2.0, 3.0 * (1 + 0.9e-9)])["verdict"] == WITHIN
    found = rebuild_arms(made, mean=[1.0, 2.0, 3.0 * (1 + 1.1e-9)])
    assert found["verdict"] == UNCHANGED
    assert found["how"] == "of 3 rows differ in: mean (1)"


def test_numbers_that_moved_are_a_change_where_a_claim_has_changed(made: Published) -> None:
    made.claims["arm.mean"] = claim(99.0, 0.25, "%")
    made.build()
    assert rebuild_arms(made, mean=[1.0, 2.0, 4.0], n=[5, 5, 5])["verdict"] == CHANGED


def test_other_rows_are_a_change_and_their_order_is_none(made: Published) -> None:
    assert rebuild_arms(made, arm=["a", "b", "z"])["how"] == (
        "1 row(s) missing, 1 not in the record"
    )
    frame = rows_of(CONTRACTS["arms"]).iloc[::-1]
    write_table(frame, made.table("arms"), CONTRACTS["arms"])
    assert verdicts(made)["tables"]["arms"]["verdict"] == WITHIN


def test_a_table_that_cannot_be_compared(made: Published) -> None:
    made.table("arms").write_bytes(made.table("runs").read_bytes())  # other columns
    made.table("effects").write_bytes(b"no table")
    found = verdicts(made)["tables"]
    assert found["arms"]["verdict"] == found["effects"]["verdict"] == CHANGED
    assert "missing columns" in found["arms"]["how"]
    assert "effects.parquet: expected a table" in found["effects"]["how"]


def test_a_table_in_one_place_only_is_a_change(made: Published) -> None:
    made.table("effects").rename(made.table("new"))
    about = {"tables": ["new", "arms", "runs"]}
    (made.root / "results/about.json").write_text(json.dumps(about))
    found = verdicts(made)["tables"]
    assert {*found} == {*CONTRACTS, "new"}
    assert found["effects"] == {"verdict": CHANGED, "how": "missing in the build"}
    assert found["new"] == {"verdict": CHANGED, "how": "missing in the record"}


# --- figures and the PDF ------------------------------------------------------


def test_a_figure_that_is_gone_new_or_different_is_named(made: Published) -> None:
    draw(made.root / "figures", "other")
    draw(made.root / "figures", heights=(1.0, 2.5))
    made.build()
    report = verdicts(made)
    assert not_identical(report) == {"line": CHANGED, "other": CHANGED}
    assert report["figures"]["other"]["how"] == "missing in the record"
    (made.root / "figures/line.pdf").unlink()
    assert verdicts(made)["figures"]["line"]["how"] == "missing in the build"


def set_paper(made: Published, **files: str) -> dict[str, Any]:
    (made.root / "paper/paper.pdf").write_bytes(b"%PDF-1.5 set anew")
    for name, text in files.items():
        path = made.checkout / "paper/main.tex"
        if name == "claims":
            path = made.root / "paper/generated/claims.tex"
        path.write_text(text)
    found: dict[str, Any] = verdicts(made)["pdf"]
    return found


def test_the_paper_is_held_against_what_it_is_set_from(made: Published) -> None:
    assert set_paper(made)["verdict"] == WITHIN
    found = set_paper(made, claims="% other claims")
    assert found["verdict"] == WITHIN
    assert "paper/generated/claims.tex" in found["how"]
    made.claims["networks"] = claim(93, 5.0, "networks")
    made.about["settings"] = {}
    made.build()
    assert set_paper(made)["verdict"] == UNCHANGED
    found = set_paper(made, main="other words")
    assert found["verdict"] == CHANGED
    assert found["how"].startswith("set from another paper/")
    (made.root / "paper/paper.pdf").unlink()
    assert verdicts(made)["pdf"] == {"verdict": CHANGED, "how": "missing"}


def test_the_paper_changes_with_a_figure_or_a_claim(made: Published) -> None:
    draw(made.root / "figures", heights=(1.0, 2.5))
    assert set_paper(made) == {"verdict": CHANGED, "how": "a figure in it has changed"}
    draw(made.root / "figures")
    made.claims["arm.mean"] = claim(99.0, 0.25, "%")
    made.build()
    assert set_paper(made, claims="% 99")["verdict"] == CHANGED
