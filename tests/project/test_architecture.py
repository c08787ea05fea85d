"""docs/architecture.md shows the rules that the Snakefile has; imports run one way."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pages.architecture import BLOCK, PAGE, block, rule_graph
from tests.helpers.repository import ROOT


def table_rules(page: str) -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", page.partition("## The rules")[2], re.MULTILINE))


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
    assert table_rules("## The rules\n| rule | modules |\n| `draw` | figures |\n") == {"draw"}


# --- imports ------------------------------------------------------------------


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of both packages, and of the contracts on them."""
    shutil.copytree(
        ROOT / "workflow/scripts",
        tmp_path / "scripts",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("module", "imports", "contract"),
    [
        ("paperledger/tex/new.py", "import lrstudy.data.sizes", "knows nothing of the study"),
        ("paperledger/io/new.py", "from paperledger.claims import claim", "room of the engine"),
        ("lrstudy/data/new.py", "from lrstudy.design import plan", "room of the study"),
        ("lrstudy/figures/new.py", "from lrstudy.kernel import state", "Only trainers train"),
        ("lrstudy/analysis/new.py", "import tensorflow", "One room knows Keras"),
        ("lrstudy/claims/new.py", "import snakemake.utils", "nothing of Snakemake"),
    ],
)
def test_a_new_module_that_imports_upwards_is_refused(
    sources: Path, module: str, imports: str, contract: str
) -> None:
    """It is in no list: its folder says which room it belongs to."""
    (sources / "scripts" / module).write_text(f"{imports}\n")
    run = subprocess.run(
        [sys.executable, str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=sources,
        env={**os.environ, "PYTHONPATH": str(sources / "scripts")},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1, run.stderr
    broken = re.findall(r"^(.*) BROKEN", run.stdout, re.MULTILINE)
    assert any(contract in name for name in broken), run.stdout
