"""A number that no claim printed is found wherever it stands; names, lengths and ids are not."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from paperledger.claims.typed_numbers import (
    Allowed,
    NumeralError,
    check_settings,
    find_numerals,
    judge_numerals,
    read_allowed,
    visible_texts,
)
from paperledger.io.yaml_file import read_yaml
from paperledger.tex.source import TexSourceError


def check_numerals(sources: dict[str, str], allowed: Any) -> list[str]:
    return judge_numerals(sources, read_allowed(allowed))[0]


def found(text: str) -> list[str]:
    return [numeral.text for numeral in find_numerals(visible_texts({"a.tex": text}))]


# --- what is found ------------------------------------------------------------

PLANTED = {
    "prose": (r"The gain is 3.45 points.", ["3.45"]),
    "abstract": ("\\begin{abstract}\\noindent\nIt gains 4 of\n116.\\end{abstract}", ["4", "116"]),
    "caption": (r"\caption{Over 50 epochs. \origin{rates}}", ["50"]),
    "short caption": (r"\caption[In 2 lines]{Text}", ["2"]),
    "heading": (r"\subsection{All 12 schedules}\label{sec:a1}", ["12"]),
    "table": ("\\begin{tabular}{p{1.2in}r}\ntail & 92.24 & 7\\\\[2pt]\n6\\end{tabular}",
              ["92.24", "7", "6"]),
    "cell over columns": (r"\multicolumn{4}{c}{tail, 3 runs}", ["3"]),
    "formula": (r"$p=0.03$ and \[\eta=0.1/(1+t)\]", ["0.03", "0.1", "1"]),
    "subscript and power": (r"$x_0y^2$, $10^{-4}$, $0.05^2$", ["0", "2", "10^{-4}", "0.05^2"]),
    "fraction without braces": (r"$\frac12$", ["12"]),
    "thousands": (r"151{,}860, 9,999 and 2\,000", ["151{,}860", "9,999", "2\\,000"]),
    "list": ("(0.01, 0.03,0.1)", ["0.01", "0.03", "0.1"]),
    "after a claim": (r"\claim{a.b1}\,\% or 5\,\%", ["5"]),
    "in an unknown macro": (r"\other{a5}[6]", ["5", "6"]),
    "behind a per cent sign": (r"\claim{x}\,\% of 7", ["7"]),
    "behind a line break": (r"a \\% 5" + "\n" + r"\\[1pt] 6", ["6"]),
    "in code": (r"\texttt{SGD(decay=0.002)}", ["0.002"]),
    "verbatim": (r"\verb|5%| \verb*+\claim{6}+ 7", ["5", "6", "7"]),
    "a listing": ("\\begin{verbatim}\n5 % 6 \\claim{7}\n\\end{verbatim} % 8", ["5", "6", "7"]),
    "after a citation": (r"\citep[see][p.~7]{knuth1984} 3", ["7", "3"]),
    "grown together": ("x86-64, SHA-256, 1980s, v2", ["86", "64", "256", "1980", "2"]),
    "a link's text": (r"\href{https://x.org/1}{page 5}, \url{https://x.org/2}", ["5"]),
    "a macro's body": (r"\newcommand{\gain}{3.45}", ["3.45"]),
    "a macro's default": (r"\newcommand{\gain}[2][9]{#1 #2}", ["9"]),
    "a definition": (r"\def\gain#1{3.45 #12}", ["3.45", "2"]),
    "a colour's text": (r"\textcolor{black!60}{8}", ["8"]),
    "other digits": ("\u00bd a point, x\u00b2, \u0663", ["\u00bd", "\u00b2", "\u0663"]),
    "no length": ("We saw 5 in 12 networks", ["5", "12"]),
    "not only lengths": (r"\renewcommand{\gain}{0.95}", ["0.95"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "numerals"), PLANTED.values(), ids=PLANTED)
def test_typed_numbers_are_found(text: str, numerals: list[str]) -> None:
    assert found(text) == numerals


HIDDEN = {
    "comments": "text % 5\n% 6\n\\claim{a}% 7",
    "claims": r"\claim{effect.H2a.tail}, \claim{grid.\primary.constant.0.1.0.9}",
    "sentences and origins": r"\says{top-5}We see. \origin{fig1}",
    "references": r"\label{tab:1}, Table~\ref{tab:1}, Section~\pageref{s2}",
    "citations": r"\citep{li2020,smith2018}, \citet*{pineau2021}, \citep[see][]{a1990}",
    "files": r"\input{part2}\tablerows{generated/t1}\includegraphics[width=0.88\textwidth]{f/1}",
    "names of files": r"\texttt{results/runs\_2.parquet} and fig1.pdf",
    "settings": "\\documentclass[10pt]{article}\\usepackage[T1]{fontenc}\\linespread{0.97}",
    "lengths": r"\setlength{\a}{10pt plus 3pt}\setlength\b{3pt}\vspace*{2ex}\fontsize{6.9}{7.6}",
    "floats": r"\renewcommand{\topfraction}{0.95}\setcounter{dbltopnumber}{3}",
    "tables": "\\begin{tabular*}{3in}[t]{p{1.2in}r}a\\\\*[2pt] \\cmidrule(lr){2-5}\\end{tabular*}",
    "columns": "\\begin{tabular}[t2]{*{3}{r}}x & \\multicolumn{4}{c}{tail}\\\\\n\\end{tabular}",
    "arguments of macros": r"\newcommand{\a}[2]{#1 of #2}\def\b#1{#1}",
    "made names": r"\csname claim@a1\endcsname \ifcsname claim@#1\endcsname",
    "columns of a page": r"\begin{multicols}{2}[a][3pt]\end{multicols}",
    "colours and rules": r"\textcolor{black!60}{x}\rule[1pt]{2pt}{3pt}",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_names_and_lengths_are_not(text: str) -> None:
    assert found(text) == []


NAME = {"name": r"[HDE]\d{1,2}[a-z]?", "reason": "hypotheses and estimands"}


@pytest.mark.parametrize(
    ("text", "numerals"),
    [
        (r"H1, H2a--H9c, D4 (E1) H12; $H1$", []),
        ("H1000, XH2 and H3 of 4", ["1000", "2", "4"]),
    ],
)
def test_words_that_are_names_are_not(text: str, numerals: list[str]) -> None:
    faults = check_numerals({"a.tex": f"H1 {text}"}, [NAME])
    assert faults == [f"a.tex:1: {numeral}" for numeral in numerals]


def test_a_name_that_stands_nowhere_is_a_fault() -> None:
    assert check_numerals({"a.tex": r"\claim{H1}"}, [NAME]) == [
        r"allowed, but nowhere in the paper: names like [HDE]\d{1,2}[a-z]?"
    ]


def test_lines_and_files() -> None:
    sources = {"a.tex": "one\n\n5 and\n% 6\n\\claim{x\n}7", "b.tex": "8"}
    assert check_numerals(sources, []) == ["a.tex:3: 5", "a.tex:6: 7", "b.tex:1: 8"]


def test_each_place_is_counted() -> None:
    assert check_numerals({"a.tex": "5 and 5\n5"}, []) == ["a.tex:1: 5"] * 2 + ["a.tex:2: 5"]


@pytest.mark.parametrize(
    "text", [r"\claim{a 5", r"\\[2pt", r"\citep[see {]} 5", r"\newcommand{\a}{5"]
)
def test_what_does_not_end_hides_nothing(text: str) -> None:
    with pytest.raises(TexSourceError, match="line 2: nothing closes"):
        found(f"\n{text}")


# --- what is allowed ----------------------------------------------------------


def entry(numeral: Any, context: Any = None, **more: Any) -> dict[str, Any]:
    fields = {"numeral": numeral, "context": context, "reason": "because", **more}
    return {key: value for key, value in fields.items() if value is not None}


TEXT = {"paper/a.tex": "34 units, 50\nepochs, 34 inputs", "paper/b.tex": "batches of 28"}


def test_allowed_everywhere() -> None:
    assert check_numerals(TEXT, [entry("34"), entry("50"), entry("28")]) == []
    assert check_numerals(TEXT, [entry("34"), entry("50")]) == ["paper/b.tex:1: 28"]


def test_allowed_in_a_context() -> None:
    others = [entry("28", "b.tex"), entry("50", "50 epochs")]  # the line break is a space
    assert check_numerals(TEXT, [entry("34", "34 units"), *others]) == ["paper/a.tex:2: 34"]
    assert check_numerals(TEXT, [entry("34", ["34 units", "34 inputs"]), *others]) == []


def test_a_context_holds_the_very_numeral() -> None:
    text = {"a.tex": "0.1 or 0.15, then a rate of 0.1"}
    assert check_numerals(text, [entry("0.1", "rate of 0.1")]) == ["a.tex:1: 0.1", "a.tex:1: 0.15"]


def test_entries_that_match_nothing_are_faults() -> None:
    good = [entry("34"), entry("50"), entry("28")]
    stale = [entry("35"), entry("34", "34 outputs"), entry("28", "a.tex"), entry("50", "b.tex")]
    assert check_numerals(TEXT, good + stale) == [
        "allowed, but nowhere in the paper: 35",
        "allowed, but nowhere in the paper: 34 (in '34 outputs')",
        "allowed, but nowhere in the paper: 28 (in 'a.tex')",
        "allowed, but nowhere in the paper: 50 (in 'b.tex')",
    ]
    # One context of several that is gone is a fault as well.
    several = entry("34", ["34 units", "34 inputs", "34 outputs"])
    assert check_numerals(TEXT, [several, *good[1:]]) == [
        "allowed, but nowhere in the paper: 34 (in '34 outputs')"
    ]


def test_a_numeral_in_a_comment_is_not_there() -> None:
    assert check_numerals({"a.tex": "% 34 units"}, [entry("34", "34 units")]) == [
        "allowed, but nowhere in the paper: 34 (in '34 units')"
    ]


def test_several_numerals_in_several_contexts() -> None:
    pairs = read_allowed([entry(["0", "0.5"], ["(0, 0.5)", "not 0"])])
    assert [(pair.numeral, pair.context) for pair in pairs] == [
        ("0", "(0, 0.5)"), ("0.5", "(0, 0.5)"), ("0", "not 0")
    ]  # fmt: skip


def test_what_was_allowed_where() -> None:
    allowed = [entry("34"), entry("34", "34 units", reason="hidden"), entry("50"), entry("28")]
    faults, granted = judge_numerals(TEXT, read_allowed(allowed))
    assert faults == []
    assert [(g["file"], g["line"], g["numeral"], g["reason"]) for g in granted] == [
        ("paper/a.tex", 1, "34", "hidden"),  # the entry that says more
        ("paper/a.tex", 1, "50", "because"),
        ("paper/a.tex", 2, "34", "because"),
        ("paper/b.tex", 1, "28", "because"),
    ]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (None, "None"),  # an empty file
        ({"34": "because"}, "a list"),
        (["34"], "found '34'$"),
        ([5], "^numerals: expected numeral.* found 5$"),
        ([{"numeral": "34"}], "reason"),
        ([{"reason": "because"}], "numeral"),
        ([entry("34", contexts="34 units")], "contexts"),
        ([entry("34", name="H1")], "name"),
        ([entry(34)], "34"),
        ([entry("34", reason=" ")], "' '"),
        ([entry("34", setting=5)], "5"),
        ([{"name": 5, "reason": "because"}], "5"),
        ([{"name": "H(1", "reason": "because"}], r"H\(1"),
        ([{"name": ".*", "reason": "because"}], "mere number"),
        ([{"name": r"\d+", "reason": "because"}], "mere number"),
        ([entry("34 units")], "34 units"),
        ([entry("units")], "units"),
        ([entry("34", "units")], "units"),
        ([entry("0.1", "rate 0.15")], "rate 0.15"),
        ([entry(["34", "35"], "34 units")], "35"),
        ([entry("34"), entry("34", reason="again")], "twice: 34"),
        ([entry(n, n) for n in ("1", "2", "2", "1")], r"twice: 1\b"),
        ([{"name": "x?", "reason": "because"}], "mere number"),
        ([{"name": "5|x", "reason": "because"}], "mere number"),
        ([{"name": r"0\.5|x", "reason": "because"}], "mere number"),
        ([{"name": "12|x", "reason": "because"}], "mere number"),
        ([entry("34", setting=None), entry("34", setting=None)], "twice: 34"),
        ([entry("34", "34 units")] * 2, "twice: 34 .*34 units"),
        ([NAME, NAME], "twice: "),
    ],
)
def test_lists_that_cannot_be_read(entries: Any, said: str) -> None:
    with pytest.raises(NumeralError, match=said):
        check_numerals(TEXT, entries)


def test_a_field_that_is_null_is_not_there() -> None:
    null = {"numeral": "34", "context": None, "reason": "because", "setting": None}
    assert read_allowed([null]) == read_allowed([{"numeral": "34", "reason": "because"}])


def test_lines_count_from_the_first() -> None:
    (found,) = find_numerals(visible_texts({"a.tex": "\n5"}))
    assert found.line == 2


def test_no_numeral_at_all_needs_no_list() -> None:
    assert check_numerals({"a.tex": r"\claim{a.1}"}, []) == []


# --- settings that the text quotes --------------------------------------------


@pytest.mark.parametrize(
    ("numeral", "setting", "said"),
    [
        ("50", "training.epochs", None),
        ("0.10", "rates", None),
        ("0.2^2", "rates", None),
        ("1{,}000", "seeds", None),
        ("60", "training.epochs", "60 quotes training.epochs, which is 50"),
        ("0.3", "rates", "0.3 quotes rates, which is [0.1, 0.2]"),
        ("50", "training.epoch", "50 quotes training.epoch, which is None"),
        ("50", "training.epochs.more", "which is None"),
        ("50", "name", "50 quotes name, which is fifty"),
    ],
)
def test_settings(numeral: str, setting: str, said: str | None) -> None:
    config = {"training": {"epochs": 50}, "rates": [0.1, 0.2], "seeds": 1000, "name": "fifty"}
    faults = check_settings([Allowed(numeral, None, "because", setting)], config)
    assert bool(faults) == (said is not None)
    assert said is None or said in faults[0]
    assert check_settings([Allowed(numeral, None, "because")], config) == []


# --- the shipped paper --------------------------------------------------------


@pytest.fixture(scope="module")
def paper(root: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted((root / "paper").glob("*.tex"))}


@pytest.fixture(scope="module")
def shipped(root: Path) -> Any:
    return read_yaml(root / "paper/typed_numbers.yaml")


def test_the_shipped_paper_passes(paper: dict[str, str], shipped: Any) -> None:
    assert check_numerals(paper, shipped) == []


def test_its_quoted_settings_are_those_of_the_study(shipped: Any, config: Any) -> None:
    allowed = read_allowed(shipped)
    assert check_settings(allowed, config) == []
    changed = copy.deepcopy(config)
    changed["training"]["epochs"] = 60
    faults = check_settings(allowed, changed)
    assert faults
    assert all("quotes training.epochs, which is 60" in fault for fault in faults)


@pytest.mark.parametrize(
    ("file", "at"),
    [
        ("abstract.tex", r"\noindent"),
        ("introduction.tex", r"\section{"),
        ("appendix.tex", r"\caption{"),
        ("appendix.tex", r"\begin{tabular}{cc}"),
        ("claim.tex", "$p="),
        ("methods.tex", r"$v\leftarrow"),
        ("results.tex", r"\caption{"),
        ("macros.tex", r"\armrow{#1}{constant_m00}{"),
        ("tips.tex", r"\tiprow{"),
        ("tips.tex", r"\midrule"),
        ("discussion.tex", r"\item "),
        ("appendix.tex", r"\texttt{"),
        ("main.tex", r"\title{"),
        ("macros.tex", r"\newcommand{\primary}{"),
    ],
)
def test_a_number_planted_in_it_is_found(
    paper: dict[str, str], shipped: Any, file: str, at: str
) -> None:
    head, tail = paper[file].split(at, 1)
    line = (head + at).count("\n") + 1
    broken = {**paper, file: f"{head}{at}77.31 {tail}"}
    assert check_numerals(broken, shipped) == [f"{file}:{line}: 77.31"]


def test_a_claim_that_is_typed_out_is_found(paper: dict[str, str], shipped: Any) -> None:
    """Whichever claim of the text someone replaces by its number."""
    place = paper["claim.tex"].index(r"\claim{tutorial.gain}")
    typed = paper["claim.tex"].replace(r"\claim{tutorial.gain}", "4", 1)
    line = typed.count("\n", 0, place) + 1
    assert check_numerals({**paper, "claim.tex": typed}, shipped) == [f"claim.tex:{line}: 4"]


def test_every_allowed_one_is_needed(paper: dict[str, str], shipped: Any) -> None:
    for k in range(len(shipped)):
        assert check_numerals(paper, shipped[:k] + shipped[k + 1 :])
