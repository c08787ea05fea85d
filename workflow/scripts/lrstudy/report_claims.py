"""The report's rows: every claim with what shows it, where it comes from and how it is judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from lrstudy import result_tables
from lrstudy.fig_inflation import INFLATION
from lrstudy.fig_ladder import LADDER
from lrstudy.fig_rates import READINGS
from lrstudy.tables import Contract

MOST_ROWS = 1000
"""A longer table is for download only."""

STEMS = {
    "arms": ("arm", ("protocol", "initializer", "arm")),
    "effects": ("effect", result_tables.EFFECTS.key),
    "outcomes": ("outcome", result_tables.OUTCOMES.key),
    "sensitivity": ("sensitivity", result_tables.SENSITIVITY.key),
    "components": ("component", result_tables.COMPONENTS.key),
    "grid": ("grid", result_tables.GRID.key),
    "tuned": ("tuned", result_tables.TUNED.key),
}
"""Table to how ids of claims from one of its rows begin: a word, then these columns."""

FORESTS = {"ladder": LADDER, "inflation": INFLATION, "readings": READINGS}
FIGURES = {
    "tutorial.baseline.accuracy": ("accuracy",),
    "tutorial.schedule.accuracy": ("accuracy",),
    "tutorial.baseline.correct": ("returns",),
    "tutorial.schedule.correct": ("returns",),
    "tutorial.gain": ("ladder",),
    "headline": ("ladder",),
    "reference.tail": ("accuracy",),
    "reference.resample": ("accuracy",),
    "component": ("components",),
    "returns": ("returns",),
    "rate": ("readings",),
    "rate.printed": ("rates",),
    "grid": ("grid",),
    "grid.tail": ("grid_tail",),
    "tuned.resample": ("grid",),
    "tuned.tail": ("grid_tail",),
}
"""How ids of claims begin, to the figures that show them; the longest beginning counts."""


@dataclass(frozen=True)
class TableView:
    """A table of results as the report shows it.

    Attributes
    ----------
    name : str
        Of the table.
    contract : Contract
        Its columns.
    n : int
        Rows in the file.
    rows : list of (str, list)
        Anchor, empty where no claim leads to the row, and cells; empty where the table is long.
    about : dict
        Anchor to what the row is about, where it says so.
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
    script: str
    pages: list[int]
    figures: list[str]
    place: str
    table: str


def plain_html(tex: str) -> Markup:
    r"""Turn the little TeX of claims and labels into HTML.

    Parameters
    ----------
    tex : str
        As a claim is printed.

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
    """Write a value with six significant digits.

    Parameters
    ----------
    value : object
        A number, a word, or None.

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


def view_table(name: str, frame: pd.DataFrame) -> TableView:
    """Prepare a table of `result_tables` for the report.

    Parameters
    ----------
    name : str
        Of the table.
    frame : DataFrame
        Its rows.
    """
    contract: Contract = getattr(result_tables, name.upper())
    stem, columns = STEMS.get(name, ("", ()))
    rows: list[tuple[str, list[Markup]]] = []
    about = {}
    for record in frame.to_dict("records") if len(frame) <= MOST_ROWS else []:
        keys = (f"{record[c]:g}" if isinstance(record[c], float) else record[c] for c in columns)
        anchor = ".".join([stem, *keys]).replace(" ", "_") if stem else ""
        rows.append((anchor, [plain_html(short(record[column])) for column in contract.columns]))
        if "label" in record:
            about[anchor] = plain_html(record["label"])
    return TableView(name, contract, len(frame), rows, about)


def beginnings(claim: str) -> Iterable[str]:
    """Shorten an id word by word.

    Parameters
    ----------
    claim : str
        An id, words with dots between them.

    Examples
    --------
    >>> list(beginnings("a.b.c"))
    ['a.b.c', 'a.b', 'a']
    """
    while claim:
        yield claim
        claim = claim.rpartition(".")[0]


def figures_showing(claim: str, arms: Sequence[str]) -> tuple[str, ...]:
    """Name the figures that show a claim.

    Parameters
    ----------
    claim : str
        Its id.
    arms : sequence of str
        The arms that the figure of accuracies draws.

    Examples
    --------
    >>> figures_showing("effect.H2a.tail.glorot_uniform.difference", [])
    ('ladder', 'inflation')
    >>> figures_showing("tuned.tail.glorot_uniform.step.mean", []), figures_showing("alpha", [])
    (('grid_tail',), ())
    """
    kind, *words = claim.split(".")
    if kind == "effect":
        asked = {(".".join(words[:n]), words[n]) for n in range(1, len(words))}
        return tuple(name for name, lines in FORESTS.items() if asked & set(lines))
    if kind == "arm":
        drawn = words[0] in ("tail", "resample") and words[2] in arms
        return ("accuracy",) if drawn else ()
    return next((FIGURES[start] for start in beginnings(claim) if start in FIGURES), ())


def claim_rows(
    ledger: Mapping[str, Mapping[str, Any]],
    judged: Mapping[str, Mapping[str, Any]],
    tables: Mapping[str, TableView],
    figures: Sequence[str],
    arms: Sequence[str],
) -> list[ClaimRow]:
    """Join the ledger with what the report holds.

    Parameters
    ----------
    ledger : mapping
        results/claims.json.
    judged : mapping
        The claims of results/verification.json; empty where there is none.
    tables : mapping
        Name to `view_table`.
    figures, arms : sequence of str
        The figures of the report, and the arms that the one of accuracies draws.
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
                script=claim.get("script", ""),
                pages=list(claim.get("pages", [])),
                figures=[figure for figure in figures_showing(name, arms) if figure in figures],
                place=place,
                table=table,
            )
        )
    return found
