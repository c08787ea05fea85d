"""`make demo`: edits of a copy, each caught by name, and nothing of the build touched."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imsave
from paperledger.claims.claim import described
from paperledger.claims.quoted import table_claims
from paperledger.commands import demo
from paperledger.io.files import sha256
from paperledger.io.tables import read_table
from paperledger.record.record import REPEATS, write_record

from tests.helpers.published import CONTRACTS, Published

CLAIM = "effect.a.difference"


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Published:
    """A build whose text prints a claim that a table quotes with its interval."""
    made = Published(tmp_path / "checkout")
    contract = CONTRACTS["effects"]
    quoted = table_claims(read_table(made.table("effects"), contract), contract)
    made.claims[CLAIM] = described(quoted[CLAIM]) | {"pages": [1]}
    text = "% \\claim{networks}\nOf \\claim{networks} networks.\n"
    (made.checkout / "paper/main.tex").write_text(text)
    made.build()
    write_record(made.checkout, made.root, made.record)
    monkeypatch.chdir(made.checkout)
    return made


def content(made: Published) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in made.checkout.rglob("*") if path.is_file()}


def test_each_edit_is_caught_and_named_and_nothing_is_touched(
    made: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(made)
    assert demo.main(["--folder", "build/x"]) == 0
    assert content(made) == before
    first, *edits, last = capsys.readouterr().out.split("\n\n")
    assert first == "build/x, as it was built: nothing has changed"
    assert last == "all put back: nothing has changed\n"
    for said, (edited, file) in zip(
        edits,
        {
            f"ledger: {CLAIM}, 1.00 -> 2.00": "results/claims.json",
            "table: effects, row 1, column difference, 1.00 -> 2.00": "results/effects.parquet",
            r"text: 101 for \claim{networks}, which prints 100": "paper/main.tex",
            "figure: line.png, moved by 18 pixels": "figures/line.png",
        }.items(),
        strict=True,
    ):
        lines = said.splitlines()
        assert lines[0].endswith(edited)
        assert lines[1].startswith(f"  changed: build {file}, ")
        assert re.fullmatch(r"  verify: \d changed; the build contradicts itself", lines[-1])


def test_a_point_is_found_in_a_picture_without_colours(
    made: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    """What moves is seen: the file is another, and so is the picture beside the record's."""
    picture = np.ones((200, 300, 3))
    picture[150, 20:280] = 0.2
    picture[60:75, 200:215] = 0.2
    picture[60:100, 100:140] = 0.9
    imsave(made.root / "figures/line.png", picture)
    made.build()
    write_record(made.checkout, made.root, made.record)
    assert demo.main(["--folder", "build/x"]) == 0
    said = capsys.readouterr().out.split("one point in a figure", 1)[1]
    assert "  verify: 2 changed;" in said


def test_other_runs_that_the_build_counts_go_with_it(
    made: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    other = made.checkout / "reference/repeats/1/about.json"
    other.parent.mkdir(parents=True)
    other.write_text("{}")
    files = {"reference/repeats/1/about.json": sha256(other)}
    (made.root / REPEATS).write_text(json.dumps({"files": files, "sentences": {}}))
    made.build()
    write_record(made.checkout, made.root, made.record)
    assert demo.main(["--folder", "build/x"]) == 0
    assert "as it was built: nothing has changed\n" in capsys.readouterr().out


def test_an_edit_that_is_not_caught_is_told(
    made: Published, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path("figures/line.png")
    monkeypatch.setattr(demo, "EDITS", [lambda copy: (copy.root / path, "nothing")])
    assert demo.main(["--folder", "build/x"]) == 1
    assert "\nnothing\n  NOT CAUGHT\n" in capsys.readouterr().out


def test_without_a_build_there_is_nothing_to_edit(
    made: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo.main([]) == 1
    assert capsys.readouterr().err == "error: expected results/claims.json, found none\n"
    made.claims[CLAIM]["pages"] = []
    made.build()
    assert demo.main(["--folder", "build/x"]) == 1
    assert "expected a printed claim with an interval" in capsys.readouterr().err
