"""The paper compiles to the same bytes everywhere, or says what is wrong with it."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

import pytest
from paperledger import tex
from paperledger.claims.macros import macros_tex
from paperledger.claims.sentences import counts_tex, sentences_tex
from paperledger.tex.compile import PDFLATEX, PLAIN, TexError, compile_paper, faults, typeset

BIBLIOGRAPHY = "@article{knuth, author={Knuth, D.}, title={Tau}, journal={J}, year={1984}}\n"
PREAMBLE = r"\documentclass{article}\usepackage[hidelinks]{hyperref}"

needs_tex = pytest.mark.skipif(not shutil.which("latexmk"), reason="needs latexmk")


def build(folder: Path, body: str, preamble: str = PREAMBLE, claims: str = "") -> Path:
    """Compile a small document in a folder of its own."""
    read(folder, body, preamble, claims)
    return folder / "paper.pdf"


def read(
    folder: Path, body: str, preamble: str = PREAMBLE, claims: str = "", counts: str = ""
) -> tuple[str, list[str]]:
    """Compile it, and return the log and the claims that it printed."""
    folder.mkdir(exist_ok=True)
    (folder / "text.tex").write_text(
        f"{preamble}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"
    )
    (folder / "list.bib").write_text(BIBLIOGRAPHY)
    (folder / "numbers").write_text(claims)
    (folder / "nothing").write_text("")
    files = {
        "main.tex": folder / "text.tex",
        "references.bib": folder / "list.bib",
        "generated/claims.tex": folder / "numbers",
        "generated/sentences.tex": folder / "nothing",
        "generated/origins.tex": folder / "nothing",
        "generated/ledger.tex": Path(tex.__path__[0], "ledger.tex"),
    }
    if counts:
        (folder / "counts").write_text(counts)
        files["generated/counts.tex"] = folder / "counts"
    return compile_paper(files, folder / "paper.pdf", "2026-11-23")


CITING = r"\cite{knuth}, section~\ref{s}, \today\section{A}\label{s}\bibliographystyle{plain}"
CITING += r"\bibliography{references}"


@needs_tex
def test_same_bytes_in_two_folders(tmp_path: Path) -> None:
    first = build(tmp_path / "one", CITING)
    second = build(tmp_path / "another_place", CITING)
    content = first.read_bytes()
    assert content == second.read_bytes()
    assert content.startswith(b"%PDF")
    assert b"D:20261123" in content
    assert str(tmp_path).encode() not in content
    left = sorted(x.name for x in (tmp_path / "one").iterdir())
    assert left == ["list.bib", "nothing", "numbers", "paper.pdf", "text.tex"]


FAULTY = [
    (r"See \ref{nowhere}.", "Reference `nowhere'.* undefined"),
    (r"See \cite{nobody}.\bibliographystyle{plain}\bibliography{references}",
     "Citation `nobody'.* undefined"),
    (r"\section{A}\label{s}\section{B}\label{s}\ref{s}", "Label `s' multiply defined"),
    (r"\noindent\rule{2\textwidth}{1pt}", r"Overfull \\hbox"),
    (r"\undefinedcommand", r"latexmk failed: .*main\.tex:\d+: Undefined control sequence"),
    (r"\includegraphics{missing}", "Undefined control sequence"),
    (r"\input{/etc/no/such/file}", "latexmk failed: .*not found"),
    (r"$a", "latexmk failed: .*Missing"),
]  # fmt: skip


@needs_tex
@pytest.mark.parametrize(("body", "said"), FAULTY)
def test_faults_leave_no_pdf(tmp_path: Path, body: str, said: str) -> None:
    (tmp_path / "paper.pdf").write_bytes(b"the last good one")
    with pytest.raises(TexError, match=said):
        build(tmp_path, body)
    assert (tmp_path / "paper.pdf").read_bytes() == b"the last good one"


@needs_tex
@pytest.mark.parametrize(
    "attempt",
    [
        r"\immediate\write18{touch TARGET}x",
        r'\newread\r\openin\r="|touch TARGET"\relax\read\r to\line x',
        r'\immediate\openout3="|touch TARGET"\relax\immediate\closeout3 x',
        r"\immediate\openout3=TARGET\relax\immediate\write3{x}\immediate\closeout3 x",
        r"\immediate\openout3=../escaped\relax\immediate\write3{x}\immediate\closeout3 x",
    ],
)
def test_no_command_runs_and_nothing_is_written_elsewhere(
    tmp_path: Path, attempt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the document then compiles or not."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # where it compiles
    with contextlib.suppress(TexError):
        build(tmp_path / "a", attempt.replace("TARGET", str(tmp_path / "escaped")))
    assert not list(tmp_path.glob("escaped*"))


@needs_tex
@pytest.mark.parametrize(
    "attempt",
    [
        r"\input{SECRET}",
        r"\input{|cat SECRET}",
        r"\newread\r\openin\r=SECRET \read\r to\line \line",
        r"\edef\x{\pdffiledump offset 0 length 9{SECRET}}[\x]\ifx\x\empty\undefined\fi",
        r"\newread\r\openin\r=../secret.tex \read\r to\line \line",
    ],
)
def test_nothing_is_read_from_elsewhere(
    tmp_path: Path, attempt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.tex"
    secret.write_text("not for print\n")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # where it compiles
    with pytest.raises(TexError):
        build(tmp_path / "a", attempt.replace("SECRET", str(secret)))


@needs_tex
@pytest.mark.parametrize("variable", ["TEXINPUTS", "TEXINPUTS_pdflatex", "TEXMFHOME", "HOME"])
def test_no_style_of_ones_own_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """What only the author's machine has is missing, as it would be for arXiv."""
    mine = tmp_path / "texmf/tex/latex"  # as TeX finds it at home
    mine.mkdir(parents=True)
    (mine / "mine.sty").write_text("")
    places = {"TEXMFHOME": f"{tmp_path}/texmf", "HOME": str(tmp_path)}
    monkeypatch.setenv(variable, places.get(variable, f"{mine}:"))
    with pytest.raises(TexError, match=r"mine\.sty' not found"):
        build(tmp_path / "a", "x", PREAMBLE + r"\usepackage{mine}")


