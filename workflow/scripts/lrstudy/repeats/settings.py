"""What a repeat shares with the study that it repeats, and where its seeds begin."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paperledger.io.yaml_file import ConfigError

REPEATS = Path("reference/repeats")
BUILT = Path("build/repeats")
LEAST = 2_000_000
MOST = 1_000_000_000
APART = 100_000
"""Replicates between two bases, more than any study has: they share no seed."""

# Where and how it is built, and what is only printed or drawn: no result depends on it.
OUTSIDE = ("folder", "reuse", "environment", "chunk_size", "download", "paper", "figures")
SOURCE = ("source", "urls", "member", "embedded")
WORDS = ("label", "row", "positive_label", "negative_label")


class RepeatError(Exception):
    """A repeat is damaged, not this study's, or at odds with the text; the message says which."""


def settings_hash(config: Mapping[str, Any]) -> str:
    """Return the SHA-256 of all settings that results depend on, but for where the seeds begin.

    What things are called is none of them.

    Examples
    --------
    >>> one = {"epochs": 50, "first_replicate": 1, "folder": "."}
    >>> settings_hash(one) == settings_hash({"epochs": 50, "first_replicate": 2})
    True
    >>> settings_hash(one) == settings_hash({**one, "epochs": 51})
    False
    """
    kept = {k: v for k, v in config.items() if k not in (*OUTSIDE, "first_replicate")}
    kept["datasets"] = {
        name: {key: value for key, value in block.items() if key not in SOURCE}
        for name, block in config.get("datasets", {}).items()
    }
    text = json.dumps(wordless(kept), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def wordless(value: Any) -> Any:
    """Return settings without what things are called, at all levels.

    Examples
    --------
    An arm may have the name of such a key.

    >>> wordless({"arms": {"row": {"label": "row by row", "momentum": 0.0}}})
    {'arms': {'row': {'momentum': 0.0}}}
    """
    if isinstance(value, dict):
        return {
            key: wordless(entry)
            for key, entry in value.items()
            if key not in WORDS or not isinstance(entry, str)
        }
    return [wordless(entry) for entry in value] if isinstance(value, list) else value


def base_of(config: Mapping[str, Any]) -> int:
    """Return the number of a configuration's first replicate.

    Raises
    ------
    ConfigError
        It has none for all its parts: nothing says where a repeat's seeds would have to go.
    """
    found = config.get("first_replicate")
    if not isinstance(found, int) or isinstance(found, bool):
        raise ConfigError(
            f"first_replicate: expected the number from which all parts count, found {found!r}"
        )
    return found


def choose_base(asked: str, taken: Mapping[str, int]) -> int:
    """Return the base that was asked for, or with ``random`` a fresh one, a multiple of 1,000.

    `taken` maps whoever has a base to that.

    Raises
    ------
    ConfigError
        No number, one below `LEAST` or above `MOST`, or one that `APART` does not part from others.
    """
    if asked == "random":
        while True:
            base = LEAST + 1000 * secrets.randbelow((MOST - LEAST) // 1000)
            if all(abs(base - other) > APART for other in taken.values()):
                return base
    if not asked.isdecimal() or not LEAST <= int(asked) <= MOST:
        raise ConfigError(f"BASE={asked}: expected random, or a number from {LEAST:,} to {MOST:,}")
    near = [f"{who} ({its:,})" for who, its in taken.items() if abs(int(asked) - its) <= APART]
    if near:
        raise ConfigError(
            f"BASE={asked}: expected a base farther than {APART:,} from every other, found "
            f"{', '.join(near)}"
        )
    return int(asked)
