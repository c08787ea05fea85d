"""One program for a package: its commands are the modules of PACKAGE.commands, by their names."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules

from paperledger.io.variables import VARIABLES, settle

CUT_SHORT = 141
"""Exit status of a command whose output nobody read to its end, as a shell says it."""


def run_program(package: str, arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Each module of the package's ``commands`` has a function ``main``, which takes the arguments
    after the command's name. `arguments` stand for those that the program was started with.
    """
    settle(VARIABLES)
    given = sys.argv[1:] if arguments is None else list(arguments)
    place = f"{package}.commands"
    names = sorted(module.name for module in iter_modules(import_module(place).__path__))
    parser = argparse.ArgumentParser(
        prog=f"python -m {package}",
        description=f"commands of {package}; COMMAND --help says what it takes",
    )
    parser.add_argument("command", choices=names, metavar="COMMAND", help=", ".join(names))
    # What follows the command's name is the command's, --help among it.
    name = parser.parse_args(given[:1]).command
    sys.argv[0] = f"{package} {name}"
    status = CUT_SHORT
    try:
        try:
            status = import_module(f"{place}.{name}").main(given[1:])
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Who reads it has had enough, as `head` has: nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status
