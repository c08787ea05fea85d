"""How the work is cited and archived: two files that say the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture
def citation() -> Any:
    return yaml.safe_load((ROOT / "CITATION.cff").read_text())


@pytest.fixture
def archive() -> Any:
    return json.loads((ROOT / ".zenodo.json").read_text())


def test_the_citation_has_what_its_format_requires(citation: Any) -> None:
    assert citation["cff-version"] == "1.2.0"
    assert citation["message"] and citation["title"]
    assert citation["type"] in ("software", "dataset")
    assert citation["authors"]
    for author in citation["authors"]:
        assert set(author) <= {"name", "family-names", "given-names", "orcid", "affiliation"}


def test_the_archive_says_what_the_citation_says(citation: Any, archive: Any) -> None:
    assert archive["title"] == citation["title"]
    assert archive["description"] == citation["abstract"]
    assert archive["keywords"] == citation["keywords"]
    assert archive["license"] == citation["license"][0]
    assert archive["upload_type"] == citation["type"]
    assert [c["name"] for c in archive["creators"]] == [a["name"] for a in citation["authors"]]
    [data] = citation["references"]
    assert [r["identifier"] for r in archive["related_identifiers"]] == [data["doi"]]
    assert archive["access_right"] == "open"
