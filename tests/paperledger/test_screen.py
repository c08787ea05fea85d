"""What a build shows: made from words and events as Snakemake and the jobs write them."""

from __future__ import annotations

import io
import logging
import os
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from paperledger import screen as module
from paperledger.io.joblog import Progress
from paperledger.screen import MARK, LogHandler, Screen
from rich.console import Console

STEPS = [(1, "train", 58), (2, "train", 38), (3, "paper", 18)]  # and 2 s each to start


class Log(io.StringIO):
    name = "build.log"


class Build:
    """A build that tells a screen what happens, a clock in hand."""

    def __init__(self, clock: SimpleNamespace, terminal: bool = False) -> None:
        self.clock = clock
        self.shown = io.StringIO()
        self.log = Log()
        console = Console(file=self.shown, force_terminal=terminal, width=80, height=24)
        self.screen = Screen(console, self.log)

    def tell(self, event: str, level: str = "INFO", text: str = "", **more: object) -> None:
        record = logging.LogRecord("x", getattr(logging, level), "", 0, text, None, None)
        record.__dict__.update(more, **({} if event == "message" else {"event": event}))
        LogHandler.queue.append((record, text))
        self.screen.feed(MARK)

    def start(self, jobid: int, rule: str = "train_kernel", after: float = 0.0) -> None:
        self.clock.now += after
        made = {"input": ["paper.pdf", "claims.json"], "output": [f"{rule}.out"]}
        self.tell("job_info", jobid=jobid, rule_name=rule, **made)

    def end(self, jobid: int, after: float = 0.0) -> None:
        self.clock.now += after
        self.tell("job_finished", job_id=jobid)

    def lines(self) -> list[str]:
        return self.shown.getvalue().splitlines()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=0.0)
    fake = SimpleNamespace(monotonic=lambda: clock.now)
    monkeypatch.setattr(module, "time", fake)
    monkeypatch.setattr("paperledger.io.joblog.time", fake)
    return clock


@pytest.fixture
def build(clock: SimpleNamespace) -> Build:
    return Build(clock)


def test_a_build_where_no_terminal_is(build: Build) -> None:
    build.tell("message", text="Building DAG of jobs...")
    build.screen.tell()  # no steps yet
    build.tell("message", steps=STEPS)
    build.start(1)
    report = Progress(lambda line, end="": build.screen.feed(line), "kernel", 2000, "networks")
    build.clock.now = 31.0
    report(1000)
    build.screen.tell()
    report(2000)
    build.end(1, after=29)
    build.start(2)
    build.screen.feed("data: x is from y, SHA-256 as expected")
    build.screen.feed("numbers: 3 are allowed")
    build.end(2, after=60)
    build.start(3, "compile_paper")
    build.end(3, after=1)
    build.start(0, "all")
    build.screen.close(0)
    assert build.lines() == [
        "3 steps; every word: build.log",
        # 31 of 120 usual seconds took 31 s.
        "26%, 1,000 networks done, 1 min 29 s left; kernel: 1,000 of 2,000 networks, "
        "32 a second, 31 s left",
        "data: x is from y, SHA-256 as expected",
        "train: 2 of 2 steps, after 2 min 00 s",
        "paper: 1 of 1 steps, after 2 min 01 s",
        "2,000 networks done in 2 min 01 s",
        "  paper.pdf",
        "  claims.json",
    ]
    words = build.log.getvalue()
    for line in ("Building DAG of jobs...", "numbers: 3", "2,000 of 2,000 networks"):
        assert line in words


def test_each_kind_of_thing_is_counted_by_itself(build: Build) -> None:
    build.tell("message", steps=STEPS)
    for line in (
        "a: 5 of 10 networks, 1 a second, 5 s left",
        "b: 7 of 7 chains of states, 1 a second, done",
        "a: 10 of 10 networks, 1 a second, done",
        "a: 3 of 9 networks, 1 a second, 6 s left",
    ):
        build.screen.feed(line)
    build.screen.close(0)
    assert build.lines()[-1] == "7 chains of states, 13 networks done in 0 s"


def test_a_terminal_shows_a_table_that_fits(clock: SimpleNamespace) -> None:
    build = Build(clock, terminal=True)
    with build.screen:
        assert "planning the steps" in build.shown.getvalue()
        build.tell("message", steps=[(i, f"part_{i}", 60) for i in range(10)])
        build.start(0)
        build.screen.feed(f"kernel, {'x' * 100}: 5 of 10 networks, 1 a second, 5 s left")
        clock.now = 62.0
        before = len(build.shown.getvalue())
        build.screen._live.refresh()
        shown = re.sub(r"\x1b\[[\d?]*\w", "", build.shown.getvalue()[before:])
    for i in range(10):
        assert f"part_{i}  0 of 1" in shown
    assert "5 networks done, 9 min 18 s left" in shown
    # One line for each part, the bar and what runs, which is cut to the width.
    assert shown.count("\n") == 11
    assert "x" * 80 not in shown


