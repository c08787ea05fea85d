"""Time and peak memory of `train_many` for one number of members, in a fresh process.

Called as ``scaling.py WORK MEMBERS THREADS``; writes one line of JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from worker import kernel_trainer
from workload import load_workload


def peak_mib() -> float:
    """Return the largest resident memory of this process so far, in MiB.

    Linux hands `getrusage`'s figure down from the process that started this one, so there the
    kernel's own account is read.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
        return int(line.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB; on macOS bytes
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main(work: str, n_members: str, n_threads: str) -> None:
    """Train once, after a short call that compiles."""
    train = kernel_trainer(load_workload(work), int(n_threads))
    train(64)
    seconds = train(int(n_members))
    print(json.dumps({"members": int(n_members), "seconds": seconds, "peak_mib": peak_mib()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
