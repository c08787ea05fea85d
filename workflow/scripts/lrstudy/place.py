"""What must hold of folders and clock before a build: places to write, no file from the future."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

# Of one machine and its file server; Snakemake compares times to the fraction of a second.
ALLOWED_SECONDS = 10.0
SOURCES = ("config", "data", "paper", "workflow", "reference", "Snakefile")


class PlaceError(Exception):
    """Nothing can be built here; the message says why and what to do."""


def check_place(sources: Path, folders: Iterable[Path]) -> None:
    """Check where a build reads and writes.

    A file dated in the future means that the clock was set back: what is edited now would be older
    than what was built before, and a build that compares times would not see the edit.

    Parameters
    ----------
    sources : Path
        The checkout.
    folders : iterable of Path
        Where the build writes.

    Raises
    ------
    PlaceError
        A folder may not be written, or a file is dated in the future.
    """
    folders = list(folders)
    for folder in folders:
        found = folder.absolute()
        while not found.exists():
            found = found.parent
        if not os.access(found, os.W_OK | os.X_OK):
            raise PlaceError(
                f"cannot write in {folder}: expected a folder that may be written, but {found} is "
                "read-only or belongs to another user"
            )
    now = time.time()
    date, path = max(_dates([*(sources / name for name in SOURCES), *folders]))
    if date > now + ALLOWED_SECONDS:
        raise PlaceError(
            f"{path} is dated {_shown(date)}, but now is {_shown(now)}: was the clock set back? "
            "Set it right. If it is right, and nothing was edited since it was set back, `find . "
            "-newermt now -exec touch -d now {} +` dates such files today; else `make clean`, and "
            "touch what was edited"
        )


def _dates(places: Iterable[Path]) -> Iterator[tuple[float, str]]:
    """Give the times of all files, the newest change of each."""
    for place in places:
        for path in [place, *place.rglob("*")]:
            if path.is_file():
                yield path.stat().st_mtime, str(path)


def _shown(date: float) -> str:
    return datetime.fromtimestamp(date).strftime("%Y-%m-%d %H:%M:%S")
