"""Damaged data files, each a clean error or read as it says; see test_fuzz.py."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lrstudy.data.dataset import DataError, read_dataset

from tests.helpers.damage import EMBEDDED, damaged, fuzz
from tests.helpers.networks import read_ionosphere


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fuzz"


@fuzz(400)
@given(content=st.binary(max_size=300) | st.text("0123456789.,+-eEgb\n\r _", max_size=300))
def test_any_bytes_as_data(content: bytes | str, path: Path) -> None:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with contextlib.suppress(DataError):
        read_dataset(path, n_rows=3, n_features=2, positive="g", negative="b")


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
