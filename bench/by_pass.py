"""Where a network's time goes: each pass of the kernel by itself, and what surrounds them.

Called as ``by_pass.py WORK CHUNK``, with the networks of a job; writes one line of JSON:
microseconds of one thread for a network.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from lrstudy.kernel.inputs import lay_out
from lrstudy.kernel.passes import (
    backward_descend,
    cross_entropy,
    evaluate,
    find,
    forward,
    gather,
    held_out,
)
from lrstudy.kernel.state import make_layout, make_state, pad, places_of_weights, whole, zeros
from lrstudy.kernel.tiles import ROWS
from numba import njit
from worker import ingredients_of, kernel_trainer
from workload import Workload, load_workload

N_CALLS, N_NETWORKS, N_TRIALS = 2000, 64, 15  # of each, the fastest trial counts
_RATE, _MOMENTUM = np.float32(0), np.float32(0.8)


@njit(error_model="numpy")
def _prepared(tables, packed, n_hidden, batch_size, train_rows, validation_rows):
    """All that the passes work on, in a member's first batch."""
    layout = make_layout(tables.features.shape[1], n_hidden)
    padded = pad(tables.features, layout)
    state = make_state(layout, batch_size, validation_rows.size, False)
    places = places_of_weights(layout, n_hidden)
    for k in range(places.size):
        state.weights[places[k]] = packed[k]
    starts, signs = find(tables, train_rows[:batch_size], layout.n_columns)
    x = zeros(whole(batch_size, ROWS) * layout.n_columns)
    held_x, held_signs = held_out(tables, padded, validation_rows, layout.n_columns)
    return layout, state, padded, starts, signs, x, held_x, held_signs


@njit(error_model="numpy")
def _gather(n_calls, layout, x, padded, starts, n_rows):
    for _ in range(n_calls):
        gather(x, padded, starts, n_rows, layout.n_columns)


@njit(error_model="numpy")
def _forward(n_calls, layout, state, x, n_rows):
    for _ in range(n_calls):
        forward(layout, state, x, n_rows, 1)


@njit(error_model="numpy")
def _loss(n_calls, state, signs, n_rows):
    for _ in range(n_calls):
        cross_entropy(state, signs, n_rows, _MOMENTUM)


@njit(error_model="numpy")
def _backward(n_calls, layout, state, x, n_rows):
    for _ in range(n_calls):
        backward_descend(layout, state, x, n_rows, _RATE, _MOMENTUM)


@njit(error_model="numpy")
def _validation(n_calls, layout, state, x, signs, misses):
    for _ in range(n_calls):
        evaluate(layout, state, x, signs, misses)


def _seconds(work: Callable[[int], Any], n: int) -> float:
    """Time of this process for one of the ``n`` things that a call of ``work`` does."""
    work(1)  # compiles
    trials = []
    for _ in range(N_TRIALS):
        start = time.process_time()
        work(n)
        trials.append(time.process_time() - start)
    return min(trials) / n


def passes_of(work: Workload) -> dict[str, float]:
    """Seconds of each pass in the training of one network."""
    tables, batch_size = lay_out(ingredients_of(work)), work.batch_size
    train_rows, validation_rows = work.train_rows[0], work.validation_rows[0]
    layout, state, padded, starts, signs, x, held_x, held_signs = _prepared(
        tables,
        work.weights[0],
        work.n_hidden,
        batch_size,
        train_rows,
        validation_rows,
    )
    _, n_epochs, n_train = work.orders.shape
    sizes = [batch_size] * (n_train // batch_size)
    if n_train % batch_size:
        sizes.append(n_train % batch_size)

    def one(repeat: Callable[..., None], *arguments: Any) -> float:
        return _seconds(lambda n: repeat(n, *arguments), N_CALLS)

    def an_epoch(repeat: Callable[..., None], *arguments: Any) -> float:
        each = {size: one(repeat, *arguments, size) for size in set(sizes)}
        return sum(each[size] for size in sizes)

    misses = np.zeros(validation_rows.size, np.bool_)
    epoch = {
        "gather": an_epoch(_gather, layout, x, padded, starts),
        "forward": an_epoch(_forward, layout, state, x),
        "loss": an_epoch(_loss, state, signs),
        "backward": an_epoch(_backward, layout, state, x),
        # Without rows only the weights' step is left.
        "update": len(sizes) * one(_backward, layout, state, x, 0),
        "validation": one(_validation, layout, state, held_x, held_signs, misses),
    }
    epoch["backward"] -= epoch["update"]
    return {name: n_epochs * seconds for name, seconds in epoch.items()}


def random_numbers(work: Workload) -> float:
    """Seconds of drawing one network's own initial weights and orders of the rows."""
    from lrstudy.data.random_streams import epoch_orders, initial_weights

    n_inputs, (_, n_epochs, n_train) = work.features.shape[1], work.orders.shape

    def draw(n: int) -> None:
        for number in range(n):
            initial_weights({"kind": "glorot_uniform"}, n_inputs, work.n_hidden, number)
            epoch_orders(n_epochs, n_train, number)

    return _seconds(draw, N_NETWORKS)


def start_of_a_job(path: str) -> float:
    """Seconds until a fresh process has trained its first network, compiled before."""
    command = [sys.executable, str(Path(__file__).with_name("scaling.py")), path, "1", "1"]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main(path: str, chunk_size: str) -> None:
    """Measure all, one after the other."""
    work = load_workload(path)
    network = _seconds(kernel_trainer(work, 1), N_NETWORKS)
    seconds = passes_of(work)
    seconds["between them"] = network - sum(seconds.values())
    seconds["random numbers"] = random_numbers(work)
    seconds["start of a job"] = start_of_a_job(path) / int(chunk_size)
    print(json.dumps({name: 1e6 * value for name, value in seconds.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
