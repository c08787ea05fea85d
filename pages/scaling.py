"""Renew the numbers of docs/scaling.md from docs/bench.json: time and cost of studies of any size.

docs/bench.json is a measurement on one machine. With --measure it is made anew, from
results/bench.json (`make bench`) and from the finished whole study in results/ (`make paper`).
With --check nothing is written, and the exit status is 1 where a number differs.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from paperledger.io.git import ask

from pages.readme import NUMBER, renewed

ROOT = Path(__file__).parents[1]

PAGE, MEASURED, BENCH = (
    ROOT / name for name in ("docs/scaling.md", "docs/bench.json", "results/bench.json")
)
PARTS = ("size", "plan", "collect", "read", "streams", "jobs")
TABLE = re.compile(r"(?<=<!-- sizes -->\n).*?(?=<!-- end -->)", re.DOTALL)

THREADS = 2  # of a training job on a cluster, as its rule says
# Networks, where to train them, cores, chunk_size.
SIZES = [
    (10**4, "laptop, `make paper`", 2, 20_000),
    (10**5, "laptop, `make paper`", 2, 20_000),
    (10**6, "workstation, jobs side by side", 16, 20_000),
    (10**7, "a cluster (Slurm)", 256, 50_000),
    (10**8, "the same, in parts", 1000, 100_000),
    (10**9, "the same, in parts", 4000, 100_000),
]


def short(value: float) -> str:
    """Write a number with two digits, or as a whole one.

    Examples
    --------
    >>> short(0.01234), short(3.456), short(98.7), short(123456)
    ('0.012', '3.5', '99', '120,000')
    """
    if not value:
        return "0"
    rounded = round(value, 1 - math.floor(math.log10(abs(value))))
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"


def job_start(bench: dict[str, Any]) -> float:
    """Return the seconds before a job trains: two Snakemakes on a cluster, and the script."""
    overhead = bench["dag_overhead_seconds"]
    return float(2 * overhead["nothing_to_do"] + overhead["one_job"])


def study(measured: dict[str, Any], networks: int, cores: int, chunk: int) -> dict[str, float]:
    """Work out what a study of one size takes, each network with random numbers of its own.

    Returns
    -------
    dict
        ``jobs``; ``hours`` on so many cores, chunk after chunk, and gathering them; ``core_hours``
        and ``dollars`` of training; ``disk_gb`` of chunks, ``memory_gb`` to gather them.
    """
    bench = measured["bench"]
    jobs = math.ceil(networks / chunk)
    size = networks / jobs
    training = bench["machine"]["cores"] / bench["networks_per_second"]["kernel"]
    threads = min(THREADS, cores)
    start = job_start(bench)
    seconds = start + size * (training / threads + measured["streams"]["seconds"])
    rounds = math.ceil(jobs / (cores // threads))
    core_hours = jobs * threads * seconds / 3600
    return {
        "jobs": jobs,
        "job_minutes": seconds / 60,
        "hours": (rounds * seconds + networks * measured["collect"]["seconds"]) / 3600,
        "core_hours": core_hours,
        "dollars": core_hours * measured["dollars_per_core_hour"],
        "disk_gb": networks * measured["size"]["chunks"] / 1e9,
        "memory_gb": networks * measured["collect"]["kib"] * 1024 / 1e9,
        "started": start / seconds,
    }


def sizes_table(measured: dict[str, Any]) -> str:
    """Lay out `SIZES` as Markdown."""
    head = ["networks", "where", "cores", "`chunk_size`", "jobs", "hours", "core-hours"]
    head += ["US dollars", "chunks, GB", "memory to gather, GB"]
    rows = [head, ["---:" if name != "where" else "---" for name in head]]
    for networks, where, cores, chunk in SIZES:
        need = study(measured, networks, cores, chunk)
        names = ("hours", "core_hours", "dollars", "disk_gb", "memory_gb")
        row = [f"{networks:,}", where, f"{cores:,}", f"{chunk:,}", f"{need['jobs']:,}"]
        rows.append(row + [short(need[name]) for name in names])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def numbers(measured: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return the numbers that the page may print, by their ids."""
    bench, size = measured["bench"], measured["size"]
    speed, cores = bench["networks_per_second"]["kernel"], bench["machine"]["cores"]
    collect, planned = measured["collect"]["kib"] * 1024, measured["jobs"]
    largest = bench["scaling"][-1]
    own = study(measured, 10**6, 2, 10**5)
    values = {
        "cores": cores,
        "speed": speed,
        "speed.core": speed / cores,
        "price": measured["dollars_per_core_hour"],
        "start": job_start(bench),
        "started.20000": 100 * study(measured, 10**6, 2, 20_000)["started"],
        "started.1000": 100 * study(measured, 10**6, 2, 1000)["started"],
        "minutes.100000": own["job_minutes"],
        "training.ms": 1000 * cores / speed,
        "streams.ms": 1000 * measured["streams"]["seconds"],
        "streams.kib": measured["streams"]["kib"],
        "streams.gb.100000": measured["streams"]["kib"] * 1024 / 1e4,
        "train.members": largest["members"],
        "train.mib": largest["peak_mib"],
        "chunk.bytes": size["chunks"],
        "runs.bytes": size["runs"],
        "members.bytes": size["members"],
        "collect.kib": measured["collect"]["kib"],
        "read.kib": measured["read"]["kib"],
        "collect.millions": 64e9 / collect / 1e6,
        "collect.gb.1e8": collect / 10,
        "read.gb.1e8": measured["read"]["kib"] * 1024 / 10,
        "plan.gb.1e8": measured["plan"]["kib"] * 1024 / 10,
        "runs.gb.1e9": size["runs"],
        "chunks.gb.1e9": size["chunks"],
    }
    for name, row in zip(("few", "many"), planned, strict=True):
        values |= {f"{name}.{key}": row[key] for key in ("jobs", "seconds", "peak_mib")}
    for name, speed in bench["networks_per_second"].items():
        values[f"dollars.1e6.{name}"] = (
            1e6 * cores / speed / 3600 * measured["dollars_per_core_hour"]
        )
    return {name: {"text": short(value)} for name, value in values.items()}


