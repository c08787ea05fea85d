"""No number is typed by hand: every numeral in the paper's text is a claim, or has a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lrstudy.tex_visible import all_signatures, visible

_NAMES = [
    r"(?<![A-Za-z0-9])[HDE]\d{1,2}[a-z]?(?![A-Za-z0-9])",  # hypotheses and estimands: H9c, D4, E1
    r"(?:[\w/.-]|\\_)*[A-Za-z](?:[\w/.-]|\\_)*\.(?:bib|data|json|lock|md|parquet|pdf|png|py|smk|tex"
    r"|yaml|zip)\b",
]
_DIGIT = "[\\d\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u209c\u2150-\u218b]"
# With thousands, decimals and a written power: 151{,}860, 0.05^2, 10^{-4}. #1 is an argument.
_NUMERAL = re.compile(
    rf"(?<!#){_DIGIT}+(?:(?:\{{,\}}|\\,|,)\d{{3}}(?!\d))*(?:\.\d+)?(?:\^(?:\d|\{{-?\d+\}}))?"
)


class NumeralError(Exception):
    """A number is typed by hand, or the list of allowed ones is wrong."""


@dataclass(frozen=True)
class Numeral:
    """A numeral in the paper's text: file, line from 1, as typed, and its place in the file."""

    file: str
    line: int
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Allowed:
    """A numeral that the text may hold, of an entry of paper/numerals.yaml.

    Attributes
    ----------
    numeral : str
        As typed.
    context : str or None
        Words around it, itself among them, or the name of a file; None allows it everywhere.
    reason : str
        Why no claim prints it.
    setting : str or None
        Path of the setting in the configuration that it quotes, ``training.epochs``.
    """

    numeral: str
    context: str | None
    reason: str
    setting: str | None = None

    def __str__(self) -> str:
        return self.numeral + (f" (in {self.context!r})" if self.context else "")

    def covers(self, found: Numeral, source: str) -> bool:
        """Tell whether this entry allows a numeral.

        Parameters
        ----------
        found : Numeral
            The numeral.
        source : str
            The text of the file that it stands in.
        """
        if found.text != self.numeral:
            return False
        if self.context is None or f"/{found.file}".endswith(f"/{self.context}"):
            return True
        words = r"\s+".join(map(re.escape, self.context.split()))
        return any(
            match.start() <= found.start and found.end <= match.end()
            for match in re.finditer(words, source)
        )


def find_numerals(sources: Mapping[str, str]) -> list[Numeral]:
    """Find every numeral in the text of the paper: prose, captions, tables, formulas.

    Parameters
    ----------
    sources : mapping
        Name of each TeX source to its text. Numbers in words are not found.
    """
    signatures = all_signatures(sources.values())
    found = []
    for file, text in sources.items():
        shown = visible(text, signatures)
        for name in _NAMES:
            shown = re.sub(name, lambda match: " " * len(match[0]), shown)
        found += [
            Numeral(file, text.count("\n", 0, m.start()) + 1, m[0], m.start(), m.end())
            for m in _NUMERAL.finditer(shown)
        ]
    return found


def read_allowed(entries: Any) -> list[Allowed]:
    """Read the entries of paper/numerals.yaml.

    Parameters
    ----------
    entries : list of dict
        Each with ``numeral`` and ``reason``, and maybe ``context`` and ``setting`` (see `Allowed`).
        Numerals and contexts may be several: each context allows those that it holds.

    Raises
    ------
    NumeralError
        No list, an unknown or missing field, a field that is no text, a context without its
        numeral or a numeral without its context, or something allowed twice.
    """
    if not isinstance(entries, list):
        raise NumeralError(f"numerals: expected a list of entries, found {entries!r}")
    allowed: list[Allowed] = []
    for entry in entries:
        keys = set(entry) if isinstance(entry, Mapping) else set()
        if not {"numeral", "reason"} <= keys <= {"numeral", "context", "reason", "setting"}:
            raise NumeralError(
                f"numerals: expected numeral, reason and maybe context, setting; found {entry!r}"
            )
        numerals, contexts = (_several(entry.get(key)) for key in ("numeral", "context"))
        texts = [*numerals, *contexts, *(entry[key] for key in keys & {"reason", "setting"})]
        if not all(isinstance(text, str) and text.strip() for text in texts):
            raise NumeralError(f"numerals: every field is text, in quotes; found {entry!r}")
        if not all(_NUMERAL.fullmatch(numeral) for numeral in numerals):
            raise NumeralError(f"numerals: no numeral: {entry['numeral']!r}")
        pairs = [
            (numeral, context)
            for context in contexts or [None]
            for numeral in numerals
            if context is None or context.endswith(".tex") or numeral in _NUMERAL.findall(context)
        ]
        if {numeral for numeral, _ in pairs} != set(numerals) or (
            {context for _, context in pairs} != set(contexts or [None])
        ):
            raise NumeralError(f"numerals: a context holds its numeral; found {entry!r}")
        allowed += [
            Allowed(numeral, context, entry["reason"], entry.get("setting"))
            for numeral, context in pairs
        ]
    places = [str(entry) for entry in allowed]
    if twice := [place for place in places if places.count(place) > 1]:
        raise NumeralError(f"numerals: allowed twice: {twice[0]}")
    return allowed


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def judge_numerals(
    sources: Mapping[str, str], allowed: Iterable[Allowed]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Hold the numerals of the paper against the allowed ones.

    Parameters
    ----------
    sources : mapping
        Name of each TeX source to its text.
    allowed : iterable of Allowed
        Of `read_allowed`.

    Returns
    -------
    faults : list of str
        ``file:line: numeral`` of each that is not allowed; then the entries that match nothing.
    granted : list of dict
        Each allowed numeral of the paper: file, line, numeral, reason.
    """
    allowed = list(allowed)
    used: set[Allowed] = set()
    faults, granted = [], []
    for found in find_numerals(sources):
        covering = [entry for entry in allowed if entry.covers(found, sources[found.file])]
        used.update(covering)
        if not covering:
            faults.append(f"{found.file}:{found.line}: {found.text}")
        for entry in sorted(covering, key=lambda entry: entry.context is None)[:1]:
            granted.append(
                {"file": found.file, "line": found.line, "numeral": found.text}
                | {"reason": entry.reason}
            )
    stale = [entry for entry in allowed if entry not in used]
    return faults + [f"allowed, but nowhere in the paper: {entry}" for entry in stale], granted


def check_settings(allowed: Iterable[Allowed], config: Mapping[str, Any]) -> list[str]:
    """Return the allowed numerals that are not the setting which they quote.

    Parameters
    ----------
    allowed : iterable of Allowed
        Those with a setting are held against it: ``a.b`` is a number, or a list that holds it.
    config : mapping
        The configuration that the paper describes.
    """
    faults = []
    for entry in allowed:
        if entry.setting is None:
            continue
        value: Any = config
        for key in entry.setting.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        number = re.sub(r"\{,\}|\\,|,|\^.*", "", entry.numeral)  # 0.05^2 quotes 0.05
        if float(number) not in _several(value):
            faults.append(f"{entry} quotes {entry.setting}, which is {value}")
    return faults
