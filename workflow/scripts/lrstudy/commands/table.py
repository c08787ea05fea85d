"""Print what the configuration needs of a data file: its block, what was seen, and warnings."""

from __future__ import annotations

import argparse
import copy
import hashlib
import os
import re
import sys
from pathlib import Path
from typing import Any

import yaml
from paperledger.io.fetch import DataError
from paperledger.io.yaml_file import CONFIG, ConfigError, lay_over, read_merged

from lrstudy.data.checks import read_all
from lrstudy.data.guess import Guess, guess_table
from lrstudy.data.sizes import training_rows
from lrstudy.design.config import check_config

# As much of the rows as of Ionosphere's validates.
SHARE = 0.33


def read_guess(path: Path, class_column: str | None) -> tuple[bytes, Guess]:
    """Read a file and guess how it is read.

    Raises
    ------
    DataError
        It can't be read, or isn't a table with two classes.
    """
    try:
        content = path.read_bytes()
        return content, guess_table(content, class_column)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from None
    except DataError as error:
        lines = str(error).split("\n")
        raise DataError("\n".join(f"{path}: {line}" for line in lines)) from None


def added_by(path: Path, content: bytes, table: dict[str, Any], config: Any) -> dict[str, Any]:
    """Return what is to be laid over the configuration: one more of the other data sets."""
    name = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")
    name = name if name[:1].isalpha() else f"table_{name}".rstrip("_")
    while name in config["datasets"]:
        name += "_2"
    n_train = training_rows(table["n_rows"], {"validation_fraction": SHARE})
    here = Path.cwd() in path.resolve().parents
    block = {
        "label": name.replace("_", " "),
        "source": os.path.relpath(path) if here else str(path.resolve()),
        "sha256": hashlib.sha256(content).hexdigest(),
        "table": table,
        "protocols": {"resample": {"validation_rows": table["n_rows"] - n_train}},
    }
    asked = [name for name, part in config["parts"].items() if "datasets" in part][:1]
    added: dict[str, Any] = {"datasets": {name: block}}
    if asked:
        others = config["parts"][asked[0]]["datasets"]
        added["parts"] = {asked[0]: {"datasets": [*others, name]}}
    if len(content) > config["download"]["max_bytes"]:
        added["download"] = {"max_bytes": len(content)}
    return added


def refused(path: Path, added: dict[str, Any], config: Any) -> list[str]:
    """Say why the study would not train on the data; nothing where it would."""
    [(name, block)] = added["datasets"].items()
    try:
        study = copy.deepcopy(config)
        lay_over(study, added)
        check_config(study)
        read_all({name: path}, {name: block["table"]}, {name: block["protocols"]})
    except (ConfigError, DataError) as error:
        return str(error).split("\n")
    return []


def main(arguments: list[str]) -> int:
    """Print the block, or what is wrong with the file; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="a table of text: CSV and its kin, or ARFF")
    parser.add_argument("--class", dest="column", help="the class's column: its name or number")
    options = parser.parse_args(arguments)
    path = options.file.expanduser()
    try:
        config = read_merged([CONFIG])
        content, guess = read_guess(path, options.column)
    except (ConfigError, DataError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    added = added_by(path, content, guess.table, config)
    said = [f"{path.name}: {len(content)} bytes, {guess.seen[0]}", *guess.seen[1:]]
    said += [f"warning: {line}" for line in guess.warnings]
    print("\n".join(f"# {line}" for line in said))
    print(yaml.safe_dump(added, sort_keys=False, allow_unicode=True, width=100), end="")
    faults = refused(path, added, config)
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return int(bool(faults))
