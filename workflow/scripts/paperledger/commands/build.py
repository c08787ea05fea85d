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
import shutil
import signal
import sys
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from rich.console import Console

from paperledger import screen
from paperledger.io.preflight import PlaceError, check_writable
from paperledger.io.variables import provide_home
from paperledger.io.yaml_file import CONFIG, ConfigError, add_configfile, build_folder, read_merged
from paperledger.record.difference import write_difference

STATE = Path(".snakemake")
LOG = STATE / "build.log"
# Also in profiles/default, for plain `snakemake`: there a paper made by `make new` has none.
OPTIONS = ("--rerun-incomplete", "--max-checksum-file-size", "100000000")
MADE = [Path(name) for name in ("results", "figures", "paper", "build")]


def read_arguments(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the configuration files, and all arguments with each option of these at most once.

    Of two ``--configfile`` Snakemake heeds the last one alone, and so of ``--config``.

    Raises
    ------
    ConfigError
        A configuration stands where targets do.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add_configfile(parser)
    parser.add_argument("--config", "-C", nargs="*", action="extend", default=[])
    found, rest = parser.parse_known_args(arguments)
    for before, word in pairwise(["", *rest]):
        option = word.startswith("-") or before.startswith("--")
        if word.endswith((".yaml", ".yml")) and not option:
            raise ConfigError(
                f"{word}: expected a target, found a configuration; `make paper CONFIG={word}`, or "
                f"`--configfile {word}`, builds with it"
            )
    values = ["--config", *found.config] if found.config else []
    files = ["--configfile", *found.configfile] if found.configfile else []
    return found.configfile, [*rest, *values, *files]


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


def snakemake(arguments: list[str]) -> int:
    """Run Snakemake in this process and return its exit status."""
    # Late: it takes a second, and the screen is there before.
    from snakemake import cli
    from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

    # By hand: what it finds by itself are packages on the path.
    LoggerPluginRegistry().register_plugin("snakemake_logger_plugin_screen", screen)
    sys.argv = ["snakemake", *arguments]  # as it names itself
    try:
        cli.main([*OPTIONS, *arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def show(arguments: list[str], files: list[str]) -> int:
    """Run Snakemake behind a screen and return its exit status."""
    with (
        open(os.dup(2), "w", encoding="utf-8", errors="replace") as terminal,
        open(LOG, "w", buffering=1, encoding="utf-8") as log,
    ):
        shown = screen.Screen(Console(file=terminal, highlight=False), log)

        def end(number: int, _: object) -> NoReturn:
            shown.stopped = True
            raise KeyboardInterrupt(number)

        signal.signal(signal.SIGINT, end)
        signal.signal(signal.SIGTERM, end)
        status = 1
        try:
            with shown:
                status = snakemake([*arguments, "--quiet", "host", "reason", "--logger", "screen"])
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            shown.close(status)
        if status and not shown.stopped:
            root = build_folder(files)
            said = [f"the build ended with exit status {status}"]
            print(write_difference(Path(), root, said), file=terminal)
    return status


def main(arguments: list[str]) -> int:
    """Run ``snakemake`` with these arguments and return its exit status."""
    try:
        files, arguments = read_arguments(arguments)
        read_merged([CONFIG, *files])
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    try:
        check_writable([STATE], [STATE])
        STATE.mkdir(exist_ok=True)
        provide_home(STATE / "home")
        lock = os.open(STATE / "build.lock", os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.read(lock, 16) == b"running":  # the run before was killed
            shutil.rmtree(STATE / "locks", ignore_errors=True)
            for folder in MADE:
                for part in folder.rglob(".*.part"):  # see paperledger/io/files.py
                    part.unlink()
        os.pwrite(lock, b"running", 0)
    except BlockingIOError:
        print("error: another build runs in this folder: wait for it, or end it", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: cannot write in {Path.cwd()}: {error.strerror}", file=sys.stderr)
        return 1
    except PlaceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    try:
        asked = asks_for_words(arguments)
        status = snakemake(arguments) if asked else show(arguments, files)
    except KeyboardInterrupt as stop:  # Snakemake may have left its lock, too
        return 128 + (stop.args or [signal.SIGINT])[0]
    os.ftruncate(lock, 0)
    return status
