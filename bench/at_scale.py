"""What a network costs besides its training: bytes, memory, random numbers, Snakemake's planning.

Called as ``at_scale.py PART``, each part in a fresh process, on the finished whole study in
results/; writes one line of JSON. `make scaling` puts the parts together.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from lrstudy.data.dataset import Dataset, read_dataset
from lrstudy.design.arms import setting_of
from lrstudy.design.plan import trained_datasets
from lrstudy.tables.runs import MEMBERS, RUNS
from paperledger.io.tables import read_table
from paperledger.io.yaml_file import read_yaml
from scaling import peak_mib
from worker import ROOT

RESULTS = ROOT / "results"
PLAN = RESULTS / "chunks/members.parquet"
N_STREAMS = 4000
CHUNKS = (150, 30)  # networks a job, for about 1,000 and 5,000 jobs


def study() -> tuple[dict[str, Any], dict[str, Dataset]]:
    """Read the configuration and the data sets."""
    config = read_yaml(ROOT / "config/config.yaml")
    return config, {
        name: read_dataset(RESULTS / f"data/{name}.data", **config["datasets"][name]["table"])
        for name in trained_datasets(config)
    }


def size() -> dict[str, float]:
    """Bytes of a network in the chunks, the list of members and the table of runs."""
    n_networks = len(read_table(PLAN, MEMBERS))
    files = {
        "chunks": list((RESULTS / "chunks").glob("*.npz")),
        "members": [PLAN],
        "runs": [RESULTS / "runs.parquet"],
    }
    total = {name: sum(path.stat().st_size for path in found) for name, found in files.items()}
    return {name: number / n_networks for name, number in total.items()}


def plan() -> dict[str, float]:
    """KiB and seconds of a network in the list of members, while it is made."""
    from lrstudy.design.plan import plan_members

    config, _ = study()
    before, start = peak_mib(), time.perf_counter()
    n_networks = len(plan_members(config))
    return _each(n_networks, before, start)


def collect() -> dict[str, float]:
    """KiB and seconds of a network while the outcomes are gathered."""
    from lrstudy.tables.collect import collect as gather
    from lrstudy.tables.outcome import load_outcomes

    config, datasets = study()
    members = read_table(PLAN, MEMBERS)
    before, start = peak_mib(), time.perf_counter()
    chunks = (
        (rows, load_outcomes(RESULTS / f"chunks/{trainer}_{chunk}.npz"))
        for (trainer, chunk), rows in members.groupby(["trainer", "chunk"], sort=False)
    )
    protocols = {name: config["datasets"][name]["protocols"] for name in datasets}
    gather(datasets, protocols, chunks, config["analysis"]["parts"])
    return _each(len(members), before, start)


def read() -> dict[str, float]:
    """KiB and seconds of a network whenever the table of runs is read."""
    before, start = peak_mib(), time.perf_counter()
    return _each(len(read_table(RESULTS / "runs.parquet", RUNS)), before, start)


def streams() -> dict[str, float]:
    """KiB and seconds of a network's own initial weights and orders of the rows."""
    import pandas as pd
    from lrstudy.kernel.assembly import assemble

    config, datasets = study()
    own = config["dataset"]
    numbers = range(1000, 1000 + N_STREAMS)
    cell = {"protocol": "tail", "initializer": "glorot_uniform", "arm": "time_based_m08"}
    members = pd.DataFrame(
        {**cell, "split": 0, "replicate": numbers, "initialisation": numbers, "shuffle": numbers}
    )
    before, start = peak_mib(), time.perf_counter()
    assemble(datasets[own], setting_of(config, own), members)
    return _each(N_STREAMS, before, start)


def jobs() -> list[dict[str, float]]:
    """Jobs, seconds and MiB of a dry run, for ever smaller chunks."""
    found = []
    for kernel in CHUNKS:
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as smaller:
            json.dump({"chunk_size": {"kernel": kernel}}, smaller, indent=1)
            smaller.flush()
            command = [sys.executable, "-m", "snakemake", "--dry-run", "--forceall", "--quiet"]
            command += ["rules", "reason", "--configfile", smaller.name]
            start = time.perf_counter()
            run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        seconds = time.perf_counter() - start
        lines = (run.stdout + run.stderr).splitlines()
        total = next(line.split()[1] for line in lines if line.startswith("total "))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**10
        found.append({"jobs": int(total), "seconds": seconds, "peak_mib": peak})
    return found


def _each(n_networks: int, before: float, start: float) -> dict[str, float]:
    seconds = time.perf_counter() - start
    return {
        "kib": (peak_mib() - before) * 2**10 / n_networks,
        "seconds": seconds / n_networks,
        "networks": n_networks,
    }


PARTS: dict[str, Callable[[], Any]] = {
    part.__name__: part for part in (size, plan, collect, read, streams, jobs)
}


if __name__ == "__main__":
    print(json.dumps(PARTS[sys.argv[1]]()))
