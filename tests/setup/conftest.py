"""A place to set up in: wheels, a bin folder with just enough on it, checkouts."""

import importlib
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.helpers.places import BASE, SCRIPTS, TOP, command, make_wheel, variables


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A fresh copy of the module under test, and of the commands that it runs."""
    monkeypatch.syspath_prepend(SCRIPTS)
    for name in ("commands", "bootstrap"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("bootstrap")


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with wheels, a bin folder with just enough on it, and a checkout to copy."""
    top = tmp_path_factory.mktemp("set-up")
    for name in ("wheels", "bin", "a b ü/setup"):
        (top / name).mkdir(parents=True)
    command(top / "bin", "python3", f"exec '{BASE}' \"$@\"")
    command(top / "bin", "tectonic", "exit 0")
    checkout = top / "a b ü"
    for name in ("bootstrap.py", "commands.py"):
        shutil.copy(SCRIPTS / name, checkout / "setup")
    shutil.copy(TOP / "Makefile", checkout)
    names = ("setuptools", "wheel", "heavy", "tiny")
    lock = "# a comment\n" + "".join(make_wheel(top / "wheels", name) for name in names)
    (checkout / "requirements.lock").write_text(lock)
    (checkout / "requirements.in").write_text("tiny==1.0\n# training\nheavy\n# tests\nwheel\n")
    for name in ("bench", "profiles"):
        (checkout / name).mkdir()
        (checkout / name / "requirements.lock").write_text(make_wheel(top / "wheels", f"of_{name}"))
    return top


@pytest.fixture(scope="session")
def finished(place: Path) -> tuple[Path, list[str]]:
    """A checkout that two makes have set up at once, and what each of them said."""
    checkout = place / "a b ü"
    runs = [
        subprocess.Popen(
            ["make", "setup"],
            cwd=checkout,
            env=variables(place),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    said = [run.communicate(timeout=120)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    return checkout, said


@pytest.fixture
def checkout(
    place: Path, tmp_path: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A checkout without .venv, for `set_up` in this process."""
    folder = tmp_path / "a b ü"
    shutil.copytree(place / "a b ü", folder, ignore=shutil.ignore_patterns(".venv*", ".setup*"))
    for name, value in variables(place).items():
        monkeypatch.setenv(name, value)
    for name in ("PYTHON", "PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    for module in (bootstrap, sys.modules["commands"]):
        monkeypatch.setattr(module, "ROOT", folder)
    for name, (lock, mark, _, costs) in bootstrap.LOCKS.items():
        monkeypatch.setitem(bootstrap.LOCKS, name, (lock, mark, 0.01, costs))
    return folder


@pytest.fixture
def no_root(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a user without sudo."""
    monkeypatch.setattr(bootstrap, "administrator", lambda: None)
