"""A paper of one's own on the engine alone: copied out, built, recorded, and caught when edited."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.helpers.checkout import ROOT, environment


def test_the_example_stands_without_the_study(tmp_path: Path) -> None:
    folder = tmp_path / "paper"
    path = str(ROOT / "workflow/scripts")
    subprocess.run(
        [sys.executable, "-m", "paperledger", "new", str(folder)],
        cwd=ROOT,
        env={**environment(), "PYTHONPATH": path},
        check=True,
    )
    # The environment here holds all that the example's own lock does.
    (folder / "requirements.lock").write_bytes((ROOT / "requirements.lock").read_bytes())
    variables = {key: value for key, value in environment().items() if key != "PYTHONPATH"}
    found = subprocess.run(
        [sys.executable, "-c", "import lrstudy"],
        cwd=folder,
        env={**variables, "PYTHONPATH": "workflow/scripts"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "No module named 'lrstudy'" in found.stderr
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
