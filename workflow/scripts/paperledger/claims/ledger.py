"""The ledger: every number that the paper prints or rests on, its origin and its tolerance."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from paperledger.claims.claim import Claim, described
from paperledger.claims.macros import macros_tex
from paperledger.claims.sentences import OPERATORS, sentences_tex, verdict_of
from paperledger.io.files import sha256

Numbers = Mapping[str, Mapping[str, Any]]
ENVIRONMENT = "results/environment.json"
"""What every claim rests on beside its own inputs."""


class LedgerError(Exception):
    """The paper prints what the workflow did not compute."""


def printed_claims(lines: Iterable[str]) -> dict[str, list[int]]:
    """Read what TeX noted while it set the pages, ``id page`` a line: claim to pages, ascending.

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


def stale_macros(
    numbers: Numbers, verdicts: Mapping[str, list[str]], claims: str, sentences: str
) -> dict[str, str]:
    """Find TeX definitions that are not those of the numbers and verdicts: edited, or left over.

    `numbers` and `verdicts` are results/numbers.json and results/sentences.json; `claims` and
    `sentences` are the text of generated/claims.tex and generated/sentences.tex. Return the name of
    each file that differs with its first definition that does.
    """
    made = {name: entry["text"] for name, entry in numbers.items()}
    stale = {}
    for file, source, expected, found in (
        ("claims.tex", "numbers.json", macros_tex(made), claims),
        ("sentences.tex", "sentences.json", sentences_tex(verdicts), sentences),
    ):
        pairs = zip_longest(expected.splitlines(), found.splitlines(), fillvalue="nothing")
        for one, other in pairs:
            if one != other:
                stale[file] = f"not made from results/{source}: expected {one}, found {other}"
                break
    return stale


def check_macros(
    numbers: Numbers, verdicts: Mapping[str, list[str]], claims: str, sentences: str
) -> None:
    """Refuse what `stale_macros` finds.

    Raises
    ------
    LedgerError
        Names the file and the first definition that differs.
    """
    for file, found in stale_macros(numbers, verdicts, claims, sentences).items():
        raise LedgerError(
            f"generated/{file} is stale: it is {found}; delete it, and it is written again"
        )


def build_ledger(
    numbers: Numbers,
    printed: Mapping[str, list[int]],
    sentences: Mapping[str, list[str]],
    verdicts: Mapping[str, list[str]],
    root: Path,
) -> dict[str, dict[str, Any]]:
    """Describe every claim that the paper prints, or that a sentence of it rests on.

    The sentences themselves are claims too, by the name ``sentence.`` and their own: supported or
    not.

    Parameters
    ----------
    numbers : mapping
        All numbers that the workflow computed (`claim.numbers_json`).
    printed : mapping
        Claim to pages (`printed_claims`).
    sentences : mapping
        Name to conditions, of the sentences that draw conclusions.
    verdicts : mapping
        Name to the conditions that do not hold, of the same sentences.
    root : Path
        Folder that the claims' input files are relative to.

    Raises
    ------
    LedgerError
        A claim is printed that is not among the numbers, or rests on a file that is not there.
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
            **described(
                Claim(
                    verdict_of(failed), rule="check_sentences", inputs=("results/sentences.json",)
                )
            ),
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
        for path in (*claim["inputs"], ENVIRONMENT):
            if path not in hashes:
                if not (root / path).is_file():
                    raise LedgerError(f"claim {name} comes from {path}, which is not in {root}")
                hashes[path] = sha256(root / path)
        ledger[name] = {
            **claim,
            "inputs": {path: hashes[path] for path in (*claim["inputs"], ENVIRONMENT)},
            "pages": printed.get(name, []),
        }
    return ledger


def ledger_json(ledger: Mapping[str, Any]) -> str:
    """Write the ledger of `build_ledger` as JSON text."""
    return json.dumps(ledger, indent=1, allow_nan=False) + "\n"
