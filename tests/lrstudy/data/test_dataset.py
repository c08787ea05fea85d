"""Reading the data file: the real one, and thousands of files that are not it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lrstudy.data.dataset import DataError, Dataset, read_dataset

from tests.helpers.networks import read_ionosphere

EMBEDDED = Path(__file__).parents[3] / "data" / "ionosphere.data"


def read(path: Path, text: str | bytes, n_rows: int = 3, n_features: int = 2) -> list[list[float]]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    data = read_dataset(path, n_rows=n_rows, n_features=n_features, positive="g", negative="b")
    rows: list[list[float]] = np.column_stack([data.features, data.labels]).tolist()
    return rows


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.data"


def test_the_embedded_copy_is_the_one_of_uci() -> None:
    content = EMBEDDED.read_bytes()
    assert len(content) == 76_467
    digest = hashlib.sha256(content).hexdigest()
    assert digest == "46d52186b84e20be52918adb93e8fb9926b34795ff7504c24350ae0616a04bbd"


def test_ionosphere() -> None:
    data = read_ionosphere(EMBEDDED)
    assert data.features.shape == (351, 34)
    assert data.features.dtype == np.float32
    assert data.labels.shape == (351,)
    assert data.labels.dtype == np.uint8
    assert np.bincount(data.labels).tolist() == [126, 225]
    assert data.features[0, :4].tolist() == np.array([1, 0, 0.99539, -0.05889], "f4").tolist()
    assert data.features[350, 33] == np.float32(-0.06151)
    assert (data.features[:, 1] == 0).all()
    assert not data.labels[data.features[:, 0] == 0].any()
    assert (data.features[102] == data.features[248]).all()
    assert data.labels[102] == data.labels[248]
    assert np.abs(data.features).max() == 1


def test_a_file_with_another_hash_is_refused(path: Path) -> None:
    content = EMBEDDED.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    table = {"n_rows": 351, "n_features": 34, "positive": "g", "negative": "b", "sha256": sha256}
    path.write_bytes(content)
    assert (read_dataset(path, **table).features == read_ionosphere(EMBEDDED).features).all()
    path.write_bytes(content.replace(b"0.99539", b"0.99538", 1))
    with pytest.raises(
        DataError, match=f"table.data: expected SHA-256 {sha256}, found .*remove it"
    ):
        read_dataset(path, **table)


def test_the_tails_classes() -> None:
    labels = read_ionosphere(EMBEDDED).labels
    assert np.bincount(labels[:235]).tolist() == [117, 118]
    assert np.bincount(labels[235:]).tolist() == [9, 107]
    assert np.bincount(labels[200:]).tolist() == [27, 124]


def test_a_small_table(path: Path) -> None:
    expected = [[1, -0.5, 1], [100, 0.25, 0], [0, 2, 1]]
    assert read(path, "1,-0.5,g\n1e2,.25,b\n0,+2.,g\n") == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_line_ends(end: str, path: Path) -> None:
    assert read(path, (end or "\n").join(["1,2,g", "3,4,b", "5,6,g"]) + end)[2] == [5, 6, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected 3 rows, found 0"),
        ("1,2,g\n3,4,b\n", "expected 3 rows, found 2"),
        ("1,2,g\n1,2,b\n" * 2, "expected 3 rows, found 4"),
        ("1,2,g\n3,b\n5,6,g\n", "line 2: expected 3 comma-separated fields, found 2"),
        ("1,2,g\n3,4,5,b\n5,6,g\n", "line 2: expected 3 comma-separated fields, found 4"),
        ("1,2,g\n\n5,6,b\n", "expected 3 rows, found 2"),
        (
            "1;2;g\n3;4;b\n5;6;g\n",
            "line 1: expected 3 comma-separated fields, found 1, as in every",
        ),
        ("1,2,g\n3,4,b\n5,x,g\n", "line 3, column 1: expected a number, found 'x'"),
        ("1,2,g\n3,,b\n5,6,g\n", "line 2, column 1: expected a number, found ''"),
        ("1,2,g\n3,4 4,b\n5,6,g\n", "line 2, column 1: expected a number, found '4 4'"),
        ('1,2,g\n"3"x,4,b\n5,6,g\n', "line 2: expected a field in quotes to end"),
        ('1,2,g\n3,4,b\n5,6,"g\n', "line 3: expected a field in quotes to end"),
        ("1_0,2,g\n3,4,b\n5,6,g\n", "line 1, column 0: expected a number, found '1_0'"),
        ("1,nan,g\n3,4,b\n5,6,g\n", "line 1, column 1: expected a number, found 'nan'"),
        ("1,-inf,g\n3,4,b\n5,6,g\n", "line 1, column 1: expected a number, found '-inf'"),
        ("1,0x1,g\n3,4,b\n5,6,g\n", "line 1, column 1: expected a number, found '0x1'"),
        ("1,1e999,g\n3,4,b\n5,6,g\n", "line 1, column 1: expected a finite float32"),
        ("1,-1e39,g\n3,4,b\n5,6,g\n", "found '-1e39'"),
        ("1,2,G\n3,4,b\n5,6,g\n", "line 1: expected the class 'g' or 'b', found 'G'"),
        ("1,2,g\n3,4,\n5,6,b\n", "line 2: expected the class 'g' or 'b', found ''"),
        ("1,2,g\n3,4,B\n5,6,g\n", "no row is of the class 'b'; found 'g' (2), 'B' (1)"),
        ("1,2,g\n3,4,b\n5,6," + "z" * 99, "found 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz...'"),
        ("1,2,g\n3,4,b\n5,\uff16,g\n", "line 3, column 1: expected a number, found '\uff16'"),
        (b"1,2,g\n3,4,b\n5,6,\x81\n", "expected text"),
        (b"PK\x03\x04\x00\xfe", "expected text"),
    ],
)
def test_what_is_wrong_and_where(text: str | bytes, message: str, path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(path, text)
    assert message in str(caught.value)
    assert all(str(path) in line for line in str(caught.value).split("\n"))


@pytest.mark.parametrize("name", ["missing", ".", "a\0b", "x" * 5000, "table.data/below"])
def test_files_that_cannot_be_read(name: str, path: Path) -> None:
    path.write_text("1,2,g\n")
    with pytest.raises(DataError):
        read_ionosphere(path.parent / name)


def test_the_largest_number(path: Path) -> None:
    largest = float(np.finfo(np.float32).max)
    assert read(path, f"{largest!r},2,g\n-{largest!r},4,b\n1e-999,6,g\n")[0][0] == largest


FUZZ = settings(max_examples=500, deadline=None, database=None)


@given(
    st.lists(
        st.tuples(
            st.floats(width=32, allow_nan=False, allow_infinity=False),
            st.floats(width=32, allow_nan=False, allow_infinity=False),
            st.sampled_from("gb"),
        ),
        min_size=1,
        max_size=9,
    ).filter(lambda rows: len({row[2] for row in rows}) == 2)
)
@settings(FUZZ, max_examples=200)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[float, float, str]]
) -> None:
    text = "".join(f"{a!r},{b!r},{name}\n" for a, b, name in rows)
    path = tmp_path_factory.getbasetemp() / "round.data"
    assert read(path, text, n_rows=len(rows)) == [[a, b, name == "g"] for a, b, name in rows]


# --- other tables: headers, separators, columns, one class against the rest, scaling ------------


def other(path: Path, text: str | bytes, **given: object) -> Dataset:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    setting: dict[str, object] = {"n_rows": 3, "n_features": 2, "positive": "x", "negative": "*"}
    return read_dataset(path, **(setting | given))  # type: ignore[arg-type]


def test_the_class_may_stand_anywhere_and_columns_be_left_out(tmp_path: Path) -> None:
    text = "id\tclass\ta\tb\n7\tx\t1\t2\n8\ty\t3\t4\n9\tz\t5\t6\n"
    data = other(
        tmp_path / "t", text, header_lines=1, separator="\t", class_column=1, unused_columns=[0]
    )
    assert data.features.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert data.labels.tolist() == [1, 0, 0]


def test_a_range_is_from_minus_one_to_one_and_a_constant_is_zero(tmp_path: Path) -> None:
    """Over the rows that train: what lies beyond them lies beyond the range."""
    data = other(tmp_path / "t", "10,4,x\n20,4,y\n14,5,y\n", scale="range")
    assert data.inputs(np.arange(3)).tolist() == [[-1, -1], [1, -1], [pytest.approx(-0.2), 1]]
    assert data.inputs(np.array([0, 2])).tolist() == [[-1, -1], [4, -1], [1, 1]]
    assert data.inputs(np.array([0, 1])).tolist() == [[-1, 0], [1, 0], [pytest.approx(-0.2), 0]]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"scale": "unit"}, "scale: expected none or range, found 'unit'"),
        ({"missing": "mean"}, "missing: expected refuse or drop or median, found 'mean'"),
        ({"categorical_columns": [2]}, r"none of them in categorical_columns, found \[2\]"),
        ({"class_column": 3}, "columns 0 to 2, each once, found 3"),
        ({"unused_columns": [3]}, r"columns 0 to 3, each once, found None and \[3\]"),
    ],
)
def test_settings_that_fit_no_table(tmp_path: Path, given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        other(tmp_path / "t", "1,2,x\n1,2,y\n1,2,y\n", **given)


def test_lines_are_counted_from_the_top_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="line 3: expected 3 tab-separated fields, found 1"):
        other(tmp_path / "t", "a\tb\tc\n1\t2\tx\n1,2,y\n", header_lines=1, separator="\t")


# --- tables as people have them: what R, pandas, Excel and Weka write ----------------------------

TABLE = [[1, 2, 1], [3, 4, 0], [5, 6, 1]]
HEADED = {"header_lines": 1, "positive": "g", "negative": "b"}


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ('"","V1","V2","C"\n"1",1,2,"g"\n"2",3,4,"b"\n"3",5,6,"g"\n', {"unused_columns": [""]}),
        ('"V1" "V2" "C"\n"1" 1 2 "g"\n"2" 3  4 "b"\n"3" 5 6 "g"', {"unused_columns": [0]}),
        (",V1,V2,C\r\n0,1,2,g\r\n1,3,4,b\r\n2,5,6,g\r\n", {"unused_columns": [0]}),
        ("\ufeffL\u00e4nge;V2;C\r\n1;2;g\r\n3;4;b\r\n5;6;g\r\n;;\r\n", {"class_column": "C"}),
        ("L\u00e4nge\tV2\tC\n1\t2\tg\n3\t4\tb\n5\t6\tg\n".encode("utf-16"), {}),
        ("L\u00e4nge,V2,C\n1,2,g\n3,4,b\n5,6,g\n".encode("cp1252"), {}),
        (
            'V1, V2, C\n 1 , 2 , g \n3, 4,  b\n5, 6, "g"\n\n# end\n% 3 rows, all told\n\n',
            {},
        ),
        ("\ufeff1,2,g\n3,4,b\n5,6,g\n", {"header_lines": 0}),
        ("C,V2,V1\ng,2,1\nb,4,3\ng,6,5\n", {"class_column": "C", "turned": True}),
        ("V1,V2,C\n1,2,1.0\n3,4,0.0\n5,6,1.0\n", {"positive": 1, "negative": 0}),
        ("V1,V2,C\n1,2,1\n3,4,0\n5,6,1\n", {"positive": "1", "negative": "0"}),
        (
            "%@data\n@relation r\n@attribute 'a b' numeric\n@attribute V2 real\n"
            "@attribute c {'it\\'s',b}\n@DATA\n1,2,'it\\'s'\n3,4,b\n% note\n5,6,'it\\'s'\n",
            {"header_lines": 6, "class_column": "c", "positive": "it's"},
        ),
    ],
)
def test_a_table_as_programs_write_it(text: str | bytes, given: dict[str, Any], path: Path) -> None:
    turned = given.pop("turned", False)
    for key, separator in ((b"\t", "\t"), (b";", ";"), (b'" "', " ")):
        content = text if isinstance(text, bytes) else text.encode()
        given = {"separator": separator} | given if key in content else given
    data = other(path, text, **(HEADED | given))
    found = data.features[:, ::-1] if turned else data.features
    assert np.column_stack([found, data.labels]).tolist() == TABLE


GAPS = "a,k,C\n1,u,g\n,v,b\n5,u,g\n9,?,b\n2,NA,b\n"


def test_what_is_missing_is_dropped_or_filled_from_the_training_rows(path: Path) -> None:
    given = {**HEADED, "categorical_columns": ["k"]}
    kept = other(path, GAPS + "3,v,b\n", **given, n_rows=3, missing="drop")
    assert kept.features.tolist() == [[1, 1, 0], [5, 1, 0], [3, 0, 1]]
    assert kept.labels.tolist() == [1, 1, 0]
    assert not kept.learns
    filled = other(path, GAPS, **given, n_rows=5, missing="median")
    seen = filled.inputs(np.array([0, 2, 3]))  # 1, 5, 9 and u, u, none
    assert seen.tolist() == [[1, 1, 0], [5, 0, 1], [5, 1, 0], [9, 1, 0], [2, 1, 0]]
    alone = filled.inputs(np.array([1, 4]))  # of a only 2, of k only v
    assert alone.tolist() == [[1, 1, 0], [2, 0, 1], [5, 1, 0], [9, 0, 1], [2, 0, 1]]
    nothing = filled.inputs(np.array([3, 3]))  # no k at all
    assert nothing[3].tolist() == [9, 0, 0]
    with pytest.raises(DataError) as caught:
        other(path, GAPS, **given, n_rows=5)
    assert [line.split(":")[0].partition(", ")[2] for line in str(caught.value).split("\n")] == [
        "line 3, column 0 ('a')",
        "line 5, column 1 ('k')",
        "line 6, column 1 ('k')",
    ]


def counted(column: Sequence[object]) -> str:
    rows = [f"{value},0.{i % 7}5,{'gb'[i % 2]}" for i, value in enumerate(column)]
    return "\n".join(["nr,x,C", *rows])


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (range(1, 13), "column 0 ('nr') only counts the rows"),
        ([1, 2, 5, 6, 7, 9, 12, 13, 20, 21, 22, 40], "column 0 ('nr') only counts the rows"),
        ([3, 1, 2, 0, 5, 4, 11, 10, 6, 7, 9, 8], "column 0 ('nr') only counts the rows"),
        (["NA"] * 12, "column 0 ('nr') has no value in any row"),
        ([3, 1, 2, 0, 5, 4, 11, 10, 6, 7, 9, 9], ""),
        ([0.5, *range(1, 12)], ""),
        (range(0, 9), ""),
    ],
)
def test_a_column_that_only_counts_rows(column: Sequence[object], said: str, path: Path) -> None:
    given = {**HEADED, "n_rows": len(column), "missing": "median"}
    if not said:
        assert other(path, counted(column), **given).features.shape == (len(column), 2)
        return
    with pytest.raises(DataError) as caught:
        other(path, counted(column), **given)
    assert str(caught.value).startswith(f"{path}: {said}")


def test_a_row_without_a_class_is_not_of_the_rest(path: Path) -> None:
    text = "1,2,x\n3,4,y\n5,6,\n7,8,?\n"
    with pytest.raises(DataError) as caught:
        other(path, text, n_rows=4)
    assert str(caught.value).count("expected the class 'x' or another") == 2
    assert other(path, text, n_rows=2, missing="drop").labels.tolist() == [1, 0]


def test_a_category_of_its_own_for_each_row(path: Path) -> None:
    given = {**HEADED, "n_rows": 12, "categorical_columns": ["nr"]}
    with pytest.raises(DataError, match="has a category for each row"):
        other(path, counted([f"Mazda {i}" for i in range(12)]), **given)


@pytest.mark.parametrize(
    ("header", "given", "said"),
    [
        ("a,b,C", {"class_column": "D"}, "expected the column 'D' once in the header, found it 0"),
        ("a,a,C", {"categorical_columns": ["a"]}, "the column 'a' once in the header, found it 2"),
        ("a table", {"class_column": "C"}, "expected a header of 3 names, to find 'C' in, found 1"),
    ],
)
def test_names_that_are_not_in_the_header(
    header: str, given: dict[str, object], said: str, path: Path
) -> None:
    with pytest.raises(DataError) as caught:
        other(path, f"{header}\n1,2,g\n3,4,b\n5,6,g\n", **(HEADED | given))
    assert said in str(caught.value)


def test_all_faults_of_a_table_are_said_at_once(path: Path) -> None:
    text = "a,b,C\n1,x,g\n1e99,4,c\n" + "z,6,g\n" * 13
    with pytest.raises(DataError) as caught:
        other(path, text, **HEADED, n_rows=99)
    said = str(caught.value).split("\n")
    kinds = ["no row is of the class 'b'", "line 3, column 0 ('a')", "4 more faults of this kind"]
    for kind in (*kinds, "line 2, column 1 ('b')", "expected 99 rows, found 15"):
        assert sum(kind in line for line in said) == 1
    assert len(said) == 1 + 10 + 1 + 1 + 1
