"""The tables that stages hand to each other: columns, types, units and meaning in one place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype, is_string_dtype


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


_WORD = pa.string()
_CELL = {
    "protocol": Column(_WORD, "", "how rows were split: tail, resample or official"),
    "initializer": Column(_WORD, "", "distribution of the initial weights"),
    "arm": Column(_WORD, "", "arm of the study"),
    "trainer": Column(_WORD, "", "keras or kernel"),
}

_REPLICATE = {
    "replicate": Column(pa.int32(), "", "number of the initialisation and shuffling streams"),
    "split": Column(pa.int32(), "", "number of the splitting stream; 0: the split is fixed"),
}
CELL = tuple(_CELL)

MEMBERS = Contract(
    "members",
    (*CELL, "replicate"),
    {
        **_CELL,
        **_REPLICATE,
        "chunk": Column(pa.int32(), "", "job that trains the network, from 0 for each trainer"),
    },
)

RUNS = Contract(
    "runs",
    (*CELL, "replicate"),
    {
        **_CELL,
        **_REPLICATE,
        "n_validation": Column(pa.int16(), "rows", "validation rows"),
        "n_correct": Column(pa.int16(), "rows", "validation rows right after the last epoch"),
        "n_positive": Column(pa.int16(), "rows", "validation rows of the positive class"),
        "n_correct_positive": Column(pa.int16(), "rows", "positive rows right, last epoch"),
        "val_loss": Column(pa.float32(), "nat/row", "validation cross-entropy, last epoch"),
        "train_loss": Column(pa.float32(), "nat/row", "mean training loss over the last epoch"),
        "best_epoch": Column(pa.int16(), "epoch", "first epoch (from 0) with the most rows right"),
        "best_n_correct": Column(pa.int16(), "rows", "validation rows right in that epoch"),
        "last10_n_correct": Column(pa.float32(), "rows", "mean over the last 10 epochs"),
        "diverged": Column(pa.bool_(), "", "some weight or output was not finite"),
        "missed": Column(_WORD, "", "hex: bit i (low first) set where validation row i is wrong"),
    },
)

AGREEMENT = Contract(
    "agreement",
    ("initializer", "arm", "replicate"),
    {
        "initializer": _CELL["initializer"],
        "arm": _CELL["arm"],
        "replicate": _REPLICATE["replicate"],
        "predictions": Column(pa.int16(), "rows", "validation rows predicted by both trainers"),
        "flipped": Column(pa.int16(), "rows", "predictions that differ after the last epoch"),
        "weight_difference": Column(pa.float64(), "weight", "largest difference of a final weight"),
        "sensitivity": Column(
            pa.float64(), "weight", "the same between the kernel and itself from nudged weights"
        ),
        "rate_difference": Column(pa.float64(), "1", "largest difference of an epoch's last rate"),
    },
)

_QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
CURVE_MEASURES = {"accuracy": "share", "val_loss": "nat/row", "train_loss": "nat/row"}
CURVES = Contract(
    "curves",
    (*CELL, "epoch"),
    {
        **_CELL,
        "epoch": Column(pa.int16(), "epoch", "epochs done, from 1"),
        "n": Column(pa.int32(), "networks", "networks behind the row"),
        **{
            f"{measure}_{statistic}": Column(pa.float64(), unit, f"{statistic} over networks")
            for measure, unit in CURVE_MEASURES.items()
            for statistic in ("mean", *_QUANTILES)
        },
    },
)
CURVE_QUANTILES = _QUANTILES

RATES = Contract(
    "rates",
    ("figure", "panel", "curve", "update"),
    {
        "figure": Column(_WORD, "", "figure that draws the curve"),
        "panel": Column(_WORD, "", "title of its panel"),
        "curve": Column(_WORD, "", "label of the curve"),
        "update": Column(pa.int32(), "update", "parameter updates done before, from 0"),
        "epoch": Column(pa.float64(), "epoch", "epochs done before"),
        "rate": Column(pa.float64(), "1", "learning rate of the update"),
    },
)

ARMS = Contract(
    "arms",
    CELL,
    {
        **_CELL,
        "n": Column(pa.int32(), "networks", "networks trained"),
        "n_diverged": Column(pa.int32(), "networks", "networks that diverged"),
        "mean": Column(pa.float64(), "%", "mean final accuracy"),
        "low": Column(pa.float64(), "%", "lower end of its interval"),
        "high": Column(pa.float64(), "%", "upper end of its interval"),
        "sd": Column(pa.float64(), "%", "standard deviation of final accuracy"),
        "minimum": Column(pa.float64(), "%", "smallest final accuracy"),
        "median": Column(pa.float64(), "%", "median final accuracy"),
        "maximum": Column(pa.float64(), "%", "largest final accuracy"),
        "reach": Column(pa.float64(), "%", "share of networks at the tutorial's best or above"),
    },
)

CONTRASTS = Contract(
    "contrasts",
    ("contrast", "protocol", "initializer", "trainer"),
    {
        "contrast": Column(_WORD, "", "name of the contrast"),
        **{name: column for name, column in _CELL.items() if name != "arm"},
        "treatment": Column(_WORD, "", "arm a"),
        "control": Column(_WORD, "", "arm b"),
        "n": Column(pa.int32(), "pairs", "paired replicates"),
        "ties": Column(pa.int32(), "pairs", "pairs with equal accuracy"),
        "difference": Column(pa.float64(), "points", "mean accuracy of a minus b"),
        "low": Column(pa.float64(), "points", "lower end of its interval"),
        "high": Column(pa.float64(), "points", "upper end of its interval"),
        "p": Column(pa.float64(), "1", "two-sided sign-flip permutation p-value"),
        "p_holm": Column(pa.float64(), "1", "p after Holm, over the contrasts of the cell"),
        "superiority": Column(pa.float64(), "1", "P(a > b) + P(a = b) / 2 over pairs"),
    },
)


def write_table(frame: pd.DataFrame, path: str | Path, contract: Contract) -> None:
    """Write a table as Parquet, whole or not at all, after checking it.

    Rows are written in the order given. The file has no clock, host or library state in it: the
    same frame gives the same bytes.

    Raises
    ------
    TableError
        A column is missing, unknown, of another type or holds a null, or a key is repeated.
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
    temporary = Path(f"{path}.part")
    pq.write_table(table, temporary, compression="zstd")
    os.replace(temporary, path)


def read_table(path: str | Path, contract: Contract) -> pd.DataFrame:
    """Read a table and check it against its contract.

    Raises
    ------
    TableError
        The file is not Parquet, or breaks the contract.
    """
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise TableError(f"table {contract.name}: cannot read {path}: {error}") from None
    _check_columns(table.column_names, contract)
    for name, column in contract.columns.items():
        found = table.schema.field(name).type
        if found != column.type:
            raise TableError(
                f"table {contract.name}: column {name} expected {column.type}, found {found}"
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
