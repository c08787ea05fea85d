"""Damaged files, each a clean error: archives and tables; see test_fuzz.py of the study."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paperledger.io.download import DownloadFailed, extract
from paperledger.io.tables import TableError, read_contract, read_table, write_table

from tests.helpers.damage import damaged, fuzz
from tests.helpers.loopback import CONTENT, MAX_BYTES, MEMBER, archive
from tests.helpers.published import CONTRACTS, rows_of

EFFECTS = CONTRACTS["effects"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fuzz"


# --- archives -----------------------------------------------------------------

NAMES = st.sampled_from(
    [MEMBER, "../../x", "/etc/passwd", "..\\x", "a/../../x", "C:\\x", "a\0b", "", ".", "x/"]
) | st.text(max_size=5)  # fmt: skip


@fuzz(250)
@given(content=damaged(archive({"../../x": b"x", "/tmp/x": b"x", MEMBER: CONTENT})), name=NAMES)
def test_damaged_archives(
    content: bytes, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a/b").mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path / "a/b")
    with contextlib.suppress(DownloadFailed):
        assert extract(content, name, MAX_BYTES) == (CONTENT if name == MEMBER else b"x")
    assert [path.name for path in tmp_path.rglob("*")] == ["a", "b"]


@fuzz(100)
@given(content=st.binary(max_size=200), name=NAMES)
def test_any_bytes_as_archive(content: bytes, name: str) -> None:
    with pytest.raises(DownloadFailed):
        extract(content, name, MAX_BYTES)


# --- tables -------------------------------------------------------------------


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("table") / "effects.parquet"
    write_table(rows_of(EFFECTS), path, EFFECTS)
    return path.read_bytes()


@fuzz(200)
@given(data=st.data())
def test_damaged_tables(data: Any, parquet: bytes, path: Path) -> None:
    path.write_bytes(data.draw(damaged(parquet) | st.binary(max_size=100)))
    with contextlib.suppress(TableError):
        assert list(read_table(path, EFFECTS)) == list(EFFECTS.columns)
    with contextlib.suppress(TableError):
        assert read_contract(path).key
