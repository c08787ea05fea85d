"""The archive compiles alone to the paper it was made from, and is the same bytes each time."""

from __future__ import annotations

import gzip
import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from paperledger.commands import arxiv
from paperledger.tex.compile import PDFLATEX, PLAIN, TexError, typeset

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


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small paper as `make paper` leaves it."""
    if not shutil.which("pdflatex"):
        pytest.skip("needs pdflatex")
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
    typeset(folder, PLAIN, DAY)
    shutil.copy(folder / "main.pdf", root / "paper/paper.pdf")
    return root


@pytest.fixture
def paper(built: Path, tmp_path: Path) -> Path:
    """A copy of it to change."""
    return Path(shutil.copytree(built, tmp_path / "root"))


@needs_tex
def test_the_archive_compiles_in_an_empty_folder(paper: Path, tmp_path: Path) -> None:
    target = tmp_path / "build/arxiv.tar.gz"
    said = arxiv.write_arxiv(paper, paper / "paper", target, DAY)
    assert f"{len(READ) + 1} files" in said
    assert "compiles alone: 1 page, the same bytes as paper.pdf" in said
    alone = tmp_path / "alone"
    arxiv.unpack(target.read_bytes(), alone)
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
def test_same_bytes_whenever_and_wherever(paper: Path, tmp_path: Path) -> None:
    arxiv.write_arxiv(paper, paper / "paper", tmp_path / "a.tar.gz", DAY)
    moved = Path(shutil.copytree(paper, tmp_path / "another place", copy_function=shutil.copy))
    (moved / "paper/main.tex").chmod(0o600)
    arxiv.write_arxiv(moved, moved / "paper", tmp_path / "b.tar.gz", DAY)
    first = (tmp_path / "a.tar.gz").read_bytes()
    assert first == (tmp_path / "b.tar.gz").read_bytes()
    assert str(tmp_path).encode() not in gzip.decompress(first)


@needs_tex
@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("paper/text.tex", r"Another \word{} of \cite{knuth}.", r"paper\.pdf"),
        ("paper/generated/claims.tex", "Forty-three.", r"paper\.pdf"),
        ("paper/text.tex", r"A \undefined", r"text\.tex:1: Undefined control.*run `make paper`"),
        ("paper/text.tex", r"\cite{nobody}", "nobody"),
        ("paper/references.bib", "", "knuth"),
    ],
)
def test_another_paper_makes_no_archive(
    paper: Path, tmp_path: Path, file: str, text: str, said: str
) -> None:
    (paper / file).write_text(text)
    target = tmp_path / "arxiv.tar.gz"
    target.write_bytes(b"the last good one")
    with pytest.raises(TexError, match=said):
        arxiv.write_arxiv(paper, paper / "paper", target, DAY)
    assert target.read_bytes() == b"the last good one"


@needs_tex
@pytest.mark.parametrize(
    "gone", ["paper/paper.pdf", "paper/generated/rows.tex", "figures/one.pdf", "paper/macros.tex"]
)
def test_a_paper_that_is_not_built(paper: Path, tmp_path: Path, gone: str) -> None:
    (paper / gone).unlink()
    said = f"{Path(gone).stem}.*not built.*run `make paper`|not built: no {gone}; run `make paper`"
    with pytest.raises(TexError, match=said):
        arxiv.write_arxiv(paper, paper / "paper", tmp_path / "arxiv.tar.gz", DAY)
    assert not (tmp_path / "arxiv.tar.gz").exists()


@needs_tex
def test_what_someone_compiled_by_hand_plays_no_part(paper: Path, tmp_path: Path) -> None:
    for name in ("main.aux", "main.bbl", "main.out"):
        (paper / "paper" / name).write_text(r"\undefined")
    files = arxiv.read_by_paper(paper, paper / "paper", DAY)
    assert sorted(files) == sorted([*READ, "main.bbl"])
    assert b"Knuth" in files["main.bbl"]


def test_the_tarball_depends_on_names_contents_and_day_alone() -> None:
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
def test_another_pdf_of_the_same_text(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another version of TeX makes it: pdftotext tells, and without it nothing does."""
    pdf = built / "paper/paper.pdf"
    other = tmp_path / "other.pdf"
    other.write_bytes(pdf.read_bytes() + b"%\n")
    if shutil.which("pdftotext"):
        assert "the same text" in arxiv.same_paper(pdf, other)
        with pytest.raises(TexError, match="another text"):
            arxiv.same_paper(pdf, built / "figures/one.pdf")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TexError, match="pdftotext"):
        arxiv.same_paper(pdf, other)


@needs_tex
def test_the_command_line(
    paper: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(paper)
    (paper / "config").mkdir()
    (paper / "config/config.yaml").write_text(f"paper: {{date: '{DAY}'}}")
    assert arxiv.main([]) == 0
    assert capsys.readouterr().out.startswith(f"build/arxiv.tar.gz: {len(READ) + 1} files")
    (paper / "paper/paper.pdf").unlink()
    assert arxiv.main([]) == 1
    assert "error: the paper is not built" in capsys.readouterr().err
