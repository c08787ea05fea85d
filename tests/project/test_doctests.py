"""The examples in the library's docstrings."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest

LIBRARY = Path(__file__).parents[2] / "workflow/scripts"
MODULES = sorted(
    ".".join(path.relative_to(LIBRARY).with_suffix("").parts).removesuffix(".__init__")
    for path in LIBRARY.glob("*/**/*.py")
    if ">>> " in path.read_text()
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name), extraglobs={"np": np})
    assert result.attempted > 0
    assert result.failed == 0


def test_there_are_examples() -> None:
    assert {
        "lrstudy.schedules",
        "lrstudy.schedules.cosine",
        "lrstudy.data.random_streams",
        "paperledger.tex.compile",
    } <= set(MODULES)
