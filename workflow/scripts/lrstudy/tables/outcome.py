"""What training leaves behind, the same for both trainers, and its file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from paperledger.io.files import write_atomically

MAX_LOSS = 1e6
"""Nats a row: what is recorded for a larger loss, an infinite one and NaN."""


class OutcomeError(Exception):
    """A file of outcomes cannot be read; the message names it."""


@dataclass(frozen=True)
class Outcome:
    """Results of n_members networks over n_epochs epochs.

    Attributes
    ----------
    n_correct : ndarray of uint16, shape (n_members, n_epochs)
        Validation rows predicted rightly after each epoch.
    validation_loss : ndarray of float32, shape (n_members, n_epochs)
        Mean cross-entropy of the validation rows after each epoch, nat a row.
    training_loss : ndarray of float32, shape (n_members, n_epochs)
        Mean over each epoch's batches, weighted by batch size, taken as training goes (as Keras
        reports it), nat a row.
    missed : ndarray of uint8, shape (n_members, ceil(n_validation / 8))
        Bit i, low bit first, is set where validation row i is predicted wrongly after the last
        epoch.
    diverged : ndarray of bool, shape (n_members,)
        Some weight or output was not finite.
    """

    n_correct: NDArray[np.uint16]
    validation_loss: NDArray[np.float32]
    training_loss: NDArray[np.float32]
    missed: NDArray[np.uint8]
    diverged: NDArray[np.bool_]


_DTYPES = {
    "n_correct": np.dtype(np.uint16),
    "validation_loss": np.dtype(np.float32),
    "training_loss": np.dtype(np.float32),
    "missed": np.dtype(np.uint8),
    "diverged": np.dtype(np.bool_),
}


def concatenate(outcomes: Sequence[Outcome]) -> Outcome:
    """Join outcomes, members after members.

    They have the same numbers of epochs and rows.
    """
    return Outcome(
        **{f.name: np.concatenate([getattr(o, f.name) for o in outcomes]) for f in fields(Outcome)}
    )


def save_outcomes(outcomes: Sequence[Outcome], path: str | Path) -> None:
    """Write the arrays, "0/n_correct" and so on, as one NumPy archive; no pickle, no clock.

    It appears whole or not at all. Not compressed: what zlib makes of the same numbers differs from
    one system to the next.
    """
    written = io.BytesIO()
    arrays = {
        f"{i}/{f.name}": getattr(outcome, f.name)
        for i, outcome in enumerate(outcomes)
        for f in fields(Outcome)
    }
    np.savez(written, **arrays)
    write_atomically(path, written.getvalue())


def load_outcomes(path: str | Path) -> list[Outcome]:
    """Read what `save_outcomes` wrote.

    Raises
    ------
    OutcomeError
        The file is missing or damaged, or holds what is no outcome; no pickle in it is opened.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            groups = sorted({int(name.split("/")[0]) for name in archive.namelist()})
            return [_read_outcome(archive, group) for group in groups]
    except Exception as error:  # what a damaged file makes of NumPy and zipfile has no common kind
        reason = " ".join(str(error).split()) or type(error).__name__
        raise OutcomeError(
            f"cannot read {path}: {reason}; it is damaged: remove it and start again, to train "
            "these networks anew"
        ) from None


def _read_outcome(archive: zipfile.ZipFile, group: int) -> Outcome:
    arrays = {f.name: _read_array(archive, f"{group}/{f.name}") for f in fields(Outcome)}
    members, epochs = arrays["n_correct"].shape
    shapes = {name: (members, epochs) for name in arrays} | {"diverged": (members,)}
    shapes["missed"] = (members, arrays["missed"].shape[-1])
    for name, array in arrays.items():
        expected = _DTYPES[name], shapes[name]
        if (array.dtype, array.shape) != expected:
            raise ValueError(f"{name}: expected {expected}, found {array.dtype, array.shape}")
    return Outcome(**arrays)


def _read_array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """Read one array: all of its bytes, as only the last one has the checksum compared."""
    content = archive.read(f"{name}.npy")
    file = io.BytesIO(content)
    array = np.lib.format.read_array(file, allow_pickle=False)
    if file.tell() != len(content):
        raise ValueError(f"{name}: {len(content) - file.tell()} bytes too many")
    return array


def finite_loss(loss: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return losses (nats a row) as float32, with `MAX_LOSS` for any larger or not finite."""
    return np.where(loss < MAX_LOSS, loss, MAX_LOSS).astype(np.float32)


def pack_missed(wrong: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Pack one bit a validation row, low bit first: (..., n) -> (..., ceil(n / 8)).

    Examples
    --------
    >>> pack_missed(np.array([True, False, False, True, False, False, False, False, True]))
    array([9, 1], dtype=uint8)
    """
    return np.packbits(wrong, axis=-1, bitorder="little")


def unpack_missed(missed: NDArray[np.uint8], n_validation: int) -> NDArray[np.bool_]:
    """Undo `pack_missed`: (..., ceil(n / 8)) -> (..., n_validation).

    Examples
    --------
    >>> unpack_missed(np.array([9], np.uint8), 4)
    array([ True, False, False,  True])
    """
    bits = np.unpackbits(missed, axis=-1, count=n_validation, bitorder="little")
    return bits.astype(bool)


def unpack_hex(missed: Iterable[str], n_validation: int) -> NDArray[np.bool_]:
    """Undo the runs table's hexadecimal text: n texts -> (n, n_validation).

    Each byte has two digits.
    """
    packed = np.frombuffer(bytes.fromhex("".join(missed)), np.uint8)
    return unpack_missed(packed.reshape(-1, -(-n_validation // 8)), n_validation)
