"""Sums and products of a study's outcomes: mean and variance of any contrast, without its networks.

A group is a part on one data set and protocol. Its cells, each an initializer with an arm, share
their replicates, so that a contrast of cells is a mean over paired differences.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from paperledger.io.tables import Column, Contract

from lrstudy.tables.runs import CELL_COLUMNS, WORD

OUTCOMES = {
    "n_correct": "rows",
    "n_correct_positive": "rows",
    "best_n_correct": "rows",
    "best_less_last": "rows",
    "last10_n_correct": "rows / 10",
    "val_loss": "nat/row",
    "speed": "epoch",
}
"""Outcome to the unit of its numbers; all but the loss are whole. What runs lack is left out."""
REAL = ("val_loss",)
WIDE = 200
"""A group with more cells, a grid, keeps the products of two cells for n_correct alone."""
GROUP = ("part", "dataset", "protocol")

MOMENTS = Contract(
    "moments",
    (*GROUP, "outcome", "initializer", "arm"),
    {
        **{name: CELL_COLUMNS[name] for name in GROUP},
        "outcome": Column(WORD, "", "column of runs, best_less_last being best_n_correct less it"),
        **{name: CELL_COLUMNS[name] for name in ("initializer", "arm")},
        "n": Column(pa.int32(), "networks", "networks of the cell"),
        "n_validation": Column(pa.int16(), "rows", "validation rows of each"),
        "total": Column(pa.float64(), "1", "sum over networks; whole but for val_loss"),
        "products": Column(
            pa.list_(pa.float64()),
            "1",
            "sums over replicates of the cell's deviation times that of itself, and of each later "
            "cell of the group and outcome in the order of rows (of a grid, n_correct alone); a "
            "deviation is from total / n, rounded to whole numbers (half to even) where total is",
        ),
    },
)


class Contrast(NamedTuple):
    """Mean over replicates, in the outcome's unit; its standard error; how many replicates."""

    mean: float
    se: float
    n: int


def _outcome(runs: pd.DataFrame, name: str) -> NDArray[np.float64]:
    if name == "best_less_last":
        return _outcome(runs, "best_n_correct") - _outcome(runs, "n_correct")
    values = runs[name].to_numpy().astype(np.float64)
    return np.rint(10 * values) if name == "last10_n_correct" else values


def centre(outcome: str, total: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return what deviations of a cell are from (see `MOMENTS`)."""
    return total / n if outcome in REAL else np.rint(total / n)


def by_cell(
    rows: pd.DataFrame, same: Sequence[str] = ("replicate",)
) -> tuple[list[tuple[str, str]], pd.DataFrame]:
    """Return the cells of a group, and its rows ordered by cell, then by replicate.

    Raises
    ------
    ValueError
        Not every cell has the same values of the columns `same`, in that order.
    """
    cells = rows.groupby(["initializer", "arm"], sort=False, observed=True)
    names = list(cells.groups)
    ordered = rows.assign(cell=cells.ngroup()).sort_values(["cell", "replicate"], kind="stable")
    n, left = divmod(len(rows), len(names))
    for column in same:
        values = ordered[column].to_numpy()
        if left or (values.reshape(len(names), n) != values[:n]).any():
            raise ValueError(f"expected the same {column}s of each cell")
    return names, ordered


def moments_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Sum up the runs table (see `MOMENTS`).

    Raises
    ------
    ValueError
        The cells of a group have other replicates than one another.
    """
    known = [o for o in OUTCOMES if o in runs or o == "best_less_last"]
    frames = []
    for group, rows in runs.groupby(list(GROUP), sort=False, observed=True):
        try:
            names, ordered = by_cell(rows)
        except ValueError as error:
            raise ValueError(f"{' '.join(map(str, group))}: {error}") from None
        n = len(rows) // len(names)
        shape = (len(names), n)
        for outcome in known:
            values = _outcome(ordered, outcome).reshape(shape)
            total = np.array([math.fsum(row) for row in values])
            off = values - centre(outcome, total, n)[:, None]
            if len(names) > WIDE and outcome != "n_correct":
                products = [np.array([row @ row]) for row in off]
            else:
                products = [row[i:] for i, row in enumerate(off @ off.T)]
            frames.append(
                pd.DataFrame(
                    {
                        **dict(zip(GROUP, group, strict=True)),
                        "outcome": outcome,
                        "initializer": [name[0] for name in names],
                        "arm": [name[1] for name in names],
                        "n": n,
                        "n_validation": ordered["n_validation"].iloc[0],
                        "total": total,
                        "products": products,
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def contrast(
    moments: pd.DataFrame,
    group: tuple[str, str, str],
    outcome: str,
    weights: Mapping[tuple[str, str], float],
) -> Contrast:
    """Weigh the cells of a group, (initializer, arm), replicate by replicate.

    The error is that of independent replicates.

    Raises
    ------
    ValueError
        There is no such group, outcome or cell; or a grid's products of two cells were not kept.
    """
    chosen = moments["outcome"] == outcome
    for name, value in zip(GROUP, group, strict=True):
        chosen &= moments[name] == value
    rows = moments[chosen]
    cells = list(zip(rows["initializer"], rows["arm"], strict=True))
    unknown = [
        f"{initializer} {arm}" for initializer, arm in weights if (initializer, arm) not in cells
    ]
    if unknown or not weights:
        raise ValueError(
            f"{' '.join(group)}, {outcome}: expected cells of {len(cells)}, found "
            f"{', '.join(unknown) or 'none'}"
        )
    places = sorted(cells.index(cell) for cell in weights)
    w = np.array([weights[cells[i]] for i in places])
    n = int(rows["n"].iloc[0])
    total = rows["total"].to_numpy()[places]
    off = total - n * centre(outcome, total, n)
    products = np.empty((len(places), len(places)))
    for k, i in enumerate(places):
        kept = rows["products"].iloc[i]
        for m, j in enumerate(places[k:], k):
            if j - i >= len(kept):
                raise ValueError(
                    f"{' '.join(group)}, {outcome}: products of two cells are kept for n_correct"
                )
            products[k, m] = products[m, k] = kept[j - i]
    squares = products - np.outer(off, off) / n
    variance = max(float(w @ squares @ w), 0.0) / (n - 1) if n > 1 else math.nan
    return Contrast(float(w @ total) / n, math.sqrt(variance / n), n)
