"""What a reviewer fears, one by one: each is done to a finished build, caught, and named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paperledger.claims.claim import described
from paperledger.claims.quoted import table_claims
from paperledger.io.files import sha256
from paperledger.io.tables import read_table, write_table
from paperledger.record.itself import state_build
from paperledger.record.record import write_record
from paperledger.record.verdicts import CHANGED
from paperledger.record.verify import verify

from tests.helpers.published import CONTRACTS, Published, draw, rows_of

QUOTED = "arm.a.mean"
HASHES = "results/hashes.json"
LEDGER = "results/claims.json"
NUMBERS = "results/numbers.json"
RUNS = "results/runs.parquet"


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """A build with a claim that a table quotes, and its record."""
    made = Published(tmp_path_factory.mktemp("untouched") / "checkout")
    quoted = table_claims(read_table(made.table("arms"), CONTRACTS["arms"]), CONTRACTS["arms"])
    made.claims[QUOTED] = described(quoted[QUOTED]) | {"pages": [1, 2]}
    made.claims["networks"]["inputs"] = [RUNS]
    made.build()
    write_record(made.checkout, made.root, made.record)
    return made


@pytest.fixture
def made(untouched: Published, tmp_path: Path) -> Published:
    return untouched.copied(tmp_path / "checkout")


def changed(made: Published) -> dict[str, str]:
    """Return what has changed, and why, as `make verify` names it."""
    report = verify(made.checkout, made.root, made.record, made.checkout / "build/verify")
    every = {kind: report[kind] for kind in ("pdf", "record")}
    for kind in ("build", "claims", "figures", "tables"):
        every |= report[kind]
    return {name: found["how"] for name, found in every.items() if found["verdict"] == CHANGED}


Edit = Callable[[Published], None]


def of_json(name: str, change: Callable[[Any], object]) -> Edit:
    """Edit a JSON file of the build; one of the paper is YAML, too."""

    def edit(made: Published) -> None:
        path = (made.checkout if name == "paper/sentences.yaml" else made.root) / name
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return edit


def of_table(name: str, change: Callable[[Any], Any]) -> Edit:
    def edit(made: Published) -> None:
        frame = read_table(made.table(name), CONTRACTS[name])
        write_table(change(frame), made.table(name), CONTRACTS[name])

    return edit


def of_bytes(name: str, change: Callable[[bytes], bytes]) -> Edit:
    def edit(made: Published) -> None:
        path = (made.checkout if name == "paper/main.tex" else made.root) / name
        path.write_bytes(change(path.read_bytes()))

    return edit


def removed(name: str) -> Edit:
    return lambda made: (made.root / name).unlink()


def put(claim: str, **entry: Any) -> Callable[[Any], object]:
    return lambda ledger: ledger[claim].update(entry)


def all_of(*edits: Edit) -> Edit:
    def edit(made: Published) -> None:
        for one in edits:
            one(made)

    return edit


def stated_anew(edit: Edit) -> Edit:
    """After an edit, forge the build's own hashes, too."""
    return all_of(edit, lambda made: state_build(made.checkout, made.root))


FORGED = {"value": 1.9, "text": "1.90"}
MACRO = of_bytes(
    "paper/generated/claims.tex", lambda old: old.replace(b"mean}{1.00", b"mean}{1.90")
)
NUMBER = [of_json(name, put(QUOTED, **FORGED)) for name in (LEDGER, NUMBERS)]

