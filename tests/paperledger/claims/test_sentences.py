"""Conclusions in words stand or fall with the ledger."""

from __future__ import annotations

import json
from typing import Any

import pytest
from paperledger.claims.claim import Claim, numbers_json
from paperledger.claims.sentences import (
    OPERATORS,
    SentenceError,
    check_sentences,
    counts_tex,
    failing,
    nearest,
    sentences_tex,
    used_sentences,
)

LEDGER: dict[str, dict[str, Any]] = {
    "effect.H1.p": {"value": 0.0312, "text": "0.03"},
    "effect.H1.difference": {"value": 0.504, "text": "+0.50"},
    "effect.H1.direction": {"value": "higher", "text": "higher"},
    "effect.H1.equivalent": {"value": "no", "text": "no"},
    "alpha": {"value": 0.05, "text": "0.05"},
    "networks": {"value": 30, "text": "30"},
}


def hold(*conditions: str) -> bool:
    return not failing(conditions, LEDGER)


# --- conditions ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "below", "equal", "above"),
    [
        ("<", False, False, True),
        ("<=", False, True, True),
        (">", True, False, False),
        (">=", True, True, False),
        ("==", False, True, False),
        ("!=", True, False, True),
    ],
)
def test_each_operator(operator: str, below: bool, equal: bool, above: bool) -> None:
    """30 networks against a number below it, itself and a number above."""
    found = tuple(hold(f"networks {operator} {number}") for number in ("29", "30", "31"))
    assert found == (below, equal, above)


def test_all_operators_are_tested() -> None:
    assert set(OPERATORS) == {"<", "<=", ">", ">=", "==", "!="}


def test_either_side_may_be_a_claim_or_a_number() -> None:
    assert hold("effect.H1.p < alpha", "alpha > effect.H1.p", "0.05 == alpha", "-1 < 1e-3")
    assert not hold("alpha < effect.H1.p")


def test_values_count_unrounded() -> None:
    assert hold("effect.H1.difference > 0.5")  # though it is printed as 0.50
    assert not hold("effect.H1.difference == 0.5")


def test_words() -> None:
    assert hold("effect.H1.direction == higher", "effect.H1.equivalent != yes")
    assert hold("effect.H1.direction != effect.H1.equivalent")
    assert not hold("effect.H1.direction == lower")


def test_what_fails_is_said_with_what_was_found() -> None:
    conditions = ["networks > 40", "alpha < 1", "effect.H1.direction == lower"]
    assert failing(conditions, LEDGER) == [
        "networks > 40 (found 30.0 > 40.0)",
        "effect.H1.direction == lower (found higher == lower)",
    ]
    assert failing([], LEDGER) == []


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("effect.H1.q < alpha", "no claim 'effect.H1.q' in the ledger"),
        ("alpha < effect.h1.p", "no claim 'effect.h1.p' in the ledger"),
        ("network > 5", "condition 'network > 5': compares 'network' with 5.0"),
        ("effect.H1.direction == 1", "compares 'higher' with 1.0"),
        ("alpha == higher", "compares 0.05 with 'higher'"),
        ("alpha != nan", "compares 0.05 with 'nan'"),
        ("alpha < inf", "compares 0.05 with 'inf'"),
        ("effect.H1.direction > lower", "compares 'higher' with 'lower'"),
        ("effect.H1.direction <= higher", "compares 'higher' with 'higher'"),
        ("alpha", "condition 'alpha': expected `left operator right`"),
        ("", "condition '': expected `left operator right`"),
        ("alpha <", "expected `left operator right`"),
        ("alpha < 1 2", "expected `left operator right`"),
        ("alpha<1", "expected `left operator right`"),
        ("0 < alpha < 1", "expected `left operator right`"),
        ("alpha = 0.05", "with an operator of < <= > >= == !="),
        ("alpha is 0.05", "with an operator of < <= > >= == !="),
        (3, "condition 3: expected `left operator right`"),
    ],
)
def test_what_is_no_condition(condition: Any, said: str) -> None:
    with pytest.raises(SentenceError) as caught:
        failing([condition], LEDGER)
    assert said in str(caught.value)


# --- sentences in TeX ---------------------------------------------------------


def test_sentences_in_their_order() -> None:
    sources = [r"\says{b}We see. \says{a}", "nothing", r"Also \says{b}\says{c}here."]
    assert used_sentences(sources) == ["b", "a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (r"% \says{a}", []),
        (r"text % \says{a}", []),
        ("% one\n\\says{a}\n%two", ["a"]),
        (r"\says{a}% \says{b}", ["a"]),
        (r"5\,\% of them \says{a}", ["a"]),  # a per cent sign that is text
        (r"a line\\% \says{a}", []),  # a line break, then a comment
        (r"a line\\\% \says{a}", ["a"]),  # a line break, then a per cent sign
        (r"\newcommand{\says}[1]{...}", []),
    ],
)
def test_comments_say_nothing(text: str, names: list[str]) -> None:
    assert used_sentences([text]) == names


def check(
    sentences: Any, source: str = r"\says{good}\says{bad}", stop: bool = True
) -> dict[str, list[str]]:
    return check_sentences(sentences, [source], LEDGER, stop=stop)


