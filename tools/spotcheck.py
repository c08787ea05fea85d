"""Train a random sample of the published networks again; exit status 1 where one differs."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from lrstudy.arms import all_arms  # noqa: E402
from lrstudy.config import check_config, read_yaml  # noqa: E402
from lrstudy.data import DataError, Dataset  # noqa: E402
from lrstudy.data import read_table as read_data  # noqa: E402
from lrstudy.elsewhere_runs import PROTOCOL  # noqa: E402
from lrstudy.fetch import fetch  # noqa: E402
from lrstudy.run_tables import ELSEWHERE, RUNS  # noqa: E402
from lrstudy.spotcheck import (  # noqa: E402
    differences,
    keras_flips,
    retrain,
    retrain_elsewhere,
    sample_runs,
)
from lrstudy.tables import TableError, read_table  # noqa: E402
from snakemake.utils import update_config  # noqa: E402


def read_config(configfiles: list[Path]) -> Any:
    """Read the study's configuration, with others on top, as Snakemake does."""
    config = read_yaml(ROOT / "config/config.yaml")
    for path in configfiles:
        update_config(config, read_yaml(path))
    check_config(config, read_yaml(ROOT / "workflow/schemas/config.schema.yaml"))
    return {**config, "arms": all_arms(config)}


def read_elsewhere(config: Any, names: set[str]) -> dict[str, Dataset]:
    """Fetch and read data sets of the second question, held against their SHA-256."""
    limits = ("timeout_seconds", "attempts", "max_bytes", "budget_seconds")
    datasets = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in sorted(names):
            block = config["elsewhere"]["datasets"][name]
            path = Path(folder) / name
            fetch(
                block["source"],
                urls=block.get("urls", []),
                member=block.get("member", ""),
                sha256=block["sha256"],
                embedded=block.get("embedded", ""),
                destination=path,
                say=lambda line: None,
                **{limit: config["data"][limit] for limit in limits},
            )
            datasets[name] = read_data(path, **block["table"], sha256=block["sha256"])
    return datasets


def report(runs: pd.DataFrame, different: list[list[str]], flips: pd.DataFrame) -> list[str]:
    """Say of each network whether the kernel, and Keras, find again what is published."""
    names = ["part", "protocol", "initializer", "arm", "replicate"]
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


def main(arguments: list[str] | None = None) -> int:
    """Train, print the table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=20, help="networks in all (default: 20)")
    parser.add_argument("--keras", type=int, default=5, help="of them also in Keras (default: 5)")
    parser.add_argument("--seed", default="random", help="of the sample: a number, or random")
    parser.add_argument("--record", type=Path, default=Path("reference"), help="the record")
    parser.add_argument("--configfile", type=Path, nargs="*", default=[], help="as Snakemake's")
    options = parser.parse_args(arguments)
    seed = secrets.randbelow(10**6) if options.seed == "random" else int(options.seed)
    config = read_config(options.configfile)
    dataset = read_data(ROOT / "data/ionosphere.data", **config["data"]["table"])
    try:
        published = read_table(options.record / "runs.parquet", RUNS)
        others = read_table(options.record / "elsewhere.parquet", ELSEWHERE)
    except TableError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    limits = config["agreement"]
    rng = np.random.default_rng(seed)
    # Every network of the record is as likely as any other; Keras's are of the study's own data.
    drawn = min(max(options.n - options.keras, 0), len(published) + len(others))
    n_others = int(rng.hypergeometric(len(others), len(published), drawn))
    runs = sample_runs(published, options.n - n_others, options.keras, limits["arms"], rng)
    others_drawn = others.sample(n_others, random_state=rng).sort_index().reset_index(drop=True)
    beside = runs[runs["keras"]]
    runs = runs.drop(columns="keras")
    n, total = len(runs) + n_others, len(published) + len(others)
    print(f"spotcheck: {n} of {total:,} networks, SEED={seed}", flush=True)
    start = time.monotonic()
    threads = len(os.sched_getaffinity(0))
    different = differences(retrain(dataset, config, runs, n_threads=threads), runs)
    if n_others:
        try:
            datasets = read_elsewhere(config, set(others_drawn["dataset"]))
        except DataError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        found = retrain_elsewhere(datasets, config, others_drawn, n_threads=threads)
        different += differences(found, others_drawn)
        others_drawn = others_drawn.rename(columns={"dataset": "part"}).assign(protocol=PROTOCOL)
    runs = pd.concat([runs, others_drawn], ignore_index=True)
    flips = pd.DataFrame(columns=["predictions", "flipped", "stable"])
    if len(beside):
        from lrstudy.train_keras import make_deterministic

        make_deterministic()
        flips = keras_flips(dataset, config, beside.drop(columns="keras"))
    print("\n".join(report(runs, different, flips)))
    stable = flips[flips["stable"].astype(bool)]
    flipped, predictions = int(stable["flipped"].sum()), int(flips["predictions"].sum())
    apart = flipped * 10_000 > limits["flipped_per_10000"] * predictions
    wrong = sum(map(bool, different))
    print(
        f"spotcheck: {wrong} of {n} differ with the kernel; with Keras {flipped} of "
        f"{predictions} predictions ({time.monotonic() - start:.0f} s)"
    )
    return int(wrong > 0 or apart)


if __name__ == "__main__":
    sys.exit(main())
