"""What a build shows: a line for each part of the workflow, the time left, where the result is.

Snakemake runs in this process and logs to `LogHandler`. What it, its jobs and what they start write
to standard error comes through a pipe: every word into a log, some onto the screen.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import sys
import threading
import time
import traceback
from collections import Counter, deque
from dataclasses import dataclass
from logging import LogRecord
from pathlib import Path
from typing import ClassVar, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from snakemake_interface_logger_plugins.base import LogHandlerBase

MARK = "\x1e"  # in the pipe, for an event: the "record separator" of ASCII, which no job writes
PROGRESS = re.compile(r"(.+): ([\d,]+) of [\d,]+ ([\w ]+), .*(left|done)\b")  # io.joblog's
RAISED = re.compile(r"^[\w.]*(?:Error|Exception|Interrupt|Differs|Failed)\b(?:: )?", re.MULTILINE)
SNAKEMAKES = re.compile(r"^(?:\w+(?:Error|Exception)\b.*:\n)(?:Error: )?")
WHERE = re.compile(r'\n +File ".*", line .*')
# For who runs plain Snakemake; here the last lines say where the result is.
UNSHOWN = ("the paper: ", "numbers: ", "Using workflow specific profile")
START_SECONDS = 2.0  # of a job's process, which its rule's usual seconds leave out
QUIET_SECONDS = 30.0  # between two lines of progress where no terminal is


class LogHandler(LogHandlerBase):
    """The logger of Snakemake: it puts events into the pipe, among the words of the jobs."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = True  # none: quiet or not, the screen sees everything
    has_formatter = False
    needs_rulegraph = False
    queue: ClassVar[deque[tuple[LogRecord, str]]] = deque()

    def emit(self, record: LogRecord) -> None:
        """Keep the event and the text Snakemake has for it, and mark its place."""
        self.queue.append((record, self.format(record)))
        os.write(2, f"{MARK}\n".encode())


@dataclass
class Step:
    """One job: its part of the workflow, its usual seconds, and since when it runs."""

    part: str
    usual: float
    started: float = math.inf
    ended: bool = False