def page(text: str, measured: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the page with the measurement's numbers, and what was different."""
    ledger = numbers(measured)
    unknown = sorted({found[1] for found in NUMBER.findall(text)} - set(ledger))
    if unknown or not TABLE.search(text):
        raise SystemExit(f"docs/scaling.md: no number {unknown}, or no table of sizes")
    text, changes = renewed(text, ledger)
    table = sizes_table(measured)
    if TABLE.search(text)[0] != table:  # type: ignore[index]
        changes.append("the table of sizes")
    return TABLE.sub(lambda _: table, text), changes


def measure(price: float) -> dict[str, Any]:
    """Put what `make bench` found and each part of bench/at_scale.py together."""
    if not BENCH.exists():
        raise SystemExit("error: there is no results/bench.json: run 'make paper bench' first")
    bench = json.loads(BENCH.read_text())
    kept = ("machine", "networks_per_second", "scaling", "dag_overhead_seconds")
    commit = ask(ROOT, "describe", "--always", "--dirty", "--exclude=*")
    commit.check_returncode()
    found: dict[str, Any] = {
        "commit": commit.stdout.strip(),
        "dollars_per_core_hour": price,
        "bench": {name: bench[name] for name in kept},
    }
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow/scripts")}
    for part in PARTS:
        command = [sys.executable, str(ROOT / "bench/at_scale.py"), part]
        run = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
        found[part] = json.loads(run.stdout)
    return found


def main() -> None:
    """Measure where that is asked for; renew the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--measure", action="store_true", help="renew docs/bench.json first")
    parser.add_argument("--price", type=float, help="US dollars for an hour of a core")
    options = parser.parse_args()
    measured = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    price = options.price or measured.get("dollars_per_core_hour", 0.05)
    if options.measure:
        measured = measure(price)
    measured["dollars_per_core_hour"] = price
    text, changes = page(PAGE.read_text(encoding="utf-8"), measured)
    print("\n".join(changes) or "docs/scaling.md: all numbers as in docs/bench.json")
    if not options.check:
        MEASURED.write_text(json.dumps(measured, indent=1) + "\n")
        PAGE.write_text(text, encoding="utf-8")
    sys.exit(1 if options.check and changes else 0)


if __name__ == "__main__":
    main()
