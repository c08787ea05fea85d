"""Does each package of the lock come as a wheel for each platform and Python? Asks the index.

    python checks/wheels.py PYLOCK

PYLOCK is what `uv pip compile --format pylock.toml requirements.lock` writes: every file of every
package. A package without a wheel is built where it is installed; that is told. One that has
neither a wheel nor its source in the lock ends this with status 1.
"""

from __future__ import annotations

import itertools
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename
from paperledger.io.environment import Entry, locked, read_lock

ROOT = Path(__file__).resolve().parents[1]

PYTHONS = ((3, 11), (3, 12), (3, 13))
OLDEST = {"Linux x86-64": (2, 17), "Linux aarch64": (2, 17), "macOS arm64": (11, 0)}
NEWEST = {"Linux x86-64": (2, 36), "Linux aarch64": (2, 36), "macOS arm64": (15, 0)}
MARKERS = {
    "Linux x86-64": ("linux", "x86_64"),
    "Linux aarch64": ("linux", "aarch64"),
    "macOS arm64": ("darwin", "arm64"),
}


def systems(platform: str) -> Iterator[tuple[tuple[int, int], list[str]]]:
    """List versions of the C library, or of macOS, from old to new, with their platform tags."""
    machine = MARKERS[platform][1]
    (major, first), (last_major, last) = OLDEST[platform], NEWEST[platform]
    if platform == "macOS arm64":
        for version in range(major, last_major + 1):
            yield (version, 0), list(mac_platforms((version, 0), machine))
        return
    for minor in range(first, last + 1):
        names = [f"manylinux_2_{n}_{machine}" for n in range(minor, 4, -1)]
        older = ("manylinux1", "manylinux2010", "manylinux2014")
        yield (2, minor), names + [f"{name}_{machine}" for name in older] + [f"linux_{machine}"]


def tags(python: tuple[int, int], platforms: list[str]) -> set[Tag]:
    """List what wheels this Python takes on such a platform."""
    return {
        *cpython_tags(python, platforms=platforms),
        *compatible_tags(python, f"cp{python[0]}{python[1]}", platforms),
    }


def chosen(lock: dict[str, Entry], platform: str, python: tuple[int, int]) -> dict[str, str]:
    """Pick the lock's packages for a platform."""
    sys_platform, machine = MARKERS[platform]
    text = f"{python[0]}.{python[1]}"
    where = {
        "python_version": text,
        "python_full_version": f"{text}.4",
        "sys_platform": sys_platform,
        "platform_system": sys_platform.capitalize(),
        "platform_machine": machine,
    }
    return locked((str(entry.requirement) for entry in lock.values()), where)


def main(pylock: str) -> int:
    """Print a line for each platform and Python, and return the exit status."""
    lock = read_lock((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    packages = tomllib.loads(Path(pylock).read_text(encoding="utf-8"))["packages"]
    files: dict[str, dict[str, Any]] = {package["name"]: package for package in packages}
    wheels = {
        name: [
            parse_wheel_filename(unquote(file["url"].rpartition("/")[2]))[3]
            for file in files[name].get("wheels", [])
            if _known(file, entry)
        ]
        for name, entry in lock.items()
    }
    lost = 0
    for platform, python in itertools.product(MARKERS, PYTHONS):
        names = chosen(lock, platform, python)
        lacking = []  # by system, from old to new
        for version, platforms in systems(platform):
            accepted = tags(python, platforms)
            without = [n for n in names if not any(accepted & found for found in wheels[n])]
            lacking.append((version, without))
        least = lacking[-1][1]
        oldest = next(version for version, without in lacking if without == least)
        nothing = [n for n in least if not _known(files[n].get("sdist"), lock[n])]
        lost += len(nothing)
        kind = "macOS" if platform == "macOS arm64" else "glibc"
        print(
            f"{platform}, Python {python[0]}.{python[1]}: {len(names)} packages, wheels from "
            f"{kind} {oldest[0]}.{oldest[1]} on; source only: {', '.join(least) or 'none'}"
            + (f"; NEITHER: {', '.join(nothing)}" if nothing else "")
        )
    return int(lost > 0)


def _known(file: dict[str, Any] | None, entry: Entry) -> bool:
    """Tell whether the lock has a file's hash."""
    return file is not None and f"sha256:{file['hashes']['sha256']}" in entry.hashes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
