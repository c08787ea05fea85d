"""Damaged chunks of results, each refused or as it was; see test_fuzz.py."""

from __future__ import annotations

import io
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lrstudy.tables.outcome import Outcome, OutcomeError, load_outcomes, save_outcomes

from tests.helpers.damage import damaged, fuzz


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fuzz"


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
    save_outcomes([trained], path)
    path.write_bytes(data.draw(damaged(path.read_bytes())))
    try:
        (found,) = load_outcomes(path)
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
            zipped.writestr(f"0/{name}.npy", file.getvalue().replace(*change, 1))
    with pytest.raises(OutcomeError):
        load_outcomes(path)


def test_a_damaged_value_is_told_with_the_file_and_what_to_do(
    trained: Outcome, tmp_path: Path
) -> None:
    path = tmp_path / "kernel_3.npz"
    save_outcomes([trained], path)
    content = path.read_bytes()
    losses = trained.validation_loss.tobytes()
    assert content.count(losses) == 1
    path.write_bytes(content.replace(losses, losses[:-1] + b"\x3e"))
    with pytest.raises(OutcomeError, match=f"{path}: .*validation_loss.*remove it and start again"):
        load_outcomes(path)
