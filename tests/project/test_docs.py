"""The pages for readers name commands and files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OTHERS = ["README.md", "CONTRIBUTING.md", "config/README.md", "reference/README.md"]
PAGES = [*OTHERS, *ROOT.glob("docs/*.md")]
TARGETS = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# Where a page names what a build writes.
MADE = (".snakemake/", "results/", "figures/", "build/", "paper/paper.pdf", "paper/generated")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: Path(page).name)
def test_what_a_page_names_is_there(page: Path) -> None:
    quoted = re.findall(r"`([^`\n]+)`", (ROOT / page).read_text())
    commands = [words.split() for words in quoted if words.startswith("make ")]
    targets = {w for words in commands for w in words[1:] if re.fullmatch(r"[a-z0-9]+", w)}
    assert targets <= TARGETS
    paths = {words for words in quoted if re.fullmatch(r"[\w.-]+(/[\w.-]+)+(\.\w+|/)", words)}
    paths = {path for path in paths if not path.startswith(MADE)}
    bases = [ROOT, ROOT / "workflow/scripts", (ROOT / page).parent]
    bases += [ROOT / "docs/examples/paper"] if Path(page).name == "own-paper.md" else []
    assert [path for path in sorted(paths) if not any((b / path).exists() for b in bases)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: Path(page).name)
def test_a_page_is_finished(page: Path) -> None:
    assert re.findall(r"@[A-Z0-9]+@|TODO|FIXME", (ROOT / page).read_text()) == []
