"""Renew the numbers of README.md from results/claims.json.

A number is written there as ``3.45<!-- id -->``; an effect, an id that has .difference, .low and
.high, as ``+0.83 [+0.76, +0.90]<!-- id -->``. The comments do not show. With --check nothing is
written, and the exit status is 1 where a number differs.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
NUMBER = re.compile(r"([^\s|(]+(?: \[[^\]\n]*\])?)<!-- ([\w.-]+) -->")


def plain(text: str) -> str:
    """Turn a claim's TeX into plain text.

    Examples
    --------
    >>> plain("$-$0.14"), plain("151{,}860")
    ('-0.14', '151,860')
    """
    return text.replace("$-$", "-").replace("{,}", ",")


def printed(claim: str, ledger: dict[str, dict[str, str]]) -> str:
    """Return a claim as README.md prints it: a number, or a difference with its interval."""
    if claim in ledger:
        return plain(ledger[claim]["text"])
    try:
        parts = (plain(ledger[f"{claim}.{end}"]["text"]) for end in ("difference", "low", "high"))
        return "{} [{}, {}]".format(*parts)
    except KeyError:
        raise SystemExit(f"README.md: no claim {claim!r} in results/claims.json") from None


def renewed(text: str, ledger: dict[str, dict[str, str]]) -> tuple[str, list[str]]:
    """Return the text with the ledger's numbers, and what was different."""
    changes = []

    def number(match: re.Match[str]) -> str:
        found, claim = match.groups()
        expected = printed(claim, ledger)
        if found != expected:
            changes.append(f"{claim}: found {found}, expected {expected}")
        return f"{expected}<!-- {claim} -->"

    return NUMBER.sub(number, text), changes


def main() -> None:
    """Renew the file, or check it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    readme = ROOT / "README.md"
    ledger = json.loads((ROOT / "results/claims.json").read_text())
    text, changes = renewed(readme.read_text(encoding="utf-8"), ledger)
    print("\n".join(changes) or "README.md: all numbers as in results/claims.json")
    if not options.check:
        readme.write_text(text, encoding="utf-8")
    sys.exit(1 if options.check and changes else 0)


if __name__ == "__main__":
    main()
