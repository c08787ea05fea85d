"""An output that was edited since is known by what it holds, not by its date."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from paperledger.io.outputs import KEPT, edited, forget, lost, remember

TABLE, OTHER = "results/table", "build/quick/results/table"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with two builds, whose outputs are remembered."""
    monkeypatch.chdir(tmp_path)
    for name in (TABLE, OTHER):
        Path(name).parent.mkdir(parents=True)
        Path(name).write_text("made")
    remember([TABLE, OTHER, "results/never made"])


def all_edited() -> list[str]:
    return edited([Path("results"), Path("build")])


def test_an_edit_is_found_in_its_own_build() -> None:
    assert all_edited() == []
    Path(TABLE).write_text("edit")
    assert all_edited() == [TABLE]
    assert edited([Path("build/quick")]) == []
    remember([TABLE])
    assert all_edited() == []


def test_another_date_alone_is_no_edit() -> None:
    os.utime(TABLE, (0, 0))
    assert all_edited() == []


def test_what_is_about_to_be_made_is_not_held_against_what_was_made_before() -> None:
    forget([TABLE])
    Path(TABLE).write_text("made by a build that was killed")
    assert all_edited() == []
    assert not lost(TABLE)


def test_what_was_removed_is_lost_and_not_edited() -> None:
    Path(TABLE).unlink()
    assert all_edited() == []
    assert lost(TABLE)
    assert not lost(OTHER)
    assert not lost("results/never made")


@pytest.mark.parametrize("content", ["", "{", "\xff"])
def test_nothing_is_known_where_the_list_is_damaged(content: str) -> None:
    KEPT.write_bytes(content.encode("latin-1"))
    Path(TABLE).write_text("edit")
    assert all_edited() == []
    remember([TABLE])
    assert list(Path().rglob("*.part")) == []
