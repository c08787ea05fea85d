"""Read a verified data file into arrays. Bytes in, arrays out: no network, no randomness."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from paperledger.io.fetch import DataError

# A decimal number and nothing else: Python's float() would also take "1_0", " 1" and "nan".
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_LARGEST = float(np.finfo(np.float32).max)
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, eq=False)
class Dataset:
    """A table of numbers with two classes.

    Attributes
    ----------
    features : ndarray of float32, shape (n_rows, n_features)
        The numbers in the file's row order, as they stand there or scaled.
    labels : ndarray of uint8, shape (n_rows,)
        1 for the positive class, 0 for the negative one.
    """

    features: npt.NDArray[np.float32]
    labels: npt.NDArray[np.uint8]


def read_dataset(
    path: Path | str,
    *,
    n_rows: int,
    n_features: int,
    positive: str,
    negative: str,
    class_column: int | None = None,
    unused_columns: Sequence[int] = (),
    header_lines: int = 0,
    separator: str = ",",
    scale: str = "none",
    sha256: str | None = None,
) -> Dataset:
    """Read separated rows of `n_features` numbers and a class.

    Parameters
    ----------
    path : Path or str
        An ASCII text file; lines end with LF, CR LF or CR.
    n_rows, n_features : int
        The size that the table must have; the class and the unused columns come on top.
    positive, negative : str
        The class names that become 1 and 0; a negative of "*" is every other class.
    class_column : int, optional
        Column of the class, from 0; the last one by default.
    unused_columns : sequence of int
        Columns, from 0, that are neither a feature nor the class.
    scale : {"none", "range"}
        Features as they stand, or each column moved and stretched so that its extremes over all
        rows are -1 and 1; a column of one value becomes 0.
    sha256 : str, optional
        Expected SHA-256 of the file, 64 lower-case hexadecimal digits.

    Raises
    ------
    DataError
        If the file can't be read, isn't ASCII text, or a line (counted from 1) has another number
        of fields, a field that isn't a decimal number, a number beyond float32 or an unknown
        class, or if the number of rows or the SHA-256 differs.
    ValueError
        If `scale` is unknown, or a column is named twice or is not there.
    """
    if scale not in ("none", "range"):
        raise ValueError(f"scale: expected none or range, found {scale!r}")
    lines = _lines(path, sha256)[header_lines:]
    n_fields = n_features + 1 + len(unused_columns)
    aside = {n_fields - 1 if class_column is None else class_column, *unused_columns}
    used = [column for column in range(n_fields) if column not in aside]
    if len(used) != n_features:
        raise ValueError(
            f"expected class_column and unused_columns among the columns 0 to {n_fields - 1}, "
            f"each once, found {class_column} and {list(unused_columns)}"
        )
    values: list[list[float]] = []
    names: list[str] = []
    for number, line in enumerate(lines, start=1 + header_lines):
        where = f"{path}, line {number}"
        fields = line.split(separator)
        if len(fields) != n_fields:
            between = {",": "comma", "\t": "tab"}.get(separator, repr(separator))
            raise DataError(
                f"{where}: expected {n_fields} {between}-separated fields, found {len(fields)}"
            )
        name = fields[-1 if class_column is None else class_column]
        if name != positive and negative not in (name, "*"):
            raise DataError(
                f"{where}: expected the class {positive!r} or {negative!r}, found {_shown(name)}"
            )
        values.append([_number(fields[column], where, column) for column in used])
        names.append(name)
    if len(values) != n_rows:
        raise DataError(f"{path}: expected {n_rows} rows, found {len(values)}")

    features = np.asarray(values, dtype=np.float64).reshape(n_rows, n_features)
    labels = np.asarray([name == positive for name in names], dtype=np.uint8)
    if scale == "range":
        features = _to_range(features)
    return Dataset(features=features.astype(np.float32), labels=labels)


def _lines(path: Path | str, sha256: str | None) -> list[str]:
    try:
        content = Path(path).read_bytes()
        if sha256 and (found := hashlib.sha256(content).hexdigest()) != sha256.lower():
            raise DataError(
                f"{path}: expected SHA-256 {sha256}, found {found}; remove it and start again"
            )
        lines = io.StringIO(content.decode("ascii"), newline=None).read().split("\n")
    except OSError as error:
        raise DataError(f"cannot read the data file {path}: {error.strerror or error}") from None
    except ValueError as error:  # a byte beyond ASCII, or a path with a NUL in it
        raise DataError(f"{path}: expected ASCII text, found something else ({error})") from None
    if lines[-1] == "":
        lines.pop()  # what follows the newline of the last row
    return lines


def _to_range(features: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Map each column's extremes to -1 and 1; only IEEE operations, so the same bits anywhere."""
    low, high = features.min(axis=0), features.max(axis=0)
    width = np.where(high > low, high - low, 1.0)
    return np.where(high > low, 2.0 * ((features - low) / width) - 1.0, 0.0)


def _number(field: str, where: str, column: int) -> float:
    """Return the field's value; `column` counts from 0."""
    if not _NUMBER.fullmatch(field):
        raise DataError(f"{where}, column {column}: expected a number, found {_shown(field)}")
    value = float(field)
    if abs(value) > _LARGEST:
        raise DataError(
            f"{where}, column {column}: expected a finite float32 (at most {_LARGEST:.3g}), "
            f"found {_shown(field)}"
        )
    return value


def _shown(text: str) -> str:
    """Quote a piece of the file for a message, on one line and not longer than a line."""
    if len(text) > _SHOWN_CHARACTERS:
        text = text[:_SHOWN_CHARACTERS] + "..."
    return repr(text)
