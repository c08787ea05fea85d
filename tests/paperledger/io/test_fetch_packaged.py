"""A data file of an installed package."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from paperledger.io.fetch import DataError, Provenance, fetch

IRIS = "f13ffa8fdd56fd8e6c8d16d4081a3fbd3114bcd0aae4256c43205169cd9d1449"
DIGITS = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"


def packaged(source: str, sha256: str, destination: Path) -> Provenance:
    return fetch(
        source,
        urls=[],
        member="",
        sha256=sha256,
        embedded="",
        destination=destination,
        timeout_seconds=1,
        attempts=1,
        max_bytes=1_000_000,
        budget_seconds=1,
    )


@pytest.mark.parametrize(
    ("name", "sha256", "size"), [("iris.csv", IRIS, 2734), ("digits.csv.gz", DIGITS, 264_712)]
)
def test_a_packaged_file_is_taken_unpacked(
    name: str, sha256: str, size: int, tmp_path: Path
) -> None:
    source = f"package:sklearn/datasets/data/{name}"
    found = packaged(source, sha256, tmp_path / "x")
    assert found == Provenance(source, None, sha256, size)
    assert hashlib.sha256((tmp_path / "x").read_bytes()).hexdigest() == sha256


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("package:nowhere/x.csv", "no package 'nowhere' is installed"),
        ("package:", "no package '' is installed"),
        ("package:a.b/x", "no package 'a.b' is installed"),
        ("package:sklearn/datasets/data/none.csv", "the package sklearn has no such file"),
        ("package:sklearn/datasets/data/wine_data.csv", f"expected SHA-256 {IRIS}, found "),
    ],
)
def test_a_packaged_file_that_cannot_be_taken(source: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=re.escape(said)):
        packaged(source, IRIS, tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_damaged_archive_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "t.gz").write_bytes(b"\x1f\x8b\x08\x00broken")
    with pytest.raises(DataError, match=r"cannot read .*t\.gz: "):
        packaged(str(tmp_path / "t.gz"), IRIS, tmp_path / "x")
