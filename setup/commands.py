"""The commands that a set-up runs, their log, and the one line that each failure ends in."""

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from subprocess import DEVNULL, STDOUT
from typing import BinaryIO

ROOT = Path(__file__).resolve().parents[1]
LOG = ".setup.log"
# What would break .venv, or change where and which packages are installed. Of pip's settings only
# those of the way to the packages (index, proxy, certificates, time-outs, cache) are the user's.
DROPPED = (
    r"PYTHON.*|VIRTUAL_ENV|__PYVENV_LAUNCHER__|CDPATH|ENV|BASH_ENV|"
    r"PIP_(?!((EXTRA_)?INDEX_URL|NO_INDEX|FIND_LINKS|TRUSTED_HOST|PROXY|(CLIENT_)?CERT|RETRIES|"
    r"(DEFAULT_)?TIMEOUT|(NO_)?CACHE_DIR|CONFIG_FILE|KEYRING_PROVIDER)$).*"
)
APT = """export DEBIAN_FRONTEND=noninteractive
get="apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=1 -o Acquire::http::Timeout=10"
$get update && $get install -y --no-install-recommends "$@"
"""
# What the logs and the system say of a failure, and what it means; the first that fits is told.
FAILURES = {
    "the disk is full: free 4 GB and start again": (
        r"No space left on device|Errno 28\b|enough free space|Disk quota exceeded"
    ),
    "a download differs from its hash in the lock: start again, and if it stays so, do not trust "
    "this package index": r"DO NOT MATCH THE HASHES",
    "the package server's certificate is not trusted: name your network's with PIP_CERT": (
        r"CERTIFICATE_VERIFY_FAILED|certificate verification failed"
    ),
    "no network, or it was lost on the way: connect, or tell your proxy, and start again": (
        r"Name or service not known|name resolution|Failed to resolve|Could not (resolve|connect)"
        r"|failure resolving|Connection ?(refused|reset|broken|aborted)|NewConnectionError"
        r"|ProxyError|timed out|TimeoutError|unreachable|IncompleteRead"
    ),
    "no permission to write: work in a copy that is yours": (
        r"Permission denied|Operation not permitted|Read-only file system"
    ),
}

say = partial(print, flush=True)


class SetupError(Exception):
    """What stops a set-up, as the one line that the user reads."""


def variables() -> dict[str, str]:
    """Return the environment variables of child processes."""
    kept = {k: v for k, v in os.environ.items() if not re.fullmatch(DROPPED, k)}
    own = {"PIP_USER": "0", "PIP_NO_BINARY": ":none:", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return {**kept, **own}


def ask(*command: str, check: bool = True) -> str | None:
    """Output of a command; None if it cannot run, takes a minute or, with `check`, fails."""
    run = partial(subprocess.run, stdin=DEVNULL, capture_output=True, timeout=60)
    text = {"encoding": "utf-8", "errors": "replace"}
    try:
        return str(run(command, env=variables(), check=check, **text).stdout)
    except (OSError, subprocess.SubprocessError):
        return None


def explain(text: str) -> str:
    """One line for a failure, from what a log or the system says; empty if that says nothing."""
    for line, pattern in FAILURES.items():
        if re.search(pattern, text, re.IGNORECASE):
            return line
    return "".join(re.findall(r"^\s*((?:ERROR|E|Error|\w+Error):.*)", text, re.MULTILINE)[-1:])


def run(command: list[str], log: BinaryIO, **more: str) -> None:
    """Run a command, with `more` variables and its output into the log.

    Raises
    ------
    SetupError
        If it fails.
    """
    start = log.seek(0, os.SEEK_END)
    log.write(os.fsencode(f"\n$ {' '.join(command)}\n"))
    log.flush()
    env = {**variables(), **more}
    child = subprocess.Popen(command, stdin=DEVNULL, stdout=log, stderr=STDOUT, cwd=ROOT, env=env)
    try:
        child.wait()
    except KeyboardInterrupt:
        child.wait()  # it got the signal too; dpkg must not be cut off while it works
        raise
    if child.returncode:
        log.seek(start)
        line = explain(log.read().decode("utf-8", "replace")) or "a command failed"
        raise SetupError(f"{line} (details: {LOG})")


def administrator() -> list[str] | None:
    """Prefix for a command that needs the administrator: [], ["sudo", "-n"], or None if none."""
    if os.geteuid() == 0:
        return []
    return None if ask("sudo", "-n", "true") is None else ["sudo", "-n"]


def install_packages(packages: list[str], log: BinaryIO) -> None:
    """Install Debian packages, as the administrator."""
    run([*(administrator() or []), "sh", "-c", APT, "apt", *packages], log)


@contextmanager
def alone() -> Iterator[BinaryIO]:
    """Wait until no other set-up runs in this checkout; yield the log.

    The log is the lock, too: it is the output of what runs, so should this process be killed
    alone, another one still waits until that has ended.
    """
    with open(ROOT / LOG, "a+b") as log:
        try:
            fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("set-up: another one is running in this folder, waiting for it")
            fcntl.flock(log, fcntl.LOCK_EX)
        except OSError:
            pass  # a file system without locks: there, the user must not start two at once
        log.truncate(0)
        yield log


def main(work: Callable[[], None]) -> int:
    """Do some work; return the exit status, after one line if it failed."""
    try:
        work()
    except SetupError as error:
        line = str(error)
    except KeyboardInterrupt:
        line = "stopped; start again to finish the set-up"
    except OSError as error:
        line = f"{explain(str(error)) or 'the system refused'} ({error})"
    else:
        return 0
    print(f"error: {line}", file=sys.stderr)
    return 1
