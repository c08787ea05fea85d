"""Reading TeX source: comments, arguments, and the macros that the paper defines for itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What TeX prints as it stands, per cent signs and backslashes too.
VERBATIM = (
    r"\\(?:verb|lstinline)\*?(?P<bar>[^\w\s*{\[])[^\n]*?(?P=bar)"
    r"|\\begin\{(?P<code>verbatim\*?|Verbatim|lstlisting)\}.*?\\end\{(?P=code)\}"
)
# A backslash before a per cent sign makes it text, two of them are a line break.
_COMMENT = re.compile(rf"(?P<text>{VERBATIM}|\\.)|%[^\n]*(?P<next>\n[ \t]*(?=\S))?", re.DOTALL)
_DEFINITION = re.compile(
    r"\\(newcommand|renewcommand|providecommand|DeclareRobustCommand)\*?\s*"
    r"(?:\{\s*\\([A-Za-z@]+)\s*\}|\\([A-Za-z@]+))\s*(?:\[(\d)\])?\s*(?=[\[{])"
)
_CONTROL_WORD = re.compile(r"\\[A-Za-z@]+")
_SPACE = re.compile(r"\s*")
_CLOSING = {"{": "}", "[": "]", "(": ")"}
# Kind of an argument to what it opens with; those in capitals and "t" are printed.
_OPENING = {"m": "{", "t": "{", "o": "[", "O": "[", "p": "("}


class TexSourceError(Exception):
    """A group of a TeX source does not end."""


@dataclass(frozen=True)
class Macro:
    r"""What ``\newcommand`` (`command`) or its like defines, and where that stands in its source.

    `default` is that of the first argument, where it is optional; `start` and `end` are those of
    the definition, which ends with its body.
    """

    command: str
    name: str
    n_arguments: int
    default: str | None
    body: str
    start: int
    body_start: int
    end: int


def blank_comments(text: str) -> str:
    r"""Replace comments by as many spaces, so that every position stays what it is.

    Examples
    --------
    >>> blank_comments("5\\,\\% % five")
    '5\\,\\%       '
    """

    def blank(match: re.Match[str]) -> str:
        rest = match["next"] or ""
        return match["text"] or " " * (len(match[0]) - len(rest)) + rest

    return _COMMENT.sub(blank, text)


def drop_comments(text: str) -> str:
    """Leave out comments and, as TeX does, the end of their line, unless a paragraph ends there."""
    return _COMMENT.sub(lambda match: match["text"] or "", text)


def closing(text: str, start: int) -> int:
    """Return the position behind the group, bracket or parenthesis that opens at `start`.

    Raises
    ------
    TexSourceError
        It does not end.

    Examples
    --------
    >>> closing("x{a{b}c}d", 1)
    8
    """
    end, depth, position = _CLOSING[text[start]], 0, start + 1
    while position < len(text) and depth >= 0:
        character = text[position]
        if character == end and depth == 0:
            return position + 1
        depth += (character == "{") - (character == "}")
        position += 2 if character == "\\" else 1
    line = text.count("\n", 0, start) + 1
    raise TexSourceError(f"line {line}: nothing closes {text[start : start + 30]!r}")


def arguments(text: str, position: int, signature: str) -> list[tuple[str, int, int]]:
    r"""Find the arguments of a command whose name ends at `position`, in a text without comments.

    Parameters
    ----------
    signature : str
        One letter an argument: ``m`` and ``t`` in braces; ``o``, ``O`` in brackets and ``p`` in
        parentheses, which may be missing. An ``m`` may be a command instead of a group.

    Returns
    -------
    list of (str, int, int)
        Letter, begin and end, delimiters included, up to the first one in braces that is missing.

    Examples
    --------
    >>> arguments(r"\rule[2pt]{1in}{3pt}", 5, "omm")
    [('o', 5, 10), ('m', 10, 15), ('m', 15, 20)]
    """
    found = []
    for kind in signature:
        start = position
        if kind in "mt" and (space := _SPACE.match(text, position)):
            start = space.end()
        word = _CONTROL_WORD.match(text, start) if kind == "m" else None
        if text[start : start + 1] == _OPENING[kind]:
            position = closing(text, start)
        elif word:
            position = word.end()
        elif kind in "mt":
            break
        else:
            continue
        found.append((kind, start, position))
    return found


def definitions(text: str) -> list[Macro]:
    r"""Find what ``\newcommand`` and its like define, in order; `text` has no comments."""
    found = []
    for match in _DEFINITION.finditer(text):
        parts = arguments(text, match.end(), "om")
        if not parts or parts[-1][0] != "m" or text[parts[-1][1]] != "{":
            continue
        body_start, end = parts[-1][1:]
        default = text[parts[0][1] + 1 : parts[0][2] - 1] if len(parts) > 1 else None
        name, body = match[2] or match[3], text[body_start + 1 : end - 1]
        count = int(match[4] or 0)
        found.append(Macro(match[1], name, count, default, body, match.start(), body_start, end))
    return found
