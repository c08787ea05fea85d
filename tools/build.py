"""Run Snakemake alone in this checkout, on safe files, and clear up after a run that was killed.

Snakemake locks the folder itself, but a killed run leaves its lock behind, and a person has to
take it away. Here the operating system holds the lock, and lets go of it with the process.

Of a build the terminal shows a table, and a file every word; where Snakemake's own words are what
was asked for, they are shown as they come.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "screen"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow/scripts"))

from lrstudy.yaml_file import ConfigError, check_files
from rich.console import Console
from screen import Screen

SCREEN = Path(__file__).resolve().parent / "screen"
STATE = Path(".snakemake")
LOG = STATE / "build.log"
MADE = [Path(name) for name in ("results", "figures", "paper", "build")]


def configfiles(arguments: list[str]) -> list[str]:
    """Return the files that Snakemake would read its configuration from."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", nargs="+", action="extend", default=[])
    parser.add_argument("--config", "-C", nargs="*", action="extend")
    return ["config/config.yaml", *parser.parse_known_args(arguments)[0].configfile]


def asks_for_words(arguments: list[str]) -> bool:
    """Tell whether these arguments are questions to Snakemake, or say how it shall answer."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for flags in (
        ("--dry-run", "--dryrun", "-n"),
        ("--printshellcmds", "-p"),
        ("--quiet", "-q"),
        ("--verbose",),
        ("--debug-dag",),
        ("--logger",),
    ):
        parser.add_argument(*flags, dest="asks", action="store_true")
    return bool(parser.parse_known_args(arguments)[0].asks)


def leave_the_end_to(run: subprocess.Popen[bytes], screen: Screen | None = None) -> None:
    """Wait for Snakemake when asked to end: a Ctrl-C reaches it by itself, SIGTERM is sent on."""

    def end(number: int, _: object) -> None:
        if screen:
            screen.stopped = True
        if number == signal.SIGTERM:
            run.terminate()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)


def watch(run: subprocess.Popen[bytes], screen: Screen) -> None:
    """Show what a build says until its end, at most half a second late."""
    assert run.stderr is not None
    pipe, rest = run.stderr.fileno(), b""
    while True:
        ready = select.select([pipe], [], [], 0.5)[0]
        if ready:
            content = os.read(pipe, 65536)
            if not content:
                return
            # A job on a terminal begins its progress anew with a carriage return.
            *lines, rest = re.split(rb"[\r\n]", rest + content)
            for line in lines:
                screen.feed(line.decode(errors="replace"))
        elif run.poll() is not None:  # a job that outlives it holds the pipe open
            return
        screen.draw()


def main(arguments: list[str]) -> int:
    """Run ``snakemake`` with these arguments and return its exit status."""
    try:
        check_files(configfiles(arguments))
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    try:
        STATE.mkdir(exist_ok=True)
        lock = os.open(STATE / "build.lock", os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.read(lock, 16) == b"running":  # the run before was killed
            shutil.rmtree(STATE / "locks", ignore_errors=True)
            for folder in MADE:
                for part in folder.rglob(".*.part"):  # see lrstudy/files.py
                    part.unlink()
        os.pwrite(lock, b"running", 0)
    except BlockingIOError:
        print("error: another build runs in this folder: wait for it, or end it", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: cannot write in {Path.cwd()}: {error.strerror}", file=sys.stderr)
        return 1
    # Snakemake inherits the lock: should this process be killed, no second build starts beside it.
    command = [sys.executable, "-m", "snakemake", *arguments]
    if asks_for_words(arguments):
        with subprocess.Popen(command, pass_fds=[lock]) as run:
            leave_the_end_to(run)
            status = run.wait()
    else:
        command += ["--quiet", "host", "reason", "--logger", "screen"]
        path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(SCREEN)]))
        variables = {**os.environ, "PYTHONPATH": path}
        with (
            open(LOG, "w", encoding="utf-8") as log,
            subprocess.Popen(
                command, pass_fds=[lock], env=variables, stderr=subprocess.PIPE
            ) as run,
        ):
            screen = Screen(Console(stderr=True, highlight=False), log)
            leave_the_end_to(run, screen)
            watch(run, screen)
            status = run.wait()
            screen.close(status)
    if status >= 0:
        os.ftruncate(lock, 0)
        return status
    return 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
