"""A repeat of a tiny study, built, counted by the paper, and trained again."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.checkout import OFFLINE, copy_checkout, execute, run
from tests.pipeline.test_small_study import CONFIG, SMALL, TEXT, write_config, write_paper

N = "99"
"""A number that no repeat of the paper's own study has; of this one none of those counts."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout of the small study."""
    folder = copy_checkout(tmp_path)
    write_config(folder, SMALL)
    write_paper(folder, TEXT)
    return folder


def study(folder: Path, *arguments: str) -> Any:
    command = [sys.executable, "-m", "lrstudy", *arguments]
    return execute([*OFFLINE, *command], folder)


def test_a_repeat_of_a_small_study_is_counted(folder: Path) -> None:
    result = study(folder, "repeat", "--n", N, "--base", "2500000", "--cores", "2")
    assert result.returncode == 0, result.stdout
    assert f"repeat {N}: " in result.stdout
    record = folder / "reference/repeats" / N
    about = json.loads((record / "about.json").read_text())
    assert (about["base"], about["of"]) == (2_500_000, 1_000_000)
    # Neither a figure nor the PDF was made for it.
    assert not list((folder / "build/repeats" / N).rglob("*.p[dn][fg]"))
    before = {path.name: path.read_bytes() for path in record.iterdir() if path.suffix != ".md"}
    result = run(folder, "results/repeats.json", config=CONFIG)
    assert result.returncode == 0, result.stdout
    judged = json.loads((folder / "results/repeats.json").read_text())
    assert (judged["runs"], judged["sentences"]["faster"]["of"]) == (2, 2)
    # Other seeds, so another number of it.
    other = json.loads(gzip.decompress(before["values.json.gz"]))
    numbers = json.loads((folder / "results/numbers.json").read_text())
    name = "effect.H1.resample.glorot.difference"
    assert other[name] != numbers[name]["value"]
    # The same bits when it is trained again, and not from other seeds.
    result = study(folder, "spotcheck", "--repeat", N)
    assert result.returncode == 0, result.stdout
    assert "16 networks, same bits" in result.stdout
    # A second call finds everything built, and writes the same but for the time it took.
    result = study(folder, "repeat", "--n", N, "--cores", "2")
    assert result.returncode == 0, result.stdout
    after = {path.name: path.read_bytes() for path in record.iterdir()}
    assert [name for name in after if after[name] != before[name]] in ([], ["about.json"])
    (record / "values.json.gz").write_text("{}")
    result = run(folder, "results/repeats.json", config=CONFIG)
    assert result.returncode != 0
    assert f"reference/repeats/{N}/values.json.gz: expected the file of SHA-256" in result.stdout
