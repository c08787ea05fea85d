"""Cells of the grid: initial rates and momenta of a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lrstudy.drawing.style import choose


def cells_of(
    table: pd.DataFrame, grid: Mapping[str, Any], schedule: str, measure: str
) -> pd.DataFrame:
    """Return a measure of one schedule: a row a momentum, a column an initial rate, as configured.

    ``table`` has rows of `results.GRID`, of one protocol and initializer.

    Raises
    ------
    ValueError
        A point of the grid is missing.
    """
    cells = choose(table, schedule=schedule).pivot(
        index="momentum", columns="initial_rate", values=measure
    )
    cells = cells.reindex(index=grid["momenta"], columns=grid["initial_rates"])
    if cells.isna().to_numpy().any():
        raise ValueError(f"the grid of {schedule} has holes")
    return cells


def best_cell(
    table: pd.DataFrame, grid: Mapping[str, Any], schedule: str, measure: str = "mean"
) -> dict[str, float]:
    """Return ``initial_rate`` and ``momentum`` of a schedule's best cell; the first of equals.

    The largest ``mean`` is best, and the least of any other measure.
    """
    cells = cells_of(table, grid, schedule, measure).stack()
    momentum, rate = cells.idxmax() if measure == "mean" else cells.idxmin()
    return {"initial_rate": float(rate), "momentum": float(momentum)}


def at_edge(grid: Mapping[str, Any], rate: float, momentum: float) -> bool:
    """Tell whether a better cell may lie beyond: no momentum is less than none.

    Examples
    --------
    >>> grid = {"initial_rates": [0.1, 1.0, 2.0], "momenta": [0.0, 0.9]}
    >>> at_edge(grid, 1.0, 0.0), at_edge(grid, 1.0, 0.9), at_edge(grid, 0.1, 0.0)
    (False, True, True)
    """
    rates = grid["initial_rates"]
    return rate in (min(rates), max(rates)) or momentum == max(grid["momenta"])
