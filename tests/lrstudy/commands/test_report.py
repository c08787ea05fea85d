"""What the study adds to the report is of the build, and of the repeats that count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lrstudy.commands import report
from lrstudy.tables.runs import RUNS
from paperledger.commands.report import ReportError
from paperledger.io.tables import write_table

from tests.helpers.ponds import CONFIG, record, study


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text(json.dumps(CONFIG))
    write_table(study(), tmp_path / "results/runs.parquet", RUNS)
    record(1, study(seed=1))
    return tmp_path


def test_the_tab_holds_each_arm_once_of_the_part_that_answers_for_it(checkout: Path) -> None:
    (tab,) = report.tabs(Path("."), [])
    assert tab.data["repeats"] == [1]
    held = [(g["part"], g["protocol"], arm) for g in tab.data["groups"] for arm in g["arms"]]
    assert ("study", "tail", "step_m09") in held
    assert ("other", "tail", "adam") in held
    assert len({(protocol, arm) for _, protocol, arm in held}) == len(held)
    assert "crossed" not in {part for part, *_ in held}


def test_what_cannot_be_held_is_said(checkout: Path) -> None:
    runs = study()
    late = (runs["arm"] == "step_m09") & (runs["part"] == "study")
    moved = runs.assign(replicate=runs["replicate"] + 10_000 * late)
    write_table(moved.astype({"replicate": "int32"}), Path("results/runs.parquet"), RUNS)
    with pytest.raises(ReportError, match="study, tail, g: expected the same replicates of each"):
        report.tabs(Path("."), [])
    Path("reference/repeats/1/chunks.json").write_text("damaged")
    with pytest.raises(ReportError, match=r"chunks\.json: expected the file of SHA-256"):
        report.tabs(Path("."), [])
    Path("results/runs.parquet").unlink()
    with pytest.raises(ReportError, match="found neither: make paper"):
        report.tabs(Path("."), [])
