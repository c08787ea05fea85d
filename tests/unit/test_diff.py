"""Changes since a revision are marked, in words and in numbers; what cannot be shown is said."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..repository import commit

TOOLS = Path(__file__).parents[2] / "tools"
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
NUMBERS = {"primary.id": "glorot", "effect.H1.glorot.low": "$-$0.25", "b": "151{,}860"}

needs_latexdiff = pytest.mark.skipif(not shutil.which("latexdiff"), reason="needs latexdiff")


@pytest.fixture(scope="module", autouse=True)
def tools_on_path() -> Iterator[None]:
    sys.path.insert(0, str(TOOLS))
    yield
    sys.path.remove(str(TOOLS))


@pytest.fixture
def diff() -> Any:
    return importlib.import_module("diff")


@pytest.fixture
def tex() -> Any:
    return importlib.import_module("plain_tex")


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


def draw(root: Path, tex: Any) -> None:
    folder = root / "build/figure"
    write(folder, {"main.tex": r"\documentclass{article}\begin{document}x\end{document}"})
    tex.typeset(folder, (tex.PDFLATEX,))
    (root / "figures").mkdir()
    shutil.copy(folder / "main.pdf", root / "figures/one.pdf")


# --- the text with its numbers ------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        (r"plain \emph{text} $x^2$", r"plain \emph{text} $x^2$"),
        (r"\claim{b} of them", "151{,}860 of them"),
        (r"\csname claim@b\endcsname", "151{,}860"),
        (r"\newcommand{\p}{\csname claim@primary.id\endcsname}\claim{effect.H1.\p.low}", "$-$0.25"),
        (r"\newcommand{\p}{glorot}\newcommand{\e}[2]{\claim{effect.#1.\p.#2}}\e{H1}{low}!",
         "$-$0.25!"),
        (r"\newcommand{\row}[2]{#1 & #2\\}\row{a}{\claim{b}}", r"a & 151{,}860\\"),
        (r"\newcommand{\o}[2][b]{\claim{#1}#2}\o{x}, \o[primary.id]{y}", "151{,}860x, gloroty"),
        (r"\newcommand{\word}{w}\word and \word\ and", r"wand w\ and"),  # as TeX sets it
        (r"\says{name}We see. \origin{rates}", "We see. "),
        (r"\renewcommand{\topfraction}{0.95}x", r"\renewcommand{\topfraction}{0.95}x"),
        (r"\newcommand{\twice}[1]{#1 #1}\twice{\twice{a}}", "a a a a"),
        (r"5\,\% \\[2pt] \claim{b}\\", r"5\,\% \\[2pt] 151{,}860\\"),
    ],
)  # fmt: skip
def test_macros_and_claims_are_replaced(diff: Any, text: str, expanded: str) -> None:
    expansion = diff.Expansion(NUMBERS)
    assert expansion.text(text) == expanded
    assert expansion.unknown == set()


def test_unknown_claims_are_marked_and_counted(diff: Any) -> None:
    expansion = diff.Expansion(NUMBERS)
    assert expansion.text(r"\claim{b}, \claim{c}, \claim{c}, \claim{a.\claim{d}.e}") == (
        "151{,}860, ??, ??, ??"
    )
    assert expansion.unknown == {"c", "d", "a.??.e"}


def test_definitions_from_elsewhere(diff: Any) -> None:
    expansion = diff.Expansion({}, r"\newcommand{\sourceshash}{\texttt{ab12}}")
    assert expansion.text(r"from \sourceshash") == r"from \texttt{ab12}"


def test_parts_become_one_text(diff: Any, tex: Any) -> None:
    parts = {
        "main.tex": "a\n\\input{macros}\n\\input{text} % note\n\n\\tablerows{generated/rows}",
        "macros.tex": "% comment\n\\input{generated/claims}\\input{generated/sentences.tex}x",
        "text.tex": "5\\,\\% b% no space\n  c\n%\nd",
        "generated/rows.tex": "row",
    }
    assert diff.flatten("main.tex", parts.get) == "a\nx\n5\\,\\% bc\nd \n\nrow"
    with pytest.raises(tex.ToolError, match=r"there is no paper/gone\.tex"):
        diff.flatten("main.tex", {"main.tex": r"\input{gone}"}.get)


def test_numbers_of_the_build(diff: Any) -> None:
    assert diff.claim_texts(CLAIMS + "% no claim\n") == NUMBERS
    assert diff.claim_texts(None) == {}


def test_the_whole_shipped_paper_loses_its_macros(diff: Any, root: Path) -> None:
    """Without a build no number is known, but every macro of the paper is."""

    def read(name: str) -> str:
        path = root / "paper" / name
        return path.read_text() if path.is_file() and "generated" not in name else ""

    expansion = diff.Expansion({})
    text = expansion.text(diff.flatten("main.tex", read))
    for own in (r"\claim{", r"\says", r"\est{", r"\effect{", r"\armrow", r"\tiprow", r"\primary"):
        assert own not in text
    assert "tutorial.gain" in expansion.unknown
    assert text.count(r"\caption{") >= 10


# --- revisions ----------------------------------------------------------------


@pytest.mark.parametrize("revision", ["nosuch", "", "HEAD~9", "--all", "HEAD:paper", "a b"])
def test_unknown_revisions(diff: Any, tex: Any, paper: Path, revision: str) -> None:
    with pytest.raises(tex.ToolError, match="git knows no revision"):
        diff.compare(paper, revision, paper / "build/diff.pdf")
    assert not (paper / "build").exists()


def test_known_revisions(diff: Any, paper: Path) -> None:
    commits = {diff.commit_of(paper, name) for name in ("HEAD", "v1")}
    assert len(commits) == 1
    assert diff.commit_of(paper, next(iter(commits))) in commits


def test_what_is_missing_is_said(
    diff: Any, tex: Any, paper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "diff.pdf"
    with monkeypatch.context() as patch, pytest.raises(tex.ToolError, match="install latexdiff"):
        git = shutil.which("git")
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/git").symlink_to(str(git))
        patch.setenv("PATH", str(tmp_path / "bin"))
        diff.compare(paper, "HEAD", target)
    (paper / "paper/generated/claims.tex").unlink()
    with pytest.raises(tex.ToolError, match=r"not built: no paper/generated/claims\.tex"):
        diff.compare(paper, "HEAD", target)
    empty = tmp_path / "empty"
    write(empty, {"a": "b"})
    commit(empty)
    write(empty, {"paper/generated/claims.tex": CLAIMS})
    with pytest.raises(tex.ToolError, match=r"revision HEAD has no paper/main\.tex"):
        diff.compare(empty, "HEAD", target)
    assert not target.exists()


def test_the_command_line(
    diff: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["diff.py", "no/such"])
    assert diff.main() == 1
    assert "error: git knows no revision 'no/such'" in capsys.readouterr().err
    targets = []
    monkeypatch.setattr(sys, "argv", ["diff.py", "origin/ma in"])
    monkeypatch.setattr(diff, "compare", lambda root, rev, target: targets.append(target) or [])
    assert diff.main() == 0
    assert [target.name for target in targets] == ["diff-origin-ma-in.pdf"]


# --- latexdiff, by itself and in its place ------------------------------------


@pytest.fixture
def texts(diff: Any, paper: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be compared: the old text and the new one."""
    given: list[str] = []

    def keep(old: str, new: str, folder: Path) -> str:
        given[:] = [old, new]
        (folder / "main.pdf").write_bytes(b"%PDF")
        return "marked"

    monkeypatch.setattr(diff, "marked", keep)
    return given


