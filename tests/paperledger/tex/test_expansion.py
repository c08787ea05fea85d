"""A paper's own macros are replaced by what they stand for, and claims by their numbers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from paperledger.tex.expansion import Expansion, expand

NUMBERS = {"primary.id": "glorot", "effect.H1.glorot.low": "$-$0.25", "b": "151{,}860"}


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
def test_macros_and_claims_are_replaced(text: str, expanded: str) -> None:
    expansion = Expansion(NUMBERS)
    assert expansion.text(text) == expanded
    assert expansion.unknown == set()


def test_unknown_claims_are_marked_and_counted() -> None:
    expansion = Expansion(NUMBERS)
    assert expansion.text(r"\claim{b}, \claim{c}, \claim{c}, \claim{a.\claim{d}.e}") == (
        "151{,}860, ??, ??, ??"
    )
    assert expansion.unknown == {"c", "d", "a.??.e"}


def test_the_sources_of_a_folder_lose_what_is_their_own(tmp_path: Path) -> None:
    """Macros are known in every part, whichever defines them; a part's own come first."""
    parts = {
        "main.tex": "a \\p\n\\input{text} % note\n\n\\tablerows{generated/rows}\\input{b}",
        "macros.tex": "% \\claim{old}\n\\newcommand\\p{P}\\newcommand{\\q}{1}\\input{generated/a}x",
        "text.tex": "5\\,\\% b% no space\n  \\newcommand{\\q}{2}\\q \\hash \\claim{c}",
        "generated/rows.tex": r"row & \q\claim{b}\\\\",
        "generated/a.tex": "% by the workflow\n\\defineclaim{b}{7}\n\\newcommand{\\hash}{ab12}\n",
    }
    (tmp_path / "generated").mkdir()
    for name, text in parts.items():
        (tmp_path / name).write_text(text)
    assert expand(tmp_path, {"b": "7"}) == {"c"}
    assert {name: (tmp_path / name).read_text() for name in parts} == {
        "main.tex": "a P\\input{text} \n\n\\input{generated/rows}%\n\\input{b}",
        "macros.tex": r"\input{generated/a}x",
        "text.tex": "5\\,\\% b2ab12??",
        "generated/rows.tex": r"row & 27\\\\",
        "generated/a.tex": "%\n",
    }


def test_the_whole_shipped_paper_loses_its_macros(root: Path, tmp_path: Path) -> None:
    """Without a build no number is known, but every macro of the paper is."""
    shutil.copytree(root / "paper", tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "generated", ignore_errors=True)
    unknown = expand(tmp_path, {})
    text = "".join(path.read_text() for path in tmp_path.glob("*.tex"))
    for own in (r"\claim{", r"\says", r"\est{", r"\effect{", r"\armrow", r"\tiprow", r"\primary"):
        assert own not in text
    assert "tutorial.gain" in unknown
    assert text.count(r"\caption{") >= 10
