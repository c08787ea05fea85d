"""Tables that stages hand to each other: a contract of columns, checked on writing and reading.

A written table carries its contract in the metadata of its Parquet schema: whoever holds the file
knows what each column means, in which unit, and how a claim quotes it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.types import (
    is_bool_dtype,
    is_integer_dtype,
    is_numeric_dtype,
    is_object_dtype,
    is_string_dtype,
)

from paperledger.io.files import write_atomically


class TableError(Exception):
    """A table breaks its contract; the message names the table, the column and the finding."""


@dataclass(frozen=True)
class Column:
    """One column: its type, its unit, what it means, and how a claim quotes it.

    Attributes
    ----------
    type : pyarrow.DataType
        Of its values.
    unit : str
        Of its values; ``row``: what the row's column ``unit`` says.
    meaning : str
        A phrase for the reader of the table.
    style : str
        How claims print a value, as `claim.Claim` says; empty: no claim quotes this column.
    decimals : int, dict or None
        Digits after the point in print, or unit of the row to such digits; None prints the value as
        it is.
    interval : tuple of str or None
        Columns with the ends of an interval of which it is the estimate or an end: a claim of it
        may differ by half its width, as other random numbers may move it so far.
    optional : bool
        A row may lack it: not a number (NaN).
    concludes : bool
        A word that the row concludes: where it changes, so has the conclusion.
    resolved : str
        A column that tells whether the value is more than a bound: where it does not, claims print
        it with "<". Empty: every value is.
    """

    type: pa.DataType
    unit: str
    meaning: str
    style: str = ""
    decimals: int | Mapping[str, int] | None = None
    interval: tuple[str, str] | None = None
    optional: bool = False
    concludes: bool = False
    resolved: str = ""


@dataclass(frozen=True)
class Contract:
    """The columns of a table in their order, and what is said of the whole.

    Attributes
    ----------
    name : str
        Of the table: the file is NAME.parquet.
    key : tuple of str
        Columns that name a row.
    columns : dict
        Name to `Column`.
    stem : str
        First word of the ids of the claims that quote it, before the values of the key; empty: none
        does.
    rule : str
        Rule of the workflow that writes it.
    caption : str
        A sentence for the report.
    needs : tuple of str
        Keys of the configuration without which there is no such table.
    """

    name: str
    key: tuple[str, ...]
    columns: dict[str, Column] = field(repr=False)
    stem: str = ""
    rule: str = ""
    caption: str = ""
    needs: tuple[str, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """The same as an Arrow schema; only an optional column may hold a null."""
        said = {
            **{
                name: getattr(self, name)
                for name in ("name", "key", "stem", "rule", "caption", "needs")
            },
            "columns": {
                name: {key: value for key, value in asdict(column).items() if key != "type"}
                for name, column in self.columns.items()
            },
        }
        return pa.schema(
            [pa.field(n, c.type, nullable=c.optional) for n, c in self.columns.items()],
            metadata={"contract": json.dumps(said)},
        )


def contracts_of(*modules: ModuleType) -> dict[str, Contract]:
    """Return the contracts that modules define, name to contract, in their order."""
    return {
        found.name: found
        for module in modules
        for found in vars(module).values()
        if isinstance(found, Contract)
    }


def read_contract(path: str | Path) -> Contract:
    """Read the contract that a table of `write_table` carries.

    Raises
    ------
    TableError
        The file is not Parquet, or has none.
    """
    try:
        schema = pq.read_schema(path)
        said = json.loads((schema.metadata or {})[b"contract"])
        columns = {
            name: Column(
                **{**column, "interval": column["interval"] and tuple(column["interval"])},
                type=schema.field(name).type,
            )
            for name, column in said.pop("columns").items()
        }
        lists = {name: tuple(said[name]) for name in ("key", "needs")}
        return Contract(**{**said, **lists}, columns=columns)
    except Exception as error:  # what a damaged file makes of Arrow has no common kind
        reason = " ".join(str(error).split()) or type(error).__name__
        raise TableError(
            f"{path}: expected a table with its contract, found none: {reason}"
        ) from None


def write_table(frame: pd.DataFrame, path: str | Path, contract: Contract) -> None:
    """Write a table as Parquet, whole or not at all, after checking it.

    Rows are written in the order given. The file has no clock, host or library state in it: the
    same frame gives the same bytes. Each page bears a checksum.

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
    table = table.replace_schema_metadata(contract.schema.metadata)
    _check_rows(table, contract)
    written = io.BytesIO()
    pq.write_table(
        table, written, compression="zstd", compression_level=12, write_page_checksum=True
    )
    write_atomically(path, written.getvalue())


def read_table(
    path: str | Path, contract: Contract, rows: Sequence[tuple[str, str, Any]] | None = None
) -> pd.DataFrame:
    """Read a table and check it against its contract.

    With `rows`, as PyArrow's ``filters``, read only the rows that fulfil every (column, operator,
    value); others take no memory.

    Raises
    ------
    TableError
        The file is not Parquet, is damaged, or breaks the contract.
    """
    try:
        _check_counts(pq.read_metadata(path))
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


def _check_counts(metadata: pq.FileMetaData) -> None:
    """Refuse a file that counts its rows in two ways: no checksum covers them."""
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    counts = {sum(group.num_rows for group in groups), metadata.num_rows}
    if len(counts) > 1:
        raise ValueError(f"expected one number of rows, found {sorted(counts)}")
    for group in groups:
        for i in range(group.num_columns):
            column = group.column(i)
            # A list's values are more than its rows, and stand below its name.
            if "." not in column.path_in_schema and column.num_values != group.num_rows:
                raise ValueError(
                    f"expected {group.num_rows} values of {column.path_in_schema}, found "
                    f"{column.num_values}"
                )


def _holds(found: Any, expected: pa.DataType) -> bool:
    """Tell whether a column of pandas's type may be written as Arrow's, values in range."""
    if pa.types.is_boolean(expected):
        return is_bool_dtype(found)
    if pa.types.is_integer(expected):
        return is_integer_dtype(found)
    if pa.types.is_floating(expected):
        return is_numeric_dtype(found) and not is_bool_dtype(found)
    if pa.types.is_list(expected):
        return is_object_dtype(found)
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
    for name, column in contract.columns.items():
        if table[name].null_count and not column.optional:
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