def test_old_words_and_new_ones(diff: Any, paper: Path, tmp_path: Path, texts: list[str]) -> None:
    write(paper, {"paper/text.tex": TEXT.replace("We see", "We find")})
    said = diff.compare(paper, "HEAD", tmp_path / "build/diff.pdf")
    assert r"We see $-$0.25\,\% of 151{,}860 networks" in texts[0]
    assert r"We find $-$0.25\,\% of 151{,}860 networks" in texts[1]
    assert all(r"tail & 151{,}860\\" in text for text in texts)
    assert all(r"random & $-$0.25\\" in text for text in texts)
    assert "HEAD has no reference/claims.json: its text bears the current numbers" in said
    assert (tmp_path / "build/diff.pdf").exists()


def test_old_numbers_from_the_record_of_that_revision(
    diff: Any, paper: Path, tmp_path: Path, texts: list[str]
) -> None:
    write(paper, {"reference/claims.json": json.dumps({"b": {"text": "30", "value": 30}})})
    commit(paper)
    write(paper, {"reference/claims.json": json.dumps({"b": {"text": "31", "value": 31}})})
    said = diff.compare(paper, "HEAD", tmp_path / "diff.pdf")
    assert r"$-$0.25\,\% of 30 networks" in texts[0]
    assert r"$-$0.25\,\% of 151{,}860 networks" in texts[1]
    assert not any("reference/claims.json" in line for line in said)


