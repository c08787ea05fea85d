"""What a table seems to be that no configuration describes yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from paperledger.io.fetch import DataError

from lrstudy.data.dataset import ColumnAt, counts_rows, listed_classes
from lrstudy.data.text import (
    MISSING,
    NUMBER,
    Row,
    between,
    header_names,
    is_arff,
    is_comment,
    lines_of,
    records,
    shown,
    split_rows,
)

SEPARATORS = (",", ";", "\t", " ")
CLASS_NAMES = ("class", "label", "target", "outcome", "diagnosis", "response", "y")
"""Columns called so hold the class, if nobody says which does; else the last one does."""

MANY_CATEGORIES = 20
_NAMED = 5


@dataclass(frozen=True)
class Guess:
    """A configuration's block ``table``, what was seen, and what its reader should look at."""

    table: dict[str, Any]
    seen: list[str]
    warnings: list[str]


class _Column:
    """One column: its fields, and what they are."""

    def __init__(self, at: ColumnAt, fields: Sequence[str]) -> None:
        self.at = at
        self.fields = fields
        self.known = [field for field in fields if field not in MISSING]
        self.numbers = [float(field) for field in self.known if NUMBER.fullmatch(field)]
        self.words = set(self.known)
        self.is_numeric = len(self.numbers) == len(self.known)
        self.n_missing = len(fields) - len(self.known)

    def __str__(self) -> str:
        return shown(self.at)

    @property
    def of_no_use(self) -> str:
        """Say why it is no feature; nothing if it may be one."""
        if not self.known:
            return "has no value"
        if self.is_numeric:
            return "counts the rows" if counts_rows(np.array(self.numbers)) else ""
        many = len(self.words) > max(MANY_CATEGORIES, len(self.known) / 2)
        return f"has {len(self.words)} words in {len(self.fields)} rows" if many else ""


def guess_table(content: bytes, class_column: str | None = None) -> Guess:
    """Guess how a data file is to be read; `class_column` is a column's name, or its number.

    Raises
    ------
    DataError
        The file is no table with a class, or has no such column; a line for each fault.
    """
    try:
        lines = lines_of(content)
    except ValueError as error:
        raise DataError(f"expected text, found something else ({error})") from None
    header_lines, separator, n_fields = _shape(lines)
    names = header_names(lines, header_lines, separator, n_fields)
    table = split_rows(lines, header_lines, separator, n_fields)
    if table.faults or len(table.rows) < 2:
        faults = table.faults[:_NAMED] or ["expected at least 2 rows, found fewer"]
        more = len(table.faults) - _NAMED
        raise DataError("\n".join([*faults, *([f"{more} more such lines"] if more > 0 else [])]))
    places: list[ColumnAt] = [
        name if name and len(names) == n_fields and names.count(name) == 1 else number
        for number, name in enumerate(names if len(names) == n_fields else [""] * n_fields)
    ]
    at = _class_at(places, class_column)
    columns = [
        _Column(place, [row.fields[number] for row in table.rows])
        for number, place in enumerate(places)
    ]
    seen = [
        f"{len(table.rows)} rows of {n_fields} {between(separator)}-separated fields, below "
        f"{header_lines} line(s)"
    ]
    return _describe(columns, at, {"header_lines": header_lines, "separator": separator}, seen)


def _shape(lines: Sequence[str]) -> tuple[int, str, int]:
    """Return the lines above the rows, the separator, and the fields of a row."""
    top = 0
    arff = [number for number, line in enumerate(lines, 1) if is_arff([line])]
    if arff:
        top = arff[0]
    else:
        while top < len(lines) and (not lines[top].strip() or is_comment(lines[top].strip())):
            top += 1
    found = []
    for separator in SEPARATORS[:1] if arff else SEPARATORS:
        rows = [
            Row(number, fields)
            for number, fields in records(lines, top, separator, bool(arff))
            if isinstance(fields, list)
        ]
        widths = Counter(len(row.fields) for row in rows if not is_comment(row.fields[0]))
        if widths:
            [(width, n)] = widths.most_common(1)
            found.append((n * (width > 1), width, separator, rows))
    n, width, separator, rows = max(found, key=lambda one: one[:2], default=(0, 0, "", []))
    if 2 * n < len(rows) or not n:
        raise DataError("expected rows of fields between commas, semicolons, tabs or blanks")
    if not arff and _is_header(rows[0].fields, [r.fields for r in rows[1:]], width):
        top = rows[0].line
    return top, separator, width


