"""No number is typed by hand: every numeral in the paper's text is a claim, or has a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paperledger.tex.visible import all_signatures, visible

_FILE = (
    r"(?:[\w/.-]|\\_)*[A-Za-z](?:[\w/.-]|\\_)*\.(?:bib|csv|data|json|lock|md|parquet|pdf|png|py|smk"
    r"|tex|yaml|zip)\b"
)
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
class Name:
    """What a paper calls things by, its digits included; `pattern` is a regular expression."""

    pattern: str

    def __str__(self) -> str:
        return f"names like {self.pattern}"

    def blank(self, text: str) -> str:
        """Replace these names, each a word of its own, by as many spaces."""
        word = rf"(?<![A-Za-z0-9])(?:{self.pattern})(?![A-Za-z0-9])"
        return re.sub(word, lambda match: " " * len(match[0]), text)


@dataclass(frozen=True)
class Allowed:
    """A numeral that the text may hold.

    Attributes
    ----------
    numeral : str
        As typed.
    context : str or None
        Words around it, itself among them, or the name of a file; None allows it everywhere.
    reason : str
        Why no claim prints it.
    setting : str or None
        Path of the setting in the configuration that it quotes, ``a.b``.
    """

    numeral: str
    context: str | None
    reason: str
    setting: str | None = None

    def __str__(self) -> str:
        return self.numeral + (f" (in {self.context!r})" if self.context else "")

    def covers(self, found: Numeral, source: str) -> bool:
        """Tell whether this entry allows a numeral of a file, whose text is `source`."""
        if found.text != self.numeral:
            return False
        if self.context is None or f"/{found.file}".endswith(f"/{self.context}"):
            return True
        words = r"\s+".join(map(re.escape, self.context.split()))
        return any(
            match.start() <= found.start and found.end <= match.end()
            for match in re.finditer(words, source)
        )


def visible_texts(sources: Mapping[str, str]) -> dict[str, str]:
    """Blank in TeX sources, name to text, what no reader sees, and the names of files."""
    signatures = all_signatures(sources.values())
    return {
        file: re.sub(_FILE, lambda match: " " * len(match[0]), visible(text, signatures))
        for file, text in sources.items()
    }


def find_numerals(shown: Mapping[str, str]) -> list[Numeral]:
    """Find every numeral in what `visible_texts` shows: prose, captions, tables, formulas.

    Numbers in words are not found.
    """
    return [
        Numeral(file, text.count("\n", 0, m.start()) + 1, m[0], m.start(), m.end())
        for file, text in shown.items()
        for m in _NUMERAL.finditer(text)
    ]


def read_allowed(entries: Any) -> list[Allowed | Name]:
    """Read the list of numerals that the text may hold.

    Each entry has ``numeral`` and ``reason``, and maybe ``context`` and ``setting`` (see
    `Allowed`); or ``name`` and ``reason`` (see `Name`). Numerals and contexts may be several: each
    context allows those that it holds.

    Raises
    ------
    NumeralError
        No list, an unknown or missing field, a field that is no text, a context without its
        numeral or a numeral without its context, or something allowed twice.
    """
    if not isinstance(entries, list):
        raise NumeralError(f"numerals: expected a list of entries, found {entries!r}")
    allowed = [one for entry in entries for one in _read_entry(entry)]
    places = [str(entry) for entry in allowed]
    if twice := [place for place in places if places.count(place) > 1]:
        raise NumeralError(f"numerals: allowed twice: {twice[0]}")
    return allowed


def _read_entry(entry: Any) -> Sequence[Allowed | Name]:
    keys = set(entry) if isinstance(entry, Mapping) else set()
    if keys != {"name", "reason"} and not (
        {"numeral", "reason"} <= keys <= {"numeral", "context", "reason", "setting"}
    ):
        raise NumeralError(
            "numerals: expected numeral, reason and maybe context, setting; or name, reason; "
            f"found {entry!r}"
        )
    texts = [text for key in sorted(keys) for text in _several(entry[key])]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise NumeralError(f"numerals: every field is text, in quotes; found {entry!r}")
    if "name" in keys:
        return [_read_name(entry["name"])]
    numerals, contexts = (_several(entry.get(key)) for key in ("numeral", "context"))
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
    reason, setting = entry["reason"], entry.get("setting")
    return [Allowed(numeral, context, reason, setting) for numeral, context in pairs]


def _read_name(pattern: str) -> Name:
    try:
        bare = any(re.fullmatch(pattern, number) for number in ("", "5", "0.5", "12"))
    except re.error as error:
        raise NumeralError(f"numerals: name {pattern!r} is no pattern: {error}") from None
    if bare:
        raise NumeralError(f"numerals: name {pattern!r} matches what is a mere number")
    return Name(pattern)


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def judge_numerals(
    sources: Mapping[str, str], allowed: Iterable[Allowed | Name]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Hold the numerals of the paper, TeX sources by name, against the allowed ones.

    Returns
    -------
    faults : list of str
        ``file:line: numeral`` of each that is not allowed; then the entries that match nothing.
    granted : list of dict
        Each allowed numeral of the paper: file, line, numeral, reason.
    """
    allowed = list(allowed)
    used: set[Allowed | Name] = set()
    shown = visible_texts(sources)
    for name in (entry for entry in allowed if isinstance(entry, Name)):
        rest = {file: name.blank(text) for file, text in shown.items()}
        if rest != shown:
            used.add(name)
        shown = rest
    numerals = [entry for entry in allowed if isinstance(entry, Allowed)]
    faults, granted = [], []
    for found in find_numerals(shown):
        covering = [entry for entry in numerals if entry.covers(found, sources[found.file])]
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


def check_settings(allowed: Iterable[Allowed | Name], config: Mapping[str, Any]) -> list[str]:
    """Return the allowed numerals that are not the setting of `config` which they quote.

    Of a setting ``a.b`` that is a list, a numeral is one.
    """
    faults = []
    for entry in allowed:
        if isinstance(entry, Name) or entry.setting is None:
            continue
        value: Any = config
        for key in entry.setting.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        number = re.sub(r"\{,\}|\\,|,|\^.*", "", entry.numeral)  # 0.05^2 quotes 0.05
        if float(number) not in _several(value):
            faults.append(f"{entry} quotes {entry.setting}, which is {value}")
    return faults
