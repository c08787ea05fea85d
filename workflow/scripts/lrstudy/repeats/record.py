"""The record of a repeat, `reference/repeats/N/`, as its README says; and which repeats count."""

from __future__ import annotations

import gzip
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperledger.io.files import WriteError, read_unpacked, sha256, write_atomically

from lrstudy.repeats.settings import REPEATS, RepeatError, settings_hash

ABOUT, VALUES, MOMENTS, CHUNKS = "about.json", "values.json.gz", "moments.parquet", "chunks.json"
FILES = (VALUES, MOMENTS, CHUNKS)
OWN = "repeats."
"""Claims that begin with it are of all runs together; no run has them by itself."""

Values = Mapping[str, float | int | str]


@dataclass(frozen=True)
class Repeat:
    """One repeat: what it says of itself, and the value of each of its claims."""

    about: dict[str, Any]
    values: dict[str, float | int | str]


def _read_json(path: Path) -> Any:
    try:
        return json.loads(read_unpacked(path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or f"not JSON: {error}"
        raise RepeatError(f"{path}: expected what `make repeat` writes, found {reason}") from None


def read_about(folder: Path) -> dict[str, Any]:
    """Read what a repeat says of itself.

    Raises
    ------
    RepeatError
        There is none, or it is of another repeat than its folder.
    """
    about = _read_json(folder / ABOUT)
    if not isinstance(about, dict) or str(about.get("n")) != folder.name:
        found = about.get("n") if isinstance(about, dict) else about
        raise RepeatError(f"{folder / ABOUT}: expected repeat {folder.name}, found {found!r}")
    lacking = [k for k in ("base", "of", "settings", "chunk_size", "files") if k not in about]
    if lacking or set(about["files"]) != set(FILES):
        raise RepeatError(f"{folder / ABOUT}: expected {', '.join(lacking) or FILES}, found none")
    return about


def read_repeat(folder: Path) -> Repeat:
    """Read one repeat, whose files have to be those that its about.json states.

    Raises
    ------
    RepeatError
        A file is missing, damaged or another one; the message names it.
    """
    about = read_about(folder)
    for name, stated in about["files"].items():
        path = folder / name
        found = sha256(path) if path.is_file() else "none"
        if found != stated:
            raise RepeatError(f"{path}: expected the file of SHA-256 {stated}, found {found}")
    return Repeat(about, _read_json(folder / VALUES))


def read_values(repeats: Iterable[int], record: Path = REPEATS) -> dict[int, Values]:
    """Read the values of the claims of some repeats, by their numbers."""
    return {n: read_repeat(record / str(n)).values for n in repeats}


def numbers(record: Path) -> list[int]:
    """List the repeats of a record."""
    return sorted(int(p.name) for p in record.glob("*") if p.name.isdecimal() and p.is_dir())


def counted(record: Path, config: Mapping[str, Any]) -> list[int]:
    """List the repeats that belong to a configuration: of its settings, and of its own base.

    A repeat has the settings of the study that it repeats, but another base: none counts there.
    """
    hashed, base = settings_hash(config), config.get("first_replicate")
    return [
        n
        for n in numbers(record)
        if (about := read_about(record / str(n)))["settings"] == hashed and about["of"] == base
    ]


def files_of(record: Path, repeats: Iterable[int]) -> list[Path]:
    """List the files of some repeats, and of what was frozen; none where there are no repeats."""
    found = [record / str(n) / name for n in repeats for name in (ABOUT, *FILES)]
    frozen = record / "frozen.json"
    return [*found, frozen] if found and frozen.is_file() else found


def write_repeat(record: Path, about: Mapping[str, Any], files: Mapping[str, bytes]) -> Path:
    """Write a repeat's folder, in one step: all of it is there, or what was before.

    `about` lacks the hashes of `files`, which are added.

    Raises
    ------
    WriteError
        The file system refuses it.
    """
    folder = record / str(about["n"])
    mark = secrets.token_hex(4)
    made, old = (record / f".{about['n']}.{mark}.{kind}" for kind in ("part", "old"))
    try:
        for name, content in files.items():
            write_atomically(made / name, content)
        hashes = {name: sha256(made / name) for name in files}
        text = json.dumps({**about, "files": hashes}, indent=1, sort_keys=True) + "\n"
        write_atomically(made / ABOUT, text.encode())
        if folder.exists():
            os.rename(folder, old)
        os.rename(made, folder)
    except OSError as error:
        raise WriteError(f"cannot write {folder}: {error.strerror}") from None
    finally:
        for left in (made, old):
            shutil.rmtree(left, ignore_errors=True)
    return folder


def values_json(claims: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Write the value of every claim of results/numbers.json, one a line, packed by gzip."""
    values = {name: entry["value"] for name, entry in claims.items() if not name.startswith(OWN)}
    text = json.dumps(values, indent=0, sort_keys=True, allow_nan=False) + "\n"
    return gzip.compress(text.encode(), mtime=0)