GOOD, BAD = ["alpha < 1"], ["alpha < 1", "networks > 40"]


def test_all_conditions_that_are_none_are_named_with_their_sentences() -> None:
    with pytest.raises(SentenceError) as caught:
        check({"good": ["alfa.x < 1"], "bad": ["alpha < 1", "network > 5"]}, stop=False)
    good, bad = str(caught.value).splitlines()
    assert good.startswith("sentence 'good': no claim 'alfa.x'")
    assert bad.startswith("sentence 'bad': condition 'network > 5'")
    assert bad.endswith("; nearest: networks")


def test_at_most_three_names_are_suggested() -> None:
    known = ["effect.H1", "effect.H2", "effect.H3", "effect.H4"]
    assert nearest("effect.H", known) == "; nearest: effect.H4, effect.H3, effect.H2"
    with pytest.raises(SentenceError, match=r"nearest: networks$"):
        failing(["5 < network"], LEDGER)


def test_supported_sentences_pass() -> None:
    assert check({"good": GOOD, "bad": GOOD}) == {"good": [], "bad": []}


def test_an_unsupported_sentence_stops_the_build_or_is_marked() -> None:
    sentences = {"good": GOOD, "bad": BAD}
    with pytest.raises(SentenceError) as caught:
        check(sentences, stop=True)
    assert str(caught.value) == (
        "the numbers no longer support what the paper says:\nbad: networks > 40 (found 30.0 > 40.0)"
    )
    found = check(sentences, stop=False)
    assert found == {"good": [], "bad": ["networks > 40 (found 30.0 > 40.0)"]}


@pytest.mark.parametrize("stop", [True, False])
@pytest.mark.parametrize(
    ("sentences", "source", "said"),
    [
        ({"good": GOOD}, r"\says{good}\says{bad}", r"the paper says ['bad'] without a condition"),
        ({"good": GOOD, "bad": GOOD}, r"\says{good}", r"conditions without a sentence: ['bad']"),
        (
            {"good": GOOD, "bad": GOOD},
            "\\says{good}\n% \\says{bad}",
            r"conditions without a sentence: ['bad']",
        ),
        ({"good": GOOD, "bad": []}, r"\says{good}\says{bad}", "no condition given: ['bad']"),
        ({"good": ["alpha <"]}, r"\says{good}", "condition 'alpha <': expected"),
        ({"good": ["a.b < 1"]}, r"\says{good}", "no claim 'a.b'"),
        ({"good": "alpha < 1"}, r"\says{good}", "sentence 'good': expected a list"),
        ({"good": None}, r"\says{good}", "sentence 'good': expected a list of conditions"),
        (None, "", "expected names with conditions, found None"),  # an empty file
        (["good"], "", "expected names with conditions, found ['good']"),
    ],
)
def test_sentences_that_cannot_be_checked(
    sentences: Any, source: str, said: str, stop: bool
) -> None:
    """Whether it stops or marks, what is wrong with the conditions is an error."""
    with pytest.raises(SentenceError) as caught:
        check(sentences, source, stop)
    assert said in str(caught.value)


def test_verdicts_as_tex() -> None:
    lines = sentences_tex({"b": ["networks > 40 (found 30.0 > 40.0)"], "a": []}).splitlines()
    assert lines[0].startswith("% ")
    assert lines[1:] == [r"\definesentence{a}{supported}", r"\definesentence{b}{unsupported}"]
    assert sentences_tex({}).count("\n") == 1


def test_the_ledger_is_what_claims_write() -> None:
    claims = {
        "a.n": Claim(3, "rows", rule="count"),
        "a.word": Claim("yes", rule="count"),
        "a.p": Claim(0.0312, "", None, "p", rule="test"),
    }
    ledger = json.loads(numbers_json(claims))
    assert failing(["a.n == 3", "a.word == yes", "a.p == 0.0312"], ledger) == []


def test_all_that_no_longer_holds_is_listed() -> None:
    twice = [*BAD, "alpha > 1"]
    with pytest.raises(SentenceError) as caught:
        check_sentences({"one": twice, "two": BAD}, [r"\says{one}\says{two}"], LEDGER, stop=True)
    assert str(caught.value) == (
        "the numbers no longer support what the paper says:\n"
        "one: networks > 40 (found 30.0 > 40.0); alpha > 1 (found 0.05 > 1.0)\n"
        "two: networks > 40 (found 30.0 > 40.0)"
    )


def test_a_count_stands_before_a_sentence_that_does_not_hold_in_all_runs() -> None:
    runs = {"last": (0, 9), "all": (9, 9), "few": (7, 9)}
    counted = {name: {"holds": holds, "of": of} for name, (holds, of) in runs.items()}
    first, *lines = counts_tex(counted).splitlines()
    assert first == "% Written by the workflow from results/repeats.json."
    assert lines == [
        rf"\definecount{{{name}}}{{\claim{{repeats.sentence.{name}.holds}}/\claim{{repeats.runs}}}}"
        for name in ("few", "last")
    ]
    assert counts_tex({}) == first + "\n"
