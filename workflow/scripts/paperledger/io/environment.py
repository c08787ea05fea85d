"""Are the packages that run the study those of the lock? Standard library and packaging only.

The lock pins tests' tools too. What counts here is the rest: the packages above ``# tests`` in
requirements.in and all that those need; where nothing is trained, those above ``# training``.
Packages beside the lock are nobody's business.
"""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import takewhile
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

TRAINING, TESTS = "# training", "# tests"
"""Begin the parts of requirements.in that only training, and only the tests need."""


class EnvironmentDiffers(Exception):
    """The installed packages are not those of the lock; the message names them."""


@dataclass(frozen=True)
class Entry:
    """One package of a lock: its requirement, hashes, and who asks for it (uv's ``via`` notes)."""

    requirement: Requirement
    hashes: tuple[str, ...]
    via: frozenset[str]


def read_lock(text: str) -> dict[str, Entry]:
    r"""Read a lock with hashes as uv writes it, by name of the package.

    Raises
    ------
    ValueError
        A package is locked twice.

    Examples
    --------
    >>> lock = read_lock("six==1.17.0 ; os_name == 'nt' \\\n  --hash=sha256:0a\n    # via keras\n")
    >>> str(lock["six"].requirement), lock["six"].hashes, sorted(lock["six"].via)
    ('six==1.17.0; os_name == "nt"', ('sha256:0a',), ['keras'])
    """
    found: dict[str, Entry] = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", "\n" + text)[1:]:
        lines = block.splitlines()
        requirement = Requirement(lines[0].removesuffix("\\").strip())
        name = canonicalize_name(requirement.name)
        if name in found:
            raise ValueError(f"{name} is locked twice")
        found[name] = Entry(
            requirement,
            tuple(re.findall(r"--hash=(\S+)", block)),
            frozenset(re.findall(r"^ +# (?:via |  )([\w.-]+)$", block, re.MULTILINE)),
        )
    return found


def direct(text: str, *, training: bool = True) -> list[Requirement]:
    r"""Read what a requirements.in asks for, in order; tests' tools are left out.

    Examples
    --------
    >>> [str(r) for r in direct("# a comment\nnumpy==2.0\n# training\nnumba\n# tests\npytest")]
    ['numpy==2.0', 'numba']
    """
    end = TESTS if training else (TRAINING, TESTS)
    lines = takewhile(lambda line: not line.startswith(end), text.splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def closure(lock: Mapping[str, Entry], roots: Iterable[str]) -> list[str]:
    """List these packages and all that they need, on any platform, in order of name.

    Raises
    ------
    KeyError
        A root is not in the lock.
    """
    needed: set[str] = {canonicalize_name(root) for root in roots}
    if not needed <= set(lock):
        raise KeyError(f"not in the lock: {', '.join(sorted(needed - set(lock)))}")
    while more := {n for n, e in lock.items() if n not in needed and e.via & needed}:
        needed |= more
    return sorted(needed)


def runtime(lock_text: str, direct_text: str, *, training: bool = True) -> list[str]:
    """List what runs the study, as requirements with a version and the lock's markers."""
    lock = read_lock(lock_text)
    names = closure(lock, [r.name for r in direct(direct_text, training=training)])
    return [str(lock[name].requirement) for name in names]


def locked(
    requirements: Iterable[str], environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Pick from `runtime` the versions for a platform, by name: those whose markers hold.

    `environment` has the values of markers that are not this interpreter's.
    """
    found: dict[str, str] = {}
    for text in requirements:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate(dict(environment or {})):
            found[canonicalize_name(requirement.name)] = str(requirement.specifier)[2:]
    return found


def installed(names: Iterable[str]) -> dict[str, str | None]:
    """Ask this interpreter for the versions of packages; None for one that is not there."""
    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def differences(
    wanted: Mapping[str, str], found: Mapping[str, str | None]
) -> list[dict[str, str | None]]:
    """List the packages that are missing (None), or there in another version.

    Examples
    --------
    >>> differences({"a": "1.0", "b": "2"}, {"a": "1", "b": "2.1"})
    [{'name': 'b', 'installed': '2.1', 'locked': '2'}]
    >>> differences({"c": "3"}, {"c": None})
    [{'name': 'c', 'installed': None, 'locked': '3'}]
    """
    return [
        {"name": name, "installed": found[name], "locked": pinned}
        for name, pinned in sorted(wanted.items())
        if (there := found[name]) is None or Version(there) != Version(pinned)
    ]


def describe(requirements: Iterable[str]) -> dict[str, Any]:
    """Describe the interpreter that runs this: Python, platform, packages, differences.

    The requirements are those of `runtime`.
    """
    wanted = locked(requirements)
    found = installed(wanted)
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "packages": found,
        "differences": differences(wanted, found),
    }


def as_json(found: Mapping[str, Any]) -> bytes:
    """Write an environment (`describe`) as results/environment.json holds it."""
    return (json.dumps(found, indent=1) + "\n").encode()


def judge(found: Mapping[str, Any], mode: str) -> str:
    """Say how an environment (`describe`) differs from the lock; "" where it does not.

    `mode` is ``strict`` or ``warn``.

    Raises
    ------
    EnvironmentDiffers
        It differs, and the mode is not ``warn``.
    """
    named = ", ".join(
        f"{d['name']} {d['installed'] or 'is missing'} (locked {d['locked']})"
        for d in found["differences"]
    )
    if not named:
        return ""
    line = f"the installed packages are not those of requirements.lock: {named}"
    if mode != "warn":
        raise EnvironmentDiffers(
            f"{line}. Install them (rm -r .venv, then make), or go on with: "
            'make ARGS="--config environment=warn"'
        )
    return line
