"""`make bench`: the kernel and its rivals side by side, in one table and results/bench.json.

Every contestant sits ready in a process of its own. A round asks each in turn to train for some
seconds, so what slows the machine for a while slows all alike. Speeds are medians over the
rounds; a ratio is the median of the rounds' own ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from limits import SGEMM_FREE
from reporting import LIMITS, RIVALS, summarise, table, write_report
from worker import ROOT
from workload import Workload, save_workload

JAX_PYTHON = ROOT / ".venv-bench/bin/python"
ARM, PROTOCOL, INITIALIZER = "time_based_m08", "tail", "glorot_uniform"


def tutorial_workload(n_inits: int, n_shuffles: int) -> Workload:
    """Draw the time-based arm's ingredients: so many initial weights, so many shuffles."""
    from lrstudy.data.dataset import read_dataset
    from lrstudy.data.partition import outer_split
    from lrstudy.data.random_streams import epoch_orders, initial_weights
    from lrstudy.design.arms import setting_of
    from lrstudy.design.plan import FIXED_SPLIT, arm_rates

    config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    block, setting = config["datasets"][config["dataset"]], setting_of(config, config["dataset"])
    data = read_dataset(ROOT / block["embedded"], **block["table"])
    rows = outer_split(data, setting["protocols"], PROTOCOL, FIXED_SPLIT)
    training, arm = setting["training"], setting["arms"][ARM]
    n_train, n_hidden = len(rows.train), training["hidden_units"]
    draw = config["initializers"][INITIALIZER], data.features.shape[1], n_hidden
    return Workload(
        features=data.features,
        labels=data.labels,
        weights=np.stack([initial_weights(*draw, number) for number in range(n_inits)]),
        orders=np.stack([epoch_orders(training["epochs"], n_train, k) for k in range(n_shuffles)]),
        train_rows=rows.train[None].astype(np.int32),
        validation_rows=rows.validation[None].astype(np.int32),
        rates=np.asarray(arm_rates(arm, training, n_train), np.float64),
        momentum=arm["momentum"],
        batch_size=training["batch_size"],
        n_hidden=n_hidden,
    )


def flops_per_network(work: Workload) -> int:
    """Count the additions and multiplications of one network's training, i inputs, h hidden units.

    A row forward: hidden layer 2ih + h, output unit 2h + 1. A row backward: deltas h, gradients
    2ih + h (hidden layer) and 2h + 1 (output unit). An update: 4 for each of the ih + 2h + 1
    weights. Training rows go forward and backward, validation rows forward, every epoch.
    Not counted: exp and log, losses, relu, copies, padding.
    """
    i, h = work.features.shape[1], work.n_hidden
    _, n_epochs, n_train = work.orders.shape
    n_updates = -(-n_train // work.batch_size)
    forward = 2 * i * h + 3 * h + 1
    backward = 2 * i * h + 4 * h + 1
    update = 4 * (i * h + 2 * h + 1)
    n_validation = work.validation_rows.shape[1]
    return n_epochs * (n_train * (forward + backward) + n_updates * update + n_validation * forward)


class Contestant:
    """A `worker.py` that waits for its turns.

    Attributes
    ----------
    found : dict
        What it said when it was ready.
    """

    def __init__(self, name: str, work: Path, n_threads: int) -> None:
        python = JAX_PYTHON if name == "jax" else Path(sys.executable)
        command = [str(python), str(ROOT / "bench/worker.py"), name, str(work), str(n_threads)]
        environment = dict(
            os.environ,
            OPENBLAS_NUM_THREADS=str(n_threads),
            PYTHONPATH=str(ROOT / "workflow/scripts"),  # `lrstudy`, which some contestants use
        )
        if name == "sgemm":
            environment = {k: v for k, v in environment.items() if k not in SGEMM_FREE}
        self._name = name
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed in `close`
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=environment,
        )
        self.found: dict[str, Any] = self._answer()

    def _answer(self) -> Any:
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        if not line:
            self._log.seek(0)
            raise SystemExit(f"error: {self._name} ended:\n{self._log.read()[-3000:]}")
        return json.loads(line)

    def speed(self, seconds: float) -> float:
        """Let it work for about so many seconds; return networks (or operations) a second."""
        print(seconds, file=self._process.stdin, flush=True)
        done, took = self._answer()
        return done / took

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()  # type: ignore[union-attr]
        self._process.wait()
        self._log.close()


