"""Renew .zenodo.json and codemeta.json, which say for archives what CITATION.cff says."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paperledger.io.yaml_file import read_yaml

ROOT = Path(__file__).parents[1]


def zenodo(citation: Mapping[str, Any]) -> dict[str, Any]:
    """Write a citation as Zenodo reads it when a release is deposited."""
    return {
        "title": citation["title"],
        "description": citation["abstract"],
        "version": citation["version"],
        "publication_date": citation["date-released"],
        "upload_type": citation["type"],
        "access_right": "open",
        "license": citation["license"],
        "creators": [{"name": who["name"]} for who in citation["authors"]],
        "keywords": citation["keywords"],
        "related_identifiers": [
            {"identifier": data["doi"], "relation": "isDerivedFrom", "resource_type": "dataset"}
            for data in citation["references"]
        ],
    }


def codemeta(citation: Mapping[str, Any], project: Mapping[str, Any]) -> dict[str, Any]:
    """Write a citation, and what Python the project needs, as CodeMeta 3.0."""
    return {
        "@context": "https://w3id.org/codemeta/3.0",
        "@type": "SoftwareSourceCode",
        "identifier": project["name"],
        "name": citation["title"],
        "description": citation["abstract"],
        "version": citation["version"],
        "datePublished": citation["date-released"],
        "license": f"https://spdx.org/licenses/{citation['license']}",
        "author": [{"@type": "Organization", "name": who["name"]} for who in citation["authors"]],
        "keywords": citation["keywords"],
        "programmingLanguage": ["Python", "Snakemake", "LaTeX"],
        "runtimePlatform": f"Python {project['requires-python']}",
        "softwareRequirements": "requirements.lock",
        "operatingSystem": ["Linux", "macOS"],
        "developmentStatus": "active",
        "referencePublication": "reference/paper.pdf",
        "isBasedOn": [f"https://doi.org/{data['doi']}" for data in citation["references"]],
    }


def made(root: Path) -> dict[str, str]:
    """Return both files as they should be, by name."""
    citation = read_yaml(root / "CITATION.cff")
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    described = {".zenodo.json": zenodo(citation), "codemeta.json": codemeta(citation, project)}
    return {name: json.dumps(said, indent=2) + "\n" for name, said in described.items()}


if __name__ == "__main__":
    for name, text in made(ROOT).items():
        (ROOT / name).write_text(text, "utf-8")
