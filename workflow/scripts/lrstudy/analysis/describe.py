"""What the data sets are: rows, features, classes, and how the protocols part them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrstudy.data.checks import ANY_SPLIT
from lrstudy.data.dataset import Dataset
from lrstudy.data.partition import outer_split
from lrstudy.data.splits import FIXED


def datasets_table(datasets: Mapping[str, Dataset]) -> pd.DataFrame:
    """Count the rows, features and classes of each data set (see `results.DATASETS`)."""
    rows = []
    for name, data in datasets.items():
        n_rows, n_positive = len(data.labels), int(data.labels.sum())
        same = _same_rows(data)
        rows.append(
            {
                "dataset": name,
                "n_rows": n_rows,
                "n_features": data.features.shape[1],
                "n_positive": n_positive,
                "n_negative": n_rows - n_positive,
                "majority": _majority(data.labels),
                "n_missing": int(np.isnan(data.features).sum()),
                "n_constant": int(
                    (np.nanmax(data.features, 0) == np.nanmin(data.features, 0)).sum()
                ),
                "n_duplicates": sum(len(group) - 1 for group in same),
                "duplicates": "; ".join(" and ".join(map(str, group)) for group in same[:3])
                or "none",
            }
        )
    return pd.DataFrame(rows)


def splits_table(
    datasets: Mapping[str, Dataset], protocols: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """Count the classes on both sides of each protocol's split (see `results.SPLITS`).

    Both mappings are keyed by the name of the data set. The classes of a stratified split have the
    same sizes whichever is drawn.
    """
    rows = []
    for name, data in datasets.items():
        for protocol in protocols[name]:
            split = outer_split(data, protocols[name], protocol, ANY_SPLIT)
            row: dict[str, Any] = {"dataset": name, "protocol": protocol}
            for side in ("train", "validation"):
                labels = data.labels[getattr(split, side)]
                row[f"n_{side}"] = len(labels)
                row[f"n_{side}_positive"] = int(labels.sum())
                row[f"n_{side}_negative"] = len(labels) - int(labels.sum())
                row[f"{side}_majority"] = _majority(labels)
            shared = [
                len(set(group) & set(split.validation.tolist()))
                for group in _same_rows(data)
                if set(group) & set(split.train.tolist())
            ]
            row["n_shared"] = float(sum(shared)) if protocol in FIXED else np.nan
            rows.append(row)
    return pd.DataFrame(rows)


def _majority(labels: NDArray[np.uint8]) -> float:
    """Return the share of the larger class, in per cent."""
    positive = float(labels.mean())
    return 100.0 * max(positive, 1.0 - positive)


def _same_rows(data: Dataset) -> list[list[int]]:
    """Return the rows, from 0, that are the same in features and class, those of each kind."""
    table = pd.DataFrame(data.features).assign(label=data.labels)
    groups = table.groupby(list(table.columns), dropna=False, sort=False).indices.values()
    return sorted(group.tolist() for group in groups if len(group) > 1)
