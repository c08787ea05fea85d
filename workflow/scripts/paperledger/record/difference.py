"""One file to send when a build differs or fails: verdicts, environment, processor, ends of logs.

It holds no paths of the sender's machine, and no names of persons or machines.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from paperledger.claims.provenance import source_hash
from paperledger.io import git
from paperledger.io.files import WriteError, write_atomically

FILE = Path("build/difference.txt")
LOG_LINES = 30
SYSTEM = "usr|etc|bin|sbin|lib|lib64|proc|sys|dev"
"""Folders that are the same on every machine: paths in them stay."""
NOBODY = {"", "root", "localhost"}


def _git(checkout: Path, *words: str) -> str:
    try:
        return git.ask(checkout, *words).stdout.rstrip()
    except OSError:  # no git
        return ""


def _account() -> tuple[str, str, str]:
    try:
        user = pwd.getpwuid(os.getuid())
    except KeyError:  # nobody that the system knows, as in a container
        return "", "", ""
    return user.pw_name, user.pw_gecos.split(",")[0], user.pw_dir


EVERYWHERE = ("/", "/usr", "/usr/local")
"""Folders that tell nothing of a machine, though its Python may stand there."""


def places(checkout: Path) -> dict[str, str]:
    """Return folders that may stand in a log, and what the file says for each."""
    there = os.environ.get("PWD", "")  # with the links that led here
    links = [there] if os.path.realpath(there) == os.path.realpath(checkout) else []
    found: dict[str, str] = {}
    for name, folders in {
        "<checkout>": [str(checkout.absolute()), *links],
        "<python>": [sys.prefix, sys.base_prefix],
        "<home>": [os.environ.get("HOME", ""), _account()[2]],
        "<temporary>": [tempfile.gettempdir()],
    }.items():
        for folder in folders:
            for spelt in (folder, os.path.realpath(folder)):
                if folder and spelt not in EVERYWHERE:
                    found.setdefault(spelt, name)
    return found


def persons(checkout: Path) -> dict[str, str]:
    """Return names of the user and the machine, and what the file says for each."""
    login, name, home = _account()
    full = [name, _git(checkout, "config", "user.name")]
    parts = [part for name in full for part in re.split(r"\W+", name) if len(part) > 2]
    told = [os.environ.get(name, "") for name in ("USER", "LOGNAME", "SUDO_USER")]
    names = [login, *full, *told, Path(home).name, *parts]
    node = platform.node()
    found = dict.fromkeys(names, "<user>") | dict.fromkeys([node, node.split(".")[0]], "<host>")
    return {name: stands for name, stands in found.items() if name not in NOBODY}


def anonymous(text: str, places: Mapping[str, str], persons: Mapping[str, str]) -> str:
    r"""Return a text with what stands for these places and persons, and without other paths.

    Examples
    --------
    >>> anonymous("/home/user/x y/a.py: jo@pc, /data/b, /usr/bin/c", {"/home/user": "<home>"}, {})
    '<home>/x y/a.py: jo@pc, <path>, /usr/bin/c'
    >>> anonymous("Jo's results/jo_1 on joy", {}, {"jo": "<user>"})
    "<user>'s results/<user>_1 on joy"
    """
    # TeX breaks lines after 79 characters, paths and names among them.
    text = re.sub(r"^(.{79})\n", r"\1", text, flags=re.MULTILINE).replace("file://", "file: ")
    for folder in sorted(places, key=len, reverse=True):
        for spelt in {
            folder, quote(folder), json.dumps(folder)[1:-1], folder.replace(" ", r"\ ")
        }:  # fmt: skip
            text = re.sub(rf"{re.escape(spelt)}(?![\w.-])", places[folder], text)
    begins = r"(?:(?<![\w<>.~/-])|(?<=\s-[A-Z]))"  # no "and/or", no results/x; but -L/x
    text = re.sub(rf"{begins}/(?!(?:{SYSTEM})/)\w[^\s'\"`:;,()<>|]*", "<path>", text)
    text = re.sub(r"[\w.+-]+@[\w-]+\.[\w.-]+", "<address>", text)
    for name in sorted(persons, key=len, reverse=True):
        word = rf"(?<![^\W\d_]){re.escape(name)}(?![^\W\d_])"
        text = re.sub(word, persons[name], text, flags=re.IGNORECASE)
    return text


def _system() -> list[str]:
    lines = [
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} "
        f"{platform.release()} {platform.machine()}, {' '.join(platform.libc_ver())}, "
        f"{os.cpu_count()} cores"
    ]
    tex = shutil.which("pdflatex") or shutil.which("tectonic")
    if tex:
        with contextlib.suppress(subprocess.SubprocessError):
            asked = [tex, "--version"]
            run = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
            lines += run.stdout.splitlines()[:1]
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return [*lines, platform.processor()]
    kept = r"vendor_id|cpu family|model|model name|stepping|microcode|flags|Features|CPU .*"
    return lines + re.findall(rf"^(?:{kept})\s*:.*", first, re.MULTILINE)


def _ends(logs: Iterable[Path]) -> list[str]:
    found = []
    for log in logs:
        if log.is_file() and (text := log.read_text(encoding="utf-8", errors="replace").strip()):
            found += ["", f"--- {log}", *text.splitlines()[-LOG_LINES:]]
    return found


def _text(checkout: Path, root: Path, said: Iterable[str]) -> str:
    environment = root / "results/environment.json"
    parts = {
        "what was said": said,
        "sources": [
            f"sources {source_hash(checkout)}",
            f"commit {_git(checkout, 'rev-parse', 'HEAD') or 'unknown'}",
            *_git(checkout, "status", "--porcelain").splitlines()[:100],
        ],
        "system": _system(),
        "environment": environment.read_text().splitlines() if environment.is_file() else ["none"],
        "ends of logs": _ends(
            [checkout / ".snakemake/build.log", *sorted((root / "logs").glob("*.log"))]
        ),
    }
    text = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {root}\n" + "".join(
        f"\n=== {title}\n" + "".join(f"{line}\n" for line in lines)
        for title, lines in parts.items()
    )
    return anonymous(text, places(checkout), persons(checkout))


def write_difference(checkout: Path, root: Path, said: Iterable[str]) -> str:
    """Write what a maintainer needs to know into `FILE`, and return the line that tells of it.

    The checkout holds the sources, `root` what was built; `said` are the verdicts, or how the build
    ended.
    """
    try:
        write_atomically(checkout / FILE, _text(checkout, root, said).encode())
    except (OSError, WriteError) as error:
        return f"nothing to send with a report: {error}"
    return (
        f"to send with a report: {FILE} (verdicts, environment, processor, ends of logs; no paths, "
        "no names of persons)"
    )
