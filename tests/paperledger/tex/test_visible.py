"""What of a TeX source is text, and what its own macros hide; macros and arguments are read."""

from __future__ import annotations

import pytest
from paperledger.claims.typed_numbers import find_numerals, visible_texts
from paperledger.tex.source import (
    TexSourceError,
    arguments,
    blank_comments,
    closing,
    definitions,
    drop_comments,
)
from paperledger.tex.visible import ARGUMENTS, all_signatures, visible


def found(**sources: str) -> list[str]:
    return [numeral.text for numeral in find_numerals(visible_texts(sources))]


# --- the paper's own macros ---------------------------------------------------

MACROS = r"""
\newcommand{\effect}[3]{\claim{effect.#1.#2.\primary.#3}}
\newcommand{\interval}[1]{\claim{#1.low} to \claim{#1.high}}
\newcommand{\est}[2]{\interval{effect.#1.#2}}
\newcommand{\tiprow}[3]{#1 & \effect{#2}{tail}{difference} & #3\\}
\newcommand{\both}[1]{\claim{#1} is #1}
\newcommand{\maybe}[2][x]{\claim{#1.#2}}
"""


def test_arguments_that_are_parts_of_names_only() -> None:
    own = all_signatures([MACROS])
    shapes = {name: own[name] for name in ("effect", "interval", "est", "tiprow", "both", "maybe")}
    assert shapes == {
        "effect": "mmm", "interval": "m", "est": "mm", "tiprow": "tmt", "both": "t", "maybe": "om"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "numerals"),
    [
        (r"\effect{H2a}{tail5}{low6}", []),
        (r"\est{a.1}{b.2}, 3", ["3"]),
        (r"\tiprow{rate 0.2}{H9a.1}{no: 0.1}", ["0.2", "0.1"]),
        (r"\both{a.1}", ["1"]),
        (r"\maybe[y1]{z2} 3", ["3"]),
    ],
)
def test_uses_of_them(text: str, numerals: list[str]) -> None:
    assert found(macros=MACROS, text=text) == numerals


def test_two_meanings_of_one_name_hide_nothing() -> None:
    other = r"\newcommand{\interval}[1]{#1}"
    assert all_signatures([MACROS, other])["interval"] == ""
    assert found(macros=MACROS, text=other + r"\interval{5}") == ["5"]


def test_a_claim_cannot_be_redefined_into_text() -> None:
    assert all_signatures([r"\newcommand{\claim}[1]{#1}"])["claim"] == "m"


def test_places_stay() -> None:
    text = "a % 5\n\\claim{x.1\n} of \\ref{t} 6"
    shown = visible(text, ARGUMENTS)
    assert len(shown) == len(text)
    assert shown.index("6") == text.index("6")
    assert shown.count("\n") == text.count("\n")


# --- reading TeX --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rest"),
    [("{a}b", "b"), (r"{a\}}b", "b"), ("[a{]}]b", "b"), ("{a{b}{c}}", ""), ("(lr){2-5}", "{2-5}")],
)
def test_where_a_group_ends(text: str, rest: str) -> None:
    assert text[closing(text, 0) :] == rest


@pytest.mark.parametrize("text", ["{a", "[a}b]", r"{a\}", "{"])
def test_groups_that_do_not_end(text: str) -> None:
    with pytest.raises(TexSourceError, match="line 2: nothing closes"):
        closing("\n" + text, 1)


def test_arguments_are_optional_or_there() -> None:
    assert arguments("{a}{b}", 0, "omm") == [("m", 0, 3), ("m", 3, 6)]
    assert arguments(" {a} b", 0, "mm") == [("m", 1, 4)]
    assert arguments(r"\a{b}", 0, "mm") == [("m", 0, 2), ("m", 2, 5)]
    assert arguments(" [a]", 0, "o") == []
    assert arguments("x", 0, "m") == []


def test_definitions() -> None:
    text = (
        r"\newcommand{\a}[2][x]{#1{#2}} \renewcommand*\b{y}"
        + "\n"
        + r"\DeclareRobustCommand{\c}[1]{z} \newcommand{\d}"
    )
    shapes = [(m.command, m.name, m.n_arguments, m.default, m.body) for m in definitions(text)]
    assert shapes == [
        ("newcommand", "a", 2, "x", "#1{#2}"),
        ("renewcommand", "b", 0, None, "y"),
        ("DeclareRobustCommand", "c", 1, None, "z"),
    ]
    assert [text[m.body_start : m.end] for m in definitions(text)] == ["{#1{#2}}", "{y}", "{z}"]


def test_comments_become_spaces() -> None:
    assert blank_comments("a% b\n%\\\\% c\n5\\% d\\\\% e\n") == "a   \n      \n5\\% d\\\\   \n"


def test_comments_go_with_the_end_of_their_line() -> None:
    assert drop_comments("a% b\n  c \\% d%\n\ne% f") == "ac \\% d\n\ne"


def test_a_default_may_stand_apart_and_a_definition_may_lack_a_body() -> None:
    (macro,) = definitions(r"\newcommand{\n}[1][5] {#1 seeds}")
    assert (macro.name, macro.default, macro.body, macro.n_arguments) == ("n", "5", "#1 seeds", 1)
    assert definitions(r"\newcommand{\n}[1][5] \relax") == []
