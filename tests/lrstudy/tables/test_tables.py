"""Contracts refuse every breach by name; what is written comes back, always with the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lrstudy.tables import repeats as repeat_tables
from lrstudy.tables import results as result_tables
from lrstudy.tables import runs as run_tables
from lrstudy.tables.results import EFFECTS
from lrstudy.tables.runs import CELL, CURVES, MEMBERS, RUNS
from paperledger.io import tables
from paperledger.io.tables import TableError
from paperledger.io.tables import read_table as read
from paperledger.io.tables import write_table as write

CONTRACTS = list(tables.contracts_of(run_tables, result_tables, repeat_tables).values())
EXAMPLES = {"string": "word", "bool": True}


def example(contract: tables.Contract, n_rows: int = 3) -> pd.DataFrame:
    """Fill a table by type; the last key column makes rows differ."""
    frame = pd.DataFrame(index=range(n_rows))
    for name, column in contract.columns.items():
        kind = str(column.type)
        if kind in EXAMPLES:
            frame[name] = EXAMPLES[kind]
        else:
            frame[name] = np.arange(n_rows, dtype=column.type.to_pandas_dtype())
    last = contract.key[-1]
    if str(contract.columns[last].type) == "string":
        frame[last] = [f"word{i}" for i in range(n_rows)]
    return frame


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "table.parquet"


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_round_trip(contract: tables.Contract, file: Path) -> None:
    frame = example(contract)
    write(frame, file, contract)
    found = read(file, contract)
    pd.testing.assert_frame_equal(found, frame, check_dtype=False)
    assert list(found.columns) == list(contract.columns)
    assert pq.read_schema(file).equals(contract.schema)
    assert tables.read_contract(file) == contract


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_contracts_say_what_their_columns_mean(contract: tables.Contract) -> None:
    assert set(contract.key) <= set(contract.columns)
    for column in contract.columns.values():
        assert column.meaning


def test_all_contracts_are_found_and_no_two_have_one_name() -> None:
    names = [contract.name for contract in CONTRACTS]
    assert len(set(names)) == len(names)
    assert set(names) == {
        "members", "runs", "agreement", "curves", "rates", "arms", "effects", "outcomes",
        "robustness", "components", "grid", "tuned", "crossings", "returns", "references",
        "datasets", "splits", "by_run", "verdicts",
    }  # fmt: skip


def test_what_names_a_row() -> None:
    """A cell is one part's: two parts may train the same arm with the same trainer."""
    assert CELL == ("part", "dataset", "protocol", "initializer", "arm", "trainer")
    assert RUNS.key == MEMBERS.key == (*CELL, "replicate")
    assert CURVES.key == (*CELL, "epoch")
    assert EFFECTS.key == ("hypothesis", "dataset", "protocol", "initializer")


def test_names_that_others_rely_on() -> None:
    promised = {"protocol", "initializer", "arm", "trainer", "replicate", "n_validation"}
    assert promised | {"n_correct", "val_loss"} <= set(RUNS.columns)


def test_same_frame_same_bytes(file: Path) -> None:
    frame = example(RUNS)
    write(frame, file, RUNS)
    first = file.read_bytes()
    write(frame[frame.columns[::-1]].set_index(pd.Index([7, 8, 9])), file, RUNS)
    assert file.read_bytes() == first
    write(frame.assign(n_correct=frame["n_correct"] + 1), file, RUNS)
    assert file.read_bytes() != first


def test_rows_keep_their_order(file: Path) -> None:
    write(example(MEMBERS)[::-1], file, MEMBERS)
    assert read(file, MEMBERS)["replicate"].tolist() == [2, 1, 0]


BREACHES: list[tuple[dict[str, Any], str]] = [
    ({"replicate": [0, 1, 1]}, r"1 repeated key.*'replicate': 1"),
    ({"replicate": [0.5, 1.0, 2.0]}, "replicate expected int32, found float64"),
    ({"replicate": [0.0, 1.0, 2.0]}, "replicate expected int32, found float64"),
    ({"replicate": ["0", "1", "2"]}, "replicate expected int32, found str"),
    ({"replicate": [True, False, True]}, "replicate expected int32, found bool"),
    ({"replicate": [0, 1, 2**31]}, "not in range.*replicate"),
    ({"replicate": [0, 1, None]}, "replicate expected int32, found float64"),
    ({"n_correct": [0, 1, 40000]}, "not in range.*n_correct"),
    ({"arm": [1, 2, 3]}, "arm expected string, found int64"),
    ({"arm": ["a", "b", None]}, "arm.*null"),
    ({"arm": [None, None, None]}, "arm.*null"),
    ({"val_loss": ["0.1", "0.2", "0.3"]}, "val_loss expected float, found str"),
    ({"val_loss": [0.1, 0.2, float("nan")]}, "val_loss.*null"),
    ({"diverged": [0, 1, 0]}, "diverged expected bool, found int64"),
    ({"colour": ["a", "b", "c"]}, r"missing columns \[\], unknown \['colour'\]"),
]


@pytest.mark.parametrize(("change", "said"), BREACHES)
def test_breaches_are_refused_by_name(file: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(TableError, match=rf"table runs: .*{said}"):
        write(example(RUNS).assign(**change), file, RUNS)
    assert not list(file.parent.iterdir())


def test_missing_and_repeated_columns(file: Path) -> None:
    with pytest.raises(TableError, match=r"table runs: missing columns \['missed'\]"):
        write(example(RUNS).drop(columns="missed"), file, RUNS)
    twice = pd.concat([example(RUNS), example(RUNS)[["arm"]]], axis=1)
    with pytest.raises(TableError, match=r"repeated \['arm'\]"):
        write(twice, file, RUNS)


def test_whole_numbers_may_stand_in_a_float_column(file: Path) -> None:
    write(example(RUNS).assign(val_loss=[1, 2, 3]), file, RUNS)
    assert read(file, RUNS)["val_loss"].tolist() == [1.0, 2.0, 3.0]


def test_reading_checks_too(file: Path) -> None:
    good = pa.Table.from_pandas(example(MEMBERS), schema=MEMBERS.schema, preserve_index=False)
    chunk = good.schema.get_field_index("chunk")

    pq.write_table(good.set_column(chunk, "chunk", pa.array([0, 0, 0], pa.int64())), file)
    with pytest.raises(TableError, match="members: column chunk expected int32, found int64"):
        read(file, MEMBERS)
    pq.write_table(good.set_column(chunk, "chunk", pa.array([0, None, 0], pa.int32())), file)
    with pytest.raises(TableError, match=r"column chunk has 1 null"):
        read(file, MEMBERS)
    pq.write_table(good.drop(["chunk"]), file)
    with pytest.raises(TableError, match=r"missing columns \['chunk'\]"):
        read(file, MEMBERS)
    pq.write_table(pa.concat_tables([good, good]), file)
    with pytest.raises(TableError, match=r"3 repeated key"):
        read(file, MEMBERS)


def test_files_that_are_no_tables(file: Path) -> None:
    with pytest.raises(TableError, match=r"table runs: cannot read .*table\.parquet"):
        read(file, RUNS)
    write(example(RUNS), file, RUNS)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(TableError, match=r"table runs: cannot read"):
        read(file, RUNS)
