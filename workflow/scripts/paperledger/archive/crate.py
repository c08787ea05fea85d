"""A published paper described as a Workflow Run RO-Crate: the workflow, its run, its files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from paperledger.archive.contents import digest, size

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    "https://w3id.org/ro/terms/workflow-run/context",
]
BIOSCHEMAS = "https://bioschemas.org/profiles"
SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
FORMATS = {
    **{suffix: f"application/{suffix}" for suffix in ("json", "pdf", "yaml")},
    **{"cff": "application/yaml", "yml": "application/yaml", "png": "image/png"},
    **{"md": "text/markdown", "parquet": "application/vnd.apache.parquet"},
}
"""Media types by suffix; all else is text. No table of the machine's own is asked."""


def _ids(names: Iterable[str]) -> Any:
    """Refer to things by their ids; a single one stands without a list, as RO-Crate asks."""
    found = [{"@id": name} for name in names]
    return found if len(found) != 1 else found[0]


def rules(files: Mapping[str, Path]) -> dict[str, str]:
    """List the rules of all Snakefiles, with the file of each."""
    return {
        name: file
        for file, path in files.items()
        if file.endswith(".smk")
        for name in re.findall(r"^ *rule (\w+):", path.read_text("utf-8"), re.MULTILINE)
    }


def crate(
    files: Mapping[str, Path | bytes],
    *,
    workflow: str,
    steps: Mapping[str, str],
    inputs: Collection[str],
    outputs: Collection[str],
    environment: Mapping[str, Any],
    said: str,
    citation: Mapping[str, Any],
) -> dict[str, Any]:
    """Describe all files of an archive, as ``ro-crate-metadata.json`` holds it.

    `workflow` is the Snakefile, `steps` its rules, each with the file that states it; `inputs` and
    `outputs` are files of the run that was published, `environment` what it ran in, as the record
    has it, and `said` a sentence on it; `citation` is CITATION.cff.
    """
    licence = f"https://spdx.org/licenses/{citation['license']}"
    authors = {f"#author-{n}": who["name"] for n, who in enumerate(citation["authors"], 1)}
    versions = {"python": environment["python"], **environment["packages"]}
    ports = {name: f"#input/{name}" for name in inputs}
    ports |= {name: f"#output/{name}" for name in outputs}
    about = {
        "name": citation["title"],
        "license": _ids([licence]),
        "version": citation["version"],
    }

    def thing(key: str, kind: str, /, **more: Any) -> dict[str, Any]:
        return {"@id": key, "@type": kind, **more}

    def file(name: str, content: Path | bytes) -> dict[str, Any]:
        found = thing(name, "File", name=name, contentSize=str(size(content)))
        found["encodingFormat"] = FORMATS.get(name.rpartition(".")[2], "text/plain")
        found["sha256"] = digest(content)
        if name in ports:
            found["exampleOfWork"] = _ids([ports[name]])
        if name == "README.md":
            found["about"] = _ids(["./"])
        if name == workflow:
            found |= about
            found["@type"] = ["File", "SoftwareSourceCode", "ComputationalWorkflow"]
            found["conformsTo"] = _ids([f"{BIOSCHEMAS}/ComputationalWorkflow/1.0-RELEASE"])
            found["programmingLanguage"] = _ids([SNAKEMAKE])
            found["creator"] = _ids(authors)
            found["input"] = _ids(ports[n] for n in inputs)
            found["output"] = _ids(ports[n] for n in outputs)
            found["step"] = _ids(f"#rule/{rule}" for rule in steps)
            found["softwareRequirements"] = [f"{n}=={v}" for n, v in sorted(versions.items())]
        return found

    root = thing(
        "./",
        "Dataset",
        **about,
        description=citation["abstract"],
        keywords=", ".join(citation["keywords"]),
        datePublished=citation["date-released"],
        author=_ids(authors),
        publisher=_ids(authors),
        conformsTo=_ids(PROFILES),
        hasPart=_ids(sorted(files)),
        mainEntity=_ids([workflow]),
        mentions=_ids(["#run"]),
    )
    run = thing(
        "#run",
        "CreateAction",
        name=f"The run that {citation['title']} was published with",
        description=said,
        instrument=_ids([workflow]),
        agent=_ids(authors),
        object=_ids(inputs),
        result=_ids(outputs),
        actionStatus="http://schema.org/CompletedActionStatus",
    )
    descriptor = thing("ro-crate-metadata.json", "CreativeWork", about=_ids(["./"]))
    descriptor["conformsTo"] = _ids(["https://w3id.org/ro/crate/1.1", list(PROFILES)[-1]])
    language = thing(SNAKEMAKE, "ComputerLanguage", name="Snakemake")
    language["version"] = environment["packages"]["snakemake"]
    language["identifier"] = _ids(["https://doi.org/10.1093/bioinformatics/bts480"])
    language["url"] = _ids(["https://snakemake.github.io"])
    parameter = {
        "additionalType": "File",
        "conformsTo": _ids([f"{BIOSCHEMAS}/FormalParameter/1.0-RELEASE"]),
    }
    graph = [descriptor, root, run, language]
    graph += [file(*one) for one in sorted(files.items())]
    graph += [
        thing(port, "FormalParameter", name=name, workExample=_ids([name]), **parameter)
        for name, port in ports.items()
    ]
    graph += [
        thing(f"#rule/{rule}", "HowToStep", name=rule, position=str(n), workExample=_ids([where]))
        for n, (rule, where) in enumerate(steps.items(), 1)
    ]
    graph += [thing(name, "Organization", name=who) for name, who in authors.items()]
    graph += [thing(licence, "CreativeWork", name=citation["license"], url=licence)]
    graph += [
        thing(profile, "CreativeWork", name=name, version=profile.rpartition("/")[2])
        for profile, name in PROFILES.items()
    ]
    return {"@context": CONTEXT, "@graph": graph}
