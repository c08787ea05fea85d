"""The report's page: Snakemake's results go into it once, and nothing breaks out of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lrstudy.report_page import ReportError, Result, split_report, summarise, write_page

TEMPLATES = Path(__file__).parents[2] / "workflow/report"
CAPTION = "<p><strong>Why?</strong></p>\n<p>So.</p>"


def entry(uri: str, mime: str, **labels: str) -> dict[str, Any]:
    return {
        "labels": labels or None,
        "caption": CAPTION,
        "size": "1 KB",
        "mime_type": mime,
        "data_uri": uri,
    }


RESULTS = {
    "figures/ladder.pdf": entry("data:pdf,1", "application/pdf", figure="ladder"),
    "figures/other.png": entry("data:png,2", "image/png", figure="other"),
    "figures/ladder.png": entry("data:png,3", "image/png", figure="ladder"),
    "paper/paper.pdf": entry("data:pdf,4", "application/pdf"),
    "results/claims.json": entry("data:json,5", "application/json"),
}
SNAKEMAKE = (
    "<html><body><script>var results = new Array(3);</script>"
    f'<script id="results">\n  var results = {json.dumps(RESULTS)};\n</script>'
    "<script>let app;</script></body></html>"
)
LEDGER = {
    "networks": {"value": 12, "text": "12", "unit": "networks", "inputs": {}, "pages": [1]},
    "tutorial.gain": {"value": 4, "text": "<i>4</i>", "unit": "rows", "inputs": {}, "pages": []},
}


def judged(verdict: str, **more: Any) -> dict[str, Any]:
    return {"verdict": verdict, **more}


def page(**changes: Any) -> str:
    inner, results = split_report(SNAKEMAKE)
    settings: dict[str, Any] = {
        "ledger": LEDGER,
        "sentences": {"holds": [], "fails": ["networks > 99"]},
        "verification": None,
        "tables": {},
        "arms": [],
        "templates": TEMPLATES,
    }
    return write_page(inner, results, **(settings | changes))


def test_results_are_taken_out_and_can_be_put_back() -> None:
    inner, results = split_report(SNAKEMAKE)
    assert [result.path for result in results] == list(RESULTS)
    assert "data:" not in inner
    uris = {result.asset: result.uri for result in results}
    back = re.sub(r"@(asset-\d+)@", lambda found: uris[found[1]], inner)
    begin = back.index('<script id="results">')
    found, _ = json.JSONDecoder().raw_decode(back[back.index("{", begin) :])
    assert found == RESULTS
    # What opens a result stands at the end, where Snakemake's own program has run.
    assert back.index("let app;") < back.index('addEventListener("message"') < back.index("</body>")


@pytest.mark.parametrize("html", ["", "<html></html>", SNAKEMAKE.replace("</body>", "")])
def test_another_form_of_report_is_refused(html: str) -> None:
    with pytest.raises(ReportError, match="form"):
        split_report(html)


def test_a_question_is_read_from_the_caption() -> None:
    result = Result("asset-0", "figures/a.png", {}, CAPTION, "", "image/png", "")  # type: ignore[arg-type]
    assert (result.question, result.stem) == ("Why?", "a")


def test_the_page_holds_each_result_once_and_known_figures_first() -> None:
    html = page()
    for result in RESULTS.values():
        assert html.count(result["data_uri"] + '"') == 1
    assert html.index('id="figure-ladder"') < html.index('id="figure-other"')
    assert "1 of 2</b> conclusions" in html
    assert "<code>fails</code>" in html
    assert "there is no\n<code>results/verification.json</code>" in html
    assert 'class="badge' not in html


def test_what_the_page_holds_cannot_break_out_of_it() -> None:
    html = page()
    assert "<i>4</i>" not in html
    assert "&lt;i&gt;4&lt;/i&gt;" in html
    held = re.search(r'<script type="application/json" id="snakemake">(.*?)</script>', html, re.S)
    assert held
    assert json.loads(held[1]) == split_report(SNAKEMAKE)[0]


def test_verdicts_stand_beside_claims_and_figures() -> None:
    verification = {
        "claims": {
            "networks": judged("identical", value=12, reference=12),
            "tutorial.gain": judged("changed", value=4, reference=5, how="by 1"),
        },
        "figures": {"ladder": judged("within tolerance", how="pixels")},
        "tables": {},
        "pdf": judged("changed", how="other"),
    }
    html = page(verification=verification)
    assert "1 of 2</b> claims identical" in html
    row = html[html.index('id="claim-tutorial.gain"') :].split("</tr>")[0]
    assert 'class="badge changed"' in row
    assert "published 5" in row
    figure = html[html.index('id="figure-ladder"') :].split("</figure>")[0]
    assert 'class="badge within-tolerance"' in figure
    assert "another build" not in html
    verification["claims"]["networks"]["value"] = 13
    assert "another build" in page(verification=verification)


def test_summary_counts_and_puts_the_gravest_first() -> None:
    assert summarise(None, LEDGER) is None
    found = summarise(
        {
            "claims": {
                "networks": judged("within tolerance", value=12, reference=13),
                "tutorial.gain": judged("changed", value=4, reference=None),
            },
            "pdf": judged("conclusion unchanged"),
        },
        LEDGER,
    )
    assert found
    assert found["counts"]["claims"] == {"within tolerance": 1, "changed": 1}
    assert [other["name"] for other in found["others"]] == ["tutorial.gain", "pdf", "networks"]
    assert [other["reference"] for other in found["others"]] == ["", "", "13"]
    assert not found["stale"]
