"""A data file as text: its lines, the fields of its rows, the names of its columns."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

# A decimal number and nothing else: Python's float() would also take "1_0", digits of other
# scripts and "nan".
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
MISSING = frozenset(["", "?", "NA", "N/A", "#N/A", "<NA>", "NaN", "nan", "NULL", "null"])
"""What R, pandas, Excel, Weka and databases write where there is no value."""

_SHOWN_CHARACTERS = 40
_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Row:
    """A row's fields, without blanks around them, and the number of its first line, from 1."""

    line: int
    fields: list[str]


@dataclass(frozen=True)
class Rows:
    """The rows of a file, and what is no row, one line each."""

    rows: list[Row]
    faults: list[str] = field(default_factory=list)


def shown(text: Any) -> str:
    """Quote a piece of the file for a message, on one line and not longer than a line."""
    if isinstance(text, str) and len(text) > _SHOWN_CHARACTERS:
        text = text[:_SHOWN_CHARACTERS] + "..."
    return repr(text)


def between(separator: str) -> str:
    """Return what a separator is called."""
    return {",": "comma", "\t": "tab", ";": "semicolon", " ": "blank"}.get(
        separator, repr(separator)
    )


def lines_of(content: bytes) -> list[str]:
    """Read text in UTF-8 or, with its byte order mark, UTF-16; else as Windows-1252.

    Lines end with LF, CR LF or CR.

    Raises
    ------
    ValueError
        It isn't text.
    """
    if content.startswith(_BYTE_ORDER_MARKS):
        text = content.decode("utf-16")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252")
    if "\0" in text:
        raise ValueError("it has a byte of value 0")
    return io.StringIO(text, newline=None).read().split("\n")


def is_arff(header: Sequence[str]) -> bool:
    """Tell whether the lines above the rows are those of Weka's ARFF."""
    return bool(header) and header[-1].strip().lower() == "@data"


def is_comment(text: str) -> bool:
    """Tell whether a line that is no row is a comment."""
    return text.startswith(("#", "%"))


def split_rows(lines: Sequence[str], header_lines: int, separator: str, n_fields: int) -> Rows:
    """Cut the lines below the header into rows of so many fields.

    Fields may stand in quotes: double ones, doubled inside; in ARFF single ones, after a backslash
    inside. Lines without a field that holds something are none, and neither are those that begin
    with # or % and have another number of fields.
    """
    arff = is_arff(lines[:header_lines])
    found, faults, others = [], [], []
    for number, fields in records(lines, header_lines, separator, arff):
        if isinstance(fields, str):
            faults.append(f"line {number}: {fields}")
        elif len(fields) == n_fields:
            found.append(Row(number, fields))
        elif not is_comment(fields[0]):
            others.append(Row(number, fields))
    widths = {len(row.fields) for row in others}
    every = not found and len(others) > 1 and len(widths) == 1
    for row in others[:1] if every else others:
        words = (
            f"expected {n_fields} {between(separator)}-separated fields, found {len(row.fields)}"
        )
        faults.append(f"line {row.line}: {words}{', as in every row' if every else ''}")
    return Rows(found, faults)


def records(
    lines: Sequence[str], header_lines: int, separator: str, arff: bool = False
) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each record's first line and its fields, or what is wrong with it."""
    below = [f"{line}\n" for line in lines[header_lines:]]
    if separator == " ":
        below = [f"{line.strip()}\n" for line in below]
    reader = csv.reader(
        below,
        delimiter=separator,
        quotechar="'" if arff else '"',
        escapechar="\\" if arff else None,
        skipinitialspace=True,
        strict=True,
    )
    while True:
        number = header_lines + reader.line_num + 1
        try:
            fields = [text.strip() for text in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            yield number, f"expected a field in quotes to end before the next one ({error})"
            return  # what follows is inside of it
        if any(fields):
            yield number, fields


def header_names(
    lines: Sequence[str], header_lines: int, separator: str, n_fields: int
) -> list[str]:
    """Return the names in the last line above the rows; of ARFF those of its attributes.

    Where it can't be read, as a line of free text, there are none. R's write.table names all of
    ``n_fields`` but the first, the column of row names.
    """
    header = lines[:header_lines]
    if is_arff(header):
        found = (re.match(r"\s*@attribute\s+('[^']*'|\"[^\"]*\"|\S+)", h, re.I) for h in header)
        return [match[1].strip("'\"") for match in found if match]
    if not header:
        return []
    fields = next(records(header, len(header) - 1, separator), (0, ""))[1]
    names = fields if isinstance(fields, list) else []
    return ["", *names] if len(names) == n_fields - 1 else names
