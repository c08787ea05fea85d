"""Time and peak memory of `train_many` for one number of members, in a fresh process.

Called as ``scaling.py WORK MEMBERS THREADS``; writes one line of JSON.
"""

from __future__ import annotations

import json
import resource
import sys

from worker import kernel_trainer
from workload import load_workload


def main(work: str, n_members: str, n_threads: str) -> None:
    """Train once, after a short call that compiles."""
    train = kernel_trainer(load_workload(work), int(n_threads))
    train(64)
    seconds = train(int(n_members))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB; on macOS bytes
    peak_mib = peak / (2**20 if sys.platform == "darwin" else 2**10)
    print(json.dumps({"members": int(n_members), "seconds": seconds, "peak_mib": peak_mib}))


if __name__ == "__main__":
    main(*sys.argv[1:])
