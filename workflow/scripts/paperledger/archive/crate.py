"""A published paper described as a Workflow Run RO-Crate: the workflow, its run, its files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperledger.archive.contents import digest, size

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
BIOSCHEMAS = "https://bioschemas.org/profiles"
SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
FORMATS = {
    ".bib": "application/x-bibtex",
    ".cff": "application/yaml",
    ".json": "application/json",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".sh": "application/x-sh",
    ".tex": "text/x-tex",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
"""Media types by suffix; all else is text. No table of the machine's own is asked."""


@dataclass(frozen=True)
class Run:
    """The run that a record is of.

    Attributes
    ----------
    workflow : str
        The Snakefile.
    inputs, outputs : tuple of str
        Files that it read, and those of the record.
    environment : dict
        As `environment.json` of the record says: python, system, machine, and packages to versions.
    said : str
        A sentence on what was run.
    """

    workflow: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    environment: Mapping[str, Any]
    said: str


def _all(ids: Sequence[str]) -> Any:
    """Refer to things by their ids; a single one stands without a list, as RO-Crate asks."""
    found = [{"@id": name} for name in ids]
    return found if len(found) != 1 else found[0]


def _parameters(kind: str, names: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "@id": f"#{kind}/{name}",
            "@type": "FormalParameter",
            "additionalType": "File",
            "conformsTo": {"@id": f"{BIOSCHEMAS}/FormalParameter/1.0-RELEASE"},
            "name": name,
            "workExample": {"@id": name},
        }
        for name in names
    ]


def rules(files: Mapping[str, Path]) -> dict[str, str]:
    """List the rules of all Snakefiles, with the file of each: one has one rule of a name."""
    return {
        name: file
        for file, path in files.items()
        if file.endswith(".smk")
        for name in re.findall(r"^ *rule (\w+):", path.read_text("utf-8"), re.MULTILINE)
    }


def crate(
    files: Mapping[str, Path | bytes],
    steps: Mapping[str, str],
    run: Run,
    citation: Mapping[str, Any],
) -> dict[str, Any]:
    """Describe all files of an archive, as ``ro-crate-metadata.json`` holds it.

    `steps` are the workflow's rules, each with the file that states it; `citation` is CITATION.cff,
    which says who wrote it, its version and its licence.
    """
    licence = f"https://spdx.org/licenses/{citation['license']}"
    authors = {f"#author-{n}": who["name"] for n, who in enumerate(citation["authors"], 1)}
    versions = {"python": run.environment["python"], **run.environment["packages"]}
    software = {
        f"pkg:{'generic' if name == 'python' else 'pypi'}/{name}@{version}": (name, version)
        for name, version in versions.items()
    }
    inputs, outputs = _parameters("input", run.inputs), _parameters("output", run.outputs)
    example = {p["workExample"]["@id"]: p["@id"] for p in (*inputs, *outputs)}
    about = {
        "name": citation["title"],
        "license": {"@id": licence},
        "version": citation["version"],
    }
    ends: list[dict[str, Any]] = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "about": {"@id": "./"},
            "conformsTo": _all(["https://w3id.org/ro/crate/1.1", list(PROFILES)[-1]]),
        },
        {
            "@id": "./",
            "@type": "Dataset",
            **about,
            "description": citation["abstract"],
            "keywords": ", ".join(citation["keywords"]),
            "datePublished": citation["date-released"],
            "author": _all(list(authors)),
            "publisher": _all(list(authors)),
            "conformsTo": _all(list(PROFILES)),
            "hasPart": _all(sorted(files)),
            "mainEntity": {"@id": run.workflow},
            "mentions": {"@id": "#run"},
        },
        {
            "@id": "#run",
            "@type": "CreateAction",
            "name": f"The run that {citation['title']} was published with",
            "description": run.said,
            "instrument": {"@id": run.workflow},
            "agent": _all(list(authors)),
            "object": _all(run.inputs),
            "result": _all(run.outputs),
            "actionStatus": "http://schema.org/CompletedActionStatus",
        },
    ]
    workflow = {
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
        **about,
        "conformsTo": {"@id": f"{BIOSCHEMAS}/ComputationalWorkflow/1.0-RELEASE"},
        "programmingLanguage": {"@id": SNAKEMAKE},
        "creator": _all(list(authors)),
        "input": _all([p["@id"] for p in inputs]),
        "output": _all([p["@id"] for p in outputs]),
        "step": _all([f"#rule/{name}" for name in steps]),
        "softwareRequirements": _all(list(software)),
    }
    described = [
        {
            "@id": name,
            "@type": "File",
            "name": name,
            "encodingFormat": FORMATS.get(Path(name).suffix, "text/plain"),
            "contentSize": str(size(content)),
            "sha256": digest(content),
            **({"exampleOfWork": {"@id": example[name]}} if name in example else {}),
            **(workflow if name == run.workflow else {}),
            **({"about": {"@id": "./"}} if name == "README.md" else {}),
        }
        for name, content in sorted(files.items())
    ]
    things = [
        {
            "@id": SNAKEMAKE,
            "@type": "ComputerLanguage",
            "name": "Snakemake",
            "identifier": {"@id": "https://doi.org/10.1093/bioinformatics/bts480"},
            "url": {"@id": "https://snakemake.github.io"},
            "version": run.environment["packages"]["snakemake"],
        },
        *({"@id": a, "@type": "Organization", "name": name} for a, name in authors.items()),
        {"@id": licence, "@type": "CreativeWork", "name": citation["license"], "url": licence},
        *(
            {"@id": i, "@type": "CreativeWork", "name": n, "version": i.rsplit("/", 1)[1]}
            for i, n in PROFILES.items()
        ),
        *(
            {"@id": purl, "@type": "SoftwareApplication", "name": name, "softwareVersion": version}
            for purl, (name, version) in software.items()
        ),
        *(
            {
                "@id": f"#rule/{name}",
                "@type": "HowToStep",
                "name": name,
                "position": str(place),
                "workExample": {"@id": file},
            }
            for place, (name, file) in enumerate(steps.items(), 1)
        ),
    ]
    return {
        "@context": [
            "https://w3id.org/ro/crate/1.1/context",
            "https://w3id.org/ro/terms/workflow-run/context",
        ],
        "@graph": [*ends, *described, *inputs, *outputs, *things],
    }
