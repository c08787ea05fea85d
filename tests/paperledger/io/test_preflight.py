"""Before a build: sources to read, folders to write, and no file from the future."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from paperledger.io.preflight import (
    ALLOWED_SECONDS,
    PlaceError,
    check_place,
    check_readable,
    check_writable,
)


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


Refuse = Callable[..., None]


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Let a place be refused, as access(2) does on a read-only disk, to root too."""

    def refused(place: Path, *, owner: int | None = None) -> None:
        monkeypatch.setattr(os, "access", lambda path, _: Path(path) != place)
        if owner is not None:
            os.chown(place, owner, -1) if os.geteuid() == 0 else pytest.skip("needs root")

    return refused


@pytest.mark.parametrize("folder", ["results", "results/not/yet/there"])
def test_a_folder_that_may_not_be_written(folder: str, checkout: Path, refuse: Refuse) -> None:
    refused = checkout / "results"
    refuse(refused)
    with pytest.raises(PlaceError) as caught:
        check_place(checkout, [checkout / folder])
    assert str(caught.value) == (
        f"cannot write in {checkout / folder}: expected a folder that may be written, but "
        f"{refused} is on a disk that is read-only"
    )


def test_what_sudo_left(checkout: Path, refuse: Refuse, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder below, or a log that is written over; but not a result, which is replaced."""
    monkeypatch.chdir(checkout)
    (checkout / "results/chunks").mkdir()
    results = Path("results")
    refuse(results / "claims.json", owner=54321)
    check_writable([results])
    with pytest.raises(PlaceError, match=r"write results/claims\.json: it belongs to user 54321"):
        check_writable([results], [results])
    refuse(results / "chunks", owner=54321)
    with pytest.raises(PlaceError, match=r"in results/chunks: .*`sudo chown -R \d+ \.`"):
        check_place(checkout, [results])


def test_a_source_that_cannot_be_read(checkout: Path, refuse: Refuse) -> None:
    check_readable(checkout)
    (checkout / "paper/main.tex").chmod(0o200)
    refuse(checkout / "paper/main.tex")
    with pytest.raises(PlaceError, match=r"cannot read .*main\.tex: it has a mode .*`chmod -R"):
        check_readable(checkout)


def test_braces_in_the_path(tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match=r"\{a\}: expected one without braces"):
        check_readable(tmp_path / "{a}")


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
