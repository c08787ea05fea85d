"""Damaged files, each a clean error: data, archives, tables, chunks; see test_fuzz.py."""

from __future__ import annotations

import contextlib
import io
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lrstudy.data import DataError, read_table
from lrstudy.download import DownloadFailed, extract
from lrstudy.outcome import Outcome, OutcomeError, load_outcome, save_outcome
from lrstudy.run_tables import MEMBERS
from lrstudy.tables import TableError, write_table
from lrstudy.tables import read_table as read_parquet

from .damage import EMBEDDED, damaged, fuzz
from .loopback import CONTENT, MAX_BYTES, MEMBER, archive
from .networks import read_ionosphere


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fuzz"


# --- the data -----------------------------------------------------------------


@fuzz(400)
@given(content=st.binary(max_size=300) | st.text("0123456789.,+-eEgb\n\r _", max_size=300))
def test_any_bytes_as_data(content: bytes | str, path: Path) -> None:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with contextlib.suppress(DataError):
        read_table(path, n_rows=3, n_features=2, positive="g", negative="b")


@fuzz(60)
@given(content=damaged(EMBEDDED.read_bytes()))
def test_damaged_data(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    try:
        found = read_ionosphere(path)
    except DataError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
        return
    rows = [line.split(",") for line in content.decode("ascii").splitlines()]
    assert (found.features == np.array([row[:-1] for row in rows], dtype=np.float32)).all()
    assert found.labels.tolist() == [row[-1] == "g" for row in rows]


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
    names = {name: str(column.type) for name, column in MEMBERS.columns.items()}
    frame = pd.DataFrame(
        {name: ["a"] * 9 if kind == "string" else range(9) for name, kind in names.items()}
    )
    path = tmp_path_factory.mktemp("table") / "members.parquet"
    write_table(frame, path, MEMBERS)
    return path.read_bytes()


@fuzz(200)
@given(data=st.data())
def test_damaged_tables(data: Any, parquet: bytes, path: Path) -> None:
    path.write_bytes(data.draw(damaged(parquet) | st.binary(max_size=100)))
    with contextlib.suppress(TableError):
        assert list(read_parquet(path, MEMBERS)) == list(MEMBERS.columns)


# --- chunks -------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained() -> Outcome:
    rng = np.random.default_rng(1)
    return Outcome(
        n_correct=rng.integers(116, size=(5, 7)).astype(np.uint16),
        validation_loss=rng.random((5, 7), np.float32),
        training_loss=rng.random((5, 7), np.float32),
        missed=rng.integers(256, size=(5, 15)).astype(np.uint8),
        diverged=rng.random(5) < 0.5,
    )


def same(one: Outcome, other: Outcome) -> bool:
    names = [field.name for field in fields(Outcome)]
    return all(np.array_equal(getattr(one, n), getattr(other, n)) for n in names)


@fuzz(300)
@given(data=st.data())
def test_a_damaged_chunk_is_refused_or_as_it_was(data: Any, trained: Outcome, path: Path) -> None:
    save_outcome(trained, path)
    path.write_bytes(data.draw(damaged(path.read_bytes())))
    try:
        found = load_outcome(path)
    except OutcomeError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
        return
    assert same(found, trained)


@fuzz(100)
@given(data=st.data())
def test_a_chunk_with_sound_checksums_and_other_arrays(
    data: Any, trained: Outcome, path: Path
) -> None:
    """The archive is whole, but an array in it is cut, of another type, or of another file."""
    arrays = {field.name: getattr(trained, field.name) for field in fields(Outcome)}
    name = data.draw(st.sampled_from(list(arrays)))
    how = data.draw(st.sampled_from(["cut", "type", "header", "missing", "flat"]))
    changed = arrays.pop(name)
    if how == "cut":
        changed = changed[: data.draw(st.integers(0, 4))]
    elif how == "type":
        kinds = st.sampled_from(["<u4", ">f4", "<f8", "i1", "U3", "c8", "M8[s]"])
        changed = changed.astype("i4").astype(data.draw(kinds))
    elif how == "flat":
        changed = changed.ravel()[None]
    if how != "missing":
        arrays[name] = changed
    with zipfile.ZipFile(path, "w") as zipped:
        for name, array in arrays.items():
            file = io.BytesIO()
            np.lib.format.write_array(file, array)
            # Each says that it is shorter than its bytes are.
            change = (b"(5,", b"(4,") if how == "header" else (b"", b"")
            zipped.writestr(f"{name}.npy", file.getvalue().replace(*change, 1))
    with pytest.raises(OutcomeError):
        load_outcome(path)
