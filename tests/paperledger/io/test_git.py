"""Whatever a git hook hands on, nothing here acts on a repository that is not its own."""

from __future__ import annotations

import ast
import hashlib
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from paperledger.io.git import ask

from tests.helpers import repository
from tests.helpers.repository import ROOT, commit, listed

# What each variable would have to say so that git, run elsewhere, finds the victim or writes there.
HOSTILE = {
    "GIT_DIR": "{victim}/.git",
    "GIT_WORK_TREE": "{victim}",
    "GIT_COMMON_DIR": "{victim}/.git",
    "GIT_INDEX_FILE": "{victim}/.git/index",
    "GIT_OBJECT_DIRECTORY": "{victim}/.git/objects",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES": "{victim}/.git/objects",
    "GIT_SHALLOW_FILE": "{victim}/.git/shallow",
    "GIT_GRAFT_FILE": "{victim}/.git/grafts",
    "GIT_NAMESPACE": "victim",
    "GIT_PREFIX": "sub/",
    "GIT_CEILING_DIRECTORIES": "{victim}",
    "GIT_CONFIG": "{victim}/.git/config",
    "GIT_CONFIG_GLOBAL": "{victim}/.git/config",
    "GIT_CONFIG_SYSTEM": "{victim}/.git/config",
    "GIT_CONFIG_PARAMETERS": "'core.worktree'='{victim}'",
    "GIT_CONFIG_COUNT": "1",  # with the two that follow
    "GIT_CONFIG_KEY_0": "core.worktree",
    "GIT_CONFIG_VALUE_0": "{victim}",
    "GIT_TEMPLATE_DIR": "{victim}/.git",
    "GIT_EXEC_PATH": "{victim}",
    "GIT_TRACE": "{victim}/.git/trace",
    "GIT_TRACE2_EVENT": "{victim}/.git/trace2",
    "GIT_AUTHOR_NAME": "victim",
    "GIT_FOO": "no such variable",
}
# As a test would that takes no care: it trusts the folder it runs in.
NAMED = "git -c user.name=a -c user.email=a@b"
CARELESS = f"env | grep '^GIT_'; git init -q; git add .; {NAMED} commit -qm all"


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Path]:
    """A repository that must be, byte for byte, what it was."""
    folder = tmp_path / "victim"
    folder.mkdir()
    (folder / "work").write_text("a year of it")
    commit(folder)
    before = contents(folder)
    yield folder
    assert contents(folder) == before


@pytest.fixture
def every(victim: Path) -> dict[str, str]:
    return {name: value.format(victim=victim) for name, value in HOSTILE.items()}


@pytest.fixture(params=[*HOSTILE, "all"])
def hostile(request: pytest.FixtureRequest, every: dict[str, str]) -> dict[str, str]:
    """One of the variables, or all of them at once."""
    name = request.param
    if name == "GIT_CONFIG_COUNT":
        return {key: every[key] for key in (name, "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0")}
    return every if name == "all" else {name: every[name]}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "file").write_text("text")
    return folder


def contents(folder: Path) -> dict[str, str]:
    """Hash all files of a folder, those of git among them; a folder is there with an empty hash."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else ""
        for path in sorted(folder.rglob("*"))
    }


def is_its_own(folder: Path) -> bool:
    """Tell whether a folder's one file was committed, once, to a repository in it."""
    asked = ask(folder, "log", "--format=%s", "--name-only")
    return (folder / ".git").is_dir() and asked.stdout.split() == ["all", "file"]


def careless_make(folder: Path, *words: str, **variables: str) -> tuple[int, str, str]:
    """Run the careless commands as a target of the project's Makefile."""
    run = subprocess.run(
        ["make", "-s", "-f", str(ROOT / "Makefile"), "-f", "-", "careless", *words],
        input=f"careless:\n\t@{CARELESS}\n",
        cwd=folder, env={**os.environ, **variables}, text=True, capture_output=True, check=False,
    )  # fmt: skip
    return run.returncode, run.stdout, run.stderr


def test_git_in_another_folder_heeds_the_variables(victim: Path, own: Path) -> None:
    """Else what follows would prove nothing: this, done to a copy, is the whole accident."""
    copy = shutil.copytree(victim, own.parent / "copy")
    given = {**os.environ, "GIT_DIR": str(copy / ".git")}
    subprocess.run(["sh", "-c", CARELESS], cwd=own, env=given, check=True, capture_output=True)
    assert ask(copy, "show", "--format=%s", "--name-status").stdout.split() == [
        "all", "A", "file", "D", "work"
    ]  # fmt: skip
    assert not is_its_own(own)


