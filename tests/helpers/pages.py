"""A page of the report with next to nothing on it."""

from __future__ import annotations

from typing import Any

from paperledger.report.page import Embedded, Figure, Paper, write_page


def held(name: str) -> Embedded:
    return Embedded(name, "1 kB", f"data:{name}")


FIGURES = [
    Figure("second", "Why <b>?", "So.", held("second.png"), held("second.pdf")),
    Figure("first", "How?", "Thus.", held("first.png"), held("first.pdf")),
]
PAPER = Paper("A <b>title", {"networks": "networks trained"}, ("some words", "+0.83", "in a row"))
LEDGER = {
    "networks": {"value": 12, "text": "12", "unit": "networks", "inputs": {}, "pages": [1]},
    "tutorial.gain": {"value": 4, "text": "<i>4</i>", "unit": "rows", "inputs": {}, "pages": []},
}


def page(**changes: Any) -> str:
    settings: dict[str, Any] = {
        "ledger": LEDGER,
        "sentences": {"holds": [], "fails": ["networks > 99"]},
        "verification": None,
        "figures": FIGURES,
        "tables": [],
        "pdf": held("paper.pdf"),
        "numbers": held("claims.json"),
        "shows": {"first": ["tutorial.gain"], "not drawn": ["networks"]},
    }
    return write_page(PAPER, **(settings | changes))
