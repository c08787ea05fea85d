"""The record holds what a build made, and is refused where that could not be trusted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from paperledger.claims.provenance import source_hash
from paperledger.commands import record
from paperledger.record.itself import check_whole
from paperledger.record.record import (
    HASHES,
    RecordError,
    altered,
    built_files,
    check_build,
    check_checkout,
    check_sources,
    read_hashes,
    sha256,
    write_record,
)

from tests.helpers.published import CONTRACTS, Published
from tests.helpers.repository import commit


@pytest.fixture
def made(tmp_path: Path) -> Published:
    """A checkout whose build is ignored, as the study's is."""
    published = Published(tmp_path / "checkout")
    (published.checkout / ".gitignore").write_text("/build/\n")
    commit(published.checkout)
    return published


def test_it_keeps_what_is_compared_and_hashes_the_rest(made: Published) -> None:
    kept = {str(p.relative_to(made.record)) for p in made.record.rglob("*") if p.is_file()}
    tables = {f"{name}.parquet" for name in CONTRACTS}
    others = {
        f"{name}.json" for name in ("about", "claims", "environment", "sentences", "settings")
    }
    others |= {"paper.pdf", "figures/line.pdf", "figures/line.png"}
    assert kept == tables | others | {HASHES}
    hashes = read_hashes(made.record)
    assert hashes["results/runs.parquet"] == sha256(made.table("runs"))
    assert hashes["paper/main.tex"] == sha256(made.checkout / "paper/main.tex")
    assert {"paper/sentences.yaml", "paper/references.bib", "paper/paper.pdf"} <= set(hashes)
    assert "paper/generated/claims.tex" in hashes
    assert altered(made.record, hashes) == []


def test_a_table_that_an_older_build_left_is_none_of_it(made: Published) -> None:
    made.table("effects").rename(made.table("older"))
    assert "results/older.parquet" not in built_files(made.checkout, made.root)
    with pytest.raises(RecordError, match=r"no results/effects\.parquet"):
        check_build(made.checkout, made.root)


def test_the_same_build_gives_the_same_bytes_and_old_figures_go(made: Published) -> None:
    before = {p: p.read_bytes() for p in made.record.rglob("*") if p.is_file()}
    (made.record / "README.md").write_text("kept\n")
    (made.record / "figures/old.png").write_bytes(b"old")
    write_record(made.checkout, made.root, made.record)
    assert {p: p.read_bytes() for p in before} == before
    assert (made.record / "README.md").is_file()
    assert not (made.record / "figures/old.png").exists()


def test_what_was_altered_is_named(made: Published) -> None:
    (made.record / "figures/line.png").write_bytes(b"other")
    (made.record / "runs.parquet").unlink()
    assert altered(made.record, read_hashes(made.record)) == [
        "figures/line.png",
        "results/runs.parquet",
    ]


def test_the_checkout_must_be_as_committed_but_for_the_record(made: Published) -> None:
    check_checkout(made.checkout, made.record)
    (made.record / "claims.json").write_text("{}")
    (made.record / "new.png").write_bytes(b"new")
    check_checkout(made.checkout, made.record)
    (made.checkout / "untracked.txt").write_text("new")
    (made.checkout / "paper/main.tex").write_text("other")
    with pytest.raises(RecordError) as caught:
        check_checkout(made.checkout, made.record)
    assert str(caught.value) == "2 file(s) are not as committed: paper/main.tex, untracked.txt"


def test_without_git_there_is_no_record(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="expected a git checkout"):
        check_checkout(tmp_path, tmp_path / "reference")


@pytest.mark.parametrize(
    "name",
    [
        "results/arms.parquet",
        "results/claims.json",
        "results/sentences.json",
        "results/settings.json",
        "paper/paper.pdf",
    ],
)
def test_a_build_that_is_not_finished_is_refused(made: Published, name: str) -> None:
    check_build(made.checkout, made.root)
    (made.root / name).unlink()
    with pytest.raises(RecordError, match=f"no finished build in .*: no {name}"):
        check_build(made.checkout, made.root)


def test_a_build_without_figures_or_without_anything_is_refused(made: Published) -> None:
    for path in built_files(made.checkout, made.root).values():
        if path.parent.name == "figures":
            path.unlink()
    with pytest.raises(RecordError, match=r"no figures/\*"):
        check_build(made.checkout, made.root)
    with pytest.raises(RecordError, match=r"no results/claims\.json, results/about\.json, "):
        check_build(made.checkout, made.checkout / "nowhere")


def test_numbers_that_do_not_support_the_paper_are_refused(made: Published) -> None:
    (made.root / "results/sentences.json").write_text(
        json.dumps({"rises": [], "many": ["networks >= 90 (found 9.0 >= 90.0)"]})
    )
    with pytest.raises(RecordError, match="do not support these sentences: many"):
        check_build(made.checkout, made.root)


def test_a_build_of_other_sources_or_before_they_were_committed_is_refused(made: Published) -> None:
    about = made.root / "results/about.json"
    check_sources(made.checkout, about)
    sources = source_hash(made.checkout)[:16]
    about.write_text(json.dumps(made.about | {"changed": True}))
    expected = f"as committed, {sources}, found one of {sources}, before they were committed; `make"
    with pytest.raises(RecordError, match=expected):
        check_sources(made.checkout, about)
    about.write_text(json.dumps(made.about))
    (made.checkout / "paper/main.tex").write_text("Other words, and not built.\n")
    with pytest.raises(RecordError, match=f"found one of {sources}; `make paper record`"):
        check_sources(made.checkout, about)
    about.write_text("{}")
    with pytest.raises(RecordError, match="found one of none; `make paper record`"):
        check_sources(made.checkout, about)


def test_claims_of_other_tables_are_refused(made: Published) -> None:
    made.table("arms").write_bytes(made.table("runs").read_bytes())
    words = r"contradicts itself: results/arms\.parquet, .*claims\.json .*: build again"
    check_build(made.checkout, made.root)
    with pytest.raises(RecordError, match=words):
        check_whole(made.checkout, made.root)


def test_the_command_writes_or_says_why_not(
    made: Published, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(made.checkout)
    (made.root / "results/printed.json").write_text("{}")
    assert record.main(["--folder", "build/x"]) == 1
    assert "error: the build contradicts itself: " in capsys.readouterr().err
    made.build()
    (made.record / HASHES).unlink()
    assert record.main(["--folder", "build/x"]) == 0
    assert capsys.readouterr().out.startswith("record: 11 files, 0.")
    assert (made.record / HASHES).is_file()
    (made.checkout / "paper/main.tex").write_text("other")
    assert record.main(["--folder", "build/x"]) == 1
    words = "error: 1 file(s) are not as committed: paper/main.tex\n"
    assert capsys.readouterr() == ("", words)
    commit(made.checkout)
    assert record.main(["--folder", "build/x"]) == 1
    words = "error: build/x/results/about.json: expected a build of the sources as committed, "
    assert capsys.readouterr().err.startswith(words)
