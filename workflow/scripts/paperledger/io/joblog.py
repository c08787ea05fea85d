"""Where a job's words go: everything into its log, a few lines to the terminal."""

from __future__ import annotations

import os
import sys
import sysconfig
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from paperledger.io.files import WriteError


@contextmanager
def job_log(path: str | Path, *, expected: tuple[type[Exception], ...] = ()) -> Iterator[Say]:
    """Send standard output and standard error of this process, libraries included, into a log.

    Yield what prints one line on the terminal and in the log. Errors of the types in `expected`
    have a message for the user: like a `WriteError`, they end the job with that one line. Any other
    leaves a traceback in the log, too, and its line names the place.
    """
    known: tuple[type[Exception], ...] = (*expected, WriteError)
    terminal = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace")
    try:
        with open(path, "wb", buffering=0) as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
    except OSError as error:
        print(f"error: cannot write {path}: {error.strerror}", file=terminal, flush=True)
        sys.exit(1)

    def say(line: str, end: str = "\n") -> None:
        print(line, end=end, file=terminal, flush=True)
        print(line, file=sys.stderr, flush=True)

    try:
        yield say
    except known as error:
        say(f"error: {error}")
        sys.exit(1)
    except Exception as error:
        traceback.print_exc()
        say(f"error: {type(error).__name__}: {error} (in {_place(error)}; traceback: {path})")
        sys.exit(1)


Say = Callable[..., None]


def _place(error: Exception) -> str:
    """Return the last line of this project's own code that an error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    libraries = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib"))
    own = [frame for frame in frames if not frame.filename.startswith(libraries)] or frames
    return f"{own[-1].filename}, line {own[-1].lineno}"


class Progress:
    """A line that says how many things are done, how fast, and how long the rest takes.

    On a terminal the line is written over; elsewhere it is printed now and then. The screen of a
    build reads it: ``WHAT: 1,234 of 5,678 THINGS, ...``.
    """

    def __init__(self, say: Say, what: str, total: int, things: str) -> None:
        self._say = say
        self._what = what
        self._total = total
        self._things = things
        self._start = time.monotonic()
        self._last = self._start
        self._live = sys.__stdin__ is not None and os.isatty(0) and os.environ.get("TERM") != "dumb"

    def __call__(self, done: int) -> None:
        """Report that `done` things are done."""
        now = time.monotonic()
        finished = done >= self._total
        if not finished and now - self._last < (0.5 if self._live else 20.0):
            return
        self._last = now
        rate = done / max(now - self._start, 1e-9)
        left = (self._total - done) / rate if rate else float("inf")
        line = (
            f"{self._what}: {done:,} of {self._total:,} {self._things}, {rate:,.0f} a second, "
            + ("done" if finished else f"{left:,.0f} s left")
        )
        end = "" if self._live and not finished else "\n"
        self._say(f"\r{line:<78}" if self._live else line, end)
