"""What a reader of a TeX source sees of it: no comments, names, lengths or settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from paperledger.tex.source import VERBATIM, arguments, blank_comments, definitions

# Which arguments of a command a reader never sees: names, lengths, settings. One letter each: `m`,
# `o` and `p` are hidden (in braces; in brackets; in parentheses), `t` and `O` are text. What is not
# listed hides nothing; the paper's own macros are judged by what they do with their arguments.
ARGUMENTS = {
    **dict.fromkeys(("claim", "says", "origin", "label", "ref", "eqref", "pageref", "end"), "m"),
    **dict.fromkeys(("input", "tablerows", "bibliography", "bibliographystyle", "url"), "m"),
    **dict.fromkeys(("cite", "citep", "citet", "citealp", "citealt", "citeauthor"), "OOm"),
    **dict.fromkeys(("documentclass", "usepackage", "includegraphics", "captionsetup"), "om"),
    **dict.fromkeys(("setlength", "addtolength", "setcounter", "addtocounter", "fontsize"), "mm"),
    **dict.fromkeys(("linespread", "hspace", "vspace", "geometry", "hypersetup", "cline"), "m"),
    "addlinespace": "o",
    "cmidrule": "opm",
    "href": "mt",
    "multicolumn": "mmt",
    "rule": "omm",
    "textcolor": "omt",
}
ENVIRONMENTS = {
    **dict.fromkeys(("tabular", "array", "longtable"), "om"),
    **dict.fromkeys(("tabular*", "tabularx"), "mom"),
    **dict.fromkeys(("figure", "figure*", "table", "table*"), "o"),
    "minipage": "ooom",
    "multicols": "mOo",
}
# \renewcommand of these sets how floats and lines are laid out.
LAYOUT = {
    "arraystretch", "baselinestretch", "bottomfraction", "dblfloatpagefraction", "dbltopfraction",
    "floatpagefraction", "textfraction", "topfraction",
}  # fmt: skip
_COMMAND = re.compile(rf"{VERBATIM}|\\(?:(?P<name>[A-Za-z@]+)|.)\*?", re.DOTALL)


def visible(text: str, signatures: Mapping[str, str]) -> str:
    r"""Blank what a reader does not see, comments and hidden arguments; lines and places stay.

    `signatures` are the arguments of commands, as `ARGUMENTS` writes them.

    Examples
    --------
    >>> visible(r"\claim{effect.H2a} of 5", ARGUMENTS)
    '\\claim             of 5'
    """
    text = blank_comments(text)
    shown = list(text)

    def hide(start: int, end: int) -> None:
        shown[start:end] = [" " if character != "\n" else "\n" for character in shown[start:end]]

    for macro in definitions(text):
        hide(macro.start, macro.start + text[macro.start : macro.body_start].find("]") + 1)
        if macro.command == "renewcommand" and macro.name in LAYOUT:
            hide(macro.start, macro.end)
    for match in _COMMAND.finditer(text):
        name, position = match["name"], match.end()
        if name in ("csname", "ifcsname"):
            hide(position, max(position, text.find("\\endcsname", position)))
            continue
        signature = signatures.get(name, "") if name else "o" * match[0].startswith("\\\\")
        if name == "begin" and (group := arguments(text, position, "m")):
            (_, start, end) = group[0]
            signature = "m" + ENVIRONMENTS.get(text[start + 1 : end - 1], "")
        for kind, start, end in arguments(text, position, signature):
            if kind in "mop":
                hide(start, end)
    return "".join(shown)


def all_signatures(sources: Iterable[str]) -> dict[str, str]:
    r"""Add the paper's own macros to `ARGUMENTS`.

    An argument is hidden if the macro puts it into hidden arguments only: with
    ``\newcommand{\gain}[2]{#1: \claim{gain.#2}}`` the first is text, the second a name.
    """
    macros = [macro for text in sources for macro in definitions(blank_comments(text))]
    known: dict[str, str] = {}
    while True:
        found: dict[str, str] = {}
        for macro in macros:
            body = visible(macro.body, {**known, **ARGUMENTS})
            kinds = [
                "m" if f"#{k}" in macro.body and f"#{k}" not in body else "t"
                for k in range(1, macro.n_arguments + 1)
            ]
            if macro.default is not None and kinds:
                kinds[0] = "o" if kinds[0] == "m" else "O"
            signature = "".join(kinds)
            # Two definitions of one name that differ: the arguments count as text.
            same = found.setdefault(macro.name, signature) == signature
            found[macro.name] = signature if same else ""
        if found == known:
            return {**known, **ARGUMENTS}
        known = found
