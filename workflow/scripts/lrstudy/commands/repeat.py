"""Run the whole study once more from another seed base, and write its record.

What is not listed below goes to Snakemake. A repeat that was stopped goes on from its own base.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from paperledger.claims.provenance import source_hash, uncommitted
from paperledger.io import git
from paperledger.io.files import WriteError, write_atomically
from paperledger.io.tables import TableError, read_table, write_table
from paperledger.io.yaml_file import CONFIG, ConfigError, add_configfile, read_merged, read_yaml

from lrstudy.design.config import check_config
from lrstudy.repeats.chunks import PIECE, hash_jobs
from lrstudy.repeats.moments import MOMENTS, moments_table
from lrstudy.repeats.record import (
    CHUNKS,
    VALUES,
    numbers,
    read_about,
    read_repeat,
    values_json,
    write_repeat,
)
from lrstudy.repeats.record import (
    MOMENTS as MOMENTS_FILE,
)
from lrstudy.repeats.settings import (
    BUILT,
    REPEATS,
    RepeatError,
    base_of,
    choose_base,
    settings_hash,
)
from lrstudy.tables.outcome import OutcomeError
from lrstudy.tables.runs import MEMBERS, RUNS

Build = Callable[[list[str]], int]
PUBLISHED = Path("reference/claims.json")


def _snakemake(arguments: list[str]) -> int:
    from paperledger.commands.build import main

    return main(arguments)


def laid_over(n: int) -> Path:
    """Return the file of the settings that make a study its repeat n."""
    return BUILT / f"{n}.yaml"


def _bases(config: Mapping[str, Any]) -> dict[str, int]:
    """Return all bases that were used, by who has them."""
    taken = {"the configuration": base_of(config)}
    for path in BUILT.glob("*.yaml"):
        taken[str(path)] = base_of(read_yaml(path))
    for n in numbers(REPEATS):
        taken[str(REPEATS / str(n))] = int(read_about(REPEATS / str(n))["base"])
    return taken


def begin(n: int, asked: str, config: Mapping[str, Any]) -> int:
    """Return the base of repeat n, which is kept from its first call on.

    Raises
    ------
    ConfigError
        Another base was asked for than it has, or one that does not do.
    RepeatError
        The record has a repeat n of other settings.
    WriteError
        The file of its settings cannot be written.
    """
    path, record = laid_over(n), REPEATS / str(n)
    taken = _bases(config)
    other = record.is_dir() and read_about(record)["settings"] != settings_hash(config)
    if other and not path.is_file():  # what was begun here may be judged by other settings
        raise RepeatError(f"N={n}: expected a number not taken, found {record}, of other settings")
    for place in (path, record):
        if (base := taken.get(str(place))) is not None:
            if asked not in ("random", str(base)):
                raise ConfigError(f"BASE={asked}: repeat {n} has the base {base} already ({place})")
            break
    else:
        base = choose_base(asked, taken)
    if not path.is_file():
        over = {
            "folder": str(BUILT / str(n)),
            "first_replicate": base,
            "paper": {"unsupported": "mark"},
        }
        write_atomically(path, yaml.safe_dump(over, sort_keys=False).encode())
    return base


def take(n: int, config: Mapping[str, Any]) -> Path:
    """Write the record of repeat n from its finished build, and return its folder.

    `config` is that of the study that it repeats.

    Raises
    ------
    RepeatError, OutcomeError, TableError, ValueError
        A file of the build is not what it should be.
    WriteError
        The record cannot be written.
    """
    built = BUILT / str(n) / "results"
    base = base_of(read_yaml(laid_over(n)))
    runs = read_table(built / "runs.parquet", RUNS)
    members = read_table(built / "chunks/members.parquet", MEMBERS)
    if (first := int(runs["replicate"].min())) < base:
        raise RepeatError(f"{built}: expected replicates from {base}, found {first}")
    made = BUILT / f"{n}.moments.parquet"
    write_table(moments_table(runs), made, MOMENTS)
    chunks = {"piece": PIECE, "jobs": hash_jobs(members, built / "chunks")}
    known = git.knows(Path())
    about = {
        "n": n,
        "base": base,
        "of": base_of(config),
        "settings": settings_hash(config),
        "sources": source_hash(Path()),
        "commit": git.ask(Path(), "rev-parse", "HEAD").stdout.strip() if known else None,
        "changed": uncommitted(Path()),
        "chunk_size": config["chunk_size"],
        "versions": json.loads((built / "environment.json").read_bytes()),
        "seconds": math.ceil(time.time() - laid_over(n).stat().st_mtime),
    }
    files = {
        VALUES: values_json(json.loads((built / "numbers.json").read_bytes())),
        MOMENTS_FILE: made.read_bytes(),
        CHUNKS: (json.dumps(chunks, indent=0) + "\n").encode(),
    }
    made.unlink()
    return write_repeat(REPEATS, about, files)


def primary_effects(config: Mapping[str, Any], ids: Sequence[str]) -> list[str]:
    """Return the ids of the effects of the family ``primary``, without their last word."""
    asked = config["analysis"]["hypotheses"]
    primary = {name for name, entry in asked.items() if entry["family"] == "primary"}
    stems = (name.removesuffix(".difference") for name in ids if name.endswith(".difference"))
    return [s for s in stems if s.startswith("effect.") and s.split(".")[1] in primary]


def told(n: int, config: Mapping[str, Any]) -> list[str]:
    """Return lines for the terminal: which sentences fail, and primary effects by the published."""
    built = BUILT / str(n) / "results"
    verdicts = json.loads((built / "sentences.json").read_bytes())
    found = read_repeat(REPEATS / str(n)).values
    failed = {name: broken for name, broken in verdicts.items() if broken}
    lines = [f"repeat {n}: {len(verdicts) - len(failed)} of {len(verdicts)} sentences hold"]
    lines += [f"  does not hold: {name}: {'; '.join(broken)}" for name, broken in failed.items()]
    published = json.loads(PUBLISHED.read_bytes()) if PUBLISHED.is_file() else {}
    effects = primary_effects(config, list(found))
    if not effects:
        return lines
    width = max(map(len, effects))
    lines.append(f"{'primary effect':<{width}}  {'here':>22}  {'published':>22}")
    ends = ("difference", "low", "high")
    for effect in effects:
        ids = [f"{effect}.{end}" for end in ends]
        there = [published[i]["value"] for i in ids if i in published]
        cells = [
            _interval([float(found[i]) for i in ids]),
            _interval(there) if len(there) == 3 else "---",
        ]
        lines.append(f"{effect:<{width}}  {cells[0]:>22}  {cells[1]:>22}")
    return lines


def _interval(numbers: Sequence[float]) -> str:
    return "{:+.2f} [{:+.2f}, {:+.2f}]".format(*numbers)


def main(arguments: list[str], build: Build = _snakemake) -> int:
    """Build the repeat and write its record; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="docs/repeats.md says more", allow_abbrev=False
    )
    parser.add_argument("--n", type=int, required=True, help="which repeat, from 1 on")
    parser.add_argument("--base", default="random", help="first replicate: a number, or random")
    add_configfile(parser)
    options, more = parser.parse_known_args(arguments)
    try:
        if options.n < 1:
            raise ConfigError(f"N={options.n}: expected the repeat's number, from 1 on")
        config = read_merged([CONFIG, *options.configfile])
        if "reuse" in config:
            raise ConfigError("reuse: a repeat trains its networks, expected no record to take")
        base_of(config)
        check_config(config)
        base = begin(options.n, options.base, config)
    except (ConfigError, RepeatError, WriteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"repeat {options.n}: BASE={base}, in {BUILT / str(options.n)}", flush=True)
    results = BUILT / str(options.n) / "results"
    targets = [results / "sentences.json", results / "runs.parquet"]
    files = [*options.configfile, laid_over(options.n)]
    # Targets first: --configfile takes all that follows it.
    if status := build([*map(str, targets), *more, "--configfile", *map(str, files)]):
        return status
    if not all(path.is_file() for path in targets):
        print("nothing was built, so there is no record")
        return 0
    try:
        folder = take(options.n, config)
    except (RepeatError, OutcomeError, TableError, WriteError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    print("\n".join([*told(options.n, config), f"the record: {folder}, {size:.1f} MB"]))
    return 0
