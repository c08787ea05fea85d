"""The report: one page, in one file, of a paper's claims, figures, tables and verdicts."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from paperledger.report.rows import TableView, claim_rows, short

TEMPLATES = Path(__file__).parent
VERDICTS = ("identical", "within tolerance", "conclusion unchanged", "changed")


@dataclass(frozen=True)
class Embedded:
    """A file that the page holds: its name, its size in words, its content as a data URI."""

    name: str
    size: str
    uri: str


@dataclass(frozen=True)
class Figure:
    """A figure as the page shows it: the question that it answers, how to read it, two files."""

    name: str
    question: str
    caption: str
    picture: Embedded
    vector: Embedded


@dataclass(frozen=True)
class Paper:
    """What the page says of a paper by itself.

    `facts` are claims that the first view shows, with the words behind each number; `examples` are
    three searches: of words in any order, of a number, of words that stand together.
    """

    title: str
    facts: Mapping[str, str]
    examples: tuple[str, str, str]


@dataclass(frozen=True)
class Tab:
    """A part of the page that a study adds, between claims and paper.

    Attributes
    ----------
    name : str
        Of the section, and of the address that shows it: ``#name``, or ``#name?...``, of which the
        tab itself reads what follows.
    title : str
        Its heading, and its word in the navigation.
    html, css, js : str
        The section's content, and what is added to the page's style and script.
    data : mapping
        What the script reads, as JSON, from the element ``name-data``.
    """

    name: str
    title: str
    html: str
    css: str
    js: str
    data: Mapping[str, Any]

    @property
    def json(self) -> Markup:
        """The data as an element of the page can hold them: nothing in them ends it."""
        return Markup(json.dumps(self.data, separators=(",", ":")).replace("<", "\\u003c"))


def embed(path: Path, mime: str) -> Embedded:
    """Read a file for the page."""
    content = path.read_bytes()
    n = len(content)
    size = f"{n / 1e6:.1f} MB" if n >= 1e6 else f"{max(n / 1e3, 1):.0f} kB"
    return Embedded(path.name, size, f"data:{mime};base64,{base64.b64encode(content).decode()}")


def summarise(
    verification: Mapping[str, Any] | None, ledger: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Count the verdicts of results/verification.json, the gravest first; None without them.

    Those that were passed on other values than the ledger's are stale.
    """
    if verification is None:
        return None
    kinds = {
        kind: found if "verdict" not in found else {kind: found}
        for kind, found in verification.items()
        if isinstance(found, Mapping) and found
    }
    judged = verification.get("claims", {})
    others = [
        {"kind": kind, "name": name, **entry, "value": short(entry.get("value"))}
        | {"reference": short(entry.get("reference"))}
        for kind, found in kinds.items()
        for name, entry in found.items()
        if entry["verdict"] != VERDICTS[0]
    ]
    return {
        "counts": {
            kind: Counter(entry["verdict"] for entry in found.values())
            for kind, found in kinds.items()
        },
        "others": sorted(others, key=lambda entry: -VERDICTS.index(entry["verdict"])),
        "stale": {name: claim["value"] for name, claim in ledger.items()}
        != {name: entry.get("value") for name, entry in judged.items()},
    }


def write_page(
    paper: Paper,
    *,
    ledger: Mapping[str, Mapping[str, Any]],
    sentences: Mapping[str, Sequence[str]],
    verification: Mapping[str, Any] | None,
    figures: Sequence[Figure],
    tables: Sequence[tuple[TableView, str, Embedded]],
    pdf: Embedded,
    numbers: Embedded,
    shows: Mapping[str, Iterable[str]],
    tabs: Sequence[Tab] = (),
) -> str:
    """Write the report as HTML.

    Parameters
    ----------
    ledger, sentences, verification : mapping
        results/claims.json, results/sentences.json, and results/verification.json where it is.
    figures, tables : sequence
        In the order of the page; of a table its view, its caption and its file.
    pdf, numbers : Embedded
        paper/paper.pdf and results/claims.json.
    shows : mapping
        Figure to the claims that it shows (`rows.figures_showing`).
    tabs : sequence of Tab
        What the study adds.
    """
    views = {view.name: view for view, _, _ in tables}
    shown = {figure.name: shows.get(figure.name, ()) for figure in figures}
    rows = claim_rows(ledger, (verification or {}).get("claims", {}), views, shown)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja2").render(
        style=Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),
        script=Markup((TEMPLATES / "page.js").read_text(encoding="utf-8")),
        paper=paper,
        rows=rows,
        figures=figures,
        tables=tables,
        tabs=tabs,
        pdf=pdf,
        numbers=numbers,
        used=Counter(figure for row in rows for figure in row.figures),
        judged=(verification or {}).get("figures", {}),
        verification=summarise(verification, ledger),
        verdicts=VERDICTS,
        n_printed=sum(bool(row.pages) for row in rows),
        facts=[(row, paper.facts[row.id]) for row in rows if row.id in paper.facts],
        n_sentences=len(sentences),
        unsupported=[name for name, failed in sentences.items() if failed],
    )
