"""The ledger: every number that the paper prints or rests on, its origin and its tolerance."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lrstudy.sentences import OPERATORS

Numbers = Mapping[str, Mapping[str, Any]]


class LedgerError(Exception):
    """The paper prints what the workflow did not compute."""


def printed_claims(lines: Iterable[str]) -> dict[str, list[int]]:
    """Read what TeX noted while it set the pages: ``id page`` a line.

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
    if claim["style"] == "p":
        return 0.1 * abs(value), "a tenth: a p-value carries its order of magnitude"
    stem, _, last = name.rpartition(".")
    if last in ("difference", "mean", "low", "high") and f"{stem}.high" in numbers:
        width = numbers[f"{stem}.high"]["value"] - numbers[f"{stem}.low"]["value"]
        return width / 2, "half the width of its interval: what other random numbers may give"
    if claim["decimals"] is None:
        return 0.0, "a count or a setting is exact"
    return 10.0 ** -claim["decimals"], "one unit of the last digit printed: rounding, libraries"


def build_ledger(
    numbers: Numbers,
    printed: Mapping[str, list[int]],
    sentences: Mapping[str, list[str]],
    origins: Mapping[str, Mapping[str, Any]],
    root: Path,
) -> dict[str, dict[str, Any]]:
    """Describe every claim that the paper prints, or that a sentence of it rests on.

    Parameters
    ----------
    numbers : mapping
        All numbers that the workflow computed.
    printed : mapping
        Claim to pages (`printed_claims`).
    sentences : mapping
        Name to conditions, of the sentences that draw conclusions.
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
    unknown = sorted(set(printed) - set(numbers))
    if unknown:
        raise LedgerError(f"the paper prints claims that nothing computed: {', '.join(unknown)}")
    hashes: dict[str, str] = {}
    ledger = {}
    for name in sorted({*printed, *guarded}):
        claim = numbers[name]
        if isinstance(claim["value"], float) and not math.isfinite(claim["value"]):
            raise LedgerError(f"claim {name} is not finite")
        origin = origins.get(name.split(".")[0], origins[""])
        for path in origin["inputs"]:
            if path not in hashes:
                hashes[path] = hashlib.sha256((root / path).read_bytes()).hexdigest()
        allowed, why = tolerance(name, numbers)
        ledger[name] = {
            **{key: claim[key] for key in ("value", "unit", "text", "decimals")},
            "tolerance": allowed,
            "why": why,
            "rule": origin["rule"],
            "script": origin["script"],
            "inputs": {path: hashes[path] for path in origin["inputs"]},
            "pages": printed.get(name, []),
        }
    return ledger


def ledger_json(ledger: Mapping[str, Any]) -> str:
    """Write the ledger as JSON text."""
    return json.dumps(ledger, indent=1, allow_nan=False) + "\n"
