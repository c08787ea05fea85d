"""Disks that are full or read-only, damaged files, clocks set back: a clear line, nothing lost."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.checkout import QUICK, digest, execute, planned, run

RESULTS = Path(QUICK) / "results"


@pytest.fixture(scope="module")
def finished(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the finished build, for tests that leave it as it was."""
    return Path(shutil.copytree(built, tmp_path_factory.mktemp("bad") / "checkout"))


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished build, to spoil."""
    return Path(shutil.copytree(finished, tmp_path / "checkout"))


def flip(path: Path) -> None:
    """Flip one bit in the middle of a file; its date stays."""
    stamp = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))


def test_damaged_files_are_named_and_made_anew(finished: Path, folder: Path) -> None:
    """A chunk of networks and a table, each read by another job."""
    expected = digest(folder)
    chunk, table = folder / RESULTS / "chunks/kernel_0.npz", folder / RESULTS / "rates.parquet"
    runs, figure = RESULTS / "runs.parquet", Path(QUICK) / "figures/rates.png"
    # One after the other: figures wait for the networks.
    for damaged, said, target in ((table, "CRC checksum", figure), (chunk, "Bad CRC-32", runs)):
        flip(damaged)
        (folder / target).unlink()
        result = run(folder, str(target))
        assert result.returncode == 1
        assert "Traceback" not in result.stdout
        (line,) = [line for line in result.stdout.splitlines() if line.startswith("error: ")]
        assert str(damaged.relative_to(folder)) in line
        assert said in line
        assert "remove it and start again" in line
        assert not (folder / target).exists()
        shutil.copytree(finished / QUICK, folder / QUICK, dirs_exist_ok=True)
    # Made anew is what takes less: a figure needs all that networks feed.
    chunk.unlink()
    (folder / runs).unlink()
    result = run(folder, str(runs))
    assert result.returncode == 0, result.stdout
    assert digest(folder) == expected


def test_what_was_edited_or_removed_is_made_again_without_training(folder: Path) -> None:
    """The plan, where all that a reader is given is gone or edited; the bytes, for some of it."""
    expected = digest(folder)
    results, figures = folder / RESULTS, folder / QUICK / "figures"
    kept = Path(shutil.copytree(folder / QUICK, folder / "kept"))

    for path in [*results.glob("*.*"), *(folder / QUICK / "paper").rglob("*.*")]:
        path.unlink()
    shutil.rmtree(figures)
    shutil.copy(kept / "results/effects.parquet", results)
    with open(results / "effects.parquet", "ab") as file:
        file.write(b"edit")
    plan = run(folder, "--dry-run", "--quiet", "host").stdout
    assert re.findall("warning: (.*) was edited", plan) == [f"{RESULTS}/effects.parquet"]
    rules = set(re.findall(r"^(?:local)?rule (\w+):$", plan, re.MULTILINE))
    gives = {"describe_data", "plan_rates", "fit_references", "run_decay_argument"}
    uses = {"collect_runs", "compare_trainers", "analyse_runs", "analyse_further", "draw_figures"}
    assert gives | uses <= rules
    assert rules & {"plan_members", "fetch_data", "train_keras", "train_kernel"} == set()

    shutil.copytree(kept, folder / QUICK, dirs_exist_ok=True)
    for name in ("results/environment.json", "paper/paper.pdf", "results/rates.parquet"):
        with open(folder / QUICK / name, "ab") as file:
            file.write(b"edit")
    (figures / "readings.png").unlink()
    done = run(folder)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("was edited since it was built") == 3
    assert digest(folder) == expected
    assert planned(folder) == set()


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """Put the results on a disk of their own, with 12 kB left."""
    results = folder / RESULTS
    moved = results.rename(folder / "moved")
    results.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "none", str(results)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs a disk to fill: only root may mount one")
    try:
        shutil.copytree(moved, results, dirs_exist_ok=True)
        for name in ("runs", "curves"):
            (results / f"{name}.parquet").unlink()
        free = os.statvfs(results)
        remount(results, f"size={(free.f_blocks - free.f_bavail) * free.f_frsize // 1024 + 12}k")
        yield results
    finally:
        subprocess.run(["umount", str(results)], check=True)


def remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True)


def test_a_disk_that_is_full_or_read_only(finished: Path, folder: Path, small_disk: Path) -> None:
    target = str(RESULTS / "runs.parquet")
    left = digest(folder)

    result = run(folder, target)
    assert result.returncode == 1
    _, *said, told = result.stdout.splitlines()
    assert told.startswith("to send with a report: build/difference.txt (")
    assert f"cannot write {target}" in (folder / "build/difference.txt").read_text()
    assert said == [
        f"error: cannot write {target}: No space left on device",
        f"  in rule collect_runs, for {target}, {RESULTS / 'curves.parquet'}",
        f"  log: {QUICK}/logs/collect_runs.log; of the whole build: .snakemake/build.log",
    ]
    assert digest(folder) == left

    remount(small_disk, "ro")
    result = run(folder, target)
    assert result.returncode == 1
    assert f"cannot write in {RESULTS}: expected a folder that may be written" in result.stdout
    assert digest(folder) == left

    remount(small_disk, "rw,size=40m")
    result = run(folder, target)
    assert result.returncode == 0, result.stdout
    assert digest(folder) == digest(finished)


def test_a_clock_set_back_stops_the_build(folder: Path) -> None:
    """What is edited would be older than what was built, and the edit not be seen."""
    future = time.time() + 86400
    built = [path for path in (folder / QUICK).rglob("*") if path.is_file()]
    for path in built:
        os.utime(path, (future, future))
    result = run(folder)
    assert result.returncode == 1
    assert "was the clock set back?" in result.stdout
    (advice,) = [part for part in result.stdout.split("`") if part.startswith("find ")]
    assert execute(["sh", "-c", advice], folder).stdout == ""
    assert planned(folder) == set()


def test_line_ends_of_another_system_change_nothing(finished: Path) -> None:
    text = (finished / "config/quick.yaml").read_bytes()
    (finished / "crlf.yaml").write_bytes(text.replace(b"\n", b"\r\n"))
    assert planned(finished, "crlf.yaml") == set()


def test_plain_snakemake_beside_a_build_is_refused(finished: Path) -> None:
    """And so is a build beside plain Snakemake, whose lock stays."""
    lock = finished / ".snakemake/locks/0.output.lock"
    target = str(RESULTS / "rates.parquet")
    lock.write_text(f"{target}\n")
    try:
        result = run(finished, target, "--force")
        assert result.returncode == 1
        assert "error: Directory cannot be locked" in result.stdout
        assert "--unlock" in result.stdout
        assert lock.exists()
    finally:
        lock.unlink()
