"""Configuration files that are not what they should be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from paperledger.io.yaml_file import ConfigError, read_yaml

from tests.helpers.changes import findings


def refused(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a: [1, 2", "not valid YAML"),
        ("a: 1\n\tb: 2", "not valid YAML"),
        ("a: *nowhere", "line 1: found the alias *nowhere, expected each value written out"),
        ("a: !!python/object:os.system {}", "not valid YAML"),
        ("a: !!bool maybe", "not valid YAML"),
        ("a: !!timestamp maybe", "not valid YAML"),
        ("a: 2026-02-30", "not valid YAML"),
        ("a: &x {b: *x}", "line 1: found the alias *x"),
        ("a: &a [x, x]\nb: &b [*a, *a]\n", "line 2: found the alias *a"),
        ("a: &a {b: 1}\nc:\n  <<: *a\n", "line 3: found the alias *a"),
        ("a: " + "9" * 5000, "not valid YAML"),
        ("#" * 1_000_000 + "\n", "expected at most 1000000 bytes, found more"),
        ("? [1, 2]\n: 3", "line 1: [1, 2] cannot be a key"),
        ("a: 1\nb:\n  c: 2\n  c: 2\n", "line 4: key 'c' is given twice"),
        ("1: x\n1.0: y\n", "given twice"),
        (b"a: \xff\n", "expected UTF-8 text, found byte 3"),
        ("a: é".encode("latin-1"), "expected UTF-8"),
        ("a: 1".encode("utf-16"), "expected UTF-8"),
        ("a: \0", "not valid YAML"),
        ("[" * 1000, "line 1: expected at most 50 levels, found more"),
        ("{a: " * 1000, "line 1: expected at most 50 levels, found more"),
        ("a: 1\nb: 0x" + "a" * 5000, "line 2: expected an integer of at most 64 bits"),
        ("a: " + "1:" * 900 + "1", "line 1: expected an integer of at most 64 bits"),
        ("---\na: 1\n---\nb: 2\n", "not valid YAML"),
    ],
)
def test_broken_files(tmp_path: Path, content: str | bytes, said: str) -> None:
    assert said in refused(tmp_path / "broken.yaml", content)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.yaml: no such file"):
        read_yaml(tmp_path / "nothing.yaml")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_yaml(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        # YAML 1.1: without a point 1e-1 is text, and so is a comma's number
        ("initial_rate: 0.1\n    momentum: 0.8", "initial_rate: 1e-1\n    momentum: 0.8",
         "arms.constant_m08.initial_rate", 'found "1e-1", allowed is a value of type number'),
        ("momentum: 0.8", "momentum: 0,8", "arms.constant_m08.momentum", 'found "0,8"'),
        # no, off, n: booleans, also as a key
        ("label: baseline", "label: no", "arms.constant_m00.label", "found false"),
        ("  step_m09:\n", "  off:\n", "arms", "found false"),
        # a date without quotes is a date, not text
        ('date: "(.*)"', r"date: \1", "plan.date", 'found "2'),
        # 1:30 is base 60, 0.5:30 text
        ("batch_size: 28", "batch_size: 4:00", "training.batch_size", "found 240"),
        ("momentum: 0.8", "momentum: .nan", "arms.constant_m08.momentum", "found NaN"),
        ("momentum: 0.8", "momentum:", "arms.constant_m08.momentum", "found null"),
    ],
)  # fmt: skip
def test_what_yaml_reads_differently_than_it_looks(
    tmp_path: Path, root: Path, old: str, new: str, key: str, words: str
) -> None:
    text, found = re.subn(old, new, (root / "config/config.yaml").read_text(), count=1)
    assert found == 1
    file = tmp_path / "config.yaml"
    file.write_text(text)
    named, said = findings(read_yaml(file))[0]
    assert named == key
    assert said.startswith(words)
