"""Write build/archive/NAME-VERSION.zip for Zenodo: sources, record, and what describes them.

The same checkout gives the same bytes; so does the archive, unpacked where no git is.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paperledger.archive.contents import (
    SUMS,
    ArchiveError,
    check_record,
    json_bytes,
    sources,
    sums,
)
from paperledger.archive.crate import crate, rules
from paperledger.archive.croissant import dataset, field, record_set, tables
from paperledger.archive.pack import write_zip
from paperledger.io.files import WriteError
from paperledger.io.tables import TableError
from paperledger.io.yaml_file import ConfigError, read_yaml
from paperledger.record.record import RecordError, read_json

RECORD, CRATE = "reference", "ro-crate-metadata.json"
DATA, CARD, TABLES = "croissant-data.csv", "croissant-data.json", "croissant-record.json"
MADE = (CRATE, DATA, CARD, TABLES, SUMS)


def describe_data(
    block: Mapping[str, Any], source: Mapping[str, Any], data: bytes
) -> dict[str, bytes]:
    """Give the data file a header, which readers of Croissant need, and describe it.

    `block` is its entry of the configuration, `source` the data's own citation.
    """
    table, label, row = block["table"], block["label"], block["row"]
    n_columns = table["n_features"] + len(table["unused_columns"]) + 1
    columns = {f"column_{k}": ("sc:Float", "a feature, from -1 to 1") for k in range(n_columns)}
    signs = (f"{table[sign]} ({block[f'{sign}_label']})" for sign in ("positive", "negative"))
    columns[f"column_{table['class_column']}"] = ("sc:Text", f"class: {' or '.join(signs)}")
    content = ",".join(columns).encode() + b"\n" + data
    authors = "; ".join(f"{who['family-names']}, {who['given-names']}" for who in source["authors"])
    archive, doi = source["publisher"]["name"], f"https://doi.org/{source['doi']}"
    said = {
        "name": label,
        "description": f"{label}, {table['n_rows']} rows: {block['embedded']} with a line of names "
        "for its columns, counted from 0. data/README.md tells more.",
        "license": f"https://spdx.org/licenses/{source['license']}",
        "url": doi,
        "citeAs": f"{authors} ({source['year']}). {source['title']}. {archive}. {doi}",
        "datePublished": str(source["year"]),
        "version": "1.0.0",
    }
    fields = [field("rows", name, kind, meaning, DATA) for name, (kind, meaning) in columns.items()]
    rows = record_set("rows", f"One {row} each, in the order of the file.", fields)
    return {DATA: content, CARD: json_bytes(dataset(said, {DATA: (content, "text/csv")}, [rows]))}


def fetch_wheels(lock: Path, folder: Path) -> None:
    """Download what a lock names for this platform and Python, each file held against its hash."""
    shutil.rmtree(folder, ignore_errors=True)  # of another lock
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    done = subprocess.run([*pip, "--dest", folder, "--requirement", lock], check=False)
    if done.returncode:
        raise ArchiveError(f"expected all packages of {lock.name}, pip could not get them")


def contents(root: Path, wheels: Path | None = None) -> dict[str, Path | bytes]:
    """Return the files of the archive of a checkout, those that are made for it among them.

    Packages are downloaded to the folder `wheels`, and added, if one is named.

    Raises
    ------
    ArchiveError, ConfigError, RecordError, TableError
        The sources have changes, or the record is not theirs; nothing is made then.
    """
    found = sources(root, MADE)
    check_record(root, root / RECORD)
    config = read_yaml(root / "config/config.yaml")
    citation = read_yaml(root / "CITATION.cff")
    about = read_json(root / RECORD / "about.json")
    block, [source] = config["datasets"][config["dataset"]], citation["references"]
    environment = read_json(root / RECORD / "environment.json")
    outputs = {name: path for name, path in found.items() if name.startswith(f"{RECORD}/")}
    outputs.pop(f"{RECORD}/README.md", None)
    files: dict[str, Path | bytes] = {**found}
    if wheels:
        fetch_wheels(root / "requirements.lock", wheels)
        files |= {f"wheels/{path.name}": path for path in sorted(wheels.iterdir())}
    files |= describe_data(block, source, found[block["embedded"]].read_bytes())
    said = {
        "name": f"{about['title']}: the published record",
        "description": "The tables of the record; in the table runs a row is a trained network.",
        "license": f"https://spdx.org/licenses/{citation['license']}",
        "url": "./",
        "citeAs": f"{citation['authors'][0]['name']}. {citation['title']}. {citation['version']}.",
        "datePublished": citation["date-released"],
        "version": citation["version"],
    }
    parquet = {n: p for n, p in outputs.items() if n.count("/") == 1 and n.endswith(".parquet")}
    files[TABLES] = json_bytes(tables(said, parquet))
    described = crate(
        files,
        workflow="Snakefile",
        steps=rules(found),
        inputs=(block["embedded"], "config/config.yaml", "requirements.lock"),
        outputs=outputs,
        environment=environment,
        said=f"{about['title']}: tables {', '.join(about['tables'])}. Python "
        f"{environment['python']} on {environment['system']}, {environment['machine']}.",
        citation=citation,
    )
    files[CRATE] = json_bytes(described)
    files[SUMS] = sums(files)
    return files


def main(arguments: list[str]) -> int:
    """Write the archive and return 0, or say why there can be none and return 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("build/archive"), help="where it goes")
    parser.add_argument("--wheels", action="store_true", help="add the packages of the lock")
    options = parser.parse_args(arguments)
    try:
        files = contents(Path(), options.folder / "wheels" if options.wheels else None)
        citation = read_yaml(Path("CITATION.cff"))
        project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
        name = f"{project['name']}-{citation['version']}"
        target = options.folder / f"{name}.zip"
        write_zip(target, name, files, citation["date-released"])
    except (ArchiveError, ConfigError, RecordError, TableError, WriteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{target}: {len(files)} files, {target.stat().st_size / 1e6:.1f} MB")
    return 0
