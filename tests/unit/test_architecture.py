"""docs/architecture.md shows the rules that the Snakefile has."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from architecture import BLOCK, PAGE, block, rule_graph  # noqa: E402


def table_rules(page: str) -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))


def test_picture_and_table_are_the_rules_of_the_snakefile() -> None:
    page, graph = PAGE.read_text("utf-8"), rule_graph()
    rules = set(re.findall(r"id\d+\[(\w+)\]", graph))
    assert {"fetch_data", "train_kernel", "compile_paper", "all"} <= rules
    assert table_rules(page) == rules
    (shown,) = BLOCK.findall(page)
    assert shown == block(graph), "make architecture renews it"
    assert set(re.findall(r"\w+(?= -->)|(?<=--> )\w+", shown)) == rules


def test_a_rule_that_is_missing_or_new_shows() -> None:
    graph = "id0[all]\nid1[fetch_data]\nid2[draw]\nid1 --> id2\nid2 --> id0\n"
    less = "id0[all]\nid1[fetch_data]\nid1 --> id0\n"
    assert block(graph) != block(less)
    assert "    draw --> all\n    fetch_data --> draw\n" in block(graph)
    assert table_rules("| rule | modules |\n| `draw` | figures |\n") == {"draw"}
