"""The picture in docs/architecture.md has every rule, and the page a room for each."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
RULE = re.compile(r"^ *rule (\w+):", re.MULTILINE)
REUSED = {"reuse_record"}


def rules() -> set[str]:
    files = [ROOT / "Snakefile", *(ROOT / "workflow/rules").glob("*.smk")]
    return {name for path in files for name in RULE.findall(path.read_text())} - REUSED


def test_the_picture_and_the_table_have_every_rule() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    table, picture = page.split("```mermaid\n")
    assert set(re.findall(r"id\d+\[(\w+)\]", picture)) == rules()
    assert rules() - {"all"} <= set(re.findall(r"`(\w+)`", table))
    assert len(re.findall(r"id\d+ --> id\d+", picture)) >= len(rules())


def test_the_picture_is_replaced_and_the_page_around_it_kept() -> None:
    page = "a\n```mermaid\nold\n```\nb\n"
    graph = "---\ntitle\n---\nflowchart TB\n\tid0[all]\n\tstyle id0 fill\n\n"
    wanted = "a\n```mermaid\nflowchart TB\n\tid0[all]\n```\nb\n"
    assert (
        runpy.run_path(str(ROOT / "tools/architecture.py"))["with_picture"](page, graph) == wanted
    )
