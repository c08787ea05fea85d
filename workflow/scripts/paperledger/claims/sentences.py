"""Conclusions in words: each sentence of the paper that draws one names the numbers it rests on."""

from __future__ import annotations

import contextlib
import difflib
import math
import operator
import re
from collections.abc import Iterable, Mapping
from typing import Any

from paperledger.tex.source import blank_comments

OPERATORS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_USE = re.compile(r"\\says\{([^{}]*)\}")


class SentenceError(Exception):
    """A sentence is unknown, unused, malformed or not supported by the numbers."""


def used_sentences(sources: Iterable[str]) -> list[str]:
    r"""Return the names in ``\says{name}`` of TeX sources, in order, comments left out."""
    return [name for text in sources for name in _USE.findall(blank_comments(text))]


def failing(conditions: Iterable[str], ledger: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the conditions that do not hold, each with the values found.

    A condition is ``left operator right``; each side is a claim's id, a number or a word. Words are
    equal or not, nothing else. `ledger` is as results/claims.json holds it; values count unrounded.

    Raises
    ------
    SentenceError
        A condition is malformed, compares a number with a word, or asks which word is larger.

    Examples
    --------
    >>> failing(["a < 0.05", "a > 0.01"], {"a": {"value": 0.2}})
    ['a < 0.05 (found 0.2 < 0.05)']
    """
    broken = []
    for condition in conditions:
        parts = str(condition).split()
        if len(parts) != 3 or parts[1] not in OPERATORS:
            raise SentenceError(
                f"condition {condition!r}: expected `left operator right`, with an operator of "
                f"{' '.join(OPERATORS)}"
            )
        left, right = (_value(part, ledger) for part in (parts[0], parts[2]))
        words = [isinstance(side, str) for side in (left, right)]
        if words[0] != words[1] or (words[0] and parts[1] not in ("==", "!=")):
            near = "".join(nearest(part, ledger) for part in parts[::2] if part not in ledger)
            raise SentenceError(f"condition {condition!r}: compares {left!r} with {right!r}{near}")
        if not OPERATORS[parts[1]](left, right):
            broken.append(f"{condition} (found {left} {parts[1]} {right})")
    return broken


def _value(token: str, ledger: Mapping[str, Mapping[str, Any]]) -> float | str:
    if token in ledger:
        value = ledger[token]["value"]
        return value if isinstance(value, str) else float(value)
    with contextlib.suppress(ValueError):
        if math.isfinite(number := float(token)):
            return number
    if "." in token:
        raise SentenceError(f"no claim {token!r} in the ledger{nearest(token, ledger)}")
    return token


def nearest(name: str, known: Iterable[str]) -> str:
    """Return what to add to a message of a name that nobody knows: the known ones most like it.

    Examples
    --------
    >>> nearest("effect.h1", ["effect.H1", "networks"]), nearest("x", ["effect.H1"])
    ('; nearest: effect.H1', '')
    """
    found = difflib.get_close_matches(name, list(known), n=3)
    return f"; nearest: {', '.join(found)}" if found else ""


def check_shape(sentences: Any) -> None:
    """Refuse what no mapping of names to lists of conditions is.

    Raises
    ------
    SentenceError
        Names the first sentence whose conditions are no list.
    """
    if not isinstance(sentences, Mapping):
        raise SentenceError(f"sentences: expected names with conditions, found {sentences!r}")
    for name, conditions in sentences.items():
        if not isinstance(conditions, list):
            raise SentenceError(
                f"sentence {name!r}: expected a list of conditions, found {conditions!r}"
            )


def check_sentences(
    sentences: Mapping[str, list[str]],
    sources: Iterable[str],
    ledger: Mapping[str, Mapping[str, Any]],
    *,
    stop: bool,
) -> dict[str, list[str]]:
    """Hold every sentence against the numbers: name to the conditions that do not hold.

    Every sentence is named, with an empty list where all conditions (see `failing`) hold. `sources`
    are the TeX sources of the paper. With `stop`, a sentence that is not supported is an error.

    Raises
    ------
    SentenceError
        No mapping of names to lists, a name without conditions, conditions that the paper does not
        use, or, with `stop`, a sentence that the numbers do not support.
    """
    check_shape(sentences)
    used = used_sentences(sources)
    unknown = sorted(set(used) - set(sentences))
    unused = sorted(set(sentences) - set(used))
    empty = sorted(name for name, conditions in sentences.items() if not conditions)
    if unknown or unused or empty:
        raise SentenceError(
            f"sentences: the paper says {unknown} without a condition; conditions without a "
            f"sentence: {unused}; no condition given: {empty}"
        )
    found, faults = {}, []
    for name, conditions in sentences.items():
        try:
            found[name] = failing(conditions, ledger)
        except SentenceError as error:
            faults.append(f"sentence {name!r}: {error}")
    if faults:
        raise SentenceError("\n".join(faults))
    if stop:
        broken = [f"{name}: {'; '.join(failed)}" for name, failed in found.items() if failed]
        if broken:
            raise SentenceError(
                "the numbers no longer support what the paper says:\n" + "\n".join(broken)
            )
    return found


def verdict_of(failed: Iterable[str]) -> str:
    """Say in a word what the conditions that do not hold make of a sentence.

    Examples
    --------
    >>> verdict_of([]), verdict_of(["a < 1 (found 2 < 1)"])
    ('supported', 'unsupported')
    """
    return "unsupported" if list(failed) else "supported"


def sentences_tex(found: Mapping[str, list[str]]) -> str:
    r"""Write the verdicts, by the conditions that do not hold, as TeX definitions for ``\says``."""
    lines = ["% Written by the workflow from paper/sentences.yaml and results/claims.json."]
    for name, failed in sorted(found.items()):
        lines.append(rf"\definesentence{{{name}}}{{{verdict_of(failed)}}}")
    return "\n".join(lines) + "\n"


def counts_tex(counted: Mapping[str, Mapping[str, Any]]) -> str:
    r"""Write what stands before a sentence that does not hold in all runs, as TeX for ``\says``.

    `counted` is ``sentences`` of results/repeats.json: a paper that is run again from other random
    numbers says there in how many runs, ``of``, a sentence ``holds``.

    Examples
    --------
    >>> counted = {"all": {"holds": 2, "of": 2}, "few": {"holds": 1, "of": 2}}
    >>> print(counts_tex(counted).split("\n")[1])
    \definecount{few}{\claim{repeats.sentence.few.holds}/\claim{repeats.runs}}
    """
    lines = ["% Written by the workflow from results/repeats.json."]
    for name, entry in sorted(counted.items()):
        if entry["holds"] < entry["of"]:
            count = rf"\claim{{repeats.sentence.{name}.holds}}/\claim{{repeats.runs}}"
            lines.append(rf"\definecount{{{name}}}{{{count}}}")
    return "\n".join(lines) + "\n"
