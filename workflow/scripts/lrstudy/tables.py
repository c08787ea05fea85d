"""Tables that stages hand to each other: a contract of columns, checked on writing and reading."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype, is_string_dtype

from lrstudy.files import write_atomically


class TableError(Exception):
    """A table breaks its contract; the message names the table, the column and the finding."""


@dataclass(frozen=True)
class Column:
    """One column: its type, its unit and what it means."""

    type: pa.DataType
    unit: str
    meaning: str


@dataclass(frozen=True)
class Contract:
    """The columns of a table in their order, and those that name a row."""

    name: str
    key: tuple[str, ...]
    columns: dict[str, Column]

    @property
    def schema(self) -> pa.Schema:
        """The same as an Arrow schema; no column may hold a null."""
        return pa.schema([pa.field(n, c.type, nullable=False) for n, c in self.columns.items()])


def write_table(frame: pd.DataFrame, path: str | Path, contract: Contract) -> None:
    """Write a table as Parquet, whole or not at all, after checking it.

    Rows are written in the order given. The file has no clock, host or library state in it: the
    same frame gives the same bytes. Each page bears a checksum.

    Parameters
    ----------
    frame : DataFrame
        The rows, in the order in which they are written.
    path : str or Path
        The file.
    contract : Contract
        What its columns are.

    Raises
    ------
    TableError
        A column is missing, unknown, of another type or holds a null, or a key is repeated.
    WriteError
        The file cannot be written.
    """
    _check_columns(list(frame.columns), contract)
    frame = frame[list(contract.columns)]
    for name, column in contract.columns.items():
        # Arrow would read "7" and True as numbers.
        if not _holds(frame[name].dtype, column.type):
            raise TableError(
                f"table {contract.name}: column {name} expected {column.type}, "
                f"found {frame[name].dtype}"
            )
    try:
        table = pa.Table.from_pandas(frame, schema=contract.schema, preserve_index=False, safe=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, ValueError) as error:
        raise TableError(f"table {contract.name}: {error}") from None
    table = table.replace_schema_metadata(None)
    _check_rows(table, contract)
    written = io.BytesIO()
    pq.write_table(table, written, compression="zstd", write_page_checksum=True)
    write_atomically(path, written.getvalue())


def read_table(
    path: str | Path, contract: Contract, rows: Sequence[tuple[str, str, Any]] | None = None
) -> pd.DataFrame:
    """Read a table and check it against its contract.

    Parameters
    ----------
    path : str or Path
        The file.
    contract : Contract
        What it must hold.
    rows : sequence of (column, operator, value), optional
        Read only the rows that fulfil them all, as PyArrow's ``filters``; others take no memory.

    Raises
    ------
    TableError
        The file is not Parquet, is damaged, or breaks the contract.
    """
    try:
        table = pq.read_table(path, page_checksum_verification=True, filters=rows)
        table.validate(full=True)
        found = dict(zip(table.column_names, table.schema.types, strict=True))
    except Exception as error:  # what a damaged file makes of Arrow has no common kind
        reason = " ".join(str(error).split())
        raise TableError(
            f"table {contract.name}: cannot read {path}: {reason}; if it is damaged, remove it and "
            "start again"
        ) from None
    _check_columns(table.column_names, contract)
    for name, column in contract.columns.items():
        if found[name] != column.type:
            raise TableError(
                f"table {contract.name}: column {name} expected {column.type}, found {found[name]}"
            )
    _check_rows(table, contract)
    return table.to_pandas()


def _holds(found: Any, expected: pa.DataType) -> bool:
    """Tell whether a column of pandas's type may be written as Arrow's, values in range."""
    if pa.types.is_boolean(expected):
        return is_bool_dtype(found)
    if pa.types.is_integer(expected):
        return is_integer_dtype(found)
    if pa.types.is_floating(expected):
        return is_numeric_dtype(found) and not is_bool_dtype(found)
    return is_string_dtype(found)


def _check_columns(found: list[str], contract: Contract) -> None:
    expected = list(contract.columns)
    if set(found) != set(expected) or len(found) != len(expected):
        missing = sorted(set(expected) - set(found))
        unknown = sorted(set(found) - set(expected))
        repeated = sorted({name for name in found if found.count(name) > 1})
        raise TableError(
            f"table {contract.name}: missing columns {missing}, unknown {unknown}, "
            f"repeated {repeated}"
        )


def _check_rows(table: pa.Table, contract: Contract) -> None:
    for name in contract.columns:
        if table[name].null_count:
            raise TableError(
                f"table {contract.name}: column {name} has {table[name].null_count} null(s)"
            )
    keys = table.select(list(contract.key)).to_pandas()
    repeated = keys[keys.duplicated()]
    if len(repeated):
        raise TableError(
            f"table {contract.name}: {len(repeated)} repeated key(s), "
            f"first {repeated.iloc[0].to_dict()}"
        )
