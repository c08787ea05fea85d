"""Files: written in one step, so that all of it is there or what was before; and their hash."""

from __future__ import annotations

import hashlib
import os
import secrets
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


def sha256(path: Path) -> str:
    """Return a file's SHA-256, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
