"""Train a random sample of the published networks again; exit status 1 where one differs."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from paperledger.io.fetch import fetch
from paperledger.io.joblog import Progress
from paperledger.io.tables import TableError, read_table
from paperledger.io.yaml_file import CONFIG, ConfigError, add_configfile, lay_over, read_merged

from lrstudy.agreement.spotcheck import differences, keras_flips, retrain, sample_runs
from lrstudy.data.dataset import DataError, Dataset, read_dataset
from lrstudy.design.arms import setting_of
from lrstudy.design.config import check_config
from lrstudy.design.plan import plan_members
from lrstudy.kernel.assembly import train_chunk
from lrstudy.repeats.chunks import PIECE, draw_pieces, hash_outcome, rows_of
from lrstudy.repeats.record import CHUNKS, read_repeat
from lrstudy.repeats.settings import REPEATS, RepeatError, settings_hash
from lrstudy.tables.runs import RUNS

MOST_LINES = 100
"""Of more networks, a line is printed of those alone that differ or that Keras trained."""


def told(line: str, end: str = "\n") -> None:
    """Print progress, which is no part of the answer."""
    print(line, end=end, file=sys.stderr, flush=True)


def read_datasets(config: Any, names: set[str]) -> dict[str, Dataset]:
    """Read data sets, held against their SHA-256: the copy here where there is one."""
    datasets = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in sorted(names):
            block = config["datasets"][name]
            path = Path(folder) / name
            fetch(
                "embedded" if "embedded" in block else block["source"],
                urls=block.get("urls", []),
                member=block.get("member", ""),
                sha256=block["sha256"],
                embedded=block.get("embedded", ""),
                destination=path,
                say=lambda line: None,
                **config["download"],
            )
            datasets[name] = read_dataset(path, **block["table"], sha256=block["sha256"])
    return datasets


def report(runs: pd.DataFrame, different: list[list[str]], flips: pd.DataFrame) -> list[str]:
    """Say of each network whether the kernel, and Keras, find again what is published."""
    names = ["part", "dataset", "protocol", "initializer", "arm", "replicate"]
    shown = runs[names].astype(str)
    widths = [max(shown[name].str.len().max(), len(name)) for name in names]
    lines = ["  ".join(f"{n:<{w}}" for n, w in zip(names, widths, strict=True)) + "  right"]
    for i, (row, found) in enumerate(zip(shown.to_numpy(), different, strict=True)):
        cells = "  ".join(f"{value:<{w}}" for value, w in zip(row, widths, strict=True))
        right = f"{runs['n_correct'].iloc[i]}/{runs['n_validation'].iloc[i]}"
        words = f"differs: {', '.join(found)}" if found else "same bits"
        if i in flips.index:
            flipped, stable = flips.loc[i, "flipped"], flips.loc[i, "stable"]
            words += f"; Keras: {flipped} flipped" if flipped else "; Keras: same predictions"
            words += "" if stable else " (but rounding moves it)"
        lines.append(f"{cells}  {right}  {words}")
    return lines


def of_repeat(config: dict[str, Any], folder: Path, n: int, rng: np.random.Generator) -> list[str]:
    """Train pieces of a repeat's training jobs again, at least n networks of the kernel's.

    Return a line for each, which ends in "same bits" or in "differs".

    Raises
    ------
    RepeatError
        The repeat is damaged, or of other settings.
    """
    about = read_repeat(folder).about
    if about["settings"] != settings_hash(config):
        raise RepeatError(f"{folder}: expected a repeat of these settings, found one of others")
    lay_over(
        config, {key: about[key] for key in ("chunk_size",)} | {"first_replicate": about["base"]}
    )
    chunks = json.loads((folder / CHUNKS).read_bytes())
    if chunks["piece"] != PIECE:
        raise RepeatError(f"{folder / CHUNKS}: expected pieces of {PIECE}, found {chunks['piece']}")
    members = plan_members(config)
    lines = []
    for job, group, piece in draw_pieces(chunks["jobs"], n, rng):
        rows = rows_of(members, job, group, piece).reset_index(drop=True)
        name, protocol = rows["dataset"].iloc[0], rows["protocol"].iloc[0]
        outcome = train_chunk(
            read_datasets(config, {name})[name],
            setting_of(config, name),
            rows,
            n_threads=len(os.sched_getaffinity(0)),
            progress=lambda done: None,
        )
        same = hash_outcome(outcome) == chunks["jobs"][job][group][piece]
        words = "same bits" if same else "differs"
        where = f"{job}, {name}, {protocol}, group {group}, piece {piece}"
        lines.append(f"{where}: {len(rows)} networks, {words}")
    return lines


def main(arguments: list[str]) -> int:
    """Train, print the table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=20, help="networks in all (default: 20)")
    parser.add_argument("--keras", type=int, default=5, help="of them also in Keras (default: 5)")
    parser.add_argument("--seed", default="random", help="of the sample: a number, or random")
    parser.add_argument("--record", type=Path, default=Path("reference"), help="the record")
    parser.add_argument("--repeat", type=int, help="networks of this repeat, in whole pieces")
    add_configfile(parser)
    options = parser.parse_args(arguments)
    seed = secrets.randbelow(10**6) if options.seed == "random" else int(options.seed)
    try:
        config = read_merged([CONFIG, *options.configfile])
        check_config(config)
        if options.repeat is not None:
            folder = REPEATS / str(options.repeat)
            print(f"spotcheck: of {folder}, SEED={seed}", flush=True)
            lines = of_repeat(config, folder, options.n, np.random.default_rng(seed))
            print("\n".join(lines))
            return int(any(not line.endswith("same bits") for line in lines))
        limits = config["agreement"]
        compared = {"dataset": [config["dataset"]], "arm": limits["arms"]}
        published = read_table(options.record / "runs.parquet", RUNS)
        rng = np.random.default_rng(seed)
        runs = sample_runs(published, options.n, options.keras, compared, rng)
        datasets = read_datasets(config, set(runs["dataset"]))
    except (ConfigError, TableError, DataError, RepeatError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    beside = runs[runs["keras"]]
    runs = runs.drop(columns="keras")
    print(f"spotcheck: {len(runs)} of {len(published):,} networks, SEED={seed}", flush=True)
    start = time.monotonic()
    threads = len(os.sched_getaffinity(0))
    progress = Progress(told, "kernel", len(runs), "networks")
    found = retrain(datasets, config, runs, n_threads=threads, progress=progress)
    different = differences(found, runs)
    flips = pd.DataFrame(columns=["predictions", "flipped", "stable"])
    if len(beside):
        from lrstudy.keras.trainer import make_deterministic

        make_deterministic()
        flips = keras_flips(datasets, config, beside.drop(columns="keras"))
    header, *lines = report(runs, different, flips)
    if len(lines) > MOST_LINES:
        lines = [line for i, line in enumerate(lines) if different[i] or i in flips.index]
    print("\n".join([header, *lines]))
    stable = flips[flips["stable"].astype(bool)]
    flipped, predictions = int(stable["flipped"].sum()), int(flips["predictions"].sum())
    apart = flipped * 10_000 > limits["flipped_per_10000"] * predictions
    wrong = sum(map(bool, different))
    print(
        f"spotcheck: {wrong} of {len(runs)} differ with the kernel; with Keras {flipped} of "
        f"{predictions} predictions ({time.monotonic() - start:.0f} s)"
    )
    return int(wrong > 0 or apart)
