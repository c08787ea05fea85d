"""The paper builds; its record tells an edited number; a sentence does not outlive its numbers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGINE = {**os.environ, "PYTHONPATH": "workflow/scripts"}
for name in [name for name in ENGINE if name.startswith("GIT_")]:
    del ENGINE[name]
ENGINE["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{ENGINE['PATH']}"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the engine in a copy of the paper; what it says is `stdout`."""
    return subprocess.run(
        [sys.executable, "-m", "paperledger", *words],
        cwd=folder,
        env=ENGINE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def copy(folder: Path) -> Path:
    """Copy the paper's sources, without what was built and without its environment."""
    aside = (".git", ".venv*", ".snakemake", "build", "figures", "results", "logs", "generated")
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*aside, "paper.pdf", "reference"))
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the paper once, and keep its record."""
    folder = copy(tmp_path_factory.mktemp("paper") / "copy")
    done = run(folder, "build", "--cores", "1")
    assert done.returncode == 0, done.stdout
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "all"],
    ):
        subprocess.run(["git", *words], cwd=folder, env=ENGINE, check=True)
    done = run(folder, "record")
    assert done.returncode == 0, done.stdout
    return folder


def test_the_record_is_found_again(built: Path) -> None:
    done = run(built, "verify")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("verify: nothing has changed\n")


def test_an_edit_of_ledger_table_text_or_figure_is_noticed(built: Path) -> None:
    done = run(built, "demo")
    assert done.returncode == 0, done.stdout
    assert "one digit in the ledger: effect.dextro.mean, 0.75 -> 1.75\n" in done.stdout
    assert done.stdout.count("the build contradicts itself") == 4


def test_a_sentence_does_not_outlive_its_numbers(tmp_path: Path) -> None:
    folder = copy(tmp_path / "copy")
    data = folder / "data/sleep.csv"
    data.write_text(data.read_text().replace("9,0.0,4.6", "9,4.6,0.0").replace("5.5", "-5.5"))
    done = run(folder, "build", "--cores", "1")
    assert done.returncode == 1
    assert "longer: effect.laevo-dextro.low > 0" in done.stdout
    assert not (folder / "paper/paper.pdf").exists()
