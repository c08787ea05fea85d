"""The worked example of docs/extending.md, from its files to the PDF."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pandas as pd

from tests.helpers.checkout import ROOT, command, copy_checkout, execute

SCHEDULES = "workflow/scripts/lrstudy/schedules"


def commands() -> list[str]:
    """Return the indented commands of the page."""
    page = (ROOT / "docs/extending.md").read_text().splitlines()
    return [line.strip() for line in page if line.startswith("    ")]


def test_the_example_goes_through_to_a_pdf(tmp_path: Path) -> None:
    folder = copy_checkout(tmp_path)
    copy, make = commands()
    assert copy == f"cp docs/examples/inverse_sqrt.py {SCHEDULES}/"
    subprocess.run(copy.split(), cwd=folder, check=True)
    overlay = make.removeprefix("make quick CONFIG=")
    result = execute([*command(), overlay], folder)
    assert result.returncode == 0, result.stdout

    results = folder / "build/next/results"
    assert (folder / "build/next/paper/paper.pdf").read_bytes().startswith(b"%PDF")
    runs = pd.read_parquet(results / "runs.parquet")
    assert set(runs[runs["part"] == "next"]["arm"]) == {"constant_m08", "inverse_sqrt"}
    assert set(runs[runs["protocol"] == "tail"]["n_validation"]) == {188}
    effects = pd.read_parquet(results / "effects.parquet")
    asked = effects[effects["hypothesis"] == "N1"]
    assert set(asked["protocol"]) == {"tail", "resample"}
    assert "wine_first" in set(effects["dataset"])
    claims = json.loads((results / "claims.json").read_text())
    assert claims["data.n_rows"]["value"] == 569
    # One file is new in the library, and none of it has changed.
    library = folder / "workflow/scripts/lrstudy"
    for path in library.rglob("*.py"):
        name = path.relative_to(folder)
        assert name == Path(SCHEDULES, "inverse_sqrt.py") or (
            path.read_bytes() == (ROOT / name).read_bytes()
        )
