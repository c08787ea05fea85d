"""The archive compiles alone to the paper it was made from, and is the same bytes each time."""

from __future__ import annotations

import gzip
import importlib
import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
DAY = "2026-11-24"
MAIN = r"""\documentclass{article}
\usepackage{graphicx}
\newcommand{\tablerows}[1]{\csname @@input\endcsname #1.tex }
\input{macros} % \input{left-out}
\begin{document}
\input{text}
\begin{tabular}{l}\tablerows{generated/rows}\end{tabular}
\includegraphics[width=1cm]{figures/one}
\bibliographystyle{plain}\bibliography{references}
\end{document}
"""
BIB = "@article{knuth, author={Knuth, D.}, title={Tau}, journal={J}, year={1984}}\n"
FILES = {
    "paper/main.tex": MAIN,
    "paper/macros.tex": r"\newcommand{\word}{word}\newcommand{\piece}[1]{\input{#1}}",
    "paper/text.tex": r"A \word{} of \cite{knuth}. \input{generated/claims.tex}",
    "paper/generated/claims.tex": "Forty-two.",
    "paper/generated/rows.tex": r"row\\",
    "paper/generated/unused.tex": "not read",
    "paper/references.bib": BIB,
}
READ = [
    "figures/one.pdf", "generated/claims.tex", "generated/rows.tex", "macros.tex", "main.tex",
    "references.bib", "text.tex",
]  # fmt: skip

needs_tex = pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")


@pytest.fixture(scope="module", autouse=True)
def tools_on_path() -> Iterator[None]:
    sys.path.insert(0, str(TOOLS))
    yield
    sys.path.remove(str(TOOLS))


@pytest.fixture
def arxiv() -> Any:
    return importlib.import_module("arxiv")


