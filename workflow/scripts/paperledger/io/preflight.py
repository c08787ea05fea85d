"""What must hold of folders and clock before a build: places to write, no file from the future."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

# Of one machine and its file server; Snakemake compares times to the fraction of a second.
ALLOWED_SECONDS = 10.0
SOURCES = ("config", "data", "paper", "workflow", "reference", "Snakefile")


class PlaceError(Exception):
    """Nothing can be built here; the message says why and what to do."""


def check_place(sources: Path, folders: Iterable[Path]) -> None:
    """Check a checkout, and the folders that a build writes; PlaceError if nothing can be built.

    A file dated in the future means that the clock was set back: what is edited now would be older
    than what was built before, and a build that compares times would not see the edit.
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
    places = [*(sources / name for name in SOURCES), *folders]
    files = (path for place in places for path in [place, *place.rglob("*")] if path.is_file())
    date, path = max((path.stat().st_mtime, path) for path in files)
    if date > now + ALLOWED_SECONDS:
        raise PlaceError(
            f"{path} is dated {_shown(date)}, but now is {_shown(now)}: was the clock set back? "
            # One date for all: `touch -d now` would look at the clock for each file.
            "Set it right. If it is right, and nothing was edited since it was set back, `find . "
            '-newermt now -exec touch -d "$(date -Is)" {} +` dates such files today; else `make '
            "clean`, and touch what was edited"
        )


def _shown(date: float) -> str:
    return datetime.fromtimestamp(date).strftime("%Y-%m-%d %H:%M:%S")
