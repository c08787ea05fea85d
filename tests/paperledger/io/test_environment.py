"""The installed packages beside the lock: what counts, on which platform, and what is said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from paperledger.io.environment import (
    EnvironmentDiffers,
    closure,
    describe,
    differences,
    direct,
    installed,
    judge,
    locked,
    read_lock,
    runtime,
)

LOCK = """\
# made by a test
a==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
    # via
    #   -r requirements.in
    #   b
b==2.0 ; sys_platform == 'linux' \\
    --hash=sha256:ba
    # via -r requirements.in
c==3.0 \\
    --hash=sha256:ca
    # via a
t==4.0 \\
    --hash=sha256:ta
    # via -r requirements.in
"""
DIRECT = "# comment\na==1.0\n# training: more\nb ; sys_platform == 'linux'\n# tests: more\nt\n"


def test_the_lock_is_read_with_hashes_markers_and_who_asks(root: Path) -> None:
    lock = read_lock(LOCK)
    assert list(lock) == ["a", "b", "c", "t"]
    assert lock["a"].hashes == ("sha256:aa", "sha256:ab")
    assert lock["a"].via == {"b"}
    assert lock["b"].via == set()
    assert str(lock["b"].requirement.marker) == 'sys_platform == "linux"'
    text = (root / "requirements.lock").read_text()
    real = read_lock(text)
    assert list(real) == re.findall(r"^([a-z0-9-]+)[\[=]", text, re.MULTILINE)
    assert sum(len(entry.hashes) for entry in real.values()) == text.count("--hash=")
    assert {"pandas", "scipy", "keras"} <= real["numpy"].via


def test_a_package_that_is_locked_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="a is locked twice"):
        read_lock(LOCK + "a==1.1 \\\n    --hash=sha256:ac\n")


def test_what_only_tests_need_does_not_count(root: Path) -> None:
    assert [r.name for r in direct(DIRECT)] == ["a", "b"]
    assert closure(read_lock(LOCK), ["b"]) == ["a", "b", "c"]
    assert runtime(LOCK, DIRECT) == ["a==1.0", 'b==2.0; sys_platform == "linux"', "c==3.0"]
    with pytest.raises(KeyError, match="not in the lock: z"):
        closure(read_lock(LOCK), ["a", "z"])
    texts = [(root / f"requirements.{kind}").read_text() for kind in ("lock", "in")]
    names = {re.split("[=;]", line)[0] for line in runtime(texts[0], texts[1])}
    assert {"numpy", "tensorflow", "tensorflow-cpu", "numba", "llvmlite", "snakemake"} <= names
    tools = {"pytest", "pluggy", "hypothesis", "ruff", "mypy", "black", "snakefmt", "py-rattler"}
    assert not names & tools
    assert tools <= set(read_lock(texts[0]))


def test_where_nothing_trains_less_counts(root: Path) -> None:
    assert [r.name for r in direct(DIRECT, training=False)] == ["a"]
    assert runtime(LOCK, DIRECT, training=False) == ["a==1.0", "c==3.0"]
    # A paper that trains nothing has no such part.
    assert [r.name for r in direct("a==1.0\n# tests\nt\n", training=False)] == ["a"]
    texts = [(root / f"requirements.{kind}").read_text() for kind in ("lock", "in")]
    names = {re.split("[=;]", line)[0] for line in runtime(*texts, training=False)}
    assert {"numpy", "scikit-learn", "snakemake"} <= names
    assert not names & {"tensorflow", "tensorflow-cpu", "keras", "numba", "llvmlite", "pytest"}


def test_markers_choose_the_platform() -> None:
    lines = runtime(LOCK, DIRECT)
    assert locked(lines, {"sys_platform": "linux"}) == {"a": "1.0", "b": "2.0", "c": "3.0"}
    assert locked(lines, {"sys_platform": "darwin"}) == {"a": "1.0", "c": "3.0"}


def test_the_first_on_the_path_is_what_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Tiny_Thing-1.5.dist-info").mkdir()
    (tmp_path / "Tiny_Thing-1.5.dist-info/METADATA").write_text("Name: Tiny_Thing\nVersion: 1.5\n")
    assert installed(["tiny-thing"]) == {"tiny-thing": None}
    monkeypatch.syspath_prepend(str(tmp_path))
    assert installed(["tiny-thing", "no-such-thing"]) == {
        "tiny-thing": "1.5",
        "no-such-thing": None,
    }


def test_differences_are_missing_or_other_versions_and_nothing_else() -> None:
    wanted = {"same": "1.0", "spelt": "1.0", "local": "1.0", "other": "1.0", "gone": "1.0"}
    found = {"same": "1.0", "spelt": "1", "local": "1.0+x", "other": "1.0.post1", "gone": None}
    assert differences(wanted, found) == [
        {"name": "gone", "installed": None, "locked": "1.0"},
        {"name": "local", "installed": "1.0+x", "locked": "1.0"},
        {"name": "other", "installed": "1.0.post1", "locked": "1.0"},
    ]


def found(*packages: tuple[str, str | None, str]) -> dict[str, Any]:
    keys = ("name", "installed", "locked")
    return {"differences": [dict(zip(keys, package, strict=True)) for package in packages]}


def test_a_difference_stops_or_is_told_with_every_name() -> None:
    assert judge(found(), "strict") == judge(found(), "warn") == ""
    other = found(("numpy", "2.4.5", "2.4.6"), ("keras", None, "3.15.1"))
    words = "numpy 2.4.5 (locked 2.4.6), keras is missing (locked 3.15.1)"
    assert judge(other, "warn").endswith(f"not those of requirements.lock: {words}")
    with pytest.raises(EnvironmentDiffers, match=re.escape(words)) as error:
        judge(other, "strict")
    assert "environment=warn" in str(error.value)
    assert "\n" not in str(error.value)


def test_these_tests_run_in_the_locked_environment(root: Path) -> None:
    lines = runtime(*((root / f"requirements.{kind}").read_text() for kind in ("lock", "in")))
    here = describe(lines)
    assert here["differences"] == []
    assert len(here["packages"]) > 80
    assert here == describe(lines)
