"""A table carries its contract: whoever holds the file reads back all that was declared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from paperledger.io.tables import Column, TableError, read_contract, read_table, write_table

from tests.helpers.published import CONTRACTS, rows_of

EFFECTS = CONTRACTS["effects"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "effects.parquet"
    write_table(rows_of(EFFECTS), path, EFFECTS)
    return path


def test_it_travels_in_the_file(file: Path) -> None:
    assert read_contract(file) == EFFECTS
    assert read_table(file, read_contract(file)).equals(rows_of(EFFECTS))


def test_decimals_by_unit_travel_too(file: Path) -> None:
    by_unit = Column(pa.float64(), "row", "mean difference", "plain", {"%": 2, "s": 0})
    contract = replace(EFFECTS, columns={**EFFECTS.columns, "difference": by_unit})
    write_table(rows_of(EFFECTS), file, contract)
    assert read_contract(file).columns["difference"] == by_unit


def test_a_missing_number_is_allowed_where_it_is_optional(file: Path) -> None:
    nan = float("nan")
    write_table(rows_of(EFFECTS).assign(p=[0.5, nan, nan]), file, EFFECTS)
    assert read_table(file, EFFECTS)["p"].isna().tolist() == [False, True, True]
    with pytest.raises(TableError, match=r"effects: .*low.* null"):
        write_table(rows_of(EFFECTS).assign(low=[0.5, nan, nan]), file, EFFECTS)


def test_a_table_without_a_contract_is_refused(file: Path) -> None:
    pq.write_table(pq.read_table(file).replace_schema_metadata(None), file)
    with pytest.raises(TableError, match=r"effects\.parquet: expected a table with its contract"):
        read_contract(file)


@pytest.mark.parametrize("said", ["no JSON", "[]", '{"name": "effects"}', '{"columns": {}}'])
def test_nor_is_one_whose_contract_cannot_be_read(file: Path, said: str) -> None:
    pq.write_table(pq.read_table(file).replace_schema_metadata({"contract": said}), file)
    with pytest.raises(TableError, match="expected a table with its contract"):
        read_contract(file)


def test_a_contract_of_a_column_that_is_not_there(file: Path) -> None:
    table = pq.read_table(file)
    pq.write_table(table.drop(["p"]).replace_schema_metadata(EFFECTS.schema.metadata), file)
    with pytest.raises(TableError, match=r"found none: .*\bp\b"):
        read_contract(file)


def test_what_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"none\.parquet: expected a table"):
        read_contract(tmp_path / "none.parquet")
