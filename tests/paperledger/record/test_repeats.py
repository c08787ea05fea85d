"""A build that counts other runs of its study: their files are held as its own are."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from paperledger.claims.sentences import counts_tex
from paperledger.io.files import sha256
from paperledger.record.itself import state_build
from paperledger.record.record import REPEATS, RecordError, write_record
from paperledger.record.verdicts import CHANGED, IDENTICAL
from paperledger.record.verify import verify

from tests.helpers.published import EFFECT, Published

PACKED = "values.json.gz"
FILES = [f"reference/repeats/1/{name}" for name in ("about.json", "moments.parquet", PACKED)]
VALUES = {f"{EFFECT}.difference": -1.0, "networks": 100}


@pytest.fixture
def made(tmp_path: Path) -> Published:
    """A published build of which one sentence holds in one of two runs."""
    made = Published(tmp_path / "checkout")
    for name in FILES:
        path = made.checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(json.dumps(VALUES).encode()))
    sentences = {"rises": {"holds": 1, "of": 2}, "many": {"holds": 2, "of": 2}}
    files = {name: sha256(made.checkout / name) for name in FILES}
    (made.root / REPEATS).write_text(json.dumps({"sentences": sentences, "files": files}))
    (made.root / "paper/generated/counts.tex").write_text(counts_tex(sentences))
    state_build(made.checkout, made.root)
    write_record(made.checkout, made.root, made.record)
    return made


def told(made: Published) -> dict[str, str]:
    report = verify(made.checkout, made.root, made.record, made.checkout / "build/verify")
    found = {name: f["how"] for name, f in report["build"].items() if f["verdict"] == CHANGED}
    if report["record"]["verdict"] != IDENTICAL:
        found["record"] = report["record"]["how"]
    return found


def test_a_build_that_counts_them_is_whole(made: Published) -> None:
    assert told(made) == {}
    hashes = json.loads((made.record / "hashes.json").read_text())
    assert {REPEATS, *FILES} <= set(hashes)
    assert (made.record / "repeats.json").read_text() == (made.root / REPEATS).read_text()
    # Tables of other runs are not tables of the build.
    report = verify(made.checkout, made.root, made.record, made.checkout / "build/verify")
    assert "moments" not in report["tables"]


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_run_that_was_edited_is_named(made: Published, name: str) -> None:
    (made.checkout / name).write_text("edited")
    found = told(made)
    assert set(found) == {name, "record"}
    assert f"not the file that {REPEATS} was made from" in found[name]
    assert found["record"].endswith(name)


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_run_that_is_gone_is_named(made: Published, name: str) -> None:
    (made.checkout / name).unlink()
    with pytest.raises(RecordError, match=f"not whole: no {name}"):
        told(made)


def test_a_run_that_the_build_does_not_count_is_none_of_its_files(made: Published) -> None:
    (made.checkout / "reference/repeats/2").mkdir()
    (made.checkout / "reference/repeats/2/about.json").write_text("{}")
    assert told(made) == {}


def test_a_count_that_was_edited_is_named(made: Published) -> None:
    path = made.root / REPEATS
    path.write_text(path.read_text().replace('"holds": 1', '"holds": 2'))
    found = told(made)
    assert found[REPEATS].split("; ") == [
        "rises: holds in 2 of 2, by results/numbers.json and the other runs 1 of 2",
        "not the file that results/hashes.json states",
    ]
    assert found["paper/generated/counts.tex"] == f"not made from {REPEATS}"


def forge(made: Published, values: str) -> None:
    """Put other claims in place of a run's, and every hash right."""
    (made.checkout / FILES[2]).write_bytes(gzip.compress(values.encode()))
    path = made.root / REPEATS
    content = json.loads(path.read_text())
    content["files"][FILES[2]] = sha256(made.checkout / FILES[2])
    path.write_text(json.dumps(content))
    state_build(made.checkout, made.root)
    write_record(made.checkout, made.root, made.record)


@pytest.mark.parametrize(
    ("claim", "value", "told_of"),
    [
        (f"{EFFECT}.difference", 1.0, "rises: holds in 1 of 2, by {} and the other runs 2 of 2"),
        ("networks", 3, "many: holds in 2 of 2, by {} and the other runs 1 of 2"),
    ],
)
def test_counts_are_counted_again(made: Published, claim: str, value: Any, told_of: str) -> None:
    """Hashes that were made to fit hide no edit of another run."""
    forge(made, json.dumps(VALUES | {claim: value}))
    assert told(made) == {REPEATS: told_of.format("results/numbers.json")}


def test_a_claim_that_another_run_lacks_is_told(made: Published) -> None:
    forge(made, "{}")
    (where,) = told(made)
    assert where == "paper/sentences.yaml"
    assert told(made)[where].startswith(f"rises: no claim '{EFFECT}.difference'")


@pytest.mark.parametrize("values", ["[]", "3", '{"networks": []}'])
def test_claims_that_are_none_are_told(made: Published, values: str) -> None:
    forge(made, values)
    assert REPEATS in told(made) or "paper/sentences.yaml" in told(made)
