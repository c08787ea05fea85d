"""How the work is cited and archived: files that say the same."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest
import yaml
from lrstudy.design.plan import plan_members
from paperledger.io.yaml_file import read_yaml

from pages import metadata
from tests.helpers.repository import ROOT


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


@pytest.mark.parametrize("name", metadata.made(ROOT))
def test_what_is_said_of_the_project_is_as_make_metadata_writes_it(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == metadata.made(ROOT)[name], "make metadata renews it"


def test_one_version_and_its_day(citation: Any) -> None:
    version, day = citation["version"], citation["date-released"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == version
    releases = re.findall(
        r"^## (\S+) \((\S+)\)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert releases[0] == (version, day)
    assert f"Version {version}, {day[:4]}." in (ROOT / "README.md").read_text()


def test_the_manifest_maps_the_primary_claims_to_networks_that_are_planned(config: Any) -> None:
    manifest = read_yaml(ROOT / ".adduce/manifest.yaml")
    primary = {n for n, h in config["analysis"]["hypotheses"].items() if h["family"] == "primary"}
    assert {claim["id"].split(".")[1] for claim in manifest["claims"]} == primary
    planned = plan_members(config)
    initializer = config["analysis"]["initializer"]
    mine = planned[
        (planned.dataset == config["dataset"])
        & (planned.trainer == "kernel")
        & (planned.initializer == initializer)
    ]
    numbers = mine.groupby(["protocol", "arm"]).replicate.agg(["min", "max"])
    targets = (ROOT / "Makefile").read_text()
    for claim in manifest["claims"]:
        _, name, protocol, of, end = claim["id"].split(".")
        assert (of, end) == (initializer, "difference")
        asked = config["analysis"]["hypotheses"][name]
        for term in asked["add"] + asked["subtract"]:
            assert term["arm"] in claim["text"]
            assert list(numbers.loc[protocol, term["arm"]]) == claim["seeds"]
        made = claim["produced_by"]
        assert all((ROOT / made[key]).is_file() for key in ("config", "data"))
        assert f"\n{made['command'].removeprefix('make ')}: " in targets
    assert f"\n{manifest['smoke']['command'].removeprefix('make ')}: " in targets
    for key in ("lockfile", "container"):
        assert (ROOT / manifest["environment"][key]).is_file()


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
