"""Sentences asked of several runs: counts, what is frozen, what stands where it must not."""

from __future__ import annotations

from typing import Any

import pytest
from lrstudy.repeats.judge import Frozen, asked, check_places, failures, judge, places_of
from lrstudy.repeats.printed import repeat_claims, repeats_tex
from lrstudy.repeats.settings import RepeatError
from paperledger.claims.claim import numbers_json
from paperledger.claims.sentences import counts_tex

SENTENCES = {
    "rises": ["effect.H1.difference > 0", "effect.H1.direction == higher"],
    "small": ["effect.H1.high < 2"],
    "many": ["networks >= 10"],
}
PLACES = {"rises": ["abstract", "text"], "small": ["text"], "many": ["tips"]}


def values(difference: float = 1.0, **more: Any) -> dict[str, Any]:
    return {
        "effect.H1.difference": difference,
        "effect.H1.low": difference - 0.5,
        "effect.H1.high": difference + 0.5,
        "effect.H1.direction": "higher" if difference > 0.5 else "unclear",
        "networks": 100,
    } | more


RUNS = {1: values(1.2), 2: values(0.4), 3: values(1.8)}


def judged(
    runs: Any = RUNS, frozen: Frozen | None = None, own: Any = None, sentences: Any = SENTENCES
) -> dict[str, Any]:
    own = own or values()
    return judge(failures(sentences, own, runs), sentences, PLACES, runs, own, frozen)


def counts(found: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {name: tuple(entry[k] for k in keys) for name, entry in found["sentences"].items()}


def test_each_sentence_is_counted_over_all_runs() -> None:
    found = judged()
    assert (found["runs"], found["frozen"]) == (4, 0)
    assert counts(found, "holds", "of") == {"rises": (3, 4), "small": (3, 4), "many": (4, 4)}
    assert counts(found, "places", "reworded")["rises"] == (["abstract", "text"], False)
    assert found["intervals"] == 4
    # This build is one of them.
    assert counts(judged(own=values(0.1)), "holds")["rises"] == (2,)


def test_before_and_after_the_sentences_were_frozen() -> None:
    before = {**SENTENCES, "small": ["effect.H1.high < 9"]}
    del before["many"]
    found = judged(frozen=Frozen("c0ffee", [1, 2], before))
    assert found["frozen"] == 3
    assert counts(found, "frozen_holds", "frozen_of", "reworded") == {
        "rises": (2, 3, False), "small": (3, 3, True), "many": (3, 3, True)
    }  # fmt: skip
    with pytest.raises(RepeatError, match=r"expected its repeats among \[1, 2, 3\], found \[4\]"):
        judged(frozen=Frozen("c0ffee", [1, 4], before))


def test_without_repeats_nothing_is_asked() -> None:
    assert judged({}) == {"runs": 1, "frozen": 0, "sentences": {}}
    assert "coverage" not in judged({1: values()})


def test_a_claim_that_a_repeat_lacks_is_named() -> None:
    lacking = values()
    del lacking["networks"]
    with pytest.raises(RepeatError, match="repeat 2: sentence 'many' rests on networks"):
        judged({1: values(), 2: lacking})
    with pytest.raises(RepeatError, match=r"repeat 1: sentence 'many': .* compares 'ten'"):
        judged({1: values(networks="ten")})


def test_a_sentence_on_all_runs_is_asked_of_none() -> None:
    own = {"covered": ["repeats.coverage > 90"], "few": ["a < 1"]}
    assert asked(own) == {"few": ["a < 1"]}


@pytest.mark.parametrize(
    ("sentences", "said"),
    [
        (None, "expected names with conditions, found None"),
        ({"few": None}, "'few': expected a list of conditions, found None"),
        ({"few": "a < 1"}, "'few': expected a list of conditions, found 'a < 1'"),
    ],
)
def test_sentences_without_lists_of_conditions_are_refused(sentences: Any, said: str) -> None:
    with pytest.raises(RepeatError, match=said):
        asked(sentences)


def test_abstract_and_tips_hold_what_holds_everywhere() -> None:
    found = failures(SENTENCES, values(), RUNS)
    with pytest.raises(RepeatError) as told:
        check_places(judged(), found)
    assert str(told.value).splitlines()[1:] == [
        "rises (abstract) holds in 3 of 4 runs:",
        "  repeat 2: effect.H1.direction == higher (found unclear == higher)",
    ]
    runs = {1: values(1.2), 3: values(1.8)}  # `small` fails still, in the text
    check_places(judged(runs), failures(SENTENCES, values(), runs))


def test_places_are_those_of_the_sources() -> None:
    sources = {
        "paper/tips.tex": r"\says{many} \says{rises}",
        "paper/abstract.tex": "% \\says{small}\n\\says{rises}",
        "paper/results.tex": r"\says{rises} \says{small}",
    }
    assert places_of(sources) == {
        "many": ["tips"], "rises": ["abstract", "tips", "text"], "small": ["text"]
    }  # fmt: skip


# --- print --------------------------------------------------------------------


def test_what_is_printed_are_claims() -> None:
    before = {**SENTENCES, "small": ["effect.H1.high < 9"]}
    found = judged(frozen=Frozen("c0ffee", [1], before))
    claims = repeat_claims(found)
    said = {name.removeprefix("repeats."): claim.value for name, claim in claims.items()}
    for name in ("coverage", "coverage.se"):
        assert 0 < said.pop(name) <= 100
    assert said == {
        "runs": 4, "others": 3, "frozen.runs": 2, "coverage.intervals": 4, "sentences": 3, "all": 1,
        "frozen.sentences": 2, "frozen.all": 2, "frozen.all.later": 1, "reworded": 1,
        "sentence.rises.holds": 3, "sentence.rises.frozen": 2,
        "sentence.small.holds": 3, "sentence.small.frozen": 2,
        "sentence.many.holds": 4, "sentence.many.frozen": 2,
    }  # fmt: skip
    assert "results/repeats.json" in numbers_json(claims)
    rows = repeats_tex(found).splitlines()[1:]
    assert rows == [
        r"rises & \claim{repeats.sentence.rises.frozen} & \claim{repeats.sentence.rises.holds} & "
        r"small & \emph{reworded} & \claim{repeats.sentence.small.holds} & "
        r"many & \claim{repeats.sentence.many.frozen} & \claim{repeats.sentence.many.holds} \\",
    ]


def test_sentences_are_read_down_and_then_to_the_right() -> None:
    found = {"sentences": {str(i): {"frozen_of": 0, "reworded": False} for i in range(7)}}
    rows = repeats_tex(found).splitlines()[1:]
    names = [[cell.strip() for cell in row.split("&")][::3] for row in rows]
    assert names == [["0", "3", "6"], ["1", "4"], ["2", "5"]]


def test_a_count_stands_before_what_does_not_hold_everywhere() -> None:
    lines = counts_tex(judged()["sentences"]).splitlines()[1:]
    assert lines == [
        rf"\definecount{{{name}}}{{\claim{{repeats.sentence.{name}.holds}}/\claim{{repeats.runs}}}}"
        for name in ("rises", "small")
    ]


def test_without_repeats_the_same_claims_are_there() -> None:
    claims = repeat_claims(judged({}))
    assert claims["repeats.runs"].value == 1
    assert not any(claim.value for name, claim in claims.items() if name != "repeats.runs")
    assert "has no repeats" in repeats_tex(judged({}))
    assert counts_tex({}).count("\n") == 1
