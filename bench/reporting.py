"""What was measured, as a table and as results/bench.json."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

LIMITS = {
    "fma": "fused multiply-adds in registers",
    "multiply_add": "multiplications and additions in registers",
    "sgemm": "products of matrices",
}
RIVALS = ("keras", "keras_loop", "tensorflow_xla", "tensorflow_xla_shared", "jax")
LABELS = {
    "kernel": "kernel",
    "kernel_1": "kernel, one thread",
    "keras": "Keras fit",
    "keras_loop": "this project's Keras loop",
    "tensorflow_xla": "TensorFlow/XLA ensemble",
    "tensorflow_xla_shared": "TensorFlow/XLA, one shuffle for all",
    "jax": "JAX vmap + scan",
}


def summarise(
    speeds: Mapping[str, Sequence[float]],
    found: Mapping[str, Mapping[str, Any]],
    *,
    flops: int,
    n_cores: int,
) -> dict[str, Any]:
    """Turn the rounds into what bench.json says of the contestants.

    Parameters
    ----------
    speeds, found : mapping
        From `compare`; the limits and ``kernel`` must be among the contestants.
    flops : int
        Of one network's training.
    n_cores : int
        Threads of all contestants but ``kernel_1``.
    """
    kernel = np.array(speeds["kernel"])
    rivals = [name for name in RIVALS if name in speeds]
    networks = {name: float(np.median(speeds[name])) for name in ("kernel", *rivals)}
    ratios = {name: float(np.median(kernel / np.array(speeds[name]))) for name in rivals}
    shares = {name: float(np.median(kernel * flops / np.array(speeds[name]))) for name in LIMITS}
    threads = {str(n_cores): networks["kernel"]}
    if "kernel_1" in speeds:
        threads = {"1": float(np.median(speeds["kernel_1"])), **threads}
    return {
        "networks_per_second": networks,
        "ratios": ratios,
        "gflops": {
            "kernel": float(np.median(kernel)) * flops / 1e9,
            **{name: float(np.median(speeds[name])) / 1e9 for name in LIMITS},
        },
        "shares": shares,
        "blas": found["sgemm"]["blas"],
        "flops_per_network": flops,
        "threads": threads,
        "compile_seconds": {n: f["compile_seconds"] for n, f in found.items() if n not in LIMITS},
        "settings": {n: f["setting"] for n, f in found.items() if "setting" in f},
        "tried": {n: f["tried"] for n, f in found.items() if "tried" in f},
        "rounds": {name: list(values) for name, values in speeds.items()},
    }


def table(report: Mapping[str, Any]) -> str:
    """Lay the report out in lines of at most 80 characters."""
    networks, threads = report["networks_per_second"], report["threads"]
    speeds = {**networks, **({"kernel_1": threads["1"]} if len(threads) > 1 else {})}
    lines = [f"{'':36}{'networks/s':>12}{'kernel is':>12}{'compile':>12}"]
    for name in ("kernel", "kernel_1", *RIVALS):
        if name in speeds:
            ratio = report["ratios"].get(name)
            times = f"{ratio:,.2f} x" if ratio else ""
            compiling = f"{report['compile_seconds'][name]:.1f} s"
            lines.append(f"{LABELS[name]:36}{speeds[name]:12,.4g}{times:>12}{compiling:>12}")
    gflops = report["gflops"]
    lines += ["", f"kernel {gflops['kernel']:.1f} GFLOP/s, of the machine's"]
    for name, label in LIMITS.items():
        label += f" ({report['blas']})" if name == "sgemm" else ""
        lines.append(f"  {label:46}{gflops[name]:10.1f}{report['shares'][name]:10.2f} of it")
    lines.append("")
    if report["microseconds"]:
        total = sum(report["microseconds"].values())
        lines.append(f"{'one network, one thread':36}{'us':>12}{'share':>12}")
        for name, microseconds in report["microseconds"].items():
            lines.append(f"  {name:34}{microseconds:12.1f}{microseconds / total:12.3f}")
        lines.append("")
    if report["scaling"]:
        lines.append(f"{'members':>12}{'seconds':>12}{'ms/member':>12}{'peak MiB':>12}")
        for row in report["scaling"]:
            each = 1000 * row["seconds"] / row["members"]
            size = f"{row['members']:12,d}{row['seconds']:12.2f}"
            lines.append(f"{size}{each:12.4f}{row['peak_mib']:12.0f}")
        lines.append("")
    dag = report["dag_overhead_seconds"]
    if dag:
        lines.append(
            f"Snakemake: {dag['nothing_to_do']:.1f} s with nothing to do, "
            f"{dag['one_job']:.1f} s more for a chunk, besides training"
        )
    found = report["machine"]
    lines.append(f"{found['cores']} cores, {found['cpu']}"[:80])
    return "\n".join(lines)


def write_report(report: Mapping[str, Any], path: Path) -> None:
    """Write the report, whole or not at all."""
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_name(f"{path.name}.part")
    temporary.write_text(json.dumps(report, indent=1) + "\n")
    os.replace(temporary, path)
