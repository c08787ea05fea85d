"""Get a data file: from its address, a copy in the repository, a package, or a given path.

Whatever the source, only bytes with the expected SHA-256 are written, and in one step: the
destination is either absent or complete. Nothing is parsed here; whoever reads it does.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from paperledger.io.download import DownloadFailed, download_any, extract, is_archive
from paperledger.io.files import write_atomically

PACKAGE = "package:"


class DataError(Exception):
    """The data can't be used; the message says what was expected, what was found, what to do."""


@dataclass(frozen=True)
class Provenance:
    """Where the verified bytes came from. No clock and no host name: it is part of the results."""

    source: str  # "download", "embedded", or the package's file or the path that the config names
    url: str | None  # the configured address that gave the file, if one did
    sha256: str
    bytes: int

    def to_json(self) -> str:
        """Return the record as JSON text; equal records give equal text."""
        return json.dumps(asdict(self), indent=2) + "\n"


def fetch(
    source: str,
    *,
    urls: Sequence[str],
    member: str,
    sha256: str,
    embedded: Path | str,
    destination: Path | str,
    timeout_seconds: float,
    attempts: int,
    max_bytes: int,
    budget_seconds: float,
    say: Callable[[str], None] = print,
) -> Provenance:
    """Write the data file to `destination` and return where it came from.

    Parameters
    ----------
    source : str
        "download" downloads, "embedded" takes the copy in the repository, "auto" downloads and
        takes the copy if no address gives a file; "package:sklearn/datasets/data/iris.csv" is a
        file of an installed package; anything else is the path of a file.
    urls : sequence of str
        Addresses, tried in this order in every round. One whose path ends with .zip is an archive.
        https, or http for this machine: the schema says so.
    member : str
        Name of the data file inside an archive.
    sha256 : str
        Of the data file, not of the archive; 64 hexadecimal digits.
    destination : path
        Its folder is made if needed.
    timeout_seconds : float
        Longest time for one attempt, from looking the name up to the last byte.
    attempts : int
        Rounds over the addresses, with pauses of 0.5, 1, 2, ... seconds between them.
    max_bytes : int
        Largest download, and largest member after decompression, in bytes.
    budget_seconds : float
        Longest time for all attempts and pauses together.
    say : callable
        Takes the one line that says which source was used and why.

    Raises
    ------
    DataError
        If a complete file has another SHA-256, whatever the source; if "download" gave no file; if
        a file can't be read. `destination` is then untouched.
    WriteError
        If the destination can't be written; it is then untouched.
    """
    url: str | None = None
    why = ""
    if source in ("auto", "download"):
        try:
            content, url = download_any(
                urls,
                member=member,
                timeout_seconds=timeout_seconds,
                attempts=attempts,
                max_bytes=max_bytes,
                budget_seconds=budget_seconds,
            )
        except DownloadFailed as failure:
            if source == "download":
                raise DataError(
                    f"source download: no address gave {member} ({failure}). Check the "
                    "network, or set source to embedded, auto or the path of a file"
                ) from None
            source, why = "embedded", f"no address gave a file ({failure}); "

    if url is not None:
        source = "download"
        where = url
        advice = (
            "The file there has changed, or something on the way changed it; to use the copy in "
            "the repository set source: embedded"
        )
    elif source == "embedded":
        content = _read(embedded, max_bytes)
        where = f"the copy {embedded}"
        advice = f"Restore it: git checkout -- {embedded}"
    elif source.startswith(PACKAGE):
        content = _read_packaged(source, max_bytes)
        where = source
        advice = "The installed package holds another version of it"
    else:
        content = _read_given(source, member, max_bytes)
        where = source
        advice = f"source must name an unchanged {member}"
    _check(content, sha256, where, advice)

    write_atomically(destination, content)
    if where.startswith(PACKAGE):
        where = where.partition("/")[0]
    say(f"data: {why}{os.path.basename(destination)} is from {where}, SHA-256 as expected")
    return Provenance(source=source, url=url, sha256=sha256.lower(), bytes=len(content))


def _read_given(path: str, member: str, max_bytes: int) -> bytes:
    """Return the file that the user names, or the member of the archive that they name."""
    path = os.path.expanduser(path)
    if not os.path.isfile(path):
        raise DataError(
            f"source: expected auto, download, embedded, {PACKAGE}... or the path of a "
            f"file, found {path!r}, where no file is"
        )
    content = _read(path, max_bytes)
    try:
        return extract(content, member, max_bytes) if is_archive(path) else content
    except DownloadFailed as failure:
        raise DataError(f"{path}: {failure}") from None


def _read_packaged(source: str, max_bytes: int) -> bytes:
    """Return the file of an installed package, which is found without running its code."""
    package, _, name = source.removeprefix(PACKAGE).partition("/")
    found = find_spec(package) if package.isidentifier() else None
    if found is None or not found.submodule_search_locations:
        raise DataError(f"source {source}: no package {package!r} is installed")
    path = Path(found.submodule_search_locations[0]) / name
    if not path.is_file():
        raise DataError(f"source {source}: the package {package} has no such file")
    return _read(path, max_bytes)


def _read(path: Path | str, max_bytes: int) -> bytes:
    """Return a file's bytes; those of one that ends in .gz as they were before."""
    opened = gzip.open if str(path).endswith(".gz") else open
    try:
        with opened(path, "rb") as file:
            content = file.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"cannot read {path}: {reason}") from None
    if len(content) > max_bytes:
        raise DataError(f"{path}: expected at most {max_bytes} bytes, found more")
    return content


def _check(content: bytes, sha256: str, what: str, advice: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != sha256.lower():
        raise DataError(f"{what}: expected SHA-256 {sha256}, found {found}. {advice}")
