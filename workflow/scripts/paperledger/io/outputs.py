"""Which outputs of a build were edited since: a checksum of each, beside what Snakemake keeps.

Snakemake holds the inputs of a job against the checksums it saw, and would build on an edited
output as if the edit were a result.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

from paperledger.io.files import WriteError, sha256, write_atomically

KEPT = Path(".snakemake/outputs.json")


def _read() -> dict[str, list[int | str]]:
    try:
        found: dict[str, list[int | str]] = json.loads(KEPT.read_text())
    except (OSError, ValueError):
        return {}
    return found


def _write(kept: dict[str, list[int | str]]) -> None:
    with contextlib.suppress(WriteError):  # a full disk: the jobs say so
        write_atomically(KEPT, json.dumps(kept, indent=0, sort_keys=True).encode())


def _stamp(path: Path) -> list[int | str]:
    found = path.stat()
    return [found.st_mtime_ns, found.st_size]


def remember(paths: Iterable[str]) -> None:
    """Keep date, size and checksum of finished outputs, as far as they are there."""
    kept = _read()
    for name in paths:
        path = Path(name)
        if path.is_file() and kept.get(name, [])[:2] != _stamp(path):
            kept[name] = [*_stamp(path), sha256(path)]
    _write(kept)


def forget(paths: Iterable[str]) -> None:
    """Drop outputs that are about to be made: a build that is killed must not find them edited."""
    gone = set(paths)
    _write({name: found for name, found in _read().items() if name not in gone})


def lost(name: str) -> bool:
    """Tell whether a remembered output is not there any more."""
    return name in _read() and not Path(name).exists()


def edited(folders: Iterable[Path]) -> list[str]:
    """List the remembered files of some folders that hold something else by now.

    A file of the date and size that it had is not read.
    """
    places = list(folders)
    return [
        name
        for name, (*stamp, known) in _read().items()
        if any(Path(name).is_relative_to(place) for place in places)
        and Path(name).is_file()
        and _stamp(Path(name)) != stamp
        and sha256(Path(name)) != known
    ]
