"""The ledger: every number that the paper prints or rests on, its origin and its tolerance."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from lrstudy.macros import macros_tex
from lrstudy.sentences import OPERATORS, sentences_tex, verdict_of

Numbers = Mapping[str, Mapping[str, Any]]
SHOWN = ("value", "unit", "text", "decimals", "conditions")


class LedgerError(Exception):
    """The paper prints what the workflow did not compute."""


def printed_claims(lines: Iterable[str]) -> dict[str, list[int]]:
    """Read what TeX noted while it set the pages: ``id page`` a line.

    Parameters
    ----------
    lines : iterable of str
        What TeX noted.

    Returns
    -------
    dict
        Claim to the pages that print it, in ascending order.

    Examples
    --------
    >>> printed_claims(["a.b 3", "a.b 1", "c 2", "a.b 3"])
    {'a.b': [1, 3], 'c': [2]}
    """
    pages: dict[str, set[int]] = {}
    for line in lines:
        claim, page = line.split()
        pages.setdefault(claim, set()).add(int(page))
    return {claim: sorted(found) for claim, found in sorted(pages.items())}


def tolerance(name: str, numbers: Numbers) -> tuple[float | None, str]:
    """Say how far a claim may lie from the published one, and why.

    Parameters
    ----------
    name : str
        Id of the claim.
    numbers : mapping
        All numbers: value, unit, text, decimals, style.

    Returns
    -------
    tolerance : float or None
        In the claim's unit; None for a word.
    why : str
        The reason, for the reader of the ledger.
    """
    claim = numbers[name]
    value = claim["value"]
    if isinstance(value, str):
        return None, "a word is the same or another"
    if name == "agreement.weights":
        allowed = 10.0 * numbers["agreement.nudge"]["value"]
        return allowed, "other processors may round Keras otherwise; beyond this the build stops"
    if name == "agreement.within":
        allowed = float(numbers["agreement.apart.allowed"]["value"])
        return allowed, "other processors may carry as many networks elsewhere as the build allows"
    if claim["style"] == "p":
        return 0.1 * abs(value), "a tenth: a p-value carries its order of magnitude"
    stem, _, last = name.rpartition(".")
    if last in ("difference", "mean", "low", "high") and f"{stem}.high" in numbers:
        width = numbers[f"{stem}.high"]["value"] - numbers[f"{stem}.low"]["value"]
        return width / 2, "half the width of its interval: what other random numbers may give"
    if claim["decimals"] is None:
        return 0.0, "a count or a setting is exact"
    return 10.0 ** -claim["decimals"], "one unit of the last digit printed: rounding, libraries"


def check_macros(
    numbers: Numbers, verdicts: Mapping[str, list[str]], claims: str, sentences: str
) -> None:
    """Refuse TeX definitions that are not those of the numbers and verdicts: edited, or left over.

    Parameters
    ----------
    numbers : mapping
        results/numbers.json.
    verdicts : mapping
        results/sentences.json.
    claims, sentences : str
        The text of generated/claims.tex and generated/sentences.tex.

    Raises
    ------
    LedgerError
        Names the file and the first definition that differs.
    """
    made = {name: entry["text"] for name, entry in numbers.items()}
    for file, source, expected, found in (
        ("claims.tex", "numbers.json", macros_tex(made), claims),
        ("sentences.tex", "sentences.json", sentences_tex(verdicts), sentences),
    ):
        pairs = zip_longest(expected.splitlines(), found.splitlines(), fillvalue="nothing")
        for one, other in pairs:
            if one != other:
                raise LedgerError(
                    f"generated/{file} is stale: it is not made from results/{source}: expected "
                    f"{one}, found {other}; delete it, and it is written again"
                )


def build_ledger(
    numbers: Numbers,
    printed: Mapping[str, list[int]],
    sentences: Mapping[str, list[str]],
    verdicts: Mapping[str, list[str]],
    origins: Mapping[str, Mapping[str, Any]],
    root: Path,
) -> dict[str, dict[str, Any]]:
    """Describe every claim that the paper prints, or that a sentence of it rests on.

    The sentences themselves are claims too, by the name ``sentence.`` and their own: supported or
    not.

    Parameters
    ----------
    numbers : mapping
        All numbers that the workflow computed.
    printed : mapping
        Claim to pages (`printed_claims`).
    sentences : mapping
        Name to conditions, of the sentences that draw conclusions.
    verdicts : mapping
        Name to the conditions that do not hold, of the same sentences.
    origins : mapping
        First word of a claim's id to its rule, script and input files; "" for all others.
    root : Path
        Folder that the input files are relative to.

    Raises
    ------
    LedgerError
        A claim is printed that is not among the numbers.
    """
    guarded = {
        token
        for conditions in sentences.values()
        for condition in conditions
        for token in condition.split()
        if token not in OPERATORS and token in numbers
    }
    words = {
        f"sentence.{name}": {
            "value": (word := verdict_of(failed)),
            "unit": "",
            "text": word,
            "decimals": None,
            "conditions": sentences[name],
        }
        for name, failed in verdicts.items()
    }
    numbers = {**numbers, **words}
    unknown = sorted(set(printed) - set(numbers))
    if unknown:
        raise LedgerError(f"the paper prints claims that nothing computed: {', '.join(unknown)}")
    hashes: dict[str, str] = {}
    ledger = {}
    for name in sorted({*printed, *guarded, *words}):
        claim = numbers[name]
        if isinstance(claim["value"], float) and not math.isfinite(claim["value"]):
            raise LedgerError(f"claim {name} is not finite")
        origin = origins.get(name.split(".")[0], origins[""])
        for path in origin["inputs"]:
            if path not in hashes:
                hashes[path] = hashlib.sha256((root / path).read_bytes()).hexdigest()
        allowed, why = tolerance(name, numbers)
        ledger[name] = {
            **{key: claim[key] for key in SHOWN if key in claim},
            "tolerance": allowed,
            "why": why,
            "rule": origin["rule"],
            "script": origin["script"],
            "inputs": {path: hashes[path] for path in origin["inputs"]},
            "pages": printed.get(name, []),
        }
    return ledger


def ledger_json(ledger: Mapping[str, Any]) -> str:
    """Write the ledger as JSON text.

    Parameters
    ----------
    ledger : mapping
        Of `build_ledger`.
    """
    return json.dumps(ledger, indent=1, allow_nan=False) + "\n"