def test_numbers_that_are_gone(diff: Any, paper: Path, tmp_path: Path, texts: list[str]) -> None:
    write(paper, {"paper/generated/claims.tex": r"\defineclaim{b}{7}"})
    said = diff.compare(paper, "HEAD", tmp_path / "diff.pdf")
    assert "We see ?? of 7" in texts[0].replace(r"\,\%", "")
    assert any("numbers of HEAD are printed as ??: " in line for line in said)


def test_a_paper_in_one_file(diff: Any, paper: Path, tmp_path: Path, texts: list[str]) -> None:
    """The first revisions had no macros.tex, and macros of the same names with other arguments."""
    effect = r"\newcommand{\effect}[1]{\claim{effect.#1.glorot.low} points}"
    one = MAIN.replace(r"\input{macros}", effect + r"\input{generated/claims}")
    write(paper, {"paper/main.tex": one.replace(r"\input{text}", r"It is \effect{H1}.")})
    (paper / "paper/macros.tex").unlink()
    (paper / "paper/text.tex").unlink()
    commit(paper)
    write(paper, {"paper/main.tex": MAIN, "paper/macros.tex": MACROS, "paper/text.tex": TEXT})
    diff.compare(paper, "HEAD", tmp_path / "diff.pdf")
    assert "It is $-$0.25 points." in texts[0]
    assert r"We see $-$0.25\,\% of" in texts[1]


@needs_latexdiff
def test_changes_are_marked_in_the_pdf(diff: Any, tex: Any, paper: Path, tmp_path: Path) -> None:
    draw(paper, tex)
    write(paper, {"reference/claims.json": json.dumps({"b": {"text": "30", "value": 30}})})
    commit(paper)
    write(paper, {"paper/text.tex": TEXT.replace("We see", "We find")})
    said = diff.compare(paper, "HEAD", tmp_path / "diff.pdf")
    assert "changes are marked in tables too" in said[0]
    if shutil.which("pdftotext"):
        text = " ".join((tex.pdf_text(tmp_path / "diff.pdf") or "").split())
        assert "We see find" in text.replace("seefind", "see find")
        assert text.count("151,860") == 2
        assert "[1]" in text  # the bibliography is there


@needs_latexdiff
def test_tables_that_cannot_be_marked_are_shown_as_they_are(
    diff: Any, tex: Any, paper: Path, tmp_path: Path
) -> None:
    draw(paper, tex)
    spanning = r"\multicolumn{2}{c}{all}\\ \hline random & 1\\"
    write(paper, {"paper/main.tex": MAIN.replace(r"\row{tail}{b}", spanning)})
    said = diff.compare(paper, "HEAD", tmp_path / "diff.pdf")
    assert "tables are shown as they are now" in said[0]
    assert (tmp_path / "diff.pdf").read_bytes().startswith(b"%PDF")


@needs_latexdiff
def test_a_figure_and_a_source_that_are_gone(
    diff: Any, tex: Any, paper: Path, tmp_path: Path
) -> None:
    draw(paper, tex)
    main = MAIN.replace("figures/one", "figures/gone").replace(r"\cite{knuth}", r"\cite{gone}")
    write(paper, {"paper/main.tex": main})
    commit(paper)
    write(paper, {"paper/main.tex": MAIN})
    diff.compare(paper, "HEAD", tmp_path / "diff.pdf")
    assert (tmp_path / "diff.pdf").exists()


@needs_latexdiff
def test_what_does_not_compile_leaves_no_pdf(
    diff: Any, tex: Any, paper: Path, tmp_path: Path
) -> None:
    draw(paper, tex)
    write(paper, {"paper/text.tex": r"\undefinedcommand"})
    with pytest.raises(tex.ToolError, match="Undefined control sequence"):
        diff.compare(paper, "HEAD", tmp_path / "diff.pdf")
    assert not (tmp_path / "diff.pdf").exists()
