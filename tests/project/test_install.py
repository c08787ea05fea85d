"""The two packages, installed by pip, run their commands outside the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.helpers.repository import ROOT

SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What pip makes of a copy, as setuptools builds inside the folder that it is given."""
    top = tmp_path_factory.mktemp("install")
    shutil.copytree(
        ROOT / "workflow/scripts",
        top / "copy/workflow/scripts",
        ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"),
    )
    shutil.copy2(ROOT / "pyproject.toml", top / "copy")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    pip += ["--no-index", "--no-build-isolation", "--target", str(top / "packages"), "./copy"]
    subprocess.run(pip, cwd=top, check=True, capture_output=True)
    return top / "packages"


@pytest.mark.parametrize("package", sorted(SCRIPTS))
def test_an_installed_package_has_its_commands(installed: Path, package: str) -> None:
    said = subprocess.run(
        [installed / "bin" / package, "--help"],
        cwd=installed.parent,
        env={"PYTHONPATH": str(installed)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    commands = (ROOT / "workflow/scripts" / package / "commands").glob("[a-z]*.py")
    assert all(path.stem in said for path in commands)


@pytest.mark.parametrize("package", sorted(SCRIPTS))
def test_what_a_package_reads_beside_its_code_is_installed(installed: Path, package: str) -> None:
    source = ROOT / "workflow/scripts" / package
    files = [
        path for path in source.rglob("*.*") if path.is_file() and "__pycache__" not in path.parts
    ]
    beside = {path.relative_to(source) for path in files if path.suffix not in (".py", ".smk")}
    assert beside
    assert [name for name in sorted(beside) if not (installed / package / name).is_file()] == []
