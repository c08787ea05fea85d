"""One contestant in a process of its own: gets ready, then trains whenever it is asked to.

Called as ``worker.py NAME WORK CORES``. It writes one line of JSON when it is ready, and one for
each line that it reads, a number of seconds to work for.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from limits import Run, peak, sgemm
from workload import Setting, Trainer, Workload, crossed, load_workload

ROOT = Path(__file__).resolve().parent.parent

TRIAL_SECONDS, N_TRIALS = 0.7, 3  # for each setting; its best trial counts


def repeated(train: Trainer, work: Workload, n_members: int, n_calls: int = 1) -> Run:
    """Call a trainer again and again, in ``n_calls`` threads, for a new lot of members each."""
    pools = len(work.weights), len(work.orders)

    def run(seconds: float) -> tuple[float, float]:
        start = time.perf_counter()

        def calls(thread: int) -> int:
            done = 0
            while not done or time.perf_counter() - start < seconds:
                first = (done * n_calls + thread) * n_members
                train(*crossed(first, n_members, *pools), crossed(0, n_members, 1, 1)[0])
                done += 1
            return done

        with ThreadPoolExecutor(n_calls) as threads:
            done = sum(threads.map(calls, range(n_calls)))
        return done * n_members, time.perf_counter() - start

    return run


def best_of(build: Any, settings: list[Setting], work: Workload) -> tuple[Run, dict[str, Any]]:
    """Try every setting a few times in turn; return the fastest one's run, and what was found."""
    runs, compiling = [], []
    for setting in settings:
        start = time.perf_counter()
        run = repeated(build(work, setting), work, setting["members"], setting.get("calls", 1))
        run(0)  # compiles
        compiling.append(time.perf_counter() - start)
        runs.append(run)
    speeds = [0.0] * len(runs)
    for _ in range(N_TRIALS):
        for k, run in enumerate(runs):
            n_networks, seconds = run(TRIAL_SECONDS)
            speeds[k] = max(speeds[k], n_networks / seconds)
    best = int(np.argmax(speeds))
    return runs[best], {
        "compile_seconds": compiling[best],
        "setting": settings[best],
        "tried": [
            {**setting, "networks_per_second": speed}
            for setting, speed in zip(settings, speeds, strict=True)
        ],
    }


def ingredients_of(work: Workload) -> Any:
    """Return the work as the kernel takes it."""
    from lrstudy.kernel.inputs import Ingredients

    return Ingredients(
        features=work.features,
        labels=work.labels,
        weights=work.weights,
        orders=work.orders,
        train_rows=work.train_rows,
        validation_rows=work.validation_rows,
        rates=work.rates[None],
        batch_size=work.batch_size,
        n_hidden=work.n_hidden,
    )


def kernel_trainer(work: Workload, n_threads: int) -> Callable[[int], float]:
    """Return a function that trains so many members and returns the seconds of `train_many`."""
    from lrstudy.kernel.inputs import Members
    from lrstudy.kernel.train_many import train_many

    ingredients = ingredients_of(work)

    def train(n_members: int) -> float:
        init, shuffle = crossed(0, n_members, len(work.weights), len(work.orders))
        zeros = np.zeros(n_members, np.int32)
        momentum = np.full(n_members, work.momentum, np.float32)
        members = Members(init=init, shuffle=shuffle, split=zeros, rates=zeros, momentum=momentum)
        start = time.perf_counter()
        train_many(ingredients, members, n_threads=n_threads)
        return time.perf_counter() - start

    return train


def kernel(work: Workload, n_threads: int) -> Run:
    """Return a run of `train_many`: one call, as long as a trial says it must be."""
    train = kernel_trainer(work, n_threads)
    train(64)  # compiles
    speed = 512 / train(512)

    def run(seconds: float) -> tuple[float, float]:
        n_members = max(64, int(speed * seconds))
        return n_members, train(n_members)

    return run


def prepare(name: str, work: Workload, n_cores: int) -> tuple[Run, dict[str, Any]]:
    """Make a contestant ready.

    Returns
    -------
    Run
        What a round asks for.
    dict
        ``compile_seconds``; for an ensemble also the best ``setting`` and all that were ``tried``;
        for sgemm the kernel of the library, ``blas``.
    """
    start = time.perf_counter()
    if name == "sgemm":
        return sgemm()
    if name in ("fma", "multiply_add"):
        run = peak(fused=name == "fma", n_threads=n_cores)
    elif name.startswith("kernel"):
        run = kernel(work, n_cores)
    elif name == "jax":
        import rivals_jax

        rivals_jax.start(n_cores)
        rivals_jax.check_gradient(work)
        return best_of(rivals_jax.build, rivals_jax.settings(n_cores), work)
    else:
        import rivals_tensorflow as rivals

        if name == "tensorflow_xla":
            return best_of(rivals.build, rivals.settings(n_cores), work)
        if name == "tensorflow_xla_shared":
            return best_of(rivals.build_shared, rivals.settings_shared(n_cores), work)
        build = rivals.build_keras if name == "keras" else rivals.build_keras_loop
        run = repeated(build(work, {}), work, 1)
        run(0)  # plain Keras compiles in every fit, but the first one takes longer still
    return run, {"compile_seconds": time.perf_counter() - start}


def main(name: str, work: str, n_cores: str) -> None:
    """Get ready and answer until the questions end."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints is no answer
    run, found = prepare(name, load_workload(work), int(n_cores))
    print(json.dumps(found), file=answers)
    for line in sys.stdin:
        print(json.dumps(run(float(line))), file=answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