def duration(seconds: float) -> str:
    """Return seconds as a person reads them.

    Examples
    --------
    >>> duration(59.4), duration(191)
    ('59 s', '3 min 11 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def cause(log: str) -> str:
    r"""Return what a job's log ends with: the words after ``error:``, or an exception's.

    Examples
    --------
    >>> cause("epoch 1\nerror: cannot write x: full\n")
    'cannot write x: full'
    >>> cause("Traceback (most recent call last):\n  ...\nlrstudy.data.DataError: 3 rows\n")
    '3 rows'
    >>> cause("epoch 1\nepoch 2\n")
    "the job ended without an error of its own (killed?); its log ends with 'epoch 2'"
    """
    text = log.strip()
    found = [*re.finditer(r"^error: ", text, re.MULTILINE)] or [*RAISED.finditer(text)]
    if found:
        return text[found[-1].end() :] or found[-1].group()
    last = text.rpartition("\n")[2][:200]
    return f"the job ended without an error of its own (killed?); its log ends with {last!r}"


class Screen:
    """A build as its words and events tell it: a table on a terminal, plain lines elsewhere.

    In a ``with`` block it takes what goes to standard error, so `console` must write to another
    place; `log` gets every word. `close` says how the build ended. Who ends it sets `stopped`: then
    jobs fail, and nobody asks why.
    """

    def __init__(self, console: Console, log: TextIO) -> None:
        self.stopped = False
        self._console, self._log = console, log
        self._began = time.monotonic()
        self._steps: dict[int, Step] = {}
        self._results: list[str] = []
        self._held: list[str] = []  # shown only if nothing else tells what happened
        self._now = "reading the configuration and planning the steps"
        self._done: Counter[str] = Counter()  # things counted by jobs that have said "done"
        self._counted: dict[str, tuple[str, int]] = {}  # by the others
        self._failed = False
        self._ended = threading.Event()
        self._draws = console.is_terminal and not console.is_dumb_terminal
        self._live = Live(
            console=console,
            get_renderable=self._picture,
            refresh_per_second=2,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Screen:
        self._stderr = os.dup(2)
        read, write = os.pipe()
        os.dup2(write, 2)
        os.close(write)
        self._reader = threading.Thread(target=self._read, args=(read,), daemon=True)
        self._reader.start()
        if self._draws:
            self._live.start(refresh=True)
        else:
            threading.Thread(target=self._tell, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        sys.stderr.flush()
        os.dup2(self._stderr, 2)
        os.close(self._stderr)
        self._reader.join(2.0)  # a job that outlives the build holds the pipe open
        self._ended.set()
        self._now = ""
        self._live.stop()

    def _read(self, pipe: int) -> None:
        # Where a job draws its progress anew, a carriage return ends the line.
        with open(pipe, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    self.feed(line.removesuffix("\n"))
                except Exception:  # else nobody would empty the pipe
                    self._keep(traceback.format_exc())

    def _tell(self) -> None:
        while not self._ended.wait(QUIET_SECONDS):
            self.tell()

    def feed(self, line: str) -> None:
        """Take one line from the pipe: words, or words and the mark of an event behind them."""
        words, mark, rest = line.partition(MARK)
        if words or not mark:
            self._keep(words)
            self._word(words.rstrip())
        if mark and LogHandler.queue:
            self._event(*LogHandler.queue.popleft())
        if rest:
            self.feed(rest)

    def tell(self) -> None:
        """Say in a line how far the build is."""
        if self._steps:
            part, words = self._state()
            self._print(f"{part:.0%}, {words}; {self._now}")

    def close(self, status: int) -> None:
        """Say how it ended: where the result is, or what went wrong and which log says more."""
        if self.stopped:
            self._print("stopped; the next call goes on from here")
        elif status and not self._failed:
            for text in self._held:
                self._print(text)
            self._print(f"  log: {self._log.name}")
        elif status == 0 and not self._steps:
            if any(text.startswith("Nothing to be done") for text in self._held):
                self._held = ["nothing to do: all that was asked for is there and up to date"]
            for text in self._held:
                self._print(text)
        elif status == 0:
            count = self._count(" ")
            self._print(f"{count}done in {duration(time.monotonic() - self._began)}")
            for path in self._results:
                self._print(f"  {path}")

    def _keep(self, text: str) -> None:
        with contextlib.suppress(OSError):  # a full disk: the jobs will say so
            self._log.write(f"{text}\n")

    def _print(self, text: str) -> None:
        style = "bold red" if text.startswith("error: ") else ""
        self._console.print(Text(text, style), soft_wrap=True)

    def _event(self, record: LogRecord, text: str) -> None:
        """Take an event of Snakemake."""
        if text:
            self._keep(text)
        event, said = str(getattr(record, "event", None)), record.__dict__
        if "steps" in said:
            self._began = time.monotonic()
            self._held.clear()
            self._steps = {i: Step(part, usual + START_SECONDS) for i, part, usual in said["steps"]}
            self._print(f"{len(self._steps)} steps; every word: {self._log.name}")
        elif event == "job_info":
            # `all` asks for the paper and its ledger first, and then for all else.
            is_all = said["rule_name"] == "all"
            self._results = [*said["input"][:2]] if is_all else [*said["output"]]
            if step := self._steps.get(said["jobid"]):
                step.started = time.monotonic()
                self._now = f"{said['rule_name']}: {', '.join(said['output'])}"
        elif event == "job_finished":
            self._end(said["job_id"])
        elif event == "job_error":
            if not self.stopped:
                self._failed = True
                self._failure(said["rule_name"], [*said["output"]], [*map(str, said["log"])])
        elif record.levelname in ("WARNING", "ERROR", "CRITICAL"):
            # A RuleException comes just before the event of the job that failed, the rest after it.
            if not (self._failed or self.stopped) and not text.startswith("RuleException"):
                self._held.clear()
                self._print(SNAKEMAKES.sub("error: ", WHERE.sub("", text)))
        elif text.startswith("Will exit after finishing"):  # SIGTERM is Snakemake's
            self.stopped = True
        elif event == "None" and not self._steps:
            self._held.append(text)

    def _parts(self) -> dict[str, list[Step]]:
        parts: dict[str, list[Step]] = {}
        for step in self._steps.values():
            parts.setdefault(step.part, []).append(step)
        return parts

    def _end(self, job: int) -> None:
        step = self._steps.get(job)
        if step and not step.ended:
            step.ended = True
            steps = self._parts()[step.part]
            if not self._draws and all(step.ended for step in steps):
                passed = duration(time.monotonic() - self._began)
                self._print(f"{step.part}: {len(steps)} of {len(steps)} steps, after {passed}")

    def _failure(self, rule: str, output: list[str], logs: list[str]) -> None:
        """Print the three lines that matter: what happened, where, and which log says more."""
        words = self._held[0].removeprefix("error: ") if self._held else "no log says why"
        for name in logs:
            with contextlib.suppress(OSError):
                words = cause(Path(name).read_text(encoding="utf-8", errors="replace"))
        self._held.clear()
        self._print(f"error: {words}")
        self._print(f"  in rule {rule}, for {', '.join(output)}")
        self._print(f"  log: {', '.join(logs)}; of the whole build: {self._log.name}")

    def _word(self, line: str) -> None:
        """Take what a job says."""
        if found := PROGRESS.match(line):
            what, done, things, end = found.groups()
            self._now, self._counted[what] = line, (things, int(done.replace(",", "")))
            if end == "done":
                self._done.update(dict([self._counted.pop(what)]))
        # What fails says so in its log, too; then Snakemake in the job's process has its say.
        elif self._held or line.startswith(("error: ", "Traceback", "RuleException")):
            self._held.append(line)
        elif line and not self.stopped and not line.startswith(UNSHOWN):
            self._print(line)

    def _count(self, end: str) -> str:
        """Say how many things the jobs have done, if they count any."""
        total = self._done.copy()
        for things, done in list(self._counted.values()):
            total[things] += done
        return (
            ", ".join(f"{done:,} {things}" for things, done in total.items()) + end if total else ""
        )

    def _state(self) -> tuple[float, str]:
        """Return which part of the work is done, and how long the rest takes at this pace."""
        now = time.monotonic()
        total = sum(step.usual for step in self._steps.values())
        done = sum(
            step.usual if step.ended else max(0.0, min(now - step.started, step.usual))
            for step in self._steps.values()
        )
        part, passed = done / total, now - self._began
        words = f"{duration(passed)} so far"
        if passed > 10 and part > 0.05:  # before, the pace is not known
            words = f"{duration(passed / part - passed)} left"
        return part, self._count(" done, ") + words

    def _picture(self) -> Group:
        """Return the table of the parts, the bar, and what runs."""
        if not self._steps:
            return Group(Text(self._now, "dim"))
        table = Table.grid(padding=(0, 2))
        table.add_column()
        table.add_column(justify="right")
        for name, steps in self._parts().items():
            done, begun = (
                sum(step.ended for step in steps),
                any(step.started < math.inf for step in steps),
            )
            style = "dim" if not begun else "" if done == len(steps) else "bold"
            table.add_row(name, f"{done} of {len(steps)}", style=style)
        if not self._now:
            return Group(table)
        part_done, words = self._state()
        bar = Table.grid(padding=(0, 2))
        bar.add_row(ProgressBar(total=1.0, completed=part_done, width=24), Text(words))
        return Group(table, bar, Text(self._now, "dim", no_wrap=True, overflow="ellipsis"))