def test_a_dumb_terminal_gets_plain_lines(
    clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    build = Build(clock, terminal=True)
    with build.screen:
        build.tell("message", steps=STEPS)
    build.screen.close(1)
    assert build.lines() == ["3 steps; every word: build.log", "  log: build.log"]


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("a\nerror: cannot write x: full\n", "cannot write x: full"),
        ("error: one\nthe numbers\nerror: two:\n  H1 < 0\n", "two:\n  H1 < 0"),
        ("Traceback (most\n  File\nValueError: 3\n", "3"),
        ("Traceback (most\n  File\nstudy.x.PlanError: 3 rows:\nabc\n", "3 rows:\nabc"),
        ("KeyboardInterrupt\n", "KeyboardInterrupt"),
        ("epoch 1\n", "the job ended without an error of its own (killed?); its log ends with 'ep"),
        (None, "as in the log (see x)"),
    ],
)
def test_a_job_that_fails_is_three_lines(
    build: Build, tmp_path: Path, log: str | None, said: str
) -> None:
    place = tmp_path / "job.log"
    if log is not None:
        place.write_text(log)
    build.tell("message", steps=STEPS)
    build.start(1)
    for line in ("error: as in the log (see x)", "RuleException:", "Command 'x' returned 1"):
        build.screen.feed(line)
    build.tell("error", "ERROR", "RuleException:\nCalledProcessError in file x")
    build.tell("job_error", "ERROR", rule_name="draw", output=["a", "b"], log=[place])
    build.tell("message", "ERROR", "Exiting because a job execution failed.")
    build.screen.close(1)
    shown = build.shown.getvalue().split("\n", 1)[1]
    assert shown.startswith(f"error: {said}")
    assert shown.endswith(
        f"\n  in rule draw, for a, b\n  log: {place}; of the whole build: build.log\n"
    )
    assert "returned 1" not in shown


def test_what_failed_before_any_job(build: Build) -> None:
    build.tell("message", text="Building DAG of jobs...")
    text = 'WorkflowError in file "x.smk", line 57:\nunknown key\n  File "x", line 5, in <module>'
    build.tell("error", "ERROR", text)
    build.screen.close(1)
    assert build.lines() == ["error: unknown key", "  log: build.log"]


def test_an_end_without_an_event_shows_what_the_job_said(build: Build) -> None:
    build.tell("message", steps=STEPS)
    build.screen.feed("Traceback (most recent call last):")
    build.screen.feed("ImportError: no numpy")
    build.screen.close(1)
    assert build.lines()[1:] == [
        "Traceback (most recent call last):",
        "ImportError: no numpy",
        "  log: build.log",
    ]


@pytest.mark.parametrize("terminated", [False, True])
def test_a_build_that_is_ended_by_its_user_asks_no_job_why(build: Build, terminated: bool) -> None:
    build.tell("message", steps=STEPS)
    build.start(1)
    if terminated:
        build.tell("message", text="Will exit after finishing currently running jobs (scheduler).")
    else:
        build.screen.stopped = True
    build.screen.feed("Traceback (most recent call last):")
    build.tell("job_error", "ERROR", rule_name="draw", output=["a"], log=[])
    build.screen.close(1)
    assert build.lines()[1:] == ["stopped; the next call goes on from here"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Nothing to be done (all ...).", "nothing to do: all that was asked for is there"),
        ("Unlocked working directory.", "Unlocked working directory."),
    ],
)
def test_nothing_to_do_and_an_answer_that_is_no_build(build: Build, text: str, shown: str) -> None:
    build.tell("message", text=text)
    build.screen.close(0)
    (line,) = build.lines()
    assert line.startswith(shown)


def test_a_warning_is_shown(build: Build) -> None:
    build.tell("message", "WARNING", "warning: other packages")
    build.screen.close(0)
    assert build.lines() == ["warning: other packages"]


def test_a_jobs_unfinished_line_hides_no_event(build: Build) -> None:
    """A job on a terminal ends no line while it counts, and an event comes meanwhile."""
    build.tell("message", steps=STEPS)
    record = logging.LogRecord("x", logging.WARNING, "", 0, "", None, None)
    LogHandler.queue.append((record, "warning: x"))
    build.screen.feed(f"kernel: 5 of 10 networks, 1 a second, 5 s left{MARK}data: y")
    assert build.lines()[1:] == ["warning: x", "data: y"]


@pytest.fixture
def piped(clock: SimpleNamespace, capfd: Any) -> Build:
    """A screen that takes what this process and its children write to standard error."""
    build = Build(clock)
    LogHandler.queue.clear()
    with build.screen:
        handler = LogHandler(SimpleNamespace(), None)  # type: ignore[arg-type]
        os.write(2, b"data: from a job\rdata: a part ")
        handler.emit(
            logging.LogRecord("x", logging.WARNING, "", 0, "warning: two\nlines", None, None)
        )
        os.write(2, MARK.encode() + b"data: nobody's mark\n")
        subprocess.run(["sh", "-c", "echo data: from a child >&2"], check=True)
    os.write(2, b"to the terminal again\n")
    assert capfd.readouterr().err == "to the terminal again\n"
    return build


def test_words_and_events_come_through_the_pipe_in_their_order(piped: Build) -> None:
    assert piped.lines() == [
        "data: from a job",
        "data: a part",
        "warning: two",
        "lines",
        "data: nobody's mark",
        "data: from a child",
    ]
