"""Files: written in one step, so that all of it is there or what was before; and their hash."""

from __future__ import annotations

import gzip
import hashlib
import os
import secrets
import zlib
from pathlib import Path


class WriteError(Exception):
    """The file system refuses a file; the message names it and says why."""


def write_atomically(path: Path | str, content: bytes) -> None:
    """Write a file whole or not at all, and make its folder if needed; the mode follows the umask.

    Raises
    ------
    WriteError
        The disk is full, the folder may not be written, ...; `path` is then untouched, and nothing
        is left beside it.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(part, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # or a power cut could leave the name without the bytes
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from None


def read_unpacked(path: Path) -> bytes:
    """Read a file; of one whose name ends in .gz, what it holds.

    Raises
    ------
    ValueError
        It ends in .gz and is no such file, or is cut off.
    """
    content = path.read_bytes()
    if path.suffix != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"not gzip: {error}") from None


def sha256(path: Path) -> str:
    """Return a file's SHA-256, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
