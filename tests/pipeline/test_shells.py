"""The quick study in hostile shells and an odd place, killed and resumed: the same bytes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from tests.helpers.checkout import (
    OFFLINE,
    QUICK,
    command,
    copy_checkout,
    digest,
    environment,
    execute,
)
from tests.helpers.shells import hostile_shell


def turkish(folder: Path) -> str:
    """Make a locale where 1.5 is written 1,5, and i is no lower-case I; not in UTF-8."""
    folder.mkdir()
    name = "tr_TR.ISO-8859-9"
    make = ["localedef", "-i", "tr_TR", "-f", "ISO-8859-9", "--no-archive", str(folder / name)]
    # Where its sources are not installed, the name remains, of a locale that is not there.
    with contextlib.suppress(FileNotFoundError):
        subprocess.run(make, check=False, capture_output=True)
    return name


def test_killed_on_one_core_with_other_chunks_in_an_odd_place_it_gives_the_same_bytes(
    built: Path, tmp_path: Path
) -> None:
    """Odd are path, file modes, and each variable of the shell that a table speaks of."""
    odd = hostile_shell(tmp_path / "shell") | {
        "LC_ALL": turkish(tmp_path / "locales"),
        "LOCPATH": str(tmp_path / "locales"),
    }
    folder = tmp_path / "ein Ordner mit Leerzeichen, äöü"
    folder.mkdir()
    copy_checkout(folder)
    (folder / "chunks.yaml").write_text("chunk_size: { keras: 14, kernel: 1500 }\n")
    kill_while_it_trains(command("--configfile", "chunks.yaml", cores=1), folder, umask=0o077)
    assert not (folder / QUICK / "paper/paper.pdf").exists()
    (folder / QUICK / "results/.runs.parquet.0123abcd.part").write_bytes(b"half")
    words = ["quick", "CONFIG=chunks.yaml", "CORES=1", f"BIN={Path(sys.executable).parent}"]
    again = partial(execute, [*OFFLINE, "make", *words], folder, variables=odd, umask=0o077)
    result = again()
    # The lock is free when the last process of the group has died, not when the first has.
    deadline = time.monotonic() + 300
    while "another build runs" in result.stdout and time.monotonic() < deadline:
        time.sleep(0.2)
        result = again()
    assert result.returncode == 0, result.stdout
    assert (folder / QUICK / "results/runs.parquet").stat().st_mode & 0o777 == 0o600
    chunks = list((folder / QUICK / "results/chunks").glob("*.npz"))
    assert len(chunks) == 2 + 3  # of 24 networks and of 4,400
    # The list of members names each one's chunk; all else must not show how they were cut.
    cut = {name for name in digest(folder) | digest(built) if "/chunks/" in name}
    expected = {name: value for name, value in digest(built).items() if name not in cut}
    assert {"results/runs.parquet", "figures/curves.pdf", "paper/paper.pdf"} <= set(expected)
    assert {n: value for n, value in digest(folder).items() if n not in cut} == expected


def test_plain_snakemake_does_not_heed_the_shell_either(spoilt: Path, tmp_path: Path) -> None:
    """But for what Python and Snakemake read before they read any file of the checkout."""
    variables = hostile_shell(tmp_path / "shell")
    for name in ("PYTHONOPTIMIZE", "PYTHONWARNINGS", "SNAKEMAKE_PROFILE"):
        del variables[name]
    before = digest(spoilt)
    # The figure first: all that networks feed would come before it.
    for made in (f"{QUICK}/figures/rates.pdf", f"{QUICK}/results/chunks/kernel_0.npz"):
        (spoilt / made).unlink()
        plain = [sys.executable, "-m", "snakemake", made, "--configfile", "config/quick.yaml"]
        result = execute(plain, spoilt, variables=variables)
        assert result.returncode == 0, result.stdout
    assert digest(spoilt) == before


def kill_while_it_trains(words: list[str], folder: Path, umask: int) -> None:
    """Start a build, in a locale of ASCII alone, and kill it with all its jobs."""
    build = subprocess.Popen(
        words,
        cwd=folder,
        env={**environment(), "LC_ALL": "C"},
        umask=umask,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 300
    while not list((folder / QUICK / "logs").glob("train_k*.log")):
        assert build.poll() is None, "the build ended before training"
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(3)  # into the training itself
    os.killpg(build.pid, signal.SIGKILL)
    build.wait()
