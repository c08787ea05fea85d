"""Before a build: folders that may be written, and no file from the future."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from paperledger.io.preflight import ALLOWED_SECONDS, PlaceError, check_place


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper/main.tex").write_text("")
    (tmp_path / "results").mkdir()
    (tmp_path / "results/claims.json").write_text("")
    return tmp_path


def test_nothing_is_made(checkout: Path) -> None:
    before = sorted(checkout.rglob("*"))
    check_place(checkout, [checkout / "results", checkout / "not/yet/there"])
    assert sorted(checkout.rglob("*")) == before


@pytest.mark.parametrize("folder", ["results", "results/not/yet/there"])
def test_a_folder_that_may_not_be_written(
    folder: str, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As access(2) answers on a read-only disk, to root too."""
    refused = checkout / "results"
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != refused)
    with pytest.raises(PlaceError) as caught:
        check_place(checkout, [checkout / folder])
    assert str(caught.value) == (
        f"cannot write in {checkout / folder}: expected a folder that may be written, but "
        f"{refused} is read-only or belongs to another user"
    )


def test_a_file_where_a_folder_goes(checkout: Path) -> None:
    with pytest.raises(PlaceError, match="expected a folder"):
        check_place(checkout, [checkout / "results/claims.json/below"])


@pytest.mark.parametrize("name", ["paper/main.tex", "results/claims.json"])
def test_a_file_from_the_future(name: str, checkout: Path) -> None:
    folders = [checkout / "results"]
    date = time.time() + ALLOWED_SECONDS - 2
    os.utime(checkout / name, (date, date))
    check_place(checkout, folders)
    os.utime(checkout / name, (date + 4, date + 4))
    said = re.escape(str(checkout / name)) + r" is dated \d{4}-.*, but now is \d{4}-.* clock"
    with pytest.raises(PlaceError, match=said):
        check_place(checkout, folders)
