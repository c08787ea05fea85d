"""The report: a page of claims, figures and tables around Snakemake's own report, in one file.

Snakemake writes one HTML file that holds its program and, as data URIs, all results. Here the
results move into links and images of a front page, each once, and what is left of Snakemake's file
goes beside them as text; the front page's script opens it in a frame, with the results put back.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from lrstudy.report_claims import ClaimRow, TableView, claim_rows, short, view_table

READING_ORDER = ("ladder", "returns", "accuracy", "rates", "readings", "inflation", "grid")
VERDICTS = ("identical", "within tolerance", "conclusion unchanged", "changed")

# Opens one result where the front page asks for it. `app` and `results` are Snakemake's.
_OPENER = """<script>
addEventListener("message", function open(event) {
  const path = event.data.show;
  if (event.source !== parent || !(path in results)) return;
  if (!app) { setTimeout(open, 50, event); return; }
  const content = { "image/png": "img", "application/pdf": "pdf" }[results[path].mime_type];
  app.setView({ navbarMode: "resultinfo", resultPath: path, content,
                contentPath: content && results[path].data_uri });
});
</script>
"""


class ReportError(Exception):
    """The report cannot be made; the message says why."""


@dataclass(frozen=True)
class Result:
    """One result of Snakemake's report: its asset's id, path, labels, caption and content."""

    asset: str
    path: str
    labels: dict[str, str]
    caption: Markup
    size: str
    mime: str
    uri: str

    @property
    def stem(self) -> str:
        """File name without its suffix."""
        return Path(self.path).stem

    @property
    def question(self) -> str:
        """First sentence of the caption that is set in bold, or the name."""
        found = re.search(r"<strong>(.*?)</strong>", self.caption, re.DOTALL)
        return str(Markup(found[1]).striptags()) if found else self.stem


def split_report(html: str) -> tuple[str, list[Result]]:
    """Take the results out of Snakemake's report.

    Parameters
    ----------
    html : str
        The report.

    Returns
    -------
    str
        The report with ``@asset-N@`` for the content of each, and with a script that opens one.
    list of Result
        What was taken out.

    Raises
    ------
    ReportError
        The file does not look like a report of Snakemake.
    """
    begin = re.search(r'<script id="results">\s*var results = (?=\{)', html)
    end = html.rfind("</body>")
    if begin is None or end < 0:
        raise ReportError("Snakemake's report has a form that is not known here")
    entries, length = json.JSONDecoder().raw_decode(html[begin.end() :])
    found = []
    for number, (path, entry) in enumerate(entries.items()):
        found.append(
            Result(
                asset=f"asset-{number}",
                path=path,
                labels=entry["labels"] or {},
                caption=Markup(entry["caption"]),
                size=entry["size"],
                mime=entry["mime_type"],
                uri=entry["data_uri"],
            )
        )
        entry["data_uri"] = f"@asset-{number}@"
    middle = json.dumps(entries)
    rest = html[begin.end() + length : end] + _OPENER + html[end:]
    return html[: begin.end()] + middle + rest, found


def _in_order(results: Sequence[Result]) -> list[Result]:
    def place(result: Result) -> tuple[int, str]:
        known = result.stem in READING_ORDER
        return (READING_ORDER.index(result.stem) if known else len(READING_ORDER), result.stem)

    return sorted(results, key=place)


def summarise(
    verification: Mapping[str, Any] | None, ledger: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Count the verdicts and tell whether they are on this build; None where there are none.

    Parameters
    ----------
    verification : mapping or None
        results/verification.json.
    ledger : mapping
        results/claims.json.
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
    inner: str,
    results: Sequence[Result],
    *,
    ledger: Mapping[str, Mapping[str, Any]],
    sentences: Mapping[str, Sequence[str]],
    verification: Mapping[str, Any] | None,
    tables: Mapping[str, pd.DataFrame],
    arms: Sequence[str],
    templates: Path,
) -> str:
    """Write the whole report as one HTML file.

    Parameters
    ----------
    inner, results
        Of Snakemake's own report (`split_report`).
    ledger, sentences : mapping
        results/claims.json and results/sentences.json.
    verification : mapping or None
        results/verification.json, where there is one.
    tables : mapping
        Name to table, for those that Snakemake's report holds.
    arms : sequence of str
        The arms that the figure of accuracies draws.
    templates : Path
        Folder of page.html.jinja2, page.css and page.js.
    """
    pictures = _in_order([result for result in results if result.mime == "image/png"])
    views: dict[str, TableView] = {name: view_table(name, t) for name, t in tables.items()}
    judged = (verification or {}).get("claims", {})
    names = [picture.stem for picture in pictures]
    rows: list[ClaimRow] = claim_rows(ledger, judged, views, names, arms)
    used = Counter(figure for row in rows for figure in row.figures)
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja2").render(
        style=Markup((templates / "page.css").read_text(encoding="utf-8")),
        script=Markup((templates / "page.js").read_text(encoding="utf-8")),
        # Inside a script element only "<" could end it; JSON may write it as an escape.
        inner=Markup(json.dumps(inner).replace("<", r"\u003c")),
        rows=rows,
        pictures=pictures,
        vectors={r.stem: r for r in results if r.labels.get("figure") and r not in pictures},
        tables=[(r, views[r.stem]) for r in results if r.stem in views],
        papers=[r for r in results if r.path.endswith(("paper.pdf", "claims.json"))],
        used=used,
        judged=(verification or {}).get("figures", {}),
        verification=summarise(verification, ledger),
        verdicts=VERDICTS,
        n_printed=sum(bool(row.pages) for row in rows),
        networks=next((row.printed for row in rows if row.id == "networks"), ""),
        n_sentences=len(sentences),
        unsupported=[name for name, failed in sentences.items() if failed],
    )
