"""Changes since a revision are marked, in words and in numbers; what cannot be shown is said."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from paperledger.commands import diff
from paperledger.tex.compile import PDFLATEX, TexError, typeset

from tests.helpers.repository import commit

MACROS = r"""% The paper's macros.
\newwrite\claimfile
\newcommand{\defineclaim}[2]{\expandafter\gdef\csname claim@#1\endcsname{#2}}
\DeclareRobustCommand{\claim}[1]{\csname claim@#1\endcsname}
\newcommand{\says}[1]{\ignorespaces}
\newcommand{\origin}[1]{}
\input{generated/claims}
\newcommand{\primary}{\csname claim@primary.id\endcsname}
\newcommand{\effect}[2]{\claim{effect.#1.\primary.#2}}
\newcommand{\tablerows}[1]{\csname @@input\endcsname #1.tex }
"""
MAIN = r"""\documentclass{article}
\usepackage{graphicx,xcolor}
\input{macros}
\begin{document}
\input{text}
\begin{table}
\caption{Rows. \origin{rows}}
\newcommand{\row}[2]{#1 & \claim{#2}\\}
\begin{tabular}{lr}
\row{tail}{b}
\tablerows{generated/rows}
\end{tabular}
\end{table}
\includegraphics[width=1cm]{figures/one}
\bibliographystyle{plain}\bibliography{references}
\end{document}
"""
TEXT = r"\says{good}We see \effect{H1}{low}\,\% of \claim{b} networks \cite{knuth}."
CLAIMS = r"""\defineclaim{primary.id}{glorot}
\defineclaim{effect.H1.glorot.low}{$-$0.25}
\defineclaim{b}{151{,}860}
"""
BIB = "@article{knuth, author={Knuth, D.}, title={Tau}, journal={J}, year={1984}}\n"

needs_latexdiff = pytest.mark.skipif(not shutil.which("latexdiff"), reason="needs latexdiff")


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A small paper with one commit, tagged v1, and what its build generated."""
    root = tmp_path / "root"
    sources = {"main.tex": MAIN, "macros.tex": MACROS, "text.tex": TEXT, "references.bib": BIB}
    write(root, {f"paper/{name}": text for name, text in sources.items()})
    write(root, {".gitignore": "generated/\nfigures/\nbuild/\n"})
    commit(root, tag="v1")
    rows = r"\hline random & \claim{effect.H1.glorot.low}\\"
    write(root, {"paper/generated/claims.tex": CLAIMS, "paper/generated/rows.tex": rows})
    return root


def draw(root: Path) -> None:
    folder = root / "build/figure"
    write(folder, {"main.tex": r"\documentclass{article}\begin{document}x\end{document}"})
    typeset(folder, (PDFLATEX,))
    (root / "figures").mkdir()
    shutil.copy(folder / "main.pdf", root / "figures/one.pdf")


# --- revisions ----------------------------------------------------------------


@pytest.mark.parametrize("revision", ["nosuch", "", "HEAD~9", "--all", "HEAD:paper", "a b"])
def test_unknown_revisions(paper: Path, revision: str) -> None:
    with pytest.raises(diff.DiffError, match="git knows no revision"):
        diff.compare(paper, paper / "paper", revision, paper / "build/diff.pdf")
    assert not (paper / "build").exists()


def test_revisions_are_those_of_the_paper(paper: Path, tmp_path: Path) -> None:
    """Not of a repository around it, but for one that tracks it."""
    around = tmp_path / "around"
    write(around, {"paper/main.tex": "another's"})
    commit(around)
    archive = Path(shutil.copytree(paper, around / "archive", ignore=lambda *_: {".git"}))
    with pytest.raises(diff.DiffError, match="expected a git checkout"):
        diff.checked_out(archive, archive / "paper", "HEAD", tmp_path / "none")
    commit(around)
    diff.checked_out(archive, archive / "paper", "HEAD", tmp_path / "old")
    assert (tmp_path / "old/main.tex").read_text() == MAIN


def test_known_revisions(paper: Path, tmp_path: Path) -> None:
    for revision in ("HEAD", "v1"):
        assert diff.checked_out(paper, paper / "paper", revision, tmp_path / revision) is None
        written = sorted(path.name for path in (tmp_path / revision).iterdir())
        assert written == ["macros.tex", "main.tex", "text.tex"]


def test_what_is_missing_is_said(
    paper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "diff.pdf"
    with monkeypatch.context() as patch, pytest.raises(diff.DiffError, match="latexdiff"):
        git = shutil.which("git")
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/git").symlink_to(str(git))
        patch.setenv("PATH", str(tmp_path / "bin"))
        diff.compare(paper, paper / "paper", "HEAD", target)
    (paper / "paper/generated/claims.tex").unlink()
    with pytest.raises(diff.DiffError, match=r"not built: no paper/generated/claims\.tex"):
        diff.compare(paper, paper / "paper", "HEAD", target)
    empty = tmp_path / "empty"
    write(empty, {"a": "b"})
    commit(empty)
    write(empty, {"paper/generated/claims.tex": CLAIMS})
    with pytest.raises(diff.DiffError, match=r"revision HEAD has no paper/main\.tex"):
        diff.compare(empty, empty / "paper", "HEAD", target)
    assert not target.exists()


def test_the_command_line(
    paper: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(paper)
    assert diff.main(["no/such"]) == 1
    assert "error: git knows no revision 'no/such'" in capsys.readouterr().err
    targets: list[Path] = []

    def keep(root: Path, folder: Path, revision: str, target: Path) -> list[str]:
        targets.append(target)
        return []

    monkeypatch.setattr(diff, "compare", keep)
    assert diff.main(["--", "origin/ma in"]) == 0
    assert targets == [Path("build/diff-origin-ma-in.pdf")]


# --- latexdiff, by itself and in its place ------------------------------------


def flat(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted(folder.rglob("*.tex")))


@pytest.fixture
def texts(paper: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be compared: the old text and the new one."""
    given: list[str] = []

    def keep(old: Path, new: Path) -> str:
        given[:] = [flat(old), flat(new)]
        (new / "main.pdf").write_bytes(b"%PDF")
        return "marked"

    monkeypatch.setattr(diff, "marked", keep)
    return given


def test_old_words_and_new_ones(paper: Path, tmp_path: Path, texts: list[str]) -> None:
    write(paper, {"paper/text.tex": TEXT.replace("We see", "We find")})
    said = diff.compare(paper, paper / "paper", "HEAD", tmp_path / "build/diff.pdf")
    assert r"We see $-$0.25\,\% of 151{,}860 networks" in texts[0]
    assert r"We find $-$0.25\,\% of 151{,}860 networks" in texts[1]
    assert all(r"tail & 151{,}860\\" in text for text in texts)
    assert all(r"random & $-$0.25\\" in text for text in texts)
    assert "HEAD has no reference/claims.json: its text bears the current numbers" in said
    assert (tmp_path / "build/diff.pdf").exists()


def test_old_numbers_from_the_record_of_that_revision(
    paper: Path, tmp_path: Path, texts: list[str]
) -> None:
    write(paper, {"reference/claims.json": json.dumps({"b": {"text": "30", "value": 30}})})
    commit(paper)
    write(paper, {"reference/claims.json": json.dumps({"b": {"text": "31", "value": 31}})})
    said = diff.compare(paper, paper / "paper", "HEAD", tmp_path / "diff.pdf")
    assert r"$-$0.25\,\% of 30 networks" in texts[0]
    assert r"$-$0.25\,\% of 151{,}860 networks" in texts[1]
    assert not any("reference/claims.json" in line for line in said)


def test_numbers_that_are_gone(paper: Path, tmp_path: Path, texts: list[str]) -> None:
    write(paper, {"paper/generated/claims.tex": r"\defineclaim{b}{7}"})
    said = diff.compare(paper, paper / "paper", "HEAD", tmp_path / "diff.pdf")
    assert "We see ?? of 7" in texts[0].replace(r"\,\%", "")
    assert any("numbers of HEAD are printed as ??: " in line for line in said)


def test_a_paper_in_one_file(paper: Path, tmp_path: Path, texts: list[str]) -> None:
    """The first revisions had no macros.tex, and macros of the same names with other arguments."""
    effect = r"\newcommand{\effect}[1]{\claim{effect.#1.glorot.low} points}"
    one = MAIN.replace(r"\input{macros}", effect + r"\input{generated/claims}")
    write(paper, {"paper/main.tex": one.replace(r"\input{text}", r"It is \effect{H1}.")})
    (paper / "paper/macros.tex").unlink()
    (paper / "paper/text.tex").unlink()
    commit(paper)
    write(paper, {"paper/main.tex": MAIN, "paper/macros.tex": MACROS, "paper/text.tex": TEXT})
    diff.compare(paper, paper / "paper", "HEAD", tmp_path / "diff.pdf")
    assert "It is $-$0.25 points." in texts[0]
    assert r"We see $-$0.25\,\% of" in texts[1]


@needs_latexdiff
def test_changes_are_marked_in_the_pdf(paper: Path, tmp_path: Path) -> None:
    draw(paper)
    write(paper, {"reference/claims.json": json.dumps({"b": {"text": "30", "value": 30}})})
    commit(paper)
    write(paper, {"paper/text.tex": TEXT.replace("We see", "We find")})
    said = diff.compare(paper, paper / "paper", "HEAD", tmp_path / "diff.pdf")
    assert "changes are marked in tables too" in said[0]
    if shutil.which("pdftotext"):
        shown = ["pdftotext", str(tmp_path / "diff.pdf"), "-"]
        run = subprocess.run(shown, capture_output=True, text=True, check=True)
        text = " ".join(run.stdout.split())
        assert "We see find" in text.replace("seefind", "see find")
        assert text.count("151,860") == 2
        assert "[1]" in text  # the bibliography is there


@needs_latexdiff
def test_tables_that_cannot_be_marked_are_shown_as_they_are(paper: Path, tmp_path: Path) -> None:
    draw(paper)
    spanning = r"\multicolumn{2}{c}{all}\\ \hline random & 1\\"
    write(paper, {"paper/main.tex": MAIN.replace(r"\row{tail}{b}", spanning)})
    said = diff.compare(paper, paper / "paper", "HEAD", tmp_path / "diff.pdf")
    assert "tables are shown as they are now" in said[0]
    assert (tmp_path / "diff.pdf").read_bytes().startswith(b"%PDF")


@needs_latexdiff
def test_a_figure_and_a_source_that_are_gone(paper: Path, tmp_path: Path) -> None:
    draw(paper)
    main = MAIN.replace("figures/one", "figures/gone").replace(r"\cite{knuth}", r"\cite{gone}")
    write(paper, {"paper/main.tex": main})
    commit(paper)
    write(paper, {"paper/main.tex": MAIN})
    diff.compare(paper, paper / "paper", "HEAD", tmp_path / "diff.pdf")
    assert (tmp_path / "diff.pdf").exists()


@needs_latexdiff
def test_what_does_not_compile_leaves_no_pdf(paper: Path, tmp_path: Path) -> None:
    draw(paper)
    write(paper, {"paper/text.tex": r"\undefinedcommand"})
    with pytest.raises(TexError, match="Undefined control sequence"):
        diff.compare(paper, paper / "paper", "HEAD", tmp_path / "diff.pdf")
    assert not (tmp_path / "diff.pdf").exists()