def say(text: str) -> None:
    """Print a line of progress."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def compare(
    work: Path, names: Sequence[str], *, n_cores: int, n_rounds: int, seconds: float
) -> tuple[dict[str, list[float]], dict[str, dict[str, Any]]]:
    """Get all contestants ready, then measure them in rounds.

    Returns
    -------
    speeds : dict
        Each contestant's networks (a limit's floating-point operations) a second, by round.
    found : dict
        What each said when it was ready: compile time, best setting, what was tried.
    """
    contestants: dict[str, Contestant] = {}
    speeds: dict[str, list[float]] = {name: [] for name in names}
    try:
        for name in names:
            say(f"getting {name} ready")
            contestants[name] = Contestant(name, work, 1 if name == "kernel_1" else n_cores)
            if "setting" in contestants[name].found:
                say(
                    f"  best of {len(contestants[name].found['tried'])} settings: "
                    f"{contestants[name].found['setting']}"
                )
        for number in range(n_rounds):
            for name, contestant in contestants.items():
                speeds[name].append(contestant.speed(seconds))
            shown = ", ".join(f"{name} {speeds[name][-1]:.4g}" for name in names)
            say(f"round {number + 1} of {n_rounds}: {shown} a second")
    finally:
        for contestant in contestants.values():
            contestant.close()
    return speeds, {name: contestant.found for name, contestant in contestants.items()}


def measure_passes(work: Path, chunk_size: int) -> dict[str, float]:
    """Microseconds of one thread for a network, by what it spends them on."""
    say("pass by pass")
    script = str(ROOT / "bench/by_pass.py")
    found = subprocess.run(
        [sys.executable, script, str(work), str(chunk_size)],
        check=True,
        capture_output=True,
        env=dict(os.environ, PYTHONPATH=str(ROOT / "workflow/scripts")),
    )
    return dict(json.loads(found.stdout))


def measure_scaling(work: Path, sizes: Sequence[int], n_cores: int) -> list[dict[str, float]]:
    """Train each number of members in fresh processes, going up and down again: medians.

    A machine that slows as time goes by then slows the small and the large alike.
    """
    runs: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
    for size in [*sizes, *sizes[-2::-1]]:
        say(f"scaling: {size:,} members")
        script = str(ROOT / "bench/scaling.py")
        command = [sys.executable, script, str(work), str(size), str(n_cores)]
        for _ in range(max(1, min(10, 20_000 // size))):
            found = subprocess.run(command, check=True, capture_output=True)
            runs[size].append(json.loads(found.stdout))
    return [
        {
            "members": size,
            "seconds": statistics.median(run["seconds"] for run in runs[size]),
            "peak_mib": max(run["peak_mib"] for run in runs[size]),
            "runs": len(runs[size]),
        }
        for size in sizes
    ]


def measure_dag(n_cores: int, networks_per_second: float) -> dict[str, float]:
    """Time Snakemake around the quick study's first kernel chunk, in a folder of its own.

    Returns
    -------
    dict
        ``nothing_to_do``: seconds of a call that finds the chunk trained. ``one_job``: seconds
        more of a call that trains it, less the training itself.
    """
    say("DAG overhead")
    folder = Path("build/bench")
    shutil.rmtree(ROOT / folder, ignore_errors=True)
    chunk = folder / "results/chunks/kernel_0.npz"
    command = [sys.executable, "-m", "snakemake", "--cores", str(n_cores), "--quiet", "all"]
    command += ["--nolock", "--configfile", "config/quick.yaml", "--config", f"folder={folder}"]
    command += ["--", str(chunk)]

    def call() -> float:
        start = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return time.perf_counter() - start

    call()
    nothing = statistics.median(call() for _ in range(3))
    jobs = []
    for _ in range(3):
        (ROOT / chunk).unlink()
        jobs.append(call())
    with np.load(ROOT / chunk) as outcomes:
        trained = sum(len(outcomes[name]) for name in outcomes if name.endswith("diverged"))
    training = trained / networks_per_second
    shutil.rmtree(ROOT / folder)
    return {"nothing_to_do": nothing, "one_job": statistics.median(jobs) - nothing - training}


def machine() -> dict[str, str]:
    """Describe the machine: model of the processor."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass
    return {"cpu": model}


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table and write the report."""
    parser = argparse.ArgumentParser(description="The kernel and its rivals, side by side.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0, help="a contestant's turn")
    parser.add_argument("--scale", type=int, default=100_000, help="largest number of members")
    parser.add_argument("--cores", type=int, default=usable_cores())
    parser.add_argument("--output", type=Path, default=ROOT / "results/bench.json")
    options = parser.parse_args(arguments)

    names = [*LIMITS, "kernel", "kernel_1", *RIVALS]
    if options.cores == 1:
        names.remove("kernel_1")
    if not JAX_PYTHON.exists():
        say("no JAX: `make bench` installs it; it is left out")
        names.remove("jax")
    sizes = [10**k for k in range(3, 10) if 10**k <= options.scale]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work.npz"
        work = tutorial_workload(128, 128)
        save_workload(work, path)
        speeds, found = compare(
            path, names, n_cores=options.cores, n_rounds=options.rounds, seconds=options.seconds
        )
        report = summarise(speeds, found, flops=flops_per_network(work), n_cores=options.cores)
        config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
        report["microseconds"] = measure_passes(path, config["chunk_size"]["kernel"])
        save_workload(tutorial_workload(1000, 1000), path)
        report["scaling"] = measure_scaling(path, sizes, options.cores)
    report["dag_overhead_seconds"] = measure_dag(
        options.cores, report["networks_per_second"]["kernel"]
    )
    report["machine"] = {**machine(), "cores": options.cores}
    write_report(report, options.output)
    print(table(report))


if __name__ == "__main__":
    main()
