"""Configuration files are laid one over another, key by key, as Snakemake does it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from paperledger.io.yaml_file import ConfigError, read_merged
from snakemake.utils import update_config


def files(folder: Path, *contents: Any) -> list[Path]:
    paths = [folder / f"{k}.yaml" for k in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_text(yaml.safe_dump(content))
    return paths


BELOW = {"a": {"b": 1, "c": {"d": [1, 2], "e": 3}}, "f": {"g": 1}, "h": 5}
ABOVE = {"a": {"c": {"d": [9]}, "new": {"i": 1}}, "f": 7, "h": {"j": 1}}


def test_the_last_file_counts_key_by_key(tmp_path: Path) -> None:
    found = read_merged(files(tmp_path, BELOW, ABOVE), {"h": 0})
    assert found == {
        "a": {"b": 1, "c": {"d": [9], "e": 3}, "new": {"i": 1}}, "f": 7, "h": 0
    }  # fmt: skip
    assert read_merged([]) == {}


def test_null_takes_away_what_is_there(tmp_path: Path) -> None:
    """And what a later file puts in its place is not laid over it."""
    paths = files(tmp_path, BELOW, {"a": None, "f": {"g": None}}, {"a": {"new": 2}})
    assert read_merged(paths, {"h": None}) == {"a": {"new": 2}, "f": {}}
    with pytest.raises(ConfigError, match=r"1\.yaml: a\.c\.x: null .*found nothing"):
        read_merged(files(tmp_path, BELOW, {"a": {"c": {"x": None}}}))


def test_it_is_what_snakemake_makes_of_them(tmp_path: Path) -> None:
    expected: dict[str, Any] = copy.deepcopy(BELOW)
    update_config(expected, ABOVE)
    assert read_merged(files(tmp_path, BELOW, ABOVE)) == expected


@pytest.mark.parametrize("content", [["a"], None, {"__use_yte__": True}])
def test_each_file_is_checked(tmp_path: Path, content: Any) -> None:
    with pytest.raises(ConfigError, match=r"1\.yaml: "):
        read_merged(files(tmp_path, BELOW, content))
