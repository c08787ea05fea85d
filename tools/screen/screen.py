"""What a build shows: a line for each part of the workflow, the time left, where the result is."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from snakemake_logger_plugin_screen import MARK

PROGRESS = re.compile(r"(.+): ([\d,]+) of ([\d,]+) networks\b")  # as lrstudy.joblog writes it
RAISED = re.compile(r"^[\w.]*(?:Error|Exception|Interrupt|Differs|Failed)\b(?:: )?", re.MULTILINE)
SNAKEMAKES = re.compile(r"^(?:\w+(?:Error|Exception)\b.*:\n)(?:Error: )?")
WHERE = re.compile(r'\n +File ".*", line .*')
# For who runs plain Snakemake; here the last lines say where the result is.
UNSHOWN = ("the paper: ", "numbers: ", "Using workflow specific profile")
START_SECONDS = 2.0  # of a job's process, which its rule's usual seconds leave out
QUIET_SECONDS = 30.0  # between two lines of progress where no terminal is


@dataclass
class Part:
    """The steps of one file of workflow/rules: how many, how many have begun and ended."""

    total: int = 0
    begun: int = 0
    done: int = 0


@dataclass
class Step:
    """One job: its part, its usual seconds, and since when it runs."""

    part: str
    usual: float
    started: float | None = None
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
    """The state of a build, as its lines tell it, and how it looks.

    Parameters
    ----------
    console : rich.console.Console
        Where it is shown: a table that is drawn anew on a terminal, plain lines elsewhere.
    log : text file
        Gets every word of Snakemake and of the jobs.
    clock : callable
        Seconds, of any beginning.

    Attributes
    ----------
    stopped : bool
        Set when the user ends the build: then its jobs fail, and nobody asks why.
    """

    def __init__(
        self, console: Console, log: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._log = log
        self._clock = clock
        self._began = self._last = clock()
        self._parts: dict[str, Part] = {}
        self._steps: dict[int, Step] = {}
        self._results: list[str] = []
        self._held: list[str] = []  # shown only if nothing else tells what happened
        self._now = "reading the configuration and planning the steps"
        self._trained = 0  # networks, of the jobs that have said "done"
        self._training: dict[str, int] = {}
        self._failed = False
        self.stopped = False  # by the user
        self._live: Live | None = None
        if console.is_terminal and not console.is_dumb_terminal:
            self._live = Live(console=console, auto_refresh=False)
            self._live.start()

    def feed(self, line: str) -> None:
        """Take one line of the build's standard error."""
        if not line.startswith(MARK):
            self._log.write(f"{line}\n")
            self._word(line.rstrip())
            return
        try:
            event = json.loads(line[1:])
        except ValueError:  # a job wrote into the middle of it
            self._log.write(f"{line[1:]}\n")
            return
        if event["text"]:
            self._log.write(f"{event['text']}\n")
        self._event(event)

    def draw(self) -> None:
        """Show how far it is; where no terminal is, now and then."""
        if self._live:
            self._live.update(self._picture(), refresh=True)
        elif self._parts and self._clock() - self._last > QUIET_SECONDS:
            self._last = self._clock()
            part, words = self._state()
            self._print(f"{part:.0%}, {words}; {self._now}")

    def close(self, status: int) -> None:
        """Say how it ended: where the result is, or what went wrong and which log says more."""
        if self._live:
            self._now = ""
            self._live.update(self._picture(), refresh=True)
            self._live.stop()
        if self.stopped:
            self._print("stopped; the next call goes on from here")
        elif status and not self._failed:
            for text in self._held:
                self._print(text)
            self._print(f"  log: {self._log.name}")
        elif status == 0 and not self._parts:
            if any(text.startswith("Nothing to be done") for text in self._held):
                self._held = ["nothing to do: all that was asked for is there and up to date"]
            for text in self._held:
                self._print(text)
        elif status == 0:
            self._print(f"{self._networks()}done in {duration(self._clock() - self._began)}")
            for path in self._results:
                self._print(f"  {path}")

    def _print(self, text: str) -> None:
        style = "bold red" if text.startswith("error: ") else ""
        self._console.print(Text(text, style), soft_wrap=True)

    def _event(self, event: dict[str, Any]) -> None:
        """Take an event of Snakemake."""
        kind = event["event"]
        if "steps" in event:
            self._start(event["steps"])
        elif kind == "job_info":
            self._results = event["input" if event["rule_name"] == "all" else "output"]
            self._begin(event)
        elif kind == "job_finished":
            self._end(event["job_id"])
        elif kind == "job_error":
            if not self.stopped:
                self._failed = True
                self._failure(event)
        elif event["level"] in ("WARNING", "ERROR", "CRITICAL"):
            # A RuleException comes just before the event of the job that failed, the rest after it.
            if not (self._failed or self.stopped) and not event["text"].startswith("RuleException"):
                self._held.clear()
                self._print(SNAKEMAKES.sub("error: ", WHERE.sub("", event["text"])))
        elif kind == "message" and not self._parts:
            self._held.append(event["text"])

    def _start(self, steps: dict[str, tuple[str, float]]) -> None:
        self._began = self._last = self._clock()
        self._held.clear()
        for jobid, (part, usual) in steps.items():
            self._steps[int(jobid)] = Step(part, usual + START_SECONDS)
            self._parts.setdefault(part, Part()).total += 1
        self._print(f"{len(steps)} steps; every word: {self._log.name}")

    def _begin(self, event: dict[str, Any]) -> None:
        step = self._steps.get(event["jobid"])
        if step:
            step.started = self._clock()
            self._parts[step.part].begun += 1
            self._now = f"{event['rule_name']}: {', '.join(event['output'])}"

    def _end(self, jobid: int) -> None:
        step = self._steps.get(jobid)
        if step and not step.ended:
            step.ended = True
            part = self._parts[step.part]
            part.done += 1
            if part.done == part.total and not self._live:
                passed = duration(self._clock() - self._began)
                self._print(f"{step.part}: {part.done} of {part.total} steps, after {passed}")

    def _failure(self, event: dict[str, Any]) -> None:
        """Print the three lines that matter: what happened, where, and which log says more."""
        words = self._held[0].removeprefix("error: ") if self._held else "no log says why"
        for name in event["log"]:
            with contextlib.suppress(OSError):
                words = cause(Path(name).read_text(encoding="utf-8", errors="replace"))
        self._held.clear()
        self._print(f"error: {words}")
        self._print(f"  in rule {event['rule_name']}, for {', '.join(event['output'])}")
        self._print(f"  log: {', '.join(event['log'])}; of the whole build: {self._log.name}")

    def _word(self, line: str) -> None:
        """Take what a job says."""
        found = PROGRESS.match(line)
        if found:
            done, total = (int(number.replace(",", "")) for number in found.groups()[1:])
            self._now, self._training[found[1]] = line, done
            if done == total:
                self._trained += self._training.pop(found[1])
        # What fails says so in its log, too; then Snakemake in the job's process has its say.
        elif self._held or line.startswith(("error: ", "Traceback", "RuleException")):
            self._held.append(line)
        elif line and not self.stopped and not line.startswith(UNSHOWN):
            self._print(line)

    def _networks(self) -> str:
        """Say how many networks are trained, and a comma, if there are any."""
        trained = self._trained + sum(self._training.values())
        return f"{trained:,} networks trained, " if trained else ""

    def _state(self) -> tuple[float, str]:
        """Return which part of the work is done, and how long the rest takes at this pace."""
        now = self._clock()
        total = sum(step.usual for step in self._steps.values())
        done = sum(
            step.usual if step.ended else min(now - step.started, step.usual)
            for step in self._steps.values()
            if step.started is not None
        )
        part, passed = done / total, now - self._began
        words = f"{duration(passed)} so far"
        if passed > 10 and part > 0.05:  # before, the pace is not known
            words = f"{duration(passed / part - passed)} left"
        return part, self._networks() + words

    def _picture(self) -> Group:
        """Return the table of the parts, the bar, and what runs."""
        if not self._parts:
            return Group(Text(self._now, "dim"))
        table = Table.grid(padding=(0, 2))
        table.add_column()
        table.add_column(justify="right")
        for name, part in self._parts.items():
            style = "dim" if not part.begun else "" if part.done == part.total else "bold"
            table.add_row(name, f"{part.done} of {part.total}", style=style)
        if not self._now:
            return Group(table)
        part_done, words = self._state()
        bar = Table.grid(padding=(0, 2))
        bar.add_row(ProgressBar(total=1.0, completed=part_done, width=24), Text(words))
        now = Text(self._now, "dim", no_wrap=True, overflow="ellipsis")
        return Group(table, bar, now)
