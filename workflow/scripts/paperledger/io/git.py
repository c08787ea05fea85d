"""Ask git about the repository of one folder, whatever the environment says of another.

In a hook GIT_DIR, GIT_INDEX_FILE and their kin name the repository that the hook was called for,
and git heeds them before it looks at the folder it runs in.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path


def without_git(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment that tells git nothing: no variable of it begins with GIT_.

    Examples
    --------
    >>> without_git({"GIT_DIR": "/elsewhere/.git", "GIT_FOO": "", "PATH": "/bin"})
    {'PATH': '/bin'}
    """
    return {name: value for name, value in environment.items() if not name.startswith("GIT_")}


def ask(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a git command that only reads, in a folder; an exit status other than 0 is no error here.

    Raises
    ------
    FileNotFoundError
        There is no git on PATH, or no such folder.
    """
    return subprocess.run(
        # `git status` would write the index anew if it may: in a hook that is being used.
        ["git", "--no-optional-locks", *words],
        cwd=folder,
        env=without_git(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def knows(folder: Path) -> bool:
    """Tell whether git answers for a folder: it is a checkout, or another repository tracks it.

    Not so without git, where an archive was unpacked, be it inside another repository, and where
    the checkout belongs to another user.
    """
    if shutil.which("git") is None:
        return False
    found = ask(folder, "ls-files", "--", ".")
    return found.returncode == 0 and bool(found.stdout or (folder / ".git").exists())


def changes(folder: Path, *paths: str) -> list[str] | None:
    """List what is not as committed, as ``git status`` does; None where git does not know."""
    found = ask(folder, "status", "--porcelain", "--", *paths) if knows(folder) else None
    return None if found is None or found.returncode else found.stdout.splitlines()
