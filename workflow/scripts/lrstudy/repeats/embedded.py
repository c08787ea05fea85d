"""What a page keeps of networks and repeats, so that a browser answers as `compare` does.

Of this run every network, as codes of its values; of each repeat the sums and products of its
record. Of a grid, whose products would be megabytes, it keeps which of two arms wins, and no loss.
"""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrstudy.analysis.measures import MEASURES, baselines, context_of, measures_of
from lrstudy.repeats.compare import KEPT, CompareError, parts_in_order, reach_of
from lrstudy.repeats.moments import GROUP, REAL, WIDE, by_cell, centre

CODED = 4
"""Values are coded where each stands, on average, for this many networks or more."""

Packed = dict[str, str]


def pack(values: NDArray[Any]) -> Packed:
    """Return an array's type and bytes, as base64.

    The first byte of every number comes first, then every second one: so zlib finds more alike.
    """
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    planes = little.reshape(-1).view("u1").reshape(-1, little.itemsize).T.tobytes()
    packed = base64.b64encode(zlib.compress(planes, 9)).decode()
    return {"type": values.dtype.str[1:], "bytes": packed}


def pack_whole(values: NDArray[Any]) -> Packed:
    """Pack whole numbers in as few bytes as hold them; a browser counts to 2**53 in floats."""
    low, high = int(values.min()), int(values.max())
    kind = np.min_scalar_type(min(low, -high - 1) if low < 0 else high)
    return pack(values.astype(np.float64 if kind.itemsize > 4 else kind))


def pack_values(values: NDArray[np.float64]) -> dict[str, Packed]:
    """Pack any numbers, exactly: the distinct ones and which it is, where many are alike."""
    distinct, codes = np.unique(values, return_inverse=True)
    if CODED * len(distinct) <= len(values):
        return {"distinct": pack(distinct), "codes": pack_whole(codes)}
    short = values.astype(np.float32)
    return {"values": pack(short if (short == values).all() else values)}


def _products(
    moments: pd.DataFrame, outcome: str, initializer: str, arms: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], int, int]:
    """Return totals and products of some cells of one group, networks a cell and rows a network."""
    rows = moments[moments["outcome"] == outcome]
    cells = list(zip(rows["initializer"], rows["arm"], strict=True))
    square = np.zeros((len(cells), len(cells)))
    for i, kept in enumerate(rows["products"]):
        square[i, i:] = square[i:, i] = kept
    places = [cells.index((initializer, arm)) for arm in arms]
    first = rows.iloc[0]
    total = rows["total"].to_numpy()[places]
    return total, square[np.ix_(places, places)], int(first["n"]), int(first["n_validation"])


def _winners(
    total: NDArray[np.float64], products: NDArray[np.float64], n: int, reach: float
) -> NDArray[np.int8]:
    """Tell of every arm less each later one on which side of zero the interval lies, 0 for both.

    ``reach`` is of `compare.reach_of`.
    """
    off = total - n * centre("n_correct", total, n)
    squares = products - np.outer(off, off) / n
    own = np.diag(squares)
    variance = np.maximum(own[:, None] + own - 2 * squares, 0.0) / (n - 1)
    means, ends = (total[:, None] - total) / n, reach * np.sqrt(variance / n)
    sides = np.where(means > ends, 1, np.where(means < -ends, -1, 0))
    return sides[np.triu_indices(len(total), 1)].astype(np.int8)


def _in_repeats(
    repeats: Mapping[int, pd.DataFrame],
    group: tuple[str, str, str],
    initializer: str,
    arms: Sequence[str],
    confidence: float,
) -> dict[str, Any]:
    """Return, by outcome, what repeats kept of the arms of one group and initializer."""
    chosen = [m[(m[list(GROUP)] == list(group)).all(axis=1)] for m in repeats.values()]
    found: dict[str, Any] = {}
    for outcome, (name, share) in KEPT.items() if chosen else ():
        if len(arms) > WIDE and name != "n_correct":
            continue
        kept = [_products(moments, name, initializer, arms) for moments in chosen]
        n, rows = kept[0][2:]
        if len(arms) > WIDE:
            reach = reach_of(n, confidence)
            winners = [_winners(total, products, n, reach) for total, products, *_ in kept]
            found[outcome] = {"winners": pack(np.array(winners))}
            continue
        upper = np.triu_indices(len(arms))
        totals = np.array([total for total, *_ in kept])
        products = np.array([products[upper] for _, products, *_ in kept])
        whole = name not in REAL
        found[outcome] = {
            "n": n,
            "unit": share / rows if share else 1.0,
            "totals": (pack_whole if whole else pack)(totals),
            "centres": (pack_whole if whole else pack)(centre(name, totals, n)),
            "products": (pack_whole if whole else pack)(products),
        }
    return found


def groups_of(
    runs: pd.DataFrame, repeats: Mapping[int, pd.DataFrame], config: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the networks of every arm on the study's own data, of the part that answers for it.

    Beside them ``reach`` (`compare.reach_of`) of as many values as there are replicates or splits.
    ``repeats`` holds the moments of each repeat that counts, by its number.

    Raises
    ------
    CompareError
        The arms of a part have other replicates than one another.
    """
    order, confidence = parts_in_order(config), config["analysis"]["confidence"]
    analysis = {**config["analysis"], "parts": order}
    known = baselines(runs, analysis)
    rank = runs["part"].map({part: i for i, part in enumerate(order)})
    cell = [runs[name] for name in ("protocol", "initializer", "arm")]
    chosen = runs[rank == rank.groupby(cell).transform("min")]
    found = []
    for (part, protocol, initializer), rows in chosen.groupby(
        ["part", "protocol", "initializer"], sort=False
    ):
        try:
            cells, ordered = by_cell(rows, same=("replicate", "split"))
        except ValueError as error:
            raise CompareError(f"{part}, {protocol}, {initializer}: {error}") from None
        arms = [arm for _, arm in cells]
        context = context_of(known, analysis, (config["dataset"], protocol, initializer))
        outcomes = {}
        for name in measures_of(analysis):
            measure = MEASURES[name]
            real = KEPT.get(name, ("",))[0] in REAL
            if (measure.of_level and math.isnan(context.level)) or (real and len(arms) > WIDE):
                continue
            outcomes[name] = pack_values(measure.values(ordered, context).to_numpy(float))
        one = ordered.iloc[: len(ordered) // len(arms)]
        drawn = {len(one), one["split"].nunique()} - {1}
        found.append(
            {
                "part": part,
                "protocol": protocol,
                "initializer": initializer,
                "arms": arms,
                "reach": {n: reach_of(n, confidence) for n in drawn},
                "replicates": pack_whole(one["replicate"].to_numpy()),
                "splits": pack_whole(one["split"].to_numpy()),
                "outcomes": outcomes,
                "repeats": _in_repeats(
                    repeats, (part, config["dataset"], protocol), initializer, arms, confidence
                ),
            }
        )
    return found
