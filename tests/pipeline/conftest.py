"""One build of the quick study for all tests of the pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.checkout import copy_checkout, run


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the quick study once, with two cores."""
    folder = copy_checkout(tmp_path_factory.mktemp("two"))
    result = run(folder)
    assert result.returncode == 0, result.stdout
    return folder
