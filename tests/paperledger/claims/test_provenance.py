"""The hash of the sources moves with them and with nothing else; links lead to files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from paperledger.claims.provenance import origins_tex, source_files, source_hash, uncommitted
from paperledger.io.git import ask

from tests.helpers.repository import commit


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in {
        "Snakefile": "rule all:",
        "config/config.yaml": "a: 1",
        "paper/main.tex": "text",
        "paper/generated/claims.tex": "made",
        "paper/paper.pdf": "made",
        "workflow/scripts/a.py": "code",
        "workflow/scripts/__pycache__/a.pyc": "made",
        "workflow/scripts/.a.py.swp": "an editor's",
        "config/config.yaml.part": "half a file",
        "README.md": "document",
        "reference/claims.json": "record",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_sources_are_what_a_build_reads(checkout: Path) -> None:
    names = [path.as_posix() for path in source_files(checkout)]
    assert names == ["Snakefile", "config/config.yaml", "paper/main.tex", "workflow/scripts/a.py"]


@pytest.mark.parametrize("name", ["README.md", "reference/claims.json", "paper/generated/x.tex"])
def test_documents_and_the_record_leave_the_hash_alone(checkout: Path, name: str) -> None:
    before = source_hash(checkout)
    (checkout / name).write_text("other")
    assert source_hash(checkout) == before


@pytest.mark.parametrize("name", ["Snakefile", "config/config.yaml", "workflow/scripts/new.py"])
def test_a_changed_or_new_source_changes_the_hash(checkout: Path, name: str) -> None:
    before = source_hash(checkout)
    (checkout / name).write_text("other")
    assert source_hash(checkout) != before


def test_a_renamed_source_changes_the_hash(checkout: Path) -> None:
    before = source_hash(checkout)
    (checkout / "paper/main.tex").rename(checkout / "paper/other.tex")
    assert source_hash(checkout) != before


def test_uncommitted_changes(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not uncommitted(checkout)  # no repository: nothing is known
    commit(checkout)
    assert not uncommitted(checkout)
    (checkout / "README.md").write_text("other")
    assert not uncommitted(checkout)
    (checkout / "paper/main.tex").write_text("other")
    assert uncommitted(checkout)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(checkout))
        assert not uncommitted(checkout)  # no git: nothing is known
    assert uncommitted(checkout)
    git = f'#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec {shutil.which("git")} "$@"\n'
    (checkout / "bin").mkdir()
    (checkout / "bin/git").write_text(git)
    (checkout / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", str(checkout / "bin"), prepend=":")
    assert "dubious ownership" in ask(checkout, "status").stderr
    assert not uncommitted(checkout)  # another user's: git says nothing


def test_a_repository_around_it_is_none_of_its_own_unless_it_tracks_it(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    around = tmp_path_factory.mktemp("around")
    (around / "own").write_text("text")
    commit(around)
    inside = Path(shutil.copytree(checkout, around / "downloads/archive"))
    assert not uncommitted(inside)
    commit(around)
    assert not uncommitted(inside)
    (around / "own").write_text("other")
    assert not uncommitted(inside)
    (inside / "paper/main.tex").write_text("other")
    assert uncommitted(inside)


def test_links() -> None:
    origins = {"returns": ["workflow/rules/a_b.smk", "c.py"]}
    written = "% Written by the workflow: where figures, tables and the whole paper come from."
    assert origins_tex(origins, repository="https://x.org/r", sources="ab" * 32, changed=False) == (
        f"{written}\n"
        r"\defineorigin{returns}{\href{https://x.org/r/workflow/rules/a_b.smk}{a\_b.smk}"
        r" $\cdot$ \href{https://x.org/r/c.py}{c.py}}"
        "\n"
        r"\newcommand{\sourceshash}{\texttt{abababababababab}}"
        "\n"
    )
    marked = origins_tex({}, repository="..", sources="ab" * 32, changed=True)
    assert marked.endswith(r"\texttt{abababababababab} \textbf{with uncommitted changes}}" "\n")
