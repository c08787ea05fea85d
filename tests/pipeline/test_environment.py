"""Packages that are not the lock's stop a run before any work, in whichever Python scripts run."""

from __future__ import annotations

import json
import os
import re
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.helpers.checkout import QUICK, copy_checkout, run

TARGET = f"{QUICK}/results/chunks/members.parquet"
WORDS = r"not those of requirements\.lock: numpy 9\.9\.9 \(locked 2\.\d+\.\d+\)"


@pytest.fixture
def doctored(tmp_path: Path) -> Path:
    """The Python of an environment that is this one, but for the version of NumPy."""
    (tmp_path / "doctored/numpy-9.9.9.dist-info").mkdir(parents=True)
    metadata = tmp_path / "doctored/numpy-9.9.9.dist-info/METADATA"
    metadata.write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 9.9.9\n")
    venv.create(tmp_path / "environment", symlinks=True)
    (packages,) = (tmp_path / "environment").glob("lib/python*/site-packages")
    places = f"{tmp_path / 'doctored'}\n{sysconfig.get_path('purelib')}\n"
    (packages / "these.pth").write_text(places)
    return tmp_path / "environment/bin/python"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "checkout").mkdir()
    return copy_checkout(tmp_path / "checkout")


def test_another_package_stops_the_run_or_is_told(folder: Path, doctored: Path) -> None:
    result = run(folder, TARGET, python=doctored)
    assert result.returncode != 0
    assert re.search(WORDS, result.stdout), result.stdout
    assert "Traceback" not in result.stdout
    assert not (folder / "build").exists()
    result = run(folder, TARGET, "--config", "environment=warn", python=doctored)
    assert result.returncode == 0, result.stdout
    assert re.search(rf"warning: the installed packages are {WORDS}", result.stdout)
    recorded = json.loads((folder / QUICK / "results/environment.json").read_text())
    assert [difference["name"] for difference in recorded["differences"]] == ["numpy"]
    assert recorded["packages"]["numpy"] == "9.9.9"
    # The right one again: no file has changed since, but what was made with the other is.
    result = run(folder, TARGET, "--dry-run")
    assert result.returncode == 0, result.stdout
    assert {"check_environment", "plan_members"} <= set(re.findall(r"\w+", result.stdout))


def test_the_python_of_a_conda_environment_is_the_one_that_counts(
    folder: Path, doctored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for conda makes an environment that is this one, but for the doctored package."""
    base = tmp_path / "base/bin"
    base.mkdir(parents=True)
    (base / "activate").write_text('PATH="$1/bin:$PATH"\nexport CONDA_PREFIX="$1"\n')
    (base / "conda").write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        f"""'info --json') echo '{{"conda_prefix": "{base.parent}", "platform": "any"}}' ;;\n"""
        "--version) echo conda 25.1.0 ;;\n"
        """config*) echo '{"get": {"channel_priority": "strict"}}' ;;\n"""
        "'env create'*)\n"
        '    for prefix; do :; done; mkdir -p "$prefix/bin"\n'
        f"""    printf '#!/bin/sh\\nexec "{doctored}" "$@"\\n' >"$prefix/bin/python"\n"""
        '    chmod +x "$prefix/bin/python" ;;\n'
        "esac\n"
    )
    (base / "conda").chmod(0o755)
    monkeypatch.setenv("PATH", f"{base}{os.pathsep}{os.environ['PATH']}")
    result = run(folder, TARGET, "--sdm", "conda")
    assert result.returncode != 0
    assert re.search(rf"error: the installed packages are {WORDS}", result.stdout), result.stdout
    assert not (folder / QUICK / "results").exists()
