"""Which cells parts train, and whether their replicates are independent."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from lrstudy.design.study import CrossedStreams, Study

Cell = tuple[str, str, str, str]
"""Data set, protocol, arm and initializer."""


def crosses(size: Any) -> bool:
    """Tell whether a protocol of a part crosses its streams."""
    return isinstance(size, CrossedStreams) or getattr(size, "crossed", False)


def cells_of(study: Study, part: str) -> Iterator[Cell]:
    """Yield what a part trains."""
    trained = study.parts[part]
    return itertools.product(
        study.datasets_of(part),
        trained.protocols.given(),
        study.arms_of(part),
        trained.initializers,
    )


def shared_cells(study: Study, one: str, other: str) -> list[Cell]:
    """List what two parts both train."""
    among = set(cells_of(study, other))
    return [cell for cell in cells_of(study, one) if cell in among]


def independent(study: Study, where: str, names: Iterable[str]) -> Iterator[str]:
    """Yield a finding for each protocol on which one of these parts crosses its streams."""
    for name in names:
        for protocol, size in study.parts[name].protocols.given().items():
            if crosses(size):
                yield (
                    f"{where}: found {name!r}, which crosses its streams on {protocol}: its "
                    "replicates are not independent"
                )
