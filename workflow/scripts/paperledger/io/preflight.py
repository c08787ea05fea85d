"""What must hold before a build: sources to read, places to write, no file from the future."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

# Of one machine and its file server; Snakemake compares times to the fraction of a second.
ALLOWED_SECONDS = 10.0
SOURCES = ("config", "data", "paper", "workflow", "reference", "Snakefile", "requirements.lock")
# Environments that Snakemake keeps in its folder, with files by the thousand.
KEPT = {"conda", "conda-archive", "singularity"}


class PlaceError(Exception):
    """Nothing can be built here; the message says why and what to do."""


def check_readable(sources: Path) -> None:
    """Check that all sources of a checkout can be read; PlaceError names one that cannot.

    Nor can Snakemake run where a path has braces: it takes what they hold for a name.
    """
    if set("{}") & set(str(sources.absolute())):
        raise PlaceError(
            f"the path of this checkout is {sources.absolute()}: expected one without braces, "
            "which Snakemake reads as names; move or rename the folder"
        )
    for path in _walk(sources / name for name in SOURCES):
        if not os.access(path, os.R_OK | os.X_OK if path.is_dir() else os.R_OK):
            raise PlaceError(f"cannot read {path}: it {_why(path)}")


def check_writable(folders: Iterable[Path], files: Iterable[Path] = ()) -> None:
    """Check that a build can write in these folders; of some, write over the `files` in them.

    Raises
    ------
    PlaceError
        It cannot; after `sudo make` folders and files belong to root.
    """
    folders, files = list(folders), list(files)
    for folder in folders:
        found = folder.absolute()
        while not found.exists():
            found = found.parent
        if not os.access(found, os.W_OK | os.X_OK):
            raise PlaceError(
                f"cannot write in {folder}: expected a folder that may be written, but {found} "
                f"{_why(found)}"
            )
    for path in _walk([*folders, *files]):
        if path.is_dir() and not os.access(path, os.W_OK | os.X_OK):
            raise PlaceError(f"cannot write in {path}: it {_why(path)}")
    for path in _walk(files):
        if path.is_file() and not os.access(path, os.W_OK):
            raise PlaceError(f"cannot write {path}: it {_why(path)}")


def _walk(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if place.exists():
            yield place
        for folder, inner, names in os.walk(place):
            inner[:] = [name for name in inner if name not in KEPT]
            yield from (Path(folder, name) for name in [*inner, *names])


def _why(path: Path) -> str:
    status, own = path.stat(), os.geteuid()
    place = "." if path.absolute().is_relative_to(Path.cwd()) else path
    if status.st_uid != own:
        try:
            owner = pwd.getpwuid(status.st_uid).pw_name
        except KeyError:  # as in a container
            owner = f"user {status.st_uid}"
        return (
            f"belongs to {owner}; after `sudo make`, `sudo chown -R {own} {place}` makes all here "
            "yours"
        )
    if status.st_mode & 0o600 != 0o600:
        return f"has a mode that forbids it; `chmod -R u+rwX {place}` allows it"
    return "is on a disk that is read-only"


def check_place(sources: Path, folders: Iterable[Path]) -> None:
    """Check a checkout, and the folders that a build writes; PlaceError if nothing can be built.

    A file dated in the future means that the clock was set back: what is edited now would be older
    than what was built before, and a build that compares times would not see the edit.
    """
    folders = list(folders)
    check_writable(folders)
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