EDITS: dict[str, tuple[Edit, str, str]] = {
    "a value of the ledger": (
        of_json(LEDGER, put(QUOTED, value=1.9)),
        LEDGER,
        f"{QUOTED}: value 1.9, {NUMBERS} has 1; not the file that {HASHES} states",
    ),
    "a value and its text": (of_json(LEDGER, put(QUOTED, **FORGED)), LEDGER, f"{NUMBERS} has 1.00"),
    "value and text in ledger, numbers and TeX": (
        stated_anew(all_of(*NUMBER, MACRO)),
        "results/arms.parquet",
        f"{QUOTED}: value 1, {NUMBERS} has 1.9",
    ),
    "a text of the ledger": (of_json(LEDGER, put(QUOTED, text="1.90")), LEDGER, NUMBERS),
    "a text everywhere": (
        stated_anew(
            all_of(*(of_json(n, put("arm.mean", text="98.50")) for n in (LEDGER, NUMBERS)))
        ),
        NUMBERS,
        "arm.mean: text 98.50, its value prints as 97.50",
    ),
    "a tolerance": (
        stated_anew(of_json(LEDGER, put("arm.mean", tolerance=50.0))),
        LEDGER,
        f"arm.mean: tolerance 50, {NUMBERS} has 0.25",
    ),
    "a page": (
        of_json(LEDGER, put(QUOTED, pages=[1, 3])),
        LEDGER,
        f"{QUOTED}: pages [1, 3], results/printed.json has [1, 2]",
    ),
    "a page in both": (
        all_of(
            of_json(LEDGER, put(QUOTED, pages=[9])),
            of_json("results/printed.json", lambda found: found.update({QUOTED: [9]})),
        ),
        "results/printed.json",
        HASHES,
    ),
    "a hash of the ledger": (
        stated_anew(of_json(LEDGER, lambda found: found["networks"]["inputs"].update({RUNS: "0"}))),
        RUNS,
        f"not the file that {LEDGER} was made from",
    ),
    "a hash of the build": (
        of_json(HASHES, lambda found: found.update({"figures/line.png": "0"})),
        "figures/line.png",
        HASHES,
    ),
    "a claim left out": (of_json(LEDGER, lambda found: found.pop(QUOTED)), LEDGER, QUOTED),
    "a claim added": (
        of_json(LEDGER, lambda found: found.update({"new": found[QUOTED]})),
        LEDGER,
        "new, which neither results/printed.json nor paper/sentences.yaml asks for",
    ),
    "a value of a table": (
        of_table("arms", lambda frame: frame.assign(mean=frame["mean"] + 0.5)),
        "results/arms.parquet",
        f"{QUOTED}: value 1.5, {NUMBERS} has 1",
    ),
    "a row of the runs": (of_table("runs", lambda frame: frame[1:]), RUNS, LEDGER),
    "two labels swapped": (
        of_table("arms", lambda frame: frame.assign(arm=["b", "a", "c"])),
        "results/arms.parquet",
        NUMBERS,
    ),
    "a table of another study": (
        of_table("effects", lambda frame: rows_of(CONTRACTS["effects"], 5)),
        "results/effects.parquet",
        HASHES,
    ),
    "a table with another's contract": (
        lambda made: made.table("arms").write_bytes(made.table("runs").read_bytes()) and None,
        "results/arms.parquet",
        HASHES,
    ),
    "a verdict on a sentence": (
        stated_anew(
            of_json("results/sentences.json", lambda found: found.update(rises=["1 < 0 (found)"]))
        ),
        "results/sentences.json",
        f"rises: by {NUMBERS} all conditions hold",
    ),
    "a condition": (
        stated_anew(
            of_json("paper/sentences.yaml", lambda found: found.update(many=["networks >= 200"]))
        ),
        "results/sentences.json",
        f"many: by {NUMBERS} networks >= 200 (found 100.0 >= 200.0)",
    ),
    "a number of the TeX": (
        stated_anew(MACRO),
        "paper/generated/claims.tex",
        f"not made from {NUMBERS}: expected \\defineclaim{{{QUOTED}}}{{1.00}}, found ",
    ),
    "a digit of the text": (
        of_bytes("paper/main.tex", lambda old: old + b"7"),
        "paper/main.tex",
        HASHES,
    ),
    "a figure's picture": (
        lambda made: (made.root / "figures/line.png").write_bytes(b"PNG") and None,
        "figures/line.png",
        HASHES,
    ),
    "a figure's PDF alone": (
        of_bytes("figures/line.pdf", lambda old: old.replace(b"1", b"2", 1)),
        "figures/line.pdf",
        HASHES,
    ),
    "a figure removed": (removed("figures/line.pdf"), "figures/line.pdf", "not there"),
    "the PDF": (of_bytes("paper/paper.pdf", lambda old: old + b"%"), "paper/paper.pdf", HASHES),
    "the settings": (
        of_json("results/about.json", lambda found: found.update(settings={})),
        "results/about.json",
        HASHES,
    ),
    "the numbers removed": (removed(NUMBERS), NUMBERS, "found none"),
    "an entry of the hashes": (
        of_json(HASHES, lambda found: found.pop("paper/paper.pdf")),
        "paper/paper.pdf",
        f"{HASHES} does not name it",
    ),
    "the hashes": (removed(HASHES), HASHES, "build again"),
}


def test_an_untouched_build_is_silent(untouched: Published) -> None:
    assert changed(untouched) == {}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_a_finished_build_contradicts_it(made: Published, name: str) -> None:
    edit, file, words = EDITS[name]
    edit(made)
    assert words in changed(made)[file]


def test_what_was_built_anew_is_held_against_the_record_alone(made: Published) -> None:
    """A row less, figures and numbers made from it: a build of its own, but not the record's."""
    of_table("runs", lambda frame: frame[1:])(made)
    draw(made.root / "figures", heights=(1.0, 2.2))
    made.claims["networks"] |= {"value": 99.5, "text": "99.50", "decimals": 2}
    made.claims["arm.mean"] |= {"value": 99.5, "text": "99.50"}
    made.build()
    found = changed(made)
    assert {*found} == {"runs", "line", "arm.mean"}
    assert found["runs"] == "1 row(s) missing, 0 not in the record"
    shown = made.checkout / "build/verify"
    assert (shown / "line-rebuilt-failed-diff.png").is_file()
    # Once the figure is right again, the pictures go.
    draw(made.root / "figures")
    made.build()
    assert {*changed(made)} == {"runs", "arm.mean"}
    assert list(shown.iterdir()) == []


def test_a_figure_whose_pdf_is_packed_in_another_way(made: Published) -> None:
    path = made.root / "figures/line.pdf"
    path.write_bytes(path.read_bytes() + b"%")
    made.build()
    assert changed(made) == {}


def test_a_row_of_a_table_in_the_paper_edited(made: Published) -> None:
    rows = made.root / "paper/generated/hypotheses.tex"
    rows.write_text(r"H1 & \claim{a.b} \\")
    made.build()
    write_record(made.checkout, made.root, made.record)
    rows.write_text(r"H1 & 0.99 \\")
    (made.root / "paper/paper.pdf").write_bytes(b"%PDF-1.5 other")
    made.build()
    assert changed(made) == {"pdf": "set from another paper/generated/hypotheses.tex"}


def test_a_record_that_was_tampered_with(made: Published) -> None:
    path = made.record / "claims.json"
    ledger = json.loads(path.read_text())
    ledger["arm.mean"]["tolerance"] = 50.0
    path.write_text(json.dumps(ledger))
    assert changed(made) == {"record": f"not as its hashes say: {LEDGER}"}
    assert sha256(path) != json.loads((made.record / "hashes.json").read_text())[LEDGER]