def _is_header(first: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> bool:
    """Tell whether the first record names the columns."""
    if len(first) != width:
        return True
    columns = list(zip(*(row for row in rows if len(row) == width), strict=True))
    if [name for name in first if name] == [str(number) for number in range(sum(map(bool, first)))]:
        return True  # as pandas names columns
    if any(NUMBER.fullmatch(name) for name in first):
        return False
    numeric = any(
        any(NUMBER.fullmatch(field) for field in column)
        and all(NUMBER.fullmatch(field) or field in MISSING for field in column)
        for column in columns
    )
    return numeric or not any(
        name in column for name, column in zip(first, columns, strict=False) if name
    )


def _class_at(places: Sequence[ColumnAt], wanted: str | None) -> int:
    if wanted is not None:
        number = int(wanted) if wanted.isascii() and wanted.isdigit() else -1
        if wanted in places:
            return places.index(wanted)
        if 0 <= number < len(places):
            return number
        listed = ", ".join(map(shown, places[:20]))
        raise DataError(f"expected a class column among {listed}, found {shown(wanted)}")
    called = [i for i, name in enumerate(places) if str(name).lower() in CLASS_NAMES]
    return called[-1] if called else len(places) - 1


def _describe(columns: Sequence[_Column], at: int, shape: dict[str, Any], seen: list[str]) -> Guess:
    labels, warnings = columns[at], []
    counts = Counter(labels.known).most_common()
    if len(counts) < 2:
        found = listed_classes(labels.known) or "none"
        raise DataError(f"expected two classes in column {labels}, found {found}")
    seen.append(f"classes, of column {labels}: {listed_classes(labels.known)}")
    if len(counts) > 2:
        warnings.append(
            f"{len(counts)} classes: positive is the largest of them, against the rest; if "
            "another column holds the class, name it (CLASS=...)"
        )
    others = [column for number, column in enumerate(columns) if number != at]
    unused = [column for column in others if column.of_no_use]
    warnings += [f"column {column} {column.of_no_use}: unused" for column in unused]
    used = [column for column in others if not column.of_no_use]
    categorical = [column for column in used if not column.is_numeric]
    for column in categorical:
        if column.numbers:
            words = sorted(word for word in column.words if not NUMBER.fullmatch(word))
            warnings.append(
                f"column {column} is taken for categories: {len(column.numbers)} numbers, but also "
                + ", ".join(map(shown, words[:_NAMED]))
            )
        elif len(column.words) > MANY_CATEGORIES:
            warnings.append(f"column {column} has {len(column.words)} categories")
    gaps = [column for column in used if column.n_missing]
    if gaps:
        listed = ", ".join(f"{column} ({column.n_missing})" for column in gaps[:_NAMED])
        more = f" and {len(gaps) - _NAMED} more columns" if len(gaps) > _NAMED else ""
        seen.append(f"missing: {sum(c.n_missing for c in gaps)} values, of {listed}{more}")
    dropped = {
        row for c in [*gaps, labels] for row, field in enumerate(c.fields) if field in MISSING
    }
    if labels.n_missing:
        warnings.append(
            f"rows without a class: {labels.n_missing}; all {len(dropped)} with a gap are dropped"
        )
    rows = list(zip(*(column.fields for column in columns), strict=True))
    same = len(rows) - len({tuple(row[columns.index(c)] for c in [*used, labels]) for row in rows})
    if same:
        warnings.append(f"rows that are the same as an earlier one: {same}")
    constant = [column for column in used if len(column.words) == 1]
    if constant:
        warnings.append(f"columns of one value: {', '.join(map(str, constant[:_NAMED]))}")
    changes = sum(a != b for a, b in zip(labels.known, labels.known[1:], strict=False))
    if changes < len(counts):
        warnings.append("the rows are sorted by class: no protocol but resample fits them")
    missing = "drop" if labels.n_missing else "median" if gaps else "refuse"
    wide = any(abs(number) > 1 for column in used for number in column.numbers)
    two = len(counts) == 2
    table = {
        "n_rows": len(rows) - (len(dropped) if missing == "drop" else 0),
        "n_features": len(used),
        **shape,
        "class_column": labels.at,
        "unused_columns": [column.at for column in unused],
        **({"categorical_columns": [c.at for c in categorical]} if categorical else {}),
        "positive": counts[1 if two else 0][0],
        "negative": counts[0][0] if two else "*",
        **({"missing": missing} if missing != "refuse" else {}),
        "scale": "range" if wide else "none",
    }
    return Guess(table, seen, warnings)
