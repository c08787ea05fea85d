"""What an archive of a published paper holds: its sources, and its record if it is theirs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from paperledger.io import git
from paperledger.io.files import sha256
from paperledger.record.record import altered, check_sources, read_hashes

SUMS = "SHA256SUMS"


class ArchiveError(Exception):
    """No archive can be made of this checkout; the message says what was expected and found."""


def json_bytes(content: Any) -> bytes:
    """Write JSON as all that describes an archive is written."""
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def digest(content: Path | bytes) -> str:
    """Return the SHA-256 of a file, or of what will be one."""
    return sha256(content) if isinstance(content, Path) else hashlib.sha256(content).hexdigest()


def size(content: Path | bytes) -> int:
    """Return the bytes of a file, or of what will be one."""
    return content.stat().st_size if isinstance(content, Path) else len(content)


def sums(files: Mapping[str, Path | bytes]) -> bytes:
    """Write the SHA-256 of each file as ``sha256sum --check`` reads it."""
    return "".join(f"{digest(files[name])}  {name}\n" for name in sorted(files)).encode()


def sources(root: Path, made: Sequence[str]) -> dict[str, Path]:
    """List the files of a checkout as committed; without git, of an archive that was unpacked.

    The latter are those of its ``SHA256SUMS``, but for the `made`: what an archive adds to them.

    Raises
    ------
    ArchiveError
        A file is not as committed or, without git, not as archived; or nothing says which are.
    """
    changed = git.changes(root)
    if changed is not None:
        names = [name for name in git.ask(root, "ls-files", "-z").stdout.split("\0") if name]
        wrong = [line[3:] for line in changed]
    elif (root / SUMS).is_file():
        lines = (root / SUMS).read_text("utf-8").splitlines()
        stated = {name: found for found, _, name in (line.partition("  ") for line in lines)}
        names = [name for name in stated if name not in made and not name.startswith("wheels/")]
        wrong = _others(root, {name: stated[name] for name in names})
    else:
        raise ArchiveError(f"expected a git checkout, or {SUMS} of an archive, found neither")
    if wrong:
        state = "archived" if changed is None else "committed"
        raise ArchiveError(
            f"expected every file as {state}, found {len(wrong)} that are not: {_some(wrong)}"
        )
    return {name: root / name for name in sorted(names)}


def check_record(root: Path, record: Path) -> None:
    """Refuse a record that is not whole, or was made from other sources.

    Raises
    ------
    ArchiveError
        Names the first files that differ.
    RecordError
        There is no record, or it is of other sources.
    """
    hashes = read_hashes(record)
    if wrong := altered(record, hashes):
        raise ArchiveError(
            f"expected {record.name}/ as its hashes.json says, found others: {_some(wrong)}"
        )
    check_sources(root, record / "about.json")


def _others(root: Path, stated: Mapping[str, str]) -> list[str]:
    """List the files that are not there, or have another SHA-256 than is stated."""
    return [n for n in stated if not (root / n).is_file() or sha256(root / n) != stated[n]]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
