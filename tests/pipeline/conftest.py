"""One build of the quick study for all tests of the pipeline."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from tests.helpers.checkout import copy_checkout, run


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, each worker's own, of the quick study as the first of them built it."""
    top = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        top = top.parent  # of all workers
    with open(top / "built.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        first = top / "built"
        if not first.exists():
            folder = copy_checkout(tmp_path_factory.mktemp("two"))
            result = run(folder)
            assert result.returncode == 0, result.stdout
            folder.rename(first)
    return Path(shutil.copytree(first, tmp_path_factory.mktemp("built") / "checkout"))


@pytest.fixture
def spoilt(built: Path, tmp_path: Path) -> Path:
    """A copy of the build, to spoil."""
    return Path(shutil.copytree(built, tmp_path / "spoilt"))
