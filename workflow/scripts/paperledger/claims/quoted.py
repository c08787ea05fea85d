"""The claims of a table: every value of every column that says how it is quoted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from paperledger.claims.claim import HALF_WIDTH, Claim, Claims
from paperledger.io.tables import Column, Contract

Home = Mapping[str, Collection[str]]


def row_id(contract: Contract, row: Mapping[str, Any], home: Home) -> str:
    """Return what ids of claims of one row begin with: the table's stem, then the row's key.

    `home` maps a column of the key to the values that an id does not name: the paper's own data,
    say.

    Examples
    --------
    >>> row_id(Contract("t", ("where", "rate"), {}, stem="t"), {"where": "tail", "rate": 0.5}, {})
    't.tail.0.5'
    """
    named = [row[column] for column in contract.key if row[column] not in home.get(column, ())]
    words = (f"{value:g}" if isinstance(value, float) else str(value) for value in named)
    return ".".join([contract.stem, *words])


def conclusion(contract: Contract, row: Mapping[str, Any]) -> str:
    """Say what a row concludes, empty where its table draws no conclusion.

    Examples
    --------
    >>> import pyarrow as pa
    >>> ends = Column(pa.string(), "", "", concludes=True)
    >>> conclusion(Contract("t", (), {"direction": ends}), {"direction": "higher"})
    'direction higher'
    """
    return ", ".join(
        f"{name} {_word(row[name])}"
        for name, column in contract.columns.items()
        if column.concludes
    )


def table_claims(frame: pd.DataFrame, contract: Contract, home: Home | None = None) -> Claims:
    """Quote a table: STEM.<key>.<column>; nothing where a number is missing (NaN).

    Columns without a style are not quoted; `home` is as `row_id` takes it.

    Raises
    ------
    ValueError
        Two rows have one id.
    """
    claims: Claims = {}
    for row in frame.to_dict("records"):
        name, ends = row_id(contract, row, home or {}), conclusion(contract, row)
        for column, how in contract.columns.items():
            if how.style and row[column] == row[column]:
                if f"{name}.{column}" in claims:
                    raise ValueError(f"two rows of {contract.name} make the claim {name}.{column}")
                claims[f"{name}.{column}"] = _quote(contract, row, column, how, ends)
    return claims


def _quote(
    contract: Contract, row: Mapping[str, Any], column: str, how: Column, ends: str
) -> Claim:
    unit = row["unit"] if how.unit == "row" else how.unit
    decimals = how.decimals[unit] if isinstance(how.decimals, Mapping) else how.decimals
    value, style = row[column], how.style
    if isinstance(value, bool | str):
        value, unit, decimals, style = _word(value), "", None, "plain"
    elif how.resolved and not row[how.resolved]:
        style = "bound"
    return Claim(
        value,
        "" if unit == "1" else unit,
        decimals,
        style,
        rule=contract.rule,
        inputs=(f"results/{contract.name}.parquet",),
        tolerance=(row[how.interval[1]] - row[how.interval[0]]) / 2 if how.interval else None,
        why=HALF_WIDTH if how.interval else "",
        conclusion=ends,
    )


def _word(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
