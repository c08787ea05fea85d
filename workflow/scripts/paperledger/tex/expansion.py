"""A paper without macros of its own: each is replaced by what it stands for, claims by numbers."""

from __future__ import annotations

import re
from pathlib import Path

from paperledger.tex.source import VERBATIM, Macro, arguments, definitions, drop_comments

UNKNOWN = "??"
_COMMAND = re.compile(rf"{VERBATIM}|\\(?:(?P<name>[A-Za-z@]+)|.)", re.DOTALL)
_NAMED = re.compile(r"\\csname claim@((?:[^\\]|\\(?!endcsname))*)\\endcsname")
_DEFINES = re.compile(r"^\\define\w+\{", re.MULTILINE)
_ROWS = re.compile(r"\\tablerows\s*\{([^{}#\\]+)\}")


class Expansion:
    """Replaces the paper's own macros by what they stand for, and claims by their numbers.

    Attributes
    ----------
    numbers : dict
        Claim to its text.
    macros : dict
        Name to macro; those that a text defines are added when it is read.
    unknown : set of str
        Claims without a number.
    """

    def __init__(self, numbers: dict[str, str]) -> None:
        self.numbers = numbers
        self.macros: dict[str, Macro] = {}
        self.unknown: set[str] = set()

    def number(self, name: str) -> str:
        """Return the text of a claim whose name may hold macros."""
        name = self.text(name).strip()
        if name not in self.numbers:
            self.unknown.add(name)
        return self.numbers.get(name, UNKNOWN)

    def text(self, text: str) -> str:
        """Return a text in which nothing of the paper's own is left to look up."""
        defined = {macro.start: macro for macro in definitions(text)}
        done, position = [], 0
        while match := _COMMAND.search(text, position):
            done.append(text[position : match.start()])
            name, position = match["name"], match.end()
            if macro := defined.get(match.start()):
                position = macro.end
                if macro.command == "renewcommand":
                    done.append(text[macro.start : macro.end])
                else:
                    self.macros[macro.name] = macro
            elif name in ("claim", "says", "origin"):
                [(_, start, end)] = arguments(text, position, "m") or [("m", position, position)]
                position = end
                if name == "claim":
                    done.append(self.number(text[start + 1 : end - 1]))
            elif name == "csname" and (claim := _NAMED.match(text, match.start())):
                done.append(self.number(claim[1]))
                position = claim.end()
            elif name in self.macros:
                body, position = self._use(self.macros[name], text, position)
                done.append(self.text(body))
            else:
                done.append(match[0])
        return "".join([*done, text[position:]])

    def _use(self, macro: Macro, text: str, position: int) -> tuple[str, int]:
        optional = macro.default is not None
        given = arguments(text, position, "o" * optional + "m" * (macro.n_arguments - optional))
        values = [text[start + 1 : end - 1] for _, start, end in given]
        if optional and not (given and given[0][0] == "o"):
            values.insert(0, macro.default or "")
        if given:
            position = given[-1][2]
        elif space := re.match(r"\s*", text[position:]):
            position += space.end()  # as TeX does behind a command
        values += [""] * (macro.n_arguments - len(values))
        return re.sub(r"#(\d)", lambda m: values[int(m[1]) - 1], macro.body), position


def expand(folder: Path, numbers: dict[str, str]) -> set[str]:
    r"""Rewrite the TeX sources of a folder without macros of their own, and with these numbers.

    Comments go, the definitions that the workflow wrote too, and ``\tablerows`` becomes ``\input``.
    Return the claims without a number.
    """
    expansion = Expansion(numbers)
    paths = sorted(folder.rglob("*.tex"))
    sources = {path: drop_comments(path.read_text("utf-8")) for path in paths}
    macros = {macro.name: macro for text in sources.values() for macro in definitions(text)}
    for path, text in sources.items():
        expansion.macros = dict(macros)
        # latexdiff looks for one \input in a line, and takes an empty file for none.
        rows = _ROWS.sub(lambda match: rf"\input{{{match[1]}}}%" + "\n", text)
        defines = path.parent.name == "generated" and _DEFINES.search(text)
        path.write_text(("" if defines else expansion.text(rows)) or "%\n", "utf-8")
    return expansion.unknown
