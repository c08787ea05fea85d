"""Everything a job says goes into its log; the terminal gets one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from paperledger.io.joblog import Progress

START = """
import os, sys
from paperledger.io.joblog import job_log
with job_log(sys.argv[1], expected=(KeyError,)) as say:
    print("to standard output")
    print("to standard error", file=sys.stderr)
    os.write(1, b"from a library\\n")
    os.system("echo from a child")
"""


def job(root: Path, log: Path, end: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START + f"    {end}\n", str(log)],
        env={**os.environ, "PYTHONPATH": str(root / "workflow/scripts")},
        capture_output=True,
        text=True,
        check=False,
    )


def check_log(text: str) -> None:
    for line in ("to standard output", "to standard error", "from a library", "from a child"):
        assert text.count(line) == 1


def test_a_job_that_works(root: Path, tmp_path: Path) -> None:
    run = job(root, tmp_path / "log", "say('done \u00e9')")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "done \u00e9\n")
    text = (tmp_path / "log").read_text(encoding="utf-8")
    check_log(text)
    assert "done \u00e9" in text


def test_an_expected_error_is_one_line_without_traceback(root: Path, tmp_path: Path) -> None:
    run = job(root, tmp_path / "log", "raise KeyError('no such thing')")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "error: 'no such thing'\n"
    text = (tmp_path / "log").read_text()
    check_log(text)
    assert "error: 'no such thing'" in text
    assert "Traceback" not in text


def test_an_unexpected_error_leaves_its_traceback_in_the_log(root: Path, tmp_path: Path) -> None:
    run = job(root, tmp_path / "log", "raise ValueError('surprise')")
    assert (run.returncode, run.stdout) == (1, "")
    log, place = tmp_path / "log", "<string>, line 9"
    assert run.stderr == f"error: ValueError: surprise (in {place}; traceback: {log})\n"
    text = (tmp_path / "log").read_text()
    check_log(text)
    assert "Traceback" in text
    assert "ValueError: surprise" in text


def test_a_log_that_cannot_be_written(root: Path, tmp_path: Path) -> None:
    run = job(root, tmp_path / "none/log", "pass")
    said = f"error: cannot write {tmp_path / 'none/log'}: No such file or directory\n"
    assert (run.returncode, run.stdout, run.stderr) == (1, "", said)


def test_a_full_disk_is_one_line_without_traceback(root: Path, tmp_path: Path) -> None:
    end = "from paperledger.io.files import WriteError; raise WriteError('cannot write x: full')"
    run = job(root, tmp_path / "log", end)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "error: cannot write x: full\n"
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("paperledger.io.joblog.time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def progress(clock: SimpleNamespace, live: bool, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Report 10, 20, 1,000 and 2,000 networks, after 0.1, 1, 50 and 100 seconds."""
    said: list[str] = []
    monkeypatch.setattr(os, "isatty", lambda _: live)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "__stdin__", sys.stdin)
    report = Progress(lambda line, end="\n": said.append(line + end), "kernel", 2000, "networks")
    for seconds, done in ((0.1, 10), (1, 20), (50, 1000), (100, 2000)):
        clock.now = 100.0 + seconds
        report(done)
    return said


def test_progress_in_a_log(clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert progress(clock, False, monkeypatch) == [
        "kernel: 1,000 of 2,000 networks, 20 a second, 50 s left\n",
        "kernel: 2,000 of 2,000 networks, 20 a second, done\n",
    ]


def test_progress_on_a_terminal(clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    said = progress(clock, True, monkeypatch)
    assert len(said) == 3
    assert all(line.startswith("\rkernel: ") for line in said)
    assert "20 of 2,000 networks, 20 a second, 99 s left" in said[0]
    assert [line.endswith("\n") for line in said] == [False, False, True]


def test_progress_that_ends_at_once(clock: SimpleNamespace) -> None:
    said: list[str] = []
    Progress(lambda line, end="\n": said.append(line), "kernel", 5, "networks")(5)
    assert len(said) == 1
    assert "5 of 5 networks" in said[0]
