"""Renew what the project says of itself to others' programs, from where it stands.

.zenodo.json and codemeta.json say for archives what CITATION.cff says. .adduce/manifest.yaml says
for reviewers which command, settings, data and seeds each main claim comes from, as
config/config.yaml has them.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from lrstudy.design.plan import n_replicates, size_of
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


def claims(config: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Say of each effect of the primary family, the paper's main claims, what makes it.

    ``seeds`` has the first and the last number of the replicates behind it.
    """
    own, first, asks = config["dataset"], config["first_replicate"], config["analysis"]
    parts = [config["parts"][name] for name in asks["parts"]]
    primary = ((n, h) for n, h in asks["hypotheses"].items() if h["family"] == "primary")
    for name, asked in primary:
        more, less = ([term["arm"] for term in asked[side]] for side in ("add", "subtract"))
        part = next(part for part in parts if {*more, *less} <= set(part["arms"]))
        for protocol in asked["protocols"]:
            last = first + n_replicates(size_of(part, protocol, own)) - 1
            yield {
                "id": f"effect.{name}.{protocol}.{asks['initializer']}.difference",
                "text": f"{asked['label']}, {protocol}: accuracy in points, {' + '.join(more)} "
                f"less {' + '.join(less)}; replicates {first} to {last}",
                "kind": "metric",
                "metric": "accuracy difference",
                "seeds": [first, last],
                "produced_by": {
                    "command": "make paper",
                    "config": "config/config.yaml",
                    "data": config["datasets"][own]["embedded"],
                    "log": "reference/claims.json",
                },
                "status": "confirmed",
            }


def manifest(config: Mapping[str, Any], citation: Mapping[str, Any]) -> dict[str, Any]:
    """Map the main claims, the data and a run of minutes to commands and files."""
    own, [data] = config["dataset"], citation["references"]
    return {
        "schema": "adduce/1",
        "paper": {"title": citation["title"], "file": "paper/main.tex"},
        "environment": {
            "lockfile": "requirements.lock",
            "container": "Dockerfile",
            "hardware": "two processor cores, no accelerator",
        },
        "datasets": [
            {
                "id": own,
                "source": f"https://doi.org/{data['doi']}",
                "checksum": f"sha256:{config['datasets'][own]['sha256']}",
                "license": data["license"],
            }
        ],
        "claims": list(claims(config)),
        "smoke": {
            "command": "make quick",
            "max_runtime_minutes": 10,
            "expected_outputs": ["build/quick/paper/paper.pdf"],
        },
    }


def made(root: Path) -> dict[str, str]:
    """Return the files as they should be, by name."""
    citation = read_yaml(root / "CITATION.cff")
    config = read_yaml(root / "config/config.yaml")
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    described = {".zenodo.json": zenodo(citation), "codemeta.json": codemeta(citation, project)}
    return {
        ".adduce/manifest.yaml": "# Written by make metadata.\n"
        + yaml.safe_dump(manifest(config, citation), sort_keys=False, width=100),
        **{name: json.dumps(said, indent=2) + "\n" for name, said in described.items()},
    }


if __name__ == "__main__":
    for name, text in made(ROOT).items():
        (ROOT / name).parent.mkdir(exist_ok=True)
        (ROOT / name).write_text(text, "utf-8")
