"""In how many runs each sentence of the paper holds: this build, and the repeats that count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any, NamedTuple

from paperledger.claims.sentences import (
    OPERATORS,
    SentenceError,
    check_shape,
    failing,
    used_sentences,
)

from lrstudy.repeats.coverage import FEWEST, common_effects, coverage
from lrstudy.repeats.record import OWN, Values
from lrstudy.repeats.settings import RepeatError

PLACES = {"abstract": "abstract", "tips": "tips"}
"""Stem of a TeX source to the place that a sentence in it stands in; elsewhere it is the text."""
TEXT = "text"
STRICT = tuple(PLACES.values())
"""Places of sentences that have to hold in all runs."""
THIS = "this build"

Sentences = Mapping[str, list[str]]
Failures = dict[str, dict[str, list[str]]]


class Frozen(NamedTuple):
    """The sentences as they were when some of the repeats had been run, and no other."""

    commit: str
    repeats: list[int]
    sentences: dict[str, list[str]]


def places_of(sources: Mapping[str, str]) -> dict[str, list[str]]:
    r"""Return where each sentence stands, of TeX sources by their paths.

    Examples
    --------
    >>> places_of({"paper/abstract.tex": r"\says{a}", "paper/x.tex": r"\says{a} \says{b}"})
    {'a': ['abstract', 'text'], 'b': ['text']}
    """
    order = (*STRICT, TEXT)
    found: dict[str, set[str]] = {}
    for path, text in sources.items():
        for name in used_sentences([text]):
            found.setdefault(name, set()).add(PLACES.get(PurePath(path).stem, TEXT))
    return {name: sorted(places, key=order.index) for name, places in found.items()}


def _named(conditions: Iterable[str]) -> list[str]:
    tokens = [token for condition in conditions for token in str(condition).split()]
    return [token for token in tokens if token not in OPERATORS]


def asked(sentences: Sentences) -> dict[str, list[str]]:
    """Return the sentences that each run can be asked about: none rests on a claim of all runs.

    Raises
    ------
    RepeatError
        They are no names with lists of conditions.
    """
    try:
        check_shape(sentences)
    except SentenceError as error:
        raise RepeatError(str(error)) from None
    return {
        name: conditions
        for name, conditions in sentences.items()
        if not any(token.startswith(OWN) for token in _named(conditions))
    }


def failures(sentences: Sentences, own: Values, repeats: Mapping[int, Values]) -> Failures:
    """Return what does not hold of each sentence, by run; a run in which all holds is left out.

    Raises
    ------
    RepeatError
        A run has no claim that a sentence rests on, or a condition cannot be read.
    """
    ledgers = {
        run: {name: {"value": value} for name, value in values.items()}
        for run, values in {THIS: own, **{f"repeat {n}": v for n, v in repeats.items()}}.items()
    }
    found: Failures = {}
    for name, conditions in sentences.items():
        found[name] = {}
        for run, ledger in ledgers.items():
            lost = [token for token in _named(conditions) if token in own and token not in ledger]
            if lost:
                raise RepeatError(
                    f"{run}: sentence {name!r} rests on {lost[0]}, expected that claim, found none"
                )
            try:
                failed = failing(conditions, ledger)
            except SentenceError as error:
                raise RepeatError(f"{run}: sentence {name!r}: {error}") from None
            if failed:
                found[name][run] = failed
    return found


def judge(
    found: Failures,
    sentences: Sentences,
    places: Mapping[str, list[str]],
    runs: Mapping[int, Values],
    own: Values,
    frozen: Frozen | None,
) -> dict[str, Any]:
    """Return what results/repeats.json holds, but for the files behind it.

    `found` is of `failures`, and `runs` are the repeats. Without repeats nothing is asked.

    Raises
    ------
    RepeatError
        A repeat that was run before the sentences were frozen does not count, or is not there.
    """
    if not runs:
        return {"runs": 1, "frozen": 0, "sentences": {}}
    if frozen and not set(frozen.repeats) <= set(runs):
        gone = sorted(set(frozen.repeats) - set(runs))
        raise RepeatError(f"frozen.json: expected its repeats among {sorted(runs)}, found {gone}")
    before = [THIS, *(f"repeat {n}" for n in frozen.repeats)] if frozen else []
    judged: dict[str, Any] = {"runs": 1 + len(runs), "frozen": len(before)}
    if judged["runs"] >= FEWEST:
        effects = common_effects([own, *runs.values()])
        if effects.size:
            share, se, intervals = coverage(effects)
            judged |= {"coverage": share, "coverage_se": se, "intervals": intervals}
    judged["sentences"] = {
        name: {
            "holds": judged["runs"] - len(failed),
            "of": judged["runs"],
            "frozen_holds": len([run for run in before if run not in failed]),
            "frozen_of": len(before),
            "places": places.get(name, []),
            "reworded": frozen is not None and frozen.sentences.get(name) != sentences[name],
        }
        for name, failed in found.items()
    }
    return judged


def check_places(judged: Mapping[str, Any], found: Failures) -> None:
    """Refuse a sentence of abstract or tips that does not hold in all runs.

    Raises
    ------
    RepeatError
        Names each, its count, and the conditions that fail, by run.
    """
    told = []
    for name, entry in judged["sentences"].items():
        strict = [place for place in entry["places"] if place in STRICT]
        if strict and found[name]:
            held = f"{entry['holds']} of {entry['of']} runs"
            told.append(f"{name} ({', '.join(strict)}) holds in {held}:")
            told += [f"  {run}: {'; '.join(failed)}" for run, failed in found[name].items()]
    if told:
        raise RepeatError(
            "abstract and tips hold only what holds in every run; found otherwise:\n"
            + "\n".join(told)
        )