def test_make_hands_none_on(hostile: dict[str, str], own: Path) -> None:
    assert careless_make(own, **hostile) == (0, "", "")
    assert is_its_own(own)


def test_nor_one_that_make_was_given(victim: Path, own: Path) -> None:
    assert careless_make(own, f"GIT_DIR={victim}/.git") == (0, "", "")
    assert is_its_own(own)


def test_the_tests_see_none(
    hostile: dict[str, str], own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in hostile.items():
        monkeypatch.setenv(name, value)
    runpy.run_path(str(ROOT / "tests/conftest.py"))
    run = subprocess.run(["sh", "-c", CARELESS], cwd=own, text=True, capture_output=True)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert is_its_own(own)


def test_a_single_test_started_in_a_hook(every: dict[str, str], own: Path) -> None:
    """With the conftest alone, and not with what tests use to commit."""
    tests = own / "tests"
    tests.mkdir()
    shutil.copy(ROOT / "tests/conftest.py", tests)
    (tests / "test_careless.py").write_text(
        "import subprocess\n"
        "def test_it(tmp_path):\n"
        "    (tmp_path / 'file').touch()\n"
        f"    subprocess.run({CARELESS!r}, shell=True, check=True, cwd=tmp_path)\n"
        "    assert (tmp_path / '.git').is_dir()\n"
    )
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "workflow/scripts"), **every}
    options = ["-p", "no:cacheprovider", "-p", "no:xdist", "--basetemp=made"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "tests"],
        cwd=own, env=variables, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_folder_is_asked_of_itself_and_left_alone(
    every: dict[str, str], own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(own)
    os.utime(own / "file", (0, 0))  # `git status` would note it in the index
    before = contents(own)
    for name, value in every.items():
        monkeypatch.setenv(name, value)
    assert ask(own, "rev-parse", "--show-toplevel").stdout.strip() == str(own.resolve())
    assert ask(own, "status", "--porcelain").stdout == ""
    monkeypatch.undo()
    assert contents(own) == before


def test_tests_commit_to_their_own(
    every: dict[str, str], own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where no conftest was read."""
    for name, value in every.items():
        monkeypatch.setenv(name, value)
    commit(own)
    assert is_its_own(own)


def test_tests_commit_to_no_repository_around_theirs(victim: Path) -> None:
    """Of a linked work tree `.git` is a file, and the repository lies elsewhere."""
    linked = victim.parent / "linked"
    linked.mkdir()
    (linked / ".git").write_text(f"gitdir: {victim}/.git\n")
    with pytest.raises(AssertionError, match=r"victim/\.git"):
        commit(linked)


def test_an_archive_has_the_files_that_its_checkout_has(
    victim: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that lies inside another repository, which does not track it."""
    (own / ".gitignore").write_text("made/\n")
    (own / "made").mkdir()
    (own / "made/file").touch()
    archive = Path(shutil.copytree(own, victim.parent / "around/archive"))
    shutil.copytree(victim, archive.parent, dirs_exist_ok=True)
    commit(own)
    for folder in (own, archive):
        monkeypatch.setattr(repository, "ROOT", folder)
        assert sorted(repository.listed()) == [".gitignore", "file"]
        assert repository.listed("f*") == ["file"]


def test_what_runs_git_drops_the_variables() -> None:
    found = {
        name
        for name in listed("*.py")
        for node in ast.walk(ast.parse((ROOT / name).read_text()))
        if isinstance(node, ast.List | ast.Tuple)
        and isinstance(getattr(node, "ctx", None), ast.Load)
        and node.elts
        and ast.unparse(node.elts[0]) == "'git'"
    }
    found -= {"tests/setup/test_bootstrap_tests.py"}  # there it is a program's name
    assert "workflow/scripts/paperledger/io/git.py" in found
    for name in found:
        assert re.search(r"without_git\(|startswith\(.GIT_.\)", (ROOT / name).read_text()), name


def test_scripts_that_run_git_drop_the_variables() -> None:
    drops = re.compile(r'^(unset "\$\{!GIT_@\}"|\. .*/common\.sh")', re.MULTILINE)
    for name in listed("*.sh"):
        text = (ROOT / name).read_text()
        first = re.search(r"^[^#\n]*\bgit [a-z]", text, re.MULTILINE)
        if first:
            assert drops.search(text, 0, first.start()), name
