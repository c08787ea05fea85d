"""Files appear whole or not at all, and a damaged one is told, never read."""

from __future__ import annotations

import contextlib
import random
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from paperledger.io.files import WriteError, write_atomically
from paperledger.io.tables import TableError, read_table, write_table

from tests.helpers.published import CONTRACTS, rows_of

EFFECTS = CONTRACTS["effects"]
FLIPS = 400


@contextlib.contextmanager
def disk_of(n_bytes: int) -> Iterator[None]:
    """Let no file grow larger: writing stops in the middle, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: write_atomically(path, bytes(1000)),
        lambda path: write_table(rows_of(EFFECTS), path, EFFECTS),
    ],
    ids=["bytes", "table"],
)
def test_a_disk_that_fills_up(write: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "file"
    for before in ([], [path]):
        for file in before:
            file.write_bytes(b"earlier")
        with disk_of(500), pytest.raises(WriteError, match=r"cannot write .*/file: File too large"):
            write(path)
        assert list(tmp_path.iterdir()) == before
        assert all(file.read_bytes() == b"earlier" for file in before)
    write(path)
    assert path.stat().st_size >= 1000


def damaged(good: bytes) -> Iterator[bytes]:
    """Flip a bit here and there, and cut the file short here and there."""
    draw = random.Random(1)
    for place in draw.sample(range(8 * len(good)), FLIPS):
        bad = bytearray(good)
        bad[place // 8] ^= 1 << place % 8
        yield bytes(bad)
    for length in {0, 1, len(good) // 2, len(good) - 1}:
        yield good[:length]


def test_damage_is_told_or_harmless(tmp_path: Path) -> None:
    """A table holds checksums; what they do not cover (a date, a version) changes no value."""
    path = tmp_path / "file"
    write_table(rows_of(EFFECTS, 200), path, EFFECTS)
    good, expected = path.read_bytes(), read_table(path, EFFECTS)
    told = 0
    for bad in damaged(good):
        path.write_bytes(bad)
        try:
            found = read_table(path, EFFECTS)
        except TableError as error:
            assert "table effects: " in str(error)
            assert "\n" not in str(error)
            told += 1
        else:
            assert found.equals(expected)
    assert told > FLIPS // 2
