"""How many rows train: arithmetic alone, for those who need no split."""

from __future__ import annotations

import math
from collections.abc import Mapping


def training_rows(n_rows: int, protocol: Mapping[str, float]) -> int:
    """Return how many of a data set's rows train under one of its protocols.

    The protocol has ``validation_fraction``, ``training_rows`` or ``validation_rows``, and beside
    the last it may have ``reported_rows``, which are set aside. A fraction leaves the floor of the
    rows, in double precision and in this order of operations, as Keras rounds.

    Examples
    --------
    >>> training_rows(351, {"validation_fraction": 0.33})
    235
    >>> training_rows(351, {"validation_rows": 116})
    235
    >>> training_rows(351, {"reported_rows": 116, "validation_rows": 47})
    188
    """
    if "validation_fraction" in protocol:
        return math.floor(n_rows * (1.0 - protocol["validation_fraction"]))
    if "training_rows" in protocol:
        return int(protocol["training_rows"])
    return n_rows - int(protocol["validation_rows"] + protocol.get("reported_rows", 0))
