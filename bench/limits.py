"""What the machine can do at most: multiply-adds in registers, and the best product of matrices."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

SGEMM_SIZE = 2048
SGEMM_FLOPS = 2 * SGEMM_SIZE**3
# For this process numpy chooses its kernel by the processor, whatever the environment asks for.
SGEMM_FREE = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
PEAK_STEPS = 200_000

Run = Callable[[float], tuple[float, float]]
"""Works for about so many seconds; returns how much was done (networks, or floating-point
operations), and the seconds it took."""


def sgemm() -> tuple[Run, dict[str, Any]]:
    """Return a run of NumPy's product of two float32 matrices, and the kernel that it uses."""
    from threadpoolctl import threadpool_info

    a, b = np.random.default_rng(0).random((2, SGEMM_SIZE, SGEMM_SIZE), np.float32)
    out = a @ b
    names = [i.get("architecture", i["internal_api"]) for i in threadpool_info()]

    def run(seconds: float) -> tuple[float, float]:
        start, done = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            np.matmul(a, b, out=out)
            done += SGEMM_FLOPS
        return done, time.perf_counter() - start

    return run, {"blas": ", ".join(names)}


def peak(*, fused: bool, n_threads: int) -> Run:
    """Return a run of independent multiply-adds on numbers in registers, compiled as the kernel is.

    ``fused`` says whether a multiplication and its addition are one instruction or two.
    """
    from lrstudy.kernel.tiles import LANES, ROWS, WIDEST, fma, load, store
    from numba import njit

    @njit(nogil=True, error_model="numpy")
    def work(n_steps, numbers):
        sums = load(numbers, 0, WIDEST * LANES, ROWS, WIDEST)
        factor = load(numbers, 0, 0, 1, 1)
        addend = load(numbers, LANES, 0, 1, 1)
        for _ in range(n_steps):
            sums = fma(sums, factor, addend) if fused else sums * factor + addend
        store(sums, numbers, 0, WIDEST * LANES)

    numbers = [np.ones(ROWS * WIDEST * LANES, np.float32) for _ in range(n_threads)]
    work(1, numbers[0])
    flops = 2 * PEAK_STEPS * numbers[0].size

    def run(seconds: float) -> tuple[float, float]:
        start = time.perf_counter()

        def calls(mine: np.ndarray) -> int:
            done = 0
            while not done or time.perf_counter() - start < seconds:
                mine[:] = 0.5
                work(PEAK_STEPS, mine)
                done += flops
            return done

        with ThreadPoolExecutor(n_threads) as threads:
            done = sum(threads.map(calls, numbers))
        return done, time.perf_counter() - start

    return run
