"""How the work is cited and archived: files that say the same."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from paperledger.io.yaml_file import read_yaml

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
    assert archive["license"] == citation["license"]
    assert archive["upload_type"] == citation["type"]
    assert [c["name"] for c in archive["creators"]] == [a["name"] for a in citation["authors"]]
    [data] = citation["references"]
    assert [r["identifier"] for r in archive["related_identifiers"]] == [data["doi"]]
    assert archive["access_right"] == "open"


def test_the_project_says_what_the_citation_says(citation: Any) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, subtitle = citation["title"].split(": ")
    assert project["name"] == name.lower().replace(" ", "-")
    assert project["description"].lower().startswith(subtitle.lower())
    assert project["license"] == citation["license"]
    assert project["keywords"] == citation["keywords"]
    config = read_yaml(ROOT / "config/config.yaml")
    main = (ROOT / "paper/main.tex").read_text(encoding="utf-8")
    main = main.replace(r"\claim{data.label}", config["datasets"][config["dataset"]]["label"])
    assert f"\\title{{{name}:\\\\ {subtitle}}}" in main
    assert f"\\author{{{citation['authors'][0]['name']}}}" in main


def test_the_archive_has_the_types_that_zenodo_takes(archive: Any) -> None:
    for key in ("title", "description", "upload_type", "access_right", "license"):
        assert isinstance(archive[key], str) and archive[key]
    assert all(isinstance(word, str) for word in archive["keywords"])
    assert all(isinstance(who["name"], str) for who in archive["creators"])
    for link in archive["related_identifiers"]:
        assert link["identifier"].startswith("10.") and link["relation"] == "isDerivedFrom"
        assert link["resource_type"] == "dataset"
    # Of the words that its deposit schema allows.
    assert archive["upload_type"] in {"publication", "dataset", "software", "lesson", "other"}
    assert archive["access_right"] in {"open", "embargoed", "restricted", "closed"}
