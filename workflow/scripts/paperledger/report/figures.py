"""Figures, one to a file: what each is drawn from, what it answers, which claims it shows.

A figure is a file of the study's folder of figures and nothing else: a function ``draw`` and, above
it, what is said of it. That is read without running the file, as each process of the workflow
reads it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperledger.tex.source import blank_comments

_KINDS: dict[str, type] = {
    "TABLES": tuple,
    "QUESTION": str,
    "READING": str,
    "CLAIMS": tuple,
    "NEEDS": tuple,
    "PLACE": int,
}
_MAY_BE_EMPTY = ("CLAIMS", "NEEDS", "PLACE")
_KIND_WORDS = {tuple: "a tuple of words", str: "a sentence", int: "a whole number"}
_INCLUDED = re.compile(r"\\includegraphics\s*(?:\[[^]]*\])?\s*\{figures/([^}]+)\}")
_ROWS = re.compile(r"\\tablerows\s*\{generated/([^}]+)\}")


class FigureError(ValueError):
    """A file is no figure; the message names it and what is missing."""


@dataclass(frozen=True)
class FigureFile:
    """What a figure's file says of it.

    Attributes
    ----------
    name : str
        Of the file, and of the figure.
    tables : tuple of str
        Names of the tables that it is drawn from.
    question, reading : str
        What it answers, and how to read it.
    claims : tuple of str
        How the ids of the claims that it shows begin (`rows.figures_showing`); a name in braces is
        each of several words (`FigureFile.about`).
    needs : tuple of str
        What a configuration must have for it; the study knows how to look that up.
    place : int
        Its place among the others, the lowest first.
    path : Path
        The file.
    """

    name: str
    tables: tuple[str, ...]
    question: str
    reading: str
    claims: tuple[str, ...]
    needs: tuple[str, ...]
    place: int
    path: Path

    def about(self, words: Mapping[str, Collection[str]]) -> dict[str, Any]:
        """Say it as plain values; a claim's ``{name}`` becomes each of the words of that name.

        Raises
        ------
        FigureError
            A name in braces has no words.
        """
        claims = list(self.claims)
        for name in dict.fromkeys(re.findall(r"\{(\w+)\}", " ".join(claims))):
            if name not in words:
                known = ", ".join(words) or "none"
                raise FigureError(f"{self.path}: CLAIMS has {{{name}}}, known names: {known}")
            each = {claim: words[name] if f"{{{name}}}" in claim else [""] for claim in claims}
            claims = [c.replace(f"{{{name}}}", w) for c, ws in each.items() for w in ws]
        return {
            "question": self.question,
            "reading": self.reading,
            "claims": claims,
            "place": self.place,
        }


def _literals(tree: ast.Module) -> dict[str, Any]:
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in _KINDS:
                try:
                    found[name] = ast.literal_eval(node.value)
                except (ValueError, TypeError):
                    found[name] = node.value
    return found


def _fits(name: str, value: Any) -> bool:
    if not isinstance(value, _KINDS[name]) or isinstance(value, bool):
        return False
    if isinstance(value, tuple) and not all(isinstance(word, str) and word for word in value):
        return False
    return bool(value) or name in _MAY_BE_EMPTY


def _read(path: Path) -> FigureFile:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        raise FigureError(f"{path}: expected Python, found: {error}") from None
    found = _literals(tree)
    wrong = [
        f"{name}, {_KIND_WORDS[kind]} written out"
        for name, kind in _KINDS.items()
        if not _fits(name, found.get(name))
    ]
    if not any(isinstance(node, ast.FunctionDef) and node.name == "draw" for node in tree.body):
        wrong.append("a function draw")
    if wrong:
        raise FigureError(f"{path}: no figure, it lacks {'; '.join(wrong)}")
    return FigureFile(path.stem, **{name.lower(): found[name] for name in _KINDS}, path=path)


def read_figures(folder: Path) -> dict[str, FigureFile]:
    """Read what every file of a folder says of its figure, in the order of their places.

    Raises
    ------
    FigureError
        A file lacks something, or says it in another form than a literal.
    """
    files = [path for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
    figures = sorted(map(_read, files), key=lambda figure: (figure.place, figure.name))
    return {figure.name: figure for figure in figures}


def included_figures(tex: str) -> list[str]:
    r"""Name the figures that a TeX source includes from the folder ``figures``.

    Examples
    --------
    >>> included_figures(r"\includegraphics[width=1in]{figures/a} % \includegraphics{figures/b}")
    ['a']
    """
    return [Path(name).stem for name in _INCLUDED.findall(blank_comments(tex))]


def check_included(
    sources: Iterable[Path],
    lacking: Mapping[str, Sequence[str]],
    tables: Mapping[str, Sequence[str]] | None = None,
) -> None:
    r"""Check that every figure that the paper includes can be drawn, and every table written.

    `lacking` maps the name of each figure to what the configuration lacks for it; `tables` does the
    same for each table in ``generated`` whose rows ``\tablerows`` takes.

    Raises
    ------
    FigureError
        A source includes another, or one that lacks something.
    """
    for source in sorted(sources):
        tex = source.read_text(encoding="utf-8")
        included = [("figure", "drawn", name, lacking) for name in included_figures(tex)]
        if tables is not None:
            rows = _ROWS.findall(blank_comments(tex))
            included += [("table", "written", name, tables) for name in rows]
        for kind, made, name, known in included:
            if name not in known:
                names = ", ".join(known)
                raise FigureError(f"{source} includes {kind} {name}, known {kind}s: {names}")
            if known[name]:
                raise FigureError(
                    f"{source} includes {kind} {name}, which cannot be {made}: the configuration "
                    f"lacks {', '.join(known[name])}"
                )
