"""Freeze the sentences of the paper as they stand, after the repeats that were run so far."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from paperledger.io.files import WriteError
from paperledger.io.yaml_file import CONFIG, ConfigError, read_merged

from lrstudy.repeats.frozen import FROZEN, freeze
from lrstudy.repeats.record import counted
from lrstudy.repeats.settings import REPEATS, RepeatError


def main(arguments: list[str]) -> int:
    """Write the file, say what it holds, and return the exit status."""
    argparse.ArgumentParser(description=__doc__).parse_args(arguments)
    try:
        frozen = freeze(Path(), REPEATS, counted(REPEATS, read_merged([CONFIG])))
    except (ConfigError, RepeatError, WriteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(
        f"{len(frozen.sentences)} sentences, after repeats {', '.join(map(str, frozen.repeats))}: "
        f"{REPEATS / FROZEN}; commit it"
    )
    return 0
