"""`make table`: the block of a file that nobody has described yet, ready to train on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from lrstudy.commands.table import main
from lrstudy.data.dataset import read_dataset
from lrstudy.design.config import check_config
from lrstudy.design.plan import trained_datasets
from paperledger.io.yaml_file import lay_over
from paperledger.program import run_program

N = 60


@pytest.fixture(autouse=True)
def at_the_top(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


@pytest.fixture
def frame() -> pd.DataFrame:
    """Numbers beyond [-1, 1], words, a class in neither the first nor the last column."""
    rng = np.random.default_rng(4)
    labels = np.where(rng.random(N) < 0.3, "ill", "well")
    numbers = (rng.normal(size=N) * 9).round(2)
    return pd.DataFrame(
        {"Gr\u00f6\u00dfe, cm": numbers, "Class": labels, "vote": rng.choice(["y", "n"], N)}
    )


def printed(path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[list[str], Any]:
    """Return the comments above the block, and the block."""
    assert main([str(path), *more]) == 0
    text = capsys.readouterr().out
    comments = [line[2:] for line in text.splitlines() if line.startswith("#")]
    return comments, yaml.safe_load(text)


def as_pandas(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path)


def as_r(frame: pd.DataFrame, path: Path) -> None:
    named = frame.set_axis(range(1, N + 1)).reset_index(names="")
    named[""] = named[""].astype(str)
    text = named.to_csv(index=False, quoting=2, na_rep="NA").replace('"NA"', "NA")
    path.write_text(text.replace('"",', '"",', 1))


def as_excel(frame: pd.DataFrame, path: Path) -> None:
    text = frame.to_csv(index=False, sep=";", lineterminator="\r\n") + ";;\r\n;;\r\n"
    path.write_bytes(text.encode("utf-8-sig"))


def as_weka(frame: pd.DataFrame, path: Path) -> None:
    kinds = {"Class": "{ill,well}", "vote": "{y,n}"}
    lines = ["% a table", "@relation t", ""]
    lines += [f"@attribute '{name}' {kinds.get(name, 'numeric')}" for name in frame]
    rows = frame.to_csv(index=False, header=False, na_rep="?").splitlines()
    path.write_text("\n".join([*lines, "@data", *rows, "% the end", ""]))


WRITERS = [as_pandas, as_r, as_excel, as_weka]


@pytest.mark.parametrize("write", WRITERS)
def test_a_block_alone_trains_on_the_table_as_it_was(
    write: Any, frame: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str], config: Any
) -> None:
    gaps = frame.copy()
    gaps.loc[3, "vote"] = np.nan
    gaps.loc[5, "Gr\u00f6\u00dfe, cm"] = np.nan
    path = tmp_path / "My table.csv"
    write(gaps, path)
    comments, block = printed(path, capsys)
    lay_over(config, block)
    study = config
    check_config(study)
    assert trained_datasets(study)[-1] == "my_table"
    block = study["datasets"]["my_table"]
    assert (block["table"]["scale"], block["table"]["missing"]) == ("range", "median")
    found = read_dataset(path, **block["table"], sha256=block["sha256"])
    assert found.labels.tolist() == (frame["Class"] == "ill").astype(int).tolist()
    expected = np.column_stack(
        [
            gaps["Gr\u00f6\u00dfe, cm"],
            *(np.where(gaps["vote"].isna(), np.nan, gaps["vote"] == v) for v in "ny"),
        ]
    ).astype(np.float32)
    assert np.array_equal(found.features, expected, equal_nan=True)
    assert f"'well' ({(frame['Class'] == 'well').sum()})" in comments[1]
    assert comments[2].startswith("missing: 2 values")
    assert any("counts the rows" in line for line in comments) == (write in (as_pandas, as_r))


def test_what_it_warns_of(
    frame: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = frame.sort_values("Class").assign(
        name=[f"no. {i}" for i in range(N)], one=1.5, few=["1", "x", "2"] * (N // 3)
    )
    frame.loc[2, "Class"] = np.nan
    path = tmp_path / "ionosphere.csv"
    pd.concat([frame, frame[-1:]]).to_csv(path, index=False)
    comments, block = printed(path, capsys)
    said = "\n".join(comments)
    for warning in (
        "'name' has 60 words in 61 rows: unused",
        "'few' is taken for categories: 41 numbers, but also 'x'",
        "rows that are the same as an earlier one: 1",
        "columns of one value: 'one'",
        "sorted by class",
        "rows without a class: 1; all 1 with a gap are dropped",
    ):
        assert warning in said
    assert block["datasets"]["ionosphere_2"]["table"]["n_rows"] == 60


def test_the_class_may_be_named(
    frame: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame.to_csv(tmp_path / "t.csv", index=False)
    _, block = printed(tmp_path / "t.csv", capsys, "--class", "vote")
    assert block["datasets"]["t"]["table"]["class_column"] == "vote"
    assert printed(tmp_path / "t.csv", capsys, "--class", "2")[1] == block
    three = frame.assign(vote=["a", "b", "c"] * (N // 3))
    three.to_csv(tmp_path / "t.csv", index=False)
    comments, block = printed(tmp_path / "t.csv", capsys, "--class", "vote")
    assert block["datasets"]["t"]["table"]["negative"] == "*"
    assert "warning: 3 classes" in "\n".join(comments)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot read"),
        ("", "expected rows of fields"),
        ("PK\0\0", "expected text, found something else"),
        ("a,b\n1,x\n2,x\n3,x\n", "expected two classes in column 'b', found 'x' (3)"),
        ("a,b\n1,x\n2,y\n3\n", "line 4: expected 2 comma-separated fields, found 1"),
        ('a,b\n1,x\n2,y\n3,"x\n', "line 4: expected a field in quotes to end"),
    ],
)
def test_a_file_that_is_no_table(
    text: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.csv"
    if text is not None:
        path.write_text(text)
    assert run_program("lrstudy", ["table", str(path)]) == 1
    found = capsys.readouterr()
    assert (found.out, found.err.count("error: ")) == ("", 1)
    assert str(path) in found.err
    assert said in found.err


def test_a_table_that_the_study_does_not_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The block is there, to be changed; and so is what stops it."""
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,x\n2,y\n5,x\n" * 5)
    assert main([str(path)]) == 1
    found = capsys.readouterr()
    assert "training.batch_size: found 28" in found.err
    assert yaml.safe_load(found.out)["datasets"]["t"]["table"]["n_rows"] == 15
