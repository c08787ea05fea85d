"""Each entry of the tables of variables has a hostile value, with which a whole build is tried.

That build is in tests/pipeline/test_shells.py.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from lrstudy.design.variables import KERAS, NUMBA
from paperledger.io.variables import VARIABLES, forget_modules, provide_home, settle

from tests.helpers.shells import HOSTILE

TABLE = (*VARIABLES, *KERAS, *NUMBA)


def test_each_pattern_is_tried() -> None:
    for entry in TABLE:
        first = {name for name in HOSTILE if entry == next(e for e in TABLE if e.fits(name))}
        assert first, entry
        for pattern in entry.names.split():
            stem = pattern.split("?")[0].strip("*")
            assert any(stem in name for name in first), pattern


def test_nothing_hostile_is_left() -> None:
    given = HOSTILE | {"PATH": "/bin", "PYTHON": "python3.12"}
    settle(TABLE, given)
    pinned = {entry.names: entry.value for entry in TABLE if entry.value is not None}
    kept = {n for n in HOSTILE if any(entry.kept and entry.fits(n) for entry in TABLE)}
    assert {name: given[name] for name in pinned} == pinned
    assert set(given) - set(pinned) == kept | {"PATH", "PYTHON"}
    settle(TABLE, empty := {})
    assert empty == pinned


def test_modules_of_the_shell_are_not_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    own = str(Path(sys.modules[settle.__module__].__file__ or "").parents[2])
    monkeypatch.setenv("PYTHONPATH", f"{own}{os.pathsep}/ros/packages")
    monkeypatch.setattr(sys, "path", [own, "/ros/packages", "/usr/lib/python"])
    forget_modules()
    assert sys.path == [own, "/usr/lib/python"]


@pytest.mark.parametrize("home", ["", "none", "/none/such", "relative"])
def test_who_has_no_home_and_no_name_gets_both(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("getpass.getuser", unknown)
    monkeypatch.setenv("USER", "")
    monkeypatch.setenv("HOME", home)
    if home == "none":
        monkeypatch.delenv("HOME")
    provide_home(tmp_path / "home")
    assert os.environ["HOME"] == str(tmp_path / "home")
    assert (tmp_path / "home").is_dir()
    assert os.environ["USER"]


def test_who_has_them_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USER", "somebody")
    provide_home(tmp_path / "home")
    assert (os.environ["HOME"], os.environ["USER"]) == (str(tmp_path), "somebody")
    assert not (tmp_path / "home").exists()
