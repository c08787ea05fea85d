"""How tests use git: they read this checkout, and commit to repositories that they made."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from paperledger.io.git import ask, knows, without_git

ROOT = Path(__file__).parents[2]
# Neither hooks, signatures and templates of the user who runs the tests, nor a name of theirs.
OWN = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
COMMAND = ("git", "-c", "user.name=test", "-c", "user.email=test@example.org")


def listed(*patterns: str) -> list[str]:
    """List the files of this checkout that git tracks or would track, if they are there."""
    words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns)
    if knows(ROOT):
        asked = ask(ROOT, *words)
    else:  # an archive: a repository that is empty would track all that is not ignored
        with tempfile.TemporaryDirectory() as empty:
            made = ask(Path(empty), "init", "-q", "--template=")
            assert made.returncode == 0, made.stderr
            asked = ask(ROOT, f"--git-dir={empty}/.git", "--work-tree=.", *words)
    assert asked.returncode == 0, asked.stderr
    return [name for name in asked.stdout.split("\0") if name and (ROOT / name).is_file()]


def commit(folder: Path, tag: str | None = None) -> None:
    """Commit all files of a folder that is a repository of its own, or becomes one here."""

    def git(*words: str) -> str:
        environment = {**without_git(os.environ), **OWN}
        run = subprocess.run(
            [*COMMAND, *words], cwd=folder, env=environment, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stderr
        return run.stdout.strip()

    if not (folder / ".git").exists():
        git("init", "-q", "--template=")
    own = folder.resolve()
    found = git("rev-parse", "--show-toplevel", "--absolute-git-dir").splitlines()
    assert found == [str(own), str(own / ".git")], f"not of the test's making: {found}"
    git("add", ".")
    git("commit", "-qm", "all")
    if tag:
        git("tag", tag)
