"""The report's rows: every claim with what shows it, where it comes from and how it is judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from paperledger.claims.quoted import Home, row_id
from paperledger.io.tables import Contract

MOST_ROWS = 1000
"""A longer table is for download only."""


@dataclass(frozen=True)
class TableView:
    """A table of results as the report shows it: `n` rows in its file, each with its cells.

    Before the cells stands the row's anchor, empty where no claim leads to the row; `about` says
    what the row is about, where it does. A long table has no `rows`.
    """

    name: str
    contract: Contract
    n: int
    rows: list[tuple[str, list[Markup]]]
    about: dict[str, Markup]


@dataclass(frozen=True)
class ClaimRow:
    """A claim as the report shows it; `place` is the anchor of the table or row behind it."""

    id: str
    about: Markup
    printed: Markup
    value: str
    unit: str
    verdict: str
    reference: str
    rule: str
    pages: list[int]
    figures: list[str]
    place: str
    table: str


def plain_html(tex: str) -> Markup:
    r"""Turn the little TeX of claims and labels into HTML.

    Examples
    --------
    >>> print(plain_html("$-$0.14"), plain_html("151{,}860"), plain_html(r"$6\times 10^{-7}$"))
    −0.14 151,860 6 × 10<sup>−7</sup>
    >>> print(plain_html("$N(0, 0.05^2)$ & more"))
    N(0, 0.05<sup>2</sup>) &amp; more
    """
    text = tex.replace("{,}", ",").replace(r"\times", " ×")
    text = re.sub(r"\$([^$]*)\$", lambda math: math[1].replace("-", "−"), text)
    return Markup(re.sub(r"\^(?:\{([^}]*)\}|(\w))", r"<sup>\1\2</sup>", str(escape(text))))


def short(value: Any) -> str:
    """Write a number with six significant digits, a word as it is, None as nothing.

    Examples
    --------
    >>> short(0.83534), short(1e-7), short(151860), short("yes"), short(True), short(None)
    ('0.83534', '1e-07', '151860', 'yes', 'yes', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def view_table(frame: pd.DataFrame, contract: Contract, home: Home) -> TableView:
    """Prepare a table of results for the report; `home` is as `quoted.row_id` takes it."""
    rows: list[tuple[str, list[Markup]]] = []
    about = {}
    for record in frame.to_dict("records") if len(frame) <= MOST_ROWS else []:
        anchor = row_id(contract, record, home).replace(" ", "_") if contract.stem else ""
        rows.append((anchor, [plain_html(short(record[column])) for column in contract.columns]))
        if "label" in record:
            about[anchor] = plain_html(record["label"])
    return TableView(contract.name, contract, len(frame), rows, about)


def beginnings(claim: str) -> Iterable[str]:
    """Shorten an id word by word.

    Examples
    --------
    >>> list(beginnings("a.b.c"))
    ['a.b.c', 'a.b', 'a']
    """
    while claim:
        yield claim
        claim = claim.rpartition(".")[0]


def figures_showing(claim: str, shows: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Name the figures that show a claim.

    `shows` maps a figure to how ids of the claims that it shows begin, word by word; ``*`` is any
    word. Of all that fit, the longest count.

    Examples
    --------
    >>> shows = {"ladder": ["effect.H1.tail"], "grid": ["cell"], "tails": ["cell.*.tail"]}
    >>> figures_showing("effect.H1.tail.low", shows), figures_showing("alpha", shows)
    (('ladder',), ())
    >>> figures_showing("cell.0.tail.mean", shows), figures_showing("cell.0.all.mean", shows)
    (('tails',), ('grid',))
    """
    words = claim.split(".")
    found: dict[str, int] = {}
    for figure, patterns in shows.items():
        for pattern in (pattern.split(".") for pattern in patterns):
            if len(pattern) <= len(words) and all(
                asked in ("*", word) for asked, word in zip(pattern, words, strict=False)
            ):
                found[figure] = max(found.get(figure, 0), len(pattern))
    return tuple(figure for figure, n in found.items() if n == max(found.values()))


def claim_rows(
    ledger: Mapping[str, Mapping[str, Any]],
    judged: Mapping[str, Mapping[str, Any]],
    tables: Mapping[str, TableView],
    shows: Mapping[str, Iterable[str]],
) -> list[ClaimRow]:
    """Join the ledger (results/claims.json) with what the report holds.

    `judged` are the claims of results/verification.json, empty where there is none; `shows` is as
    in `figures_showing`, for the figures of the report.
    """
    anchors = {anchor: table for table in tables.values() for anchor, _ in table.rows if anchor}
    found = []
    for name, claim in ledger.items():
        verdict = judged.get(name, {})
        place, about, table = "", Markup(""), ""
        row = next((start for start in beginnings(name) if start in anchors), None)
        if row is not None:
            view = anchors[row]
            statistic = name.removeprefix(row + ".")
            column = view.contract.columns.get(statistic)
            parts = [view.about.get(row, ""), plain_html(column.meaning) if column else ""]
            place, table = row, view.name
            about = Markup(": ").join(part for part in parts if part)
        else:
            about = plain_html("; ".join(claim.get("conditions", [])))
            used = (path.rpartition("/")[2].removesuffix(".parquet") for path in claim["inputs"])
            table = next((name for name in used if name in tables), "")
            place = f"table-{table}" if table else ""
        same = not verdict or verdict["verdict"] == "identical"
        found.append(
            ClaimRow(
                id=name,
                about=about,
                printed=plain_html(claim["text"]),
                value=short(claim["value"]),
                unit=claim["unit"],
                verdict=verdict.get("verdict", ""),
                reference="" if same else short(verdict.get("reference")),
                rule=claim.get("rule", ""),
                pages=list(claim.get("pages", [])),
                figures=list(figures_showing(name, shows)),
                place=place,
                table=table,
            )
        )
    return found
