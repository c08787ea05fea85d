"""What a build shows: made from lines as Snakemake and the jobs write them."""

from __future__ import annotations

import doctest
import io
import json
import logging
import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from lrstudy.joblog import Progress
from rich.console import Console

sys.path.append(str(Path(__file__).parents[2] / "tools/screen"))

import screen as module
from screen import MARK, Screen
from snakemake_logger_plugin_screen import LogHandler

STEPS = {"1": ("train", 58), "2": ("train", 38), "3": ("paper", 18)}  # and 2 s each to start


class Log(io.StringIO):
    name = "build.log"


class Build:
    """A build that tells a screen what happens, a clock in hand."""

    def __init__(self, terminal: bool = False) -> None:
        self.now = 0.0
        self.shown = io.StringIO()
        self.log = Log()
        console = Console(file=self.shown, force_terminal=terminal, width=80, height=24)
        self.screen = Screen(console, self.log, clock=lambda: self.now)

    def tell(self, event: str, level: str = "INFO", text: str = "", **more: object) -> None:
        said = {"event": event, "level": level, "text": text, **more}
        self.screen.feed(MARK + json.dumps(said))

    def start(self, jobid: int, rule: str = "train_kernel", after: float = 0.0) -> None:
        self.now += after
        made = {"input": ["paper.pdf", "claims.json"], "output": [f"{rule}.out"]}
        self.tell("job_info", jobid=jobid, rule_name=rule, **made)

    def end(self, jobid: int, after: float = 0.0) -> None:
        self.now += after
        self.tell("job_finished", job_id=jobid)

    def lines(self) -> list[str]:
        return self.shown.getvalue().splitlines()


@pytest.fixture
def build() -> Build:
    return Build()


def test_a_build_where_no_terminal_is(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    build.tell("message", text="Building DAG of jobs...")
    build.tell("message", steps=STEPS)
    build.start(1)
    build.screen.draw()  # too early for another line
    monkeypatch.setattr("lrstudy.joblog.time", SimpleNamespace(monotonic=lambda: build.now))
    report = Progress(lambda line, end="": build.screen.feed(line), "kernel, tail", 2000)
    build.now = 31.0
    report(1000)
    build.screen.draw()
    build.screen.draw()  # and too early again
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
        "26%, 1,000 networks trained, 1 min 29 s left; kernel, tail: 1,000 of 2,000 networks, "
        "32 a second, 31 s left",
        "data: x is from y, SHA-256 as expected",
        "train: 2 of 2 steps, after 2 min 00 s",
        "paper: 1 of 1 steps, after 2 min 01 s",
        "2,000 networks trained, done in 2 min 01 s",
        "  paper.pdf",
        "  claims.json",
    ]
    words = build.log.getvalue()
    for line in ("Building DAG of jobs...", "numbers: 3", "2,000 of 2,000 networks"):
        assert line in words


def test_a_terminal_shows_a_table_that_fits() -> None:
    build = Build(terminal=True)
    build.screen.draw()
    assert "planning the steps" in build.shown.getvalue()
    parts = {str(i): (f"part_{i}", 60) for i in range(10)}
    build.tell("message", steps=parts)
    build.start(0)
    build.screen.feed(f"kernel, {'x' * 100}: 5 of 10 networks, 1 a second")
    build.now = 62.0
    before = len(build.shown.getvalue())
    build.screen.draw()
    shown = re.sub(r"\x1b\[[\d?]*\w", "", build.shown.getvalue()[before:])
    for i in range(10):
        assert f"part_{i}  0 of 1" in shown
    assert "5 networks trained, 9 min 18 s left" in shown
    # One line for each part, the bar and what runs, which is cut to the width.
    assert shown.count("\n") == 11
    assert "x" * 80 not in shown
    build.screen.close(0)


def test_a_dumb_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    build = Build(terminal=True)
    build.tell("message", steps=STEPS)
    build.screen.draw()
    build.screen.close(1)
    assert build.lines() == ["3 steps; every word: build.log", "  log: build.log"]


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("a\nerror: cannot write x: full\n", "cannot write x: full"),
        ("error: one\nthe numbers\nerror: two:\n  H1 < 0\n", "two:\n  H1 < 0"),
        ("Traceback (most\n  File\nValueError: 3\n", "3"),
        ("Traceback (most\n  File\nlrstudy.x.PlanError: 3 rows:\nabc\n", "3 rows:\nabc"),
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
    build.tell("job_error", "ERROR", rule_name="draw", output=["a", "b"], log=[str(place)])
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


def test_a_build_that_is_ended_by_its_user_asks_no_job_why(build: Build) -> None:
    build.tell("message", steps=STEPS)
    build.start(1)
    build.screen.stopped = True
    build.screen.feed("Traceback (most recent call last):")
    build.tell("job_error", "ERROR", rule_name="draw", output=["a"], log=[])
    build.screen.close(1)
    assert build.lines()[1:] == ["stopped; the next call goes on from here"]


def test_nothing_to_do_and_an_answer_that_is_no_build() -> None:
    for text, shown in (
        ("Nothing to be done (all ...).", "nothing to do: all that was asked for is there"),
        ("Unlocked working directory.", "Unlocked working directory."),
    ):
        build = Build()
        build.tell("message", text=text)
        build.screen.close(0)
        (line,) = build.lines()
        assert line.startswith(shown)


def test_a_warning_is_shown_and_a_damaged_event_kept_in_the_log(build: Build) -> None:
    build.tell("message", "WARNING", "warning: other packages")
    build.screen.feed(f'{MARK}{{"event": "mess')
    build.screen.close(0)
    assert build.lines() == ["warning: other packages"]
    assert '{"event": "mess\n' in build.log.getvalue()


def test_the_plugin_writes_one_line_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    monkeypatch.setattr(os, "write", lambda descriptor, data: written.append(data))
    handler = LogHandler(SimpleNamespace(), None)  # type: ignore[arg-type]
    record = logging.LogRecord("x", logging.ERROR, "", 0, "two\nlines", None, None)
    record.__dict__.update(event="job_error", rule_name="draw", log=[Path("a.log")], aux="not kept")
    handler.emit(record)
    (line,) = (data.decode() for data in written)
    assert line.startswith(MARK)
    assert line.count("\n") == 1
    assert json.loads(line[1:]) == {
        "event": "job_error",
        "level": "ERROR",
        "text": "two\nlines",
        "rule_name": "draw",
        "log": ["a.log"],
    }


def test_examples() -> None:
    result = doctest.testmod(module)
    assert result.attempted > 2
    assert not result.failed
