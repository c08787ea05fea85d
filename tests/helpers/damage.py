"""Damaged bytes, and how many of them to try."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

TIMES = int(os.environ.get("FUZZ", "1"))
EMBEDDED = Path(__file__).parents[2] / "data/ionosphere.data"


def fuzz(examples: int) -> Callable[..., Any]:
    """Try so many examples, each within half a minute (on a busy machine; most take no time)."""
    return settings(
        max_examples=examples * TIMES,
        derandomize=TIMES == 1,
        database=None,
        deadline=timedelta(seconds=30),
        suppress_health_check=list(HealthCheck),
    )


@st.composite
def damaged(draw: Any, content: bytes) -> bytes:
    """Change, insert, remove, double or cut a few bytes of a file."""
    result = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(result)))
        length = draw(st.sampled_from([1, 1, 1, 2, 7, 300]))
        piece = draw(st.binary(min_size=1, max_size=4))
        how = draw(st.sampled_from(["put", "put", "flip", "insert", "remove", "double", "cut"]))
        if how == "put":
            result[place : place + len(piece)] = piece
        elif how == "flip" and place < len(result):
            result[place] ^= 1 << draw(st.integers(0, 7))
        elif how == "insert":
            result[place:place] = piece
        elif how == "remove":
            del result[place : place + length]
        elif how == "double":
            result[place:place] = result[place : place + length]
        elif how == "cut":
            del result[place:]
    return bytes(result)
