"""Files appear whole or not at all, and a damaged one is told, never read."""

from __future__ import annotations

import contextlib
import random
import resource
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.figures import save_figure
from lrstudy.files import WriteError, write_atomically
from lrstudy.outcome import Outcome, OutcomeError, load_outcome, save_outcome
from lrstudy.run_tables import RUNS
from lrstudy.tables import TableError, read_table, write_table
from matplotlib.figure import Figure

from .test_tables import example

OUTCOME = Outcome(
    n_correct=np.array([[90, 101, 107], [80, 90, 111]], np.uint16),
    validation_loss=np.array([[0.5, 0.25, 0.125], [0.7, 0.6, 0.5]], np.float32),
    training_loss=np.array([[0.6, 0.3, 0.2], [0.7, 0.65, 0.6]], np.float32),
    missed=np.arange(30, dtype=np.uint8).reshape(2, 15),
    diverged=np.array([True, False]),
)
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
        lambda path: write_table(example(RUNS), path, RUNS),
        lambda path: save_outcome(OUTCOME, path),
        lambda path: save_figure(Figure(), path, f"{path}.png"),
    ],
    ids=["bytes", "table", "outcome", "figure"],
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


OUTCOMES = SimpleNamespace(
    write=lambda path: save_outcome(OUTCOME, path),
    read=load_outcome,
    error=OutcomeError,
    same=lambda a, b: all(
        getattr(a, field.name).dtype == getattr(b, field.name).dtype
        and np.array_equal(getattr(a, field.name), getattr(b, field.name))
        for field in fields(Outcome)
    ),
)
TABLES = SimpleNamespace(
    write=lambda path: write_table(example(RUNS), path, RUNS),
    read=lambda path: read_table(path, RUNS),
    error=TableError,
    same=pd.DataFrame.equals,
)


@pytest.mark.parametrize("kind", [OUTCOMES, TABLES], ids=["outcome", "table"])
def test_damage_is_told_or_harmless(kind: Any, tmp_path: Path) -> None:
    """Both formats hold checksums; what they do not cover (a date, a version) changes no value."""
    path = tmp_path / "file"
    kind.write(path)
    good, expected = path.read_bytes(), kind.read(path)
    told = 0
    for bad in damaged(good):
        path.write_bytes(bad)
        try:
            found = kind.read(path)
        except kind.error as error:
            assert "remove it and start again" in str(error) or "table runs: " in str(error)
            assert "\n" not in str(error)
            told += 1
        else:
            assert kind.same(found, expected)
    assert told > FLIPS // 2


def test_a_damaged_value_is_told_with_the_file_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "kernel_3.npz"
    save_outcome(OUTCOME, path)
    content = path.read_bytes()
    losses = OUTCOME.validation_loss.tobytes()
    assert content.count(losses) == 1
    path.write_bytes(content.replace(losses, losses[:-1] + b"\x3e"))
    with pytest.raises(OutcomeError) as caught:
        load_outcome(path)
    assert str(caught.value) == (
        f"cannot read {path}: Bad CRC-32 for file 'validation_loss.npy'; it is damaged: remove it "
        "and start again, to train these networks anew"
    )
