"""A zip file whose bytes depend on its files alone."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from paperledger.io.files import WriteError


def write_zip(target: Path, folder: str, files: Mapping[str, Path | bytes], day: str) -> None:
    """Pack files into one folder of a zip file, each dated to a day (YYYY-MM-DD).

    They are stored as they are, as other versions of zlib would deflate them to other bytes. What
    begins with "#!" may be run: not every program that unpacks keeps modes.

    Raises
    ------
    WriteError
        The file system refuses it; what was there before is then still there.
    """
    year, month, date = map(int, day.split("-"))
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
                for name, content in sorted(files.items()):
                    entry = zipfile.ZipInfo(f"{folder}/{name}", (year, month, date, 0, 0, 0))
                    data = content.read_bytes() if isinstance(content, Path) else content
                    entry.create_system = 3  # Unix: its modes are read
                    entry.external_attr = (0o100755 if data[:2] == b"#!" else 0o100644) << 16
                    archive.writestr(entry, data)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(f"cannot write {target}: {error.strerror or error}") from None
