"""Claims that no table quotes by itself: functions that say where what they find comes from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from paperledger.claims.claim import Claims


@dataclass(frozen=True)
class Finder:
    """A function that makes claims, and the origin of what it finds (`found_by`)."""

    function: Callable[..., Claims]
    rule: str
    inputs: tuple[str, ...]

    def __call__(self, *args: Any, **keywords: Any) -> Claims:
        """Make the claims."""
        return {
            name: replace(claim, rule=self.rule, inputs=self.inputs)
            for name, claim in self.function(*args, **keywords).items()
        }


def found_by(rule: str, *inputs: str) -> Callable[[Callable[..., Claims]], Finder]:
    """Give the claims of a function their origin: a rule of the workflow, and the files it read.

    The files are relative to the build's folder. What the function needs are its parameters: it is
    called where all of them are at hand.
    """
    return lambda function: Finder(function, rule, inputs)


def gather(modules: Sequence[ModuleType], at_hand: Mapping[str, Any]) -> Claims:
    """Call every `Finder` of these modules whose parameters are at hand, and join what they find.

    `at_hand` maps the name of a parameter to its value: tables, settings.

    Raises
    ------
    ValueError
        Two of them make one claim.
    """
    found = []
    for finder in (f for module in modules for f in vars(module).values()):
        if isinstance(finder, Finder):
            needed = inspect.signature(finder.function).parameters
            if all(name in at_hand for name in needed):
                found.append(finder(**{name: at_hand[name] for name in needed}))
    return join(found)


def join(parts: Iterable[Claims]) -> Claims:
    """Join claims of several origins.

    Raises
    ------
    ValueError
        Two of them make one claim.
    """
    claims: Claims = {}
    for part in parts:
        if twice := sorted(part.keys() & claims.keys()):
            raise ValueError(f"claims made twice: {', '.join(twice)}")
        claims |= part
    return claims
