"""Damaged data files, each a clean error or read as it says; see test_fuzz.py."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lrstudy.data.dataset import DataError, Dataset, read_dataset
from lrstudy.data.guess import guess_table

from tests.helpers.damage import EMBEDDED, damaged, fuzz
from tests.helpers.networks import read_ionosphere


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fuzz"


def table_or_clear_line(path: Path, **table: Any) -> Dataset | None:
    """Read a table; None where it is refused, with the file's name in each line of the message."""
    try:
        return read_dataset(path, **table)
    except DataError as error:
        assert all(str(path) in line for line in str(error).split("\n"))
        return None


@fuzz(400)
@given(content=st.binary(max_size=300) | st.text('0123456789.,+-eEgb\n\r _"#%?', max_size=300))
def test_any_bytes_as_data(content: bytes | str, path: Path) -> None:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    table_or_clear_line(path, n_rows=3, n_features=2, positive="g", negative="b")


def by_pandas(content: bytes) -> pd.DataFrame:
    """Read a table without a header as pandas does, every field as text."""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    lines = [line for line in io.StringIO(text, newline=None) if line.strip(" ,\r\n")]
    table = pd.read_csv(
        io.StringIO("".join(lines)), header=None, dtype=str, na_filter=False, skipinitialspace=True
    )
    return table.apply(lambda column: column.str.strip())


@fuzz(60)
@given(content=damaged(EMBEDDED.read_bytes()))
def test_damaged_data(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    try:
        found = read_ionosphere(path)
    except DataError as error:
        assert all(str(path) in line for line in str(error).split("\n"))
        return
    rows = by_pandas(content)
    assert (found.features == rows.iloc[:, :-1].astype(float).to_numpy(np.float32)).all()
    assert found.labels.tolist() == (rows.iloc[:, -1] == "g").tolist()


WORDS = st.sampled_from(["yes", "no", "it's", 'a "b"', "x, y", "\u00e4\u00f6", "n/a", "1"])
LABELS = st.sampled_from([("g", "b"), ("1", "0"), ("tested, positive", "\u00fc"), ("NA", "no")])
GAP = st.sampled_from(["", "?", "NA", "NaN", "#N/A"])


@st.composite
def written(draw: Any) -> tuple[bytes, dict[str, Any], list[list[Any]]]:
    """Write a table as some program would: the file, how it is read, and what it holds."""
    separator = draw(st.sampled_from([",", ";", "\t"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    positive, negative = draw(LABELS)
    number = st.floats(width=32, allow_nan=False, allow_infinity=False)
    row = st.tuples(number | st.none(), WORDS | st.none(), st.sampled_from([positive, negative]))
    rows = draw(st.lists(row, min_size=2, max_size=8))
    rows = [*rows, (0.5, "yes", positive), (1.5, "no", negative)]
    header = draw(st.booleans())
    index = draw(st.booleans())

    def field(value: Any) -> str:
        text = draw(GAP) if value is None else repr(value) if isinstance(value, float) else value
        must = any(mark in text for mark in (separator, '"'))
        if must or draw(st.booleans()):
            return draw(st.sampled_from(["", " "])) + '"' + text.replace('"', '""') + '"'
        return draw(st.sampled_from(["", " "])) + text + draw(st.sampled_from(["", "  "]))

    named = [["nr"] * index + ["Gr\u00f6\u00dfe, cm", "Wort", "Klasse"]] * header
    lines = [separator.join(map(field, line)) for line in named]
    for i, values in enumerate(rows, 1):
        lines.append(separator.join(map(field, [str(i)] * index + list(values))))
    lines += draw(st.lists(st.sampled_from(["", "# the end", "% 9", separator * 2]), max_size=3))
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(lines) + draw(
        st.sampled_from(["", "\n"])
    )
    table = {
        "n_rows": len(rows),
        "n_features": 2,
        "header_lines": int(header),
        "separator": separator,
        "unused_columns": [0] if index else [],
        "categorical_columns": ["Wort" if header else 1 + index],
        "class_column": draw(st.sampled_from(["Klasse", 2 + index])) if header else 2 + index,
        "positive": positive,
        "negative": negative,
        "missing": "median",
    }
    return text.encode(encoding), table, [list(row) for row in rows]


@fuzz(80)
@given(file=written())
def test_a_table_is_read_as_it_was_written(
    file: tuple[bytes, dict[str, Any], list[list[Any]]], path: Path
) -> None:
    content, table, rows = file
    path.write_bytes(content)
    found = read_dataset(path, **table)
    words = sorted({word for _, word, _ in rows if word is not None})
    expected = [
        [
            np.nan if number is None else number,
            *(np.nan if word is None else float(word == each) for each in words),
        ]
        for number, word, _ in rows
    ]
    np.testing.assert_array_equal(found.features, np.array(expected, np.float32))
    assert found.labels.tolist() == [label == table["positive"] for *_, label in rows]


@fuzz(80)
@given(file=written())
def test_a_guess_reads_a_table_as_it_was_written_or_says_why_not(
    file: tuple[bytes, dict[str, Any], list[list[Any]]], path: Path
) -> None:
    content, table, rows = file
    labels = [label for *_, label in rows]
    try:
        guess = guess_table(content, str(table["class_column"]))
    except DataError:
        return
    if table["header_lines"] != guess.table["header_lines"] or "NA" in labels:
        return  # a row of words may be taken for names, and a label for none
    path.write_bytes(content)
    found = read_dataset(path, **guess.table)
    assert len(found.labels) == len(rows)
    positive = guess.table["positive"]
    assert found.labels.tolist() == [label == positive for label in labels]


@fuzz(80)
@given(file=written(), data=st.data())
def test_a_damaged_table_is_itself_or_refused(
    file: tuple[bytes, dict[str, Any], list[list[Any]]], data: Any, path: Path
) -> None:
    content, table, _ = file
    path.write_bytes(data.draw(damaged(content)))
    found = table_or_clear_line(path, **table)
    assert found is None or len(found.labels) == table["n_rows"]
    if found:
        assert set(found.labels.tolist()) == {0, 1}
        assert np.isfinite(found.inputs(np.arange(table["n_rows"]))).all()
