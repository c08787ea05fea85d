"""The worked example of docs/extending.md, from its files to the PDF."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pandas as pd

from tests.helpers.checkout import ROOT, command, copy_checkout, execute

NEW = ("schedules/inverse_sqrt.py", "claims/flawless.py", "figures/means.py")


def commands() -> list[str]:
    """Return the indented commands of the page."""
    page = (ROOT / "docs/extending.md").read_text().splitlines()
    return [line.strip() for line in page if line.startswith("    ")]


def test_the_example_goes_through_to_a_pdf(tmp_path: Path) -> None:
    folder = copy_checkout(tmp_path)
    *copies, make = commands()
    for copy in copies:
        subprocess.run(copy.split(), cwd=folder, check=True)
    overlay = make.removeprefix("make quick CONFIG=")
    result = execute([*command(), overlay], folder)
    assert result.returncode == 0, result.stdout

    results = folder / "build/next/results"
    assert (folder / "build/next/paper/paper.pdf").read_bytes().startswith(b"%PDF")
    runs = pd.read_parquet(results / "runs.parquet")
    assert set(runs[runs["part"] == "next"]["arm"]) == {"inverse_sqrt"}
    assert set(runs[runs["protocol"] == "tail"]["n_validation"]) == {188}
    effects = pd.read_parquet(results / "effects.parquet")
    asked = effects[effects["hypothesis"] == "N1"]
    assert set(asked["protocol"]) == {"tail", "resample"}
    assert "wine_first" in set(effects["dataset"])
    claims = json.loads((results / "numbers.json").read_text())
    assert claims["data.n_rows"]["value"] == 569
    right = runs[(runs["part"] == "next") & (runs["n_correct"] == runs["n_validation"])]
    assert sum(
        claim["value"] for name, claim in claims.items() if re.match("flawless.*_sqrt$", name)
    ) == len(right)
    assert (folder / "build/next/figures/means.png").read_bytes().startswith(b"\x89PNG")
    # Three files are new in the library, and none of it has changed.
    library = folder / "workflow/scripts/lrstudy"
    for path in library.rglob("*.py"):
        assert str(path.relative_to(library)) in NEW or (
            path.read_bytes() == (ROOT / path.relative_to(folder)).read_bytes()
        )