@needs_tex
@pytest.mark.parametrize("name", ["SECRET", "../secret.tex"])
def test_plain_pdflatex_reads_nothing_from_elsewhere(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret.tex"
    secret.write_text("not for print")
    (tmp_path / "alone").mkdir()
    body = rf"{PREAMBLE}\begin{{document}}\input{{{name}}}\end{{document}}"
    (tmp_path / "alone/main.tex").write_text(body.replace("SECRET", str(secret)))
    with pytest.raises(TexError, match="not found"):
        typeset(tmp_path / "alone", (PDFLATEX,))


@needs_tex
def test_the_readers_own_settings_play_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".latexmkrc").write_text("die 'read';\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PERL5OPT", "-Mnone_such")
    for name in ("TEXMFCNF", "TEXMFMAIN", "TEXFORMATS", "BSTINPUTS", "T1FONTS"):
        monkeypatch.setenv(name, "/none/such")
    assert build(tmp_path / "a", "x").exists()


# The commands that a paper prints its numbers by; they read all that the workflow writes.
LEDGER = PREAMBLE + "\n\\usepackage{xcolor}\\input{generated/ledger}"


@needs_tex
def test_claims_in_the_paper(tmp_path: Path) -> None:
    claims = macros_tex({"a_b.c": "$-$0.5", "who": "a"})
    defined = build(tmp_path, r"\claim{a_b.c}, \claim{a_b.\claim{letter}}".replace(
        r"\claim{letter}", "c"), LEDGER, claims)  # fmt: skip
    assert defined.exists()


@needs_tex
def test_an_undefined_claim_does_not_compile(tmp_path: Path) -> None:
    with pytest.raises(TexError, match=r"The claim tail\.men is not in the ledger"):
        build(tmp_path, r"\claim{tail.men}", LEDGER, macros_tex({"x": "1"}))
    assert not (tmp_path / "paper.pdf").exists()