@pytest.fixture
def tex() -> Any:
    return importlib.import_module("plain_tex")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small paper as `make paper` leaves it."""
    if not shutil.which("pdflatex"):
        pytest.skip("needs pdflatex")
    from plain_tex import PDFLATEX, typeset

    figure, root = (tmp_path_factory.mktemp(name) for name in ("figure", "root"))
    (figure / "main.tex").write_text(r"\documentclass{article}\begin{document}x\end{document}")
    typeset(figure, (PDFLATEX,))
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "figures").mkdir()
    for name in ("one", "unused"):
        shutil.copy(figure / "main.pdf", root / f"figures/{name}.pdf")
    folder = tmp_path_factory.mktemp("paper")
    shutil.copytree(root / "paper", folder, dirs_exist_ok=True)
    shutil.copytree(root / "figures", folder / "figures")
    typeset(folder)
    shutil.copy(folder / "main.pdf", root / "paper/paper.pdf")
    return root


@pytest.fixture
def paper(built: Path, tmp_path: Path) -> Path:
    """A copy of it to change."""
    return Path(shutil.copytree(built, tmp_path / "root"))


@needs_tex
def test_the_archive_compiles_in_an_empty_folder(arxiv: Any, paper: Path, tmp_path: Path) -> None:
    target = tmp_path / "build/arxiv.tar.gz"
    said = arxiv.write_arxiv(paper, target, DAY)
    assert f"{len(READ) + 1} files" in said
    assert "compiles alone: 1 pages" in said
    alone = tmp_path / "alone"
    arxiv.write_files(arxiv.unpacked(target.read_bytes()), alone)
    assert sorted(str(p.relative_to(alone)) for p in alone.rglob("*") if p.is_file()) == sorted(
        [*READ, "main.bbl"]
    )
    # With main.bbl there, arXiv runs no bibtex.
    for _ in range(2):
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
        run = subprocess.run(command, cwd=alone, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout
    assert "undefined" not in (alone / "main.log").read_text()
    assert not (tmp_path / "build/arxiv.tar.gz.part").exists()


@needs_tex
def test_same_bytes_whenever_and_wherever(arxiv: Any, paper: Path, tmp_path: Path) -> None:
    arxiv.write_arxiv(paper, tmp_path / "a.tar.gz", DAY)
    moved = Path(shutil.copytree(paper, tmp_path / "another place", copy_function=shutil.copy))
    (moved / "paper/main.tex").chmod(0o600)
    arxiv.write_arxiv(moved, tmp_path / "b.tar.gz", DAY)
    first = (tmp_path / "a.tar.gz").read_bytes()
    assert first == (tmp_path / "b.tar.gz").read_bytes()
    assert str(tmp_path).encode() not in gzip.decompress(first)


@needs_tex
@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (
            "paper/text.tex",
            r"Another \word{} of \cite{knuth}.",
            r"another text than paper\.pdf: 'Another",
        ),
        ("paper/generated/claims.tex", "Forty-three.", r"Forty-three\.' instead of 'A word"),
        ("paper/text.tex", r"A \undefined", r"text\.tex:1: Undefined control.*run `make paper`"),
        ("paper/text.tex", r"\cite{nobody}", "with faults: .*Citation `nobody'"),
        ("paper/references.bib", "", "with faults: .*Citation `knuth'"),
    ],
)
def test_another_paper_makes_no_archive(
    arxiv: Any, tex: Any, paper: Path, tmp_path: Path, file: str, text: str, said: str
) -> None:
    if not shutil.which("pdftotext") and ("another" in said or "instead" in said):
        pytest.skip("needs pdftotext")
    (paper / file).write_text(text)
    target = tmp_path / "arxiv.tar.gz"
    target.write_bytes(b"the last good one")
    with pytest.raises(tex.ToolError, match=said):
        arxiv.write_arxiv(paper, target, DAY)
    assert target.read_bytes() == b"the last good one"


@pytest.mark.parametrize(
    "gone", ["paper/paper.pdf", "paper/generated/rows.tex", "figures/one.pdf", "paper/macros.tex"]
)
def test_a_paper_that_is_not_built(
    arxiv: Any, tex: Any, paper: Path, tmp_path: Path, gone: str
) -> None:
    (paper / gone).unlink()
    with pytest.raises(tex.ToolError, match=f"the paper is not built: no {gone}; run `make paper`"):
        arxiv.write_arxiv(paper, tmp_path / "arxiv.tar.gz", DAY)
    assert not (tmp_path / "arxiv.tar.gz").exists()


def test_what_the_paper_reads(arxiv: Any, paper: Path) -> None:
    assert list(arxiv.read_by_paper(paper)) == READ


def test_what_the_shipped_paper_reads(arxiv: Any, root: Path, tmp_path: Path) -> None:
    """Every source; and what is generated, once it is there."""
    shutil.copytree(root / "paper", tmp_path / "paper", ignore=shutil.ignore_patterns("generated"))
    missing = []
    for _ in range(30):
        try:
            files = arxiv.read_by_paper(tmp_path)
            break
        except Exception as error:
            name = str(error).removeprefix("the paper is not built: no ").split(";")[0]
            missing.append(name)
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).touch()
    assert {path.name for path in (root / "paper").glob("*.tex")} <= set(files)
    assert {"paper/generated/claims.tex", "paper/generated/hypotheses.tex"} <= set(missing)
    assert all(name.startswith(("figures/", "paper/generated/")) for name in missing)


def test_the_tarball_depends_on_names_contents_and_day_alone(arxiv: Any) -> None:
    files = {"b/c.tex": b"two", "a.tex": b"one"}
    packed = arxiv.tarball(files, DAY)
    assert packed == arxiv.tarball(dict(sorted(files.items())), DAY)
    assert packed != arxiv.tarball(files, "2026-11-25")
    assert packed != arxiv.tarball({**files, "a.tex": b"One"}, DAY)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = archive.getmembers()
    assert [member.name for member in members] == ["a.tex", "b/c.tex"]
    for member in members:
        assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "")
        assert (member.mode, member.mtime) == (0o644, 1795478400)  # 2026-11-24, 00:00 UTC


@needs_tex
def test_pages_are_counted(tex: Any, tmp_path: Path) -> None:
    body = r"\documentclass{article}\begin{document}1\newpage 2\newpage 3\end{document}"
    (tmp_path / "main.tex").write_text(body)
    tex.typeset(tmp_path, (tex.PDFLATEX,))
    assert tex.page_count((tmp_path / "main.pdf").read_bytes()) == 3


@needs_tex
def test_without_pdftotext_pages_are_compared(
    arxiv: Any, tex: Any, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arxiv, "pdf_text", lambda pdf: None)
    same = arxiv.compare(built / "paper/paper.pdf", built / "figures/one.pdf")
    assert "1 pages as in one.pdf (no pdftotext" in same
    longer = r"\documentclass{article}\begin{document}1\newpage 2\end{document}"
    (tmp_path / "main.tex").write_text(longer)
    tex.typeset(tmp_path, (tex.PDFLATEX,))
    with pytest.raises(tex.ToolError, match=r"makes 2 pages, paper\.pdf has 1"):
        arxiv.compare(tmp_path / "main.pdf", built / "paper/paper.pdf")


def test_no_tex_on_path(tex: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(tex.ToolError, match="no pdflatex on PATH"):
        tex.typeset(tmp_path)


@needs_tex
def test_nothing_is_read_from_elsewhere(
    tex: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A style that only the author's machine has is missing, as it would be for arXiv."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/mine.sty").write_text("")
    monkeypatch.setenv("TEXINPUTS", f"{tmp_path}/mine:")
    body = r"\documentclass{article}\usepackage{mine}\begin{document}x\end{document}"
    (tmp_path / "main.tex").write_text(body)
    with pytest.raises(tex.ToolError, match=r"mine\.sty' not found"):
        tex.typeset(tmp_path)


@needs_tex
def test_no_file_is_read_by_its_path(tex: Any, tmp_path: Path) -> None:
    (tmp_path / "secret.tex").write_text("not for print")
    (tmp_path / "alone").mkdir()
    for name in (tmp_path / "secret.tex", "../secret.tex"):
        body = rf"\documentclass{{article}}\begin{{document}}\input{{{name}}}\end{{document}}"
        (tmp_path / "alone/main.tex").write_text(body)
        with pytest.raises(tex.ToolError, match="not found"):
            tex.typeset(tmp_path / "alone", (tex.PDFLATEX,))
