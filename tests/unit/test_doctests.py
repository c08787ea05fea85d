"""The examples in the library's docstrings."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[2] / "workflow/scripts/lrstudy"
MODULES = sorted(path.stem for path in LIBRARY.glob("*.py") if ">>> " in path.read_text())


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"lrstudy.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


def test_there_are_examples() -> None:
    assert {"schedules", "streams", "tex"} <= set(MODULES)