@needs_tex
def test_what_is_printed_is_noted_with_its_page(tmp_path: Path) -> None:
    claims = macros_tex(dict.fromkeys(("a_b.c", "d", "never", "inner"), "1.5"))
    body = r"\claim{d}\section{\claim{a_b.c}}\newpage $\claim{d}$\setbox0\hbox{\claim{inner}}"
    _, printed = read(tmp_path, body, LEDGER, claims)
    assert sorted(set(printed)) == ["a_b.c 1", "d 1", "d 2"]
    assert read(tmp_path / "none", "x")[1] == []


SAYS = r"\renewcommand{\textbf}[1]{\typeout{MARKED #1}}"
VERDICTS = sentences_tex({"holds": [], "fails": ["a < 1 (found 2 < 1)"]})


@needs_tex
def test_sentences_that_are_not_supported_are_marked(tmp_path: Path) -> None:
    preamble = LEDGER + SAYS
    log, _ = read(tmp_path, r"\says{holds}We see. \says{holds}So.", preamble, VERDICTS)
    assert "MARKED" not in log
    body = r"\says{holds}We see. \newpage \says{fails}So."
    log, printed = read(tmp_path, body, preamble, VERDICTS)
    assert printed == ["sentence.holds 1", "sentence.fails 2"]
    assert log.count("MARKED [not supported") == 1
    with pytest.raises(TexError, match="The sentence other has no condition"):
        build(tmp_path, r"\says{other}So.", preamble, VERDICTS)


@needs_tex
def test_a_sentence_that_other_runs_do_not_support_bears_its_count(tmp_path: Path) -> None:
    claims = macros_tex({"repeats.runs": "9", "repeats.sentence.fails.holds": "7"})
    counts = counts_tex({"fails": {"holds": 7, "of": 9}, "holds": {"holds": 9, "of": 9}})
    preamble = LEDGER + r"\renewcommand{\textsuperscript}[1]{\typeout{ABOVE \detokenize{#1}}#1}"
    body = r"\says{holds}We see. \newpage \says{fails}So."
    log, printed = read(tmp_path, body, preamble, claims + VERDICTS, counts)
    assert log.count("ABOVE") == 1
    assert sorted(printed) == [
        "repeats.runs 2", "repeats.sentence.fails.holds 2", "sentence.fails 2", "sentence.holds 1"
    ]  # fmt: skip
    # A paper that is not run again has no such file.
    log, printed = read(tmp_path / "alone", body, preamble, claims + VERDICTS)
    assert "ABOVE" not in log
    assert sorted(printed) == ["sentence.fails 2", "sentence.holds 1"]


def test_no_tex_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TexError, match="expected latexmk or tectonic on PATH, found neither"):
        build(tmp_path / "a", "x")
    with pytest.raises(TexError, match="no pdflatex on PATH"):
        typeset(tmp_path, PLAIN)


# --- reading the log ----------------------------------------------------------


def test_a_clean_log() -> None:
    log = (
        "Overfull \\hbox (0.3pt too wide) in paragraph at lines 1--2\n"
        "Underfull \\hbox (badness 10000) in paragraph at lines 3--4\n"
        "LaTeX Warning: Label(s) may have changed. Rerun to get cross-references right.\n"
        "LaTeX Font Warning: Font shape undefined\n"
    )
    assert faults(log) == []


@pytest.mark.parametrize(
    "line",
    [
        "LaTeX Warning: Citation `knuth' on page 1 undefined on input line 3.",
        "Package natbib Warning: Citation `knuth' on page 1 undefined on input line 3.",
        "LaTeX Warning: Reference `fig:a' on page 2 undefined on input line 9.",
        "LaTeX Warning: Label `fig:a' multiply defined.",
        "Overfull \\hbox (1.2pt too wide) in paragraph at lines 1--2",
        "Overfull \\hbox (20.0pt too wide) detected at line 7",
        "Overfull \\vbox (1.5pt too high) has occurred while \\output is active",
    ],
)
def test_faulty_lines(line: str) -> None:
    assert faults(f"before\n{line}\nafter\n") == [line]


def test_lines_that_tex_broke_at_79_characters() -> None:
    line = f"LaTeX Warning: Reference `{'x' * 60}' on page 2 undefined on input line 9."
    assert faults(line[:79] + "\n" + line[79:] + "\n") == [line]
