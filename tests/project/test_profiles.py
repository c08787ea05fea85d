"""Every job says what it needs of a cluster, and every profile plans the whole study."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TWO_THREADS = {"train_kernel", "compare_trainers"}

Job = tuple[str, int, dict[str, str]]


def plan(*options: str) -> list[Job]:
    """Plan every job of the study; return its rule, threads and resources."""
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--forceall"]
    run = subprocess.run(
        [*command, "--quiet", "host", "reason", *options],
        cwd=ROOT,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    jobs = []
    for block in re.split(r"\n(?:local)?rule (?=\w+:\n)", run.stdout)[1:]:
        threads = re.search(r"^ +threads: (\d+)", block, re.MULTILINE)
        resources = re.search(r"^ +resources: (.*)", block, re.MULTILINE)
        assert resources is not None, block
        found = dict(pair.split("=", 1) for pair in resources[1].split(", "))
        jobs.append((block.split(":")[0], int(threads[1]) if threads else 1, found))
    total = re.search(r"^total +(\d+)", run.stdout, re.MULTILINE)
    assert total is not None and len(jobs) == int(total[1]), run.stdout
    return jobs


def assert_whole_study(jobs: list[Job]) -> None:
    """From data to paper, with all chunks; all but the target ask for memory and time."""
    rules = [rule for rule, _, _ in jobs]
    assert {"fetch_data", "compile_paper", "write_ledger", "all"} <= set(rules)
    assert rules.count("train_kernel") == 37 and rules.count("train_keras") == 4
    needs = {rule for rule, _, found in jobs if {"mem_mb", "runtime"} <= set(found)}
    assert {rule for rule, _, _ in jobs} - needs == {"all"}


def test_a_local_run_trains_with_all_cores() -> None:
    jobs = plan("--cores", "7")
    assert_whole_study(jobs)
    assert {rule: n for rule, n, _ in jobs if n > 1} == dict.fromkeys(TWO_THREADS, 7)


def test_memory_and_time_follow_chunk_and_study(tmp_path: Path) -> None:
    larger = tmp_path / "larger.yaml"
    cells = {"tail": {"seeds": 100_000}, "resample": {"splits": 10_000, "seeds": 1}}
    size = {"parts": {"factorial": {"protocols": cells}}}
    larger.write_text(json.dumps({**size, "chunk_size": {"kernel": 500_000}}))
    jobs = plan("--cores", "2", "--configfile", str(larger))
    trained = [found for rule, _, found in jobs if rule == "train_kernel"]
    # 6 jobs of 422,383 networks. The fifth, all of 50 epochs, has the last of 100,000 streams and
    # the 6,725 of other parts: 1.5 (447 + 3e-5 * 50 epochs * those + 4e-6 * 50 epochs * 351 rows
    # * 106,725 + 480) MB is 13.26 GiB
    assert max(int(found["mem_mb"]) for found in trained) == 14 * 1024
    # 5 min + 10 (13 s + 5e-9 s * 351 rows * 34 columns * 50 epochs * 422,383); the sixth has the
    # long budgets and the other data: 271 min
    runtimes = sorted(int(found["runtime"]) for found in trained)
    assert runtimes == [5 + 213] * 5 + [271]
    # 18 cells of 95,000 and of 5,000 more: 2,535,020 networks; 1.5 (222 + 0.0019 * those + 480) MB
    # is 8.08 GiB
    (collected,) = (found for rule, _, found in jobs if rule == "collect_runs")
    assert collected["mem_mb"] == str(9 * 1024)


def test_a_job_of_the_largest_data_set_stays_small() -> None:
    """Digits: 1,797 rows, of which 400 orders over 50 epochs are held twice, scaled 400 times."""
    needs = [found for rule, _, found in plan("--cores", "2") if rule == "train_kernel"]
    assert {int(found["mem_mb"]) for found in needs} == {2 * 1024, 3 * 1024}


def test_profiles_name_rules_that_there_are() -> None:
    rules = set()
    for path in (ROOT / "workflow/rules").glob("*.smk"):
        rules |= set(re.findall(r"^ *rule (\w+):", path.read_text(), re.MULTILINE))
    for path in (ROOT / "profiles").glob("*/config.yaml"):
        profile = yaml.safe_load(path.read_text())
        assert set(profile.get("set-threads", {})) <= rules
        assert set(profile.get("set-resources", {})) <= rules


@pytest.mark.skipif(
    not find_spec("snakemake_executor_plugin_slurm"),
    reason="Snakemake's executor for Slurm is not installed: `make cluster`",
)
def test_slurm_plans_the_study() -> None:
    jobs = plan("--workflow-profile", "profiles/slurm", "--cores", "64")
    assert_whole_study(jobs)
    assert {rule for rule, n, _ in jobs if n > 1} == TWO_THREADS
    assert {n for _, n, _ in jobs} == {1, 2}


def test_a_profile_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    profile = yaml.safe_load((ROOT / "profiles/default/config.yaml").read_text())
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({**profile, "slurm-acount": "x"}))
    with pytest.raises(AssertionError, match="slurm-acount"):
        plan("--workflow-profile", str(tmp_path))
