"""The benchmark's rivals do the kernel's work, and its table and its JSON say what was measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lrstudy.kernel.inputs import Ingredients, Members
from lrstudy.kernel.train_many import train_many, train_one_weights

BENCH = Path(__file__).parents[2] / "bench"
N_MEMBERS = 8
INIT = np.array([0, 1, 2, 3, 0, 1, 2, 3], np.int32)
SHUFFLE = np.array([0, 0, 1, 1, 2, 2, 0, 1], np.int32)
SPLIT = np.array([0, 1, 0, 1, 0, 0, 1, 1], np.int32)


@pytest.fixture(scope="module", autouse=True)
def bench_on_path() -> Iterator[None]:
    sys.path.insert(0, str(BENCH))
    yield
    sys.path.remove(str(BENCH))


def small_work(n_epochs: int = 4, batch_size: int = 100) -> Any:
    """The benchmark's work with fewer epochs and updates, which compile sooner; two splits."""
    from dataclasses import replace

    from bench import tutorial_workload

    work = tutorial_workload(4, 3)
    rows = np.random.default_rng(0).permutation(len(work.labels)).astype(np.int32)
    n_train = work.train_rows.shape[1]
    n_updates = n_epochs * -(-n_train // batch_size)
    return replace(
        work,
        orders=work.orders[:, :n_epochs],
        train_rows=np.stack([work.train_rows[0], rows[:n_train]]),
        validation_rows=np.stack([work.validation_rows[0], rows[n_train:]]),
        rates=work.rates[:n_updates],
        batch_size=batch_size,
    )


def assert_same_as_kernel(work: Any, results: Any, init: Any, shuffle: Any, split: Any) -> None:
    ingredients = Ingredients(
        **{
            name: getattr(work, name)
            for name in ("features", "labels", "weights", "orders", "train_rows")
        },
        validation_rows=work.validation_rows,
        rates=work.rates[None],
        batch_size=work.batch_size,
        n_hidden=work.n_hidden,
    )
    members = Members(
        init=init,
        shuffle=shuffle,
        split=split,
        rates=np.zeros_like(init),
        momentum=np.full(len(init), work.momentum, np.float32),
    )
    expected = train_many(ingredients, members, n_threads=1)
    weights = [train_one_weights(ingredients, members, k) for k in range(len(init))]
    np.testing.assert_allclose(results.weights, np.stack(weights), rtol=0, atol=1e-4)
    np.testing.assert_allclose(results.validation_loss, expected.validation_loss, atol=1e-4)
    np.testing.assert_allclose(results.training_loss, expected.training_loss, atol=1e-4)
    np.testing.assert_array_equal(results.n_correct, expected.n_correct)


def test_tensorflow_ensemble_agrees_with_the_kernel() -> None:
    import rivals_tensorflow

    work = small_work()
    train = rivals_tensorflow.build(work, {"members": N_MEMBERS})
    assert_same_as_kernel(work, train(INIT, SHUFFLE, SPLIT), INIT, SHUFFLE, SPLIT)


def test_tensorflow_ensemble_with_one_shuffle_agrees_with_the_kernel() -> None:
    import rivals_tensorflow

    work = small_work()
    train = rivals_tensorflow.build_shared(work, {"members": N_MEMBERS})
    first = np.ones(N_MEMBERS, np.int32)
    assert_same_as_kernel(work, train(INIT, SHUFFLE + 1, SPLIT + 1), INIT, first, first)


def test_keras_loop_agrees_with_the_kernel() -> None:
    import rivals_tensorflow

    work = small_work()
    train = rivals_tensorflow.build_keras_loop(work, {})
    chosen = INIT[:2], SHUFFLE[:2], SPLIT[:2]
    assert_same_as_kernel(work, train(*chosen), *chosen)


def test_keras_fit_agrees_with_the_kernel() -> None:
    import keras
    import rivals_tensorflow

    keras.utils.set_random_seed(1)  # `fit` shuffles, and a deterministic TensorFlow wants a seed
    work = small_work(batch_size=235)  # one batch an epoch: `fit`'s own shuffle changes nothing
    train = rivals_tensorflow.build_keras(work, {})
    chosen = INIT[:2], SHUFFLE[:2], SPLIT[:2]
    assert_same_as_kernel(work, train(*chosen), *chosen)


def test_jax_agrees_with_the_kernel(tmp_path: Path) -> None:
    from workload import Results, save_workload

    from bench import JAX_PYTHON

    if not JAX_PYTHON.exists():
        pytest.skip("JAX is not installed: `make bench` does it")
    work = small_work()
    save_workload(work, tmp_path / "work.npz")
    np.savez(tmp_path / "chosen.npz", init=INIT, shuffle=SHUFFLE, split=SPLIT)
    program = """if True:
        import numpy, rivals_jax, workload
        rivals_jax.start(2)
        setting = {"members": 8, "devices": 2, "unroll": 8}
        work = workload.load_workload("work.npz")
        rivals_jax.check_gradient(work)
        train = rivals_jax.build(work, setting)
        numpy.savez("results.npz", **train(**numpy.load("chosen.npz"))._asdict())
        """
    subprocess.run(
        [JAX_PYTHON, "-c", program],
        cwd=tmp_path,
        env=dict(os.environ, PYTHONPATH=str(BENCH)),
        check=True,
        capture_output=True,
    )
    with np.load(tmp_path / "results.npz") as arrays:
        results = Results(**arrays)
    assert_same_as_kernel(work, results, INIT, SHUFFLE, SPLIT)


def test_flops_of_a_network_counted_by_hand() -> None:
    from bench import flops_per_network, tutorial_workload

    # A row: 2415 forward, 2449 backward; 9 updates of 1225 weights; 235 and 116 rows; 50 epochs.
    expected = 50 * (235 * (2415 + 2449) + 9 * 4 * 1225 + 116 * 2415)
    assert flops_per_network(tutorial_workload(1, 1)) == expected


def test_members_are_crossed() -> None:
    from workload import crossed

    init, shuffle = crossed(1, 7, 2, 3)
    assert init.tolist() == [1, 0, 1, 0, 1, 0, 1]
    assert shuffle.tolist() == [0, 1, 1, 2, 2, 0, 0]


@pytest.fixture
def report() -> dict[str, Any]:
    from reporting import summarise

    speeds = {
        "fma": [200e9] * 3,
        "multiply_add": [150e9] * 3,
        "sgemm": [100e9] * 3,
        "kernel": [1000.0, 2000.0, 1200.0],
        "kernel_1": [500.0, 600.0, 700.0],
        "keras": [0.25, 0.25, 0.2],
        "jax": [500.0, 400.0, 600.0],
    }
    found = {name: {"compile_seconds": 2.0} for name in speeds}
    found["sgemm"]["blas"] = "SkylakeX"
    measured = summarise(speeds, found, flops=20_000_000, n_cores=2)
    measured["microseconds"] = {"forward": 300.0, "start of a job": 100.0}
    measured["scaling"] = [{"members": 1000, "seconds": 0.5, "peak_mib": 250.0}]
    measured["dag_overhead_seconds"] = {"nothing_to_do": 3.0, "one_job": 1.5}
    measured["machine"] = {"cores": 2, "cpu": "a processor with a name that is too long " * 3}
    return measured


def test_medians_and_ratios_of_rounds(report: dict[str, Any]) -> None:
    assert report["networks_per_second"] == {"kernel": 1200.0, "keras": 0.25, "jax": 500.0}
    assert report["ratios"] == {
        "keras": 6000.0,
        "jax": 2.0,
    }
    gflops = {"kernel": 24, "fma": 200, "multiply_add": 150, "sgemm": 100}
    assert report["gflops"] == pytest.approx(gflops)
    assert report["shares"] == pytest.approx({"fma": 0.12, "multiply_add": 0.16, "sgemm": 0.24})
    assert report["threads"] == {"1": 600.0, "2": 1200.0}


def test_limits_and_passes_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    import by_pass
    from limits import peak

    for fused in (True, False):
        operations, seconds = peak(fused=fused, n_threads=1)(0.01)
        assert operations / seconds > 1e6
    monkeypatch.setattr(by_pass, "N_TRIALS", 1)
    found = by_pass.passes_of(small_work())
    assert list(found) == ["gather", "forward", "loss", "backward", "update", "validation"]
    assert found["forward"] > found["gather"] > 0


def test_table_fits_a_terminal(report: dict[str, Any]) -> None:
    from reporting import table

    lines = table(report).splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[-3:] for line in lines if line.startswith("JAX")] == [["x", "2.0", "s"]]
    assert "6,000.00 x" in "".join(lines)
    assert [line.split()[-2:] for line in lines if "forward" in line] == [["300.0", "0.750"]]


def test_report_is_json_and_leaves_nothing_beside_it(
    report: dict[str, Any], tmp_path: Path
) -> None:
    from reporting import write_report

    path = tmp_path / "results/bench.json"
    write_report(report, path)
    assert json.loads(path.read_text()) == report
    assert {row for row in report["scaling"][0]} == {"members", "seconds", "peak_mib"}
    assert list(path.parent.iterdir()) == [path]
