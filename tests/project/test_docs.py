"""The pages for readers name commands and files that are there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pages.readme import renewed

ROOT = Path(__file__).parents[2]
OTHERS = ["README.md", "CONTRIBUTING.md", "config/README.md", "reference/README.md"]
PAGES = [*OTHERS, *ROOT.glob("docs/*.md")]
TARGETS = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
README = (ROOT / "README.md").read_text(encoding="utf-8")
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


def test_the_readme_shows_the_demo_of_this_record() -> None:
    """Its figure is one of the record's, and the numbers before each edit are the record's."""
    ledger = json.loads((ROOT / "reference/claims.json").read_text())
    block = re.search(r"```\n(build/recheck, as it was built.*?)```", README, re.DOTALL)
    assert block
    figures = set(re.findall(r"(\w+)\.png", block[1]))
    assert len(figures) == 1
    assert all((ROOT / f"reference/figures/{name}.png").is_file() for name in figures)
    ((claim, before),) = re.findall(r"ledger: ([\w.]+), (\S+) -> ", block[1])
    assert float(before) == round(ledger[claim]["value"], 2)
    (value,) = re.findall(r"numbers\.json has ([\d.]+)", block[1])
    assert float(value) == round(ledger[claim]["value"], 5)
    (old,) = re.findall(r"which prints ([\d.]+)", block[1])
    assert old == ledger["tutorial.baseline.accuracy"]["text"]


def test_pictures_of_the_readme_are_there() -> None:
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README)
    assert pictures
    assert [path for path in pictures if not (ROOT / path).is_file()] == []


def test_numbers_of_the_readme_are_those_of_the_record() -> None:
    ledger = json.loads((ROOT / "reference/claims.json").read_text())
    assert renewed(README, ledger)[1] == []
    networks = ledger["all.networks"]["value"]
    forged = README.replace(f"{networks:,}<!-- all", f"{networks + 1:,}<!-- all")
    assert forged != README
    assert set(renewed(forged, ledger)[1]) == {
        f"all.networks: found {networks + 1:,}, expected {networks:,}"
    }
