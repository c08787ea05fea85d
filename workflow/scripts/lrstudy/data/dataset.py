"""Read a verified data file into arrays. Bytes in, arrays out: no network, no randomness."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from paperledger.io.fetch import DataError

from lrstudy.data.text import MISSING, NUMBER, Row, header_names, lines_of, shown, split_rows

ColumnAt = int | str
ClassLabel = str | int | float
Floats = npt.NDArray[np.float64]

_LARGEST = float(np.finfo(np.float32).max)
# Of one kind of fault so many are named, and so many labels.
_MOST = 10
# So many rows tell a column that counts them from one that does so by chance.
_ENOUGH_ROWS = 10


@dataclass(frozen=True, eq=False)
class Dataset:
    """A table of numbers with two classes.

    Attributes
    ----------
    features : ndarray of float32, shape (n_rows, n_inputs)
        The numbers as the file has them, in its order of rows; NaN where it lacks one. A
        categorical column is one column for each category, 1 where the row is of it and 0 else.
    labels : ndarray of uint8, shape (n_rows,)
        1 for the positive class, 0 for the negative one.
    scale : {"none", "range"}
        What networks see: features as they stand, or each column moved and stretched so that its
        extremes over the training rows are -1 and 1.
    """

    features: npt.NDArray[np.float32]
    labels: npt.NDArray[np.uint8]
    scale: str = "none"

    @property
    def learns(self) -> bool:
        """What networks see depends on the rows that train."""
        return self.scale != "none" or bool(np.isnan(self.features).any())

    def inputs(self, train: npt.NDArray[np.integer]) -> npt.NDArray[np.float32]:
        """Return what networks see of all rows where those of `train` train.

        Gaps become the median of their column, and `scale` takes its extremes, over these rows
        alone. A column without a value among them, or scaled and with one value alone, is 0.
        """
        if not self.learns:
            return self.features
        filled = self.features.astype(np.float64)
        for i in np.flatnonzero(np.isnan(filled).any(axis=0)):
            column = filled[:, i]
            learned = column[train]
            known = learned[~np.isnan(learned)]
            column[np.isnan(column)] = np.median(known) if len(known) else 0.0
        if self.scale == "range":
            filled = _to_range(filled, filled[train])
        return np.clip(filled, -_LARGEST, _LARGEST).astype(np.float32)


def _to_range(features: Floats, learned: Floats) -> Floats:
    """Map extremes to -1 and 1; only IEEE operations, so the same bits anywhere."""
    low, high = learned.min(axis=0), learned.max(axis=0)
    width = np.where(high > low, high - low, 1.0)
    return np.where(high > low, 2.0 * ((features - low) / width) - 1.0, 0.0)


def is_class(label: ClassLabel, found: str) -> bool:
    """Tell whether a field names a class: the same text, or the same number as a number.

    Examples
    --------
    >>> is_class("g", "g"), is_class(1, "1.0"), is_class("1", "1.0")
    (True, True, False)
    """
    if isinstance(label, str):
        return label == found
    return bool(NUMBER.fullmatch(found)) and float(found) == label


def read_dataset(
    path: Path | str,
    *,
    n_rows: int,
    n_features: int,
    positive: ClassLabel,
    negative: ClassLabel,
    class_column: ColumnAt | None = None,
    unused_columns: Sequence[ColumnAt] = (),
    categorical_columns: Sequence[ColumnAt] = (),
    header_lines: int = 0,
    separator: str = ",",
    missing: str = "refuse",
    scale: str = "none",
    sha256: str | None = None,
) -> Dataset:
    """Read separated rows of `n_features` columns and a class.

    Parameters
    ----------
    path : Path or str
        A text file, as `text.lines_of` and `text.split_rows` read it.
    n_rows, n_features : int
        The size that the table must have, without rows that `missing` drops; the class and the
        unused columns come on top.
    positive, negative : str or number
        The classes that become 1 and 0, as `is_class` finds them; a negative of "*" is every other.
    class_column : int or str, optional
        Column of the class, by its number from 0 or its name in the header; the last by default.
    unused_columns, categorical_columns : sequence of int or str
        Columns that are neither a feature nor the class; and features that hold words.
    missing : {"refuse", "drop", "median"}
        A row that lacks a value is a fault, or is left out; or `Dataset.inputs` fills the gap.
    scale : {"none", "range"}
        As `Dataset` has it.
    sha256 : str, optional
        Expected SHA-256 of the file, 64 hexadecimal digits.

    Raises
    ------
    DataError
        If the file can't be read or isn't such a table. The message has a line for each fault, up
        to some of each kind; lines of the file count from 1.
    ValueError
        If a setting is unknown, or a column is named twice or is not there.
    """
    for key, value, known in (
        ("scale", scale, ("none", "range")),
        ("missing", missing, ("refuse", "drop", "median")),
    ):
        if value not in known:
            raise ValueError(f"{key}: expected {' or '.join(known)}, found {value!r}")
    lines = _lines(path, sha256)
    n_fields = n_features + 1 + len(unused_columns)
    columns = _Columns(path, header_names(lines, header_lines, separator, n_fields), n_fields)
    wanted = [n_fields - 1 if class_column is None else class_column]
    classes, unused, categorical = map(columns.find, (wanted, unused_columns, categorical_columns))
    columns.stop()
    [at] = classes
    used = [column for column in range(n_fields) if column not in (at, *unused)]
    if len(used) != n_features or not set(categorical) <= set(used):
        raise ValueError(
            f"expected class_column and unused_columns among the columns 0 to {n_fields - 1}, "
            f"each once, found {class_column} and {list(unused_columns)}; and none of them in "
            f"categorical_columns, found {list(categorical_columns)}"
        )

    table = split_rows(lines, header_lines, separator, n_fields)
    faults = _Faults(path)
    faults.add(table.faults)
    rows = table.rows
    if missing == "drop":
        kept = [column for column in range(n_fields) if column not in unused]
        words = {label for label in (positive, negative) if isinstance(label, str)}
        gaps = MISSING - words
        rows = [
            row
            for row in rows
            if row.fields[at] not in gaps
            and not any(row.fields[column] in MISSING for column in kept if column != at)
        ]
    # What lines that are no rows would hold is not known.
    faults.add(_class_faults(rows, at, positive, negative, whole=not table.faults))
    values = [
        (_categories if column in categorical else _numbers)(
            rows, column, columns.name(column), missing == "median", faults
        )
        for column in used
    ]
    if len(rows) != n_rows and not table.faults:
        left = " without gaps" if missing == "drop" else ""
        faults.add([f"expected {n_rows} rows{left}, found {len(rows)}"])
    faults.stop()
    return Dataset(
        features=np.hstack(values).astype(np.float32),
        labels=np.array([is_class(positive, row.fields[at]) for row in rows], dtype=np.uint8),
        scale=scale,
    )


class _Faults:
    """What is wrong with a file, to be said all at once."""

    def __init__(self, path: Path | str) -> None:
        self.path = path
        self.found: list[str] = []

    def add(self, faults: Sequence[str]) -> None:
        """Note faults of one kind."""
        for fault in faults[:_MOST]:
            between = "," if fault.startswith("line ") else ":"
            self.found.append(f"{self.path}{between} {fault}")
        if len(faults) > _MOST:
            self.found.append(f"{self.path}: {len(faults) - _MOST} more faults of this kind")

    def stop(self) -> None:
        """Raise what was noted, if anything was."""
        if self.found:
            raise DataError("\n".join(dict.fromkeys(self.found)))


class _Columns(_Faults):
    """Finds columns by number or by name."""

    def __init__(self, path: Path | str, names: list[str], n_fields: int) -> None:
        super().__init__(path)
        self.names = names
        self.n_fields = n_fields

    def find(self, wanted: Sequence[ColumnAt]) -> list[int]:
        """Return the numbers of columns, and note which are not in the header."""
        numbers = []
        for column in wanted:
            if isinstance(column, int):
                numbers.append(column)
            elif len(self.names) != self.n_fields:
                self.add(
                    [
                        f"expected a header of {self.n_fields} names, to find {shown(column)} in, "
                        f"found {len(self.names)}"
                    ]
                )
            elif self.names.count(column) != 1:
                listed = ", ".join(map(shown, self.names[:_MOST]))
                more = ", ..." if len(self.names) > _MOST else ""
                self.add(
                    [
                        f"expected the column {shown(column)} once in the header, found it "
                        f"{self.names.count(column)} times among {listed}{more}"
                    ]
                )
            else:
                numbers.append(self.names.index(column))
        return numbers

    def name(self, column: int) -> str:
        """Return a column as messages call it."""
        if len(self.names) != self.n_fields:
            return f"column {column}"
        return f"column {column} ({shown(self.names[column])})"


def _lines(path: Path | str, sha256: str | None) -> list[str]:
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"cannot read the data file {path}: {error.strerror or error}") from None
    except ValueError as error:  # a path with a NUL in it
        raise DataError(f"cannot read the data file {path!r}: {error}") from None
    if sha256 and (found := hashlib.sha256(content).hexdigest()) != sha256.lower():
        raise DataError(
            f"{path}: expected SHA-256 {sha256}, found {found}; remove it and start again"
        )
    try:
        return lines_of(content)
    except ValueError as error:
        raise DataError(f"{path}: expected text, found something else ({error})") from None


def listed_classes(fields: Sequence[str]) -> str:
    """List labels with their numbers of rows, the most frequent first.

    Examples
    --------
    >>> listed_classes(["b", "g", "g"])
    "'g' (2), 'b' (1)"
    """
    counts = sorted(Counter(fields).items(), key=lambda item: (-item[1], item[0]))
    more = ", ..." if len(counts) > _MOST else ""
    return ", ".join(f"{shown(name)} ({n})" for name, n in counts[:_MOST]) + more


def _class_faults(
    rows: Sequence[Row], at: int, positive: ClassLabel, negative: ClassLabel, *, whole: bool
) -> list[str]:
    """Name a class that no row of a whole table has; else the rows that are of neither."""
    fields = [row.fields[at] for row in rows]
    rest = negative == "*"
    known = [positive] if rest else [positive, negative]
    lacking = [label for label in known if not any(is_class(label, name) for name in set(fields))]
    if whole and fields and lacking:
        which = " and none ".join(repr(label) for label in lacking)
        return [f"no row is of the class {which}; found {listed_classes(fields)}"]
    if whole and fields and rest and all(is_class(positive, name) for name in set(fields)):
        return [f"no row is of another class than {positive!r}, found {listed_classes(fields)}"]
    named = {name for name in set(fields) if any(is_class(label, name) for label in known)}
    expected = f"{positive!r} or {'another' if rest else repr(negative)}"
    return [
        f"line {row.line}: expected the class {expected}, found {shown(name)}"
        for row, name in zip(rows, fields, strict=True)
        if name not in named and (name in MISSING or not rest)
    ]


def _numbers(rows: Sequence[Row], column: int, name: str, gaps: bool, faults: _Faults) -> Floats:
    """Read a column of numbers, NaN where one is missing, if it may be."""
    values, wrong = [], []
    for row in rows:
        field = row.fields[column]
        value = float("nan")
        if NUMBER.fullmatch(field):
            value = float(field)
            if abs(value) > _LARGEST:
                wrong.append(
                    f"line {row.line}, {name}: expected a finite float32 (at most "
                    f"{_LARGEST:.3g}), found {shown(field)}"
                )
        elif field not in MISSING or not gaps:
            hint = " (missing: drop or median take it)" if field in MISSING else ""
            wrong.append(f"line {row.line}, {name}: expected a number, found {shown(field)}{hint}")
        values.append(value)
    found = np.array(values, dtype=np.float64)[:, None]
    faults.add(wrong)
    if not wrong and rows:
        if np.isnan(found).all():
            faults.add([f"{name} has no value in any row; name it in unused_columns"])
        elif counts_rows(found):
            faults.add([f"{name} only counts the rows; name it in unused_columns"])
    return found


def _categories(rows: Sequence[Row], column: int, name: str, gaps: bool, faults: _Faults) -> Floats:
    """Read a column of words: one column for each in their order, NaN where one is missing."""
    fields = [row.fields[column] for row in rows]
    words = sorted(set(fields) - MISSING)
    if not gaps:
        faults.add(
            [
                f"line {row.line}, {name}: expected a category, found {shown(field)} (missing: "
                "drop or median take it)"
                for row, field in zip(rows, fields, strict=True)
                if field in MISSING
            ]
        )
    if rows and not words:
        faults.add([f"{name} has no value in any row; name it in unused_columns"])
    elif len(words) == len(rows) >= _ENOUGH_ROWS:
        faults.add([f"{name} has a category for each row; name it in unused_columns"])
    found = np.array([[field == word for word in words] for field in fields], dtype=np.float64)
    found = found.reshape(len(rows), len(words))
    found[[field in MISSING for field in fields]] = np.nan
    return found


def counts_rows(values: npt.NDArray[Any]) -> bool:
    """Tell whether a column is an index: whole numbers that rise from row to row, or each once.

    What R leaves of one where rows were taken out still rises; what is left of it where rows were
    shuffled has no gaps.
    """
    found = np.asarray(values, dtype=np.float64).ravel()
    if len(found) < _ENOUGH_ROWS or not np.isfinite(found).all() or (found % 1 != 0).any():
        return False
    steps = np.diff(found), np.diff(np.sort(found))
    return bool((steps[0] > 0).all() or (steps[1] == 1).all())
