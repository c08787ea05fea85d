"""The report's page: what the build made goes into it once, and nothing breaks out of it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from paperledger.report.page import Tab, embed, summarise

from tests.helpers.pages import FIGURES, LEDGER, held, page


def judged(verdict: str, **more: Any) -> dict[str, Any]:
    return {"verdict": verdict, **more}


@pytest.mark.parametrize(("n", "size"), [(3, "1 kB"), (17_390, "17 kB"), (2_345_678, "2.3 MB")])
def test_a_file_is_embedded_whole(tmp_path: Path, n: int, size: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"x" * n)
    found = embed(path, "image/png")
    assert (found.name, found.size) == ("a.png", size)
    head, content = found.uri.split(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(content) == path.read_bytes()


def test_the_page_holds_each_file_once_and_figures_in_their_order() -> None:
    html = page()
    files = [*(f.picture for f in FIGURES), *(f.vector for f in FIGURES)]
    for file in (*files, held("paper.pdf"), held("claims.json")):
        assert html.count(f'"{file.uri}"') == 1
    assert html.index('id="figure-second"') < html.index('id="figure-first"')
    assert "1 of 2</b> conclusions" in html
    assert "<code>fails</code>" in html
    assert "<b>12</b> networks trained" in html
    assert "there is no\n<code>results/verification.json</code>" in html
    assert 'class="badge' not in html


def test_only_figures_of_the_page_show_claims() -> None:
    html = page()
    assert "claims it shows (1)" in html
    assert html.count("claims it shows") == 1
    assert "not drawn" not in html


def test_what_the_page_holds_cannot_break_out_of_it() -> None:
    html = page()
    for raw, escaped in (
        ("<i>4</i>", "&lt;i&gt;4&lt;/i&gt;"),
        ("A <b>title", "A &lt;b&gt;title"),
        ("Why <b>?", "Why &lt;b&gt;?"),
    ):
        assert raw not in html
        assert escaped in html


def test_a_tab_is_a_section_and_its_data_cannot_end_it() -> None:
    data = {"told": "</script><b>out", "n": [1, 2]}
    tab = Tab("ask", "Ask <it>", "<p id=asked></p>", "#ask { top: 0 }", "run('<')", data)
    html = page(tabs=[tab])
    assert html.index('id="claims"') < html.index('<section id="ask"') < html.index('id="paper"')
    assert '<a href="#ask">Ask &lt;it&gt;</a>' in html
    assert "#ask { top: 0 }\n</style>" in html.replace("\n\n", "\n")
    assert "<script>\nrun('<')\n</script>" in html
    held = html.split('<script type="application/json" id="ask-data">')[1].split("</script>")[0]
    assert json.loads(held) == data
    assert "<b>out" not in html


def test_verdicts_stand_beside_claims_and_figures() -> None:
    verification = {
        "claims": {
            "networks": judged("identical", value=12, reference=12),
            "tutorial.gain": judged("changed", value=4, reference=5, how="by 1"),
        },
        "figures": {"first": judged("within tolerance", how="pixels")},
        "tables": {},
        "pdf": judged("changed", how="other"),
    }
    html = page(verification=verification)
    assert "1 of 2</b> claims identical" in html
    row = html[html.index('id="claim-tutorial.gain"') :].split("</tr>")[0]
    assert 'class="badge changed"' in row
    assert "published 5" in row
    figure = html[html.index('id="figure-first"') :].split("</figure>")[0]
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
