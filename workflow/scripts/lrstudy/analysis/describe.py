"""What the data sets are: rows, features, classes, and how the protocols part them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lrstudy.data.dataset import Dataset
from lrstudy.data.partition import outer_split

# The classes of a stratified split have the same sizes whichever is drawn.
ANY_SPLIT = 0


def datasets_table(datasets: Mapping[str, Dataset]) -> pd.DataFrame:
    """Count the rows, features and classes of each data set (see `results.DATASETS`)."""
    rows = []
    for name, data in datasets.items():
        n_rows, n_positive = len(data.labels), int(data.labels.sum())
        positive = float(data.labels.mean())
        rows.append(
            {
                "dataset": name,
                "n_rows": n_rows,
                "n_features": data.features.shape[1],
                "n_positive": n_positive,
                "n_negative": n_rows - n_positive,
                "majority": 100.0 * max(positive, 1.0 - positive),
            }
        )
    return pd.DataFrame(rows)


def splits_table(
    datasets: Mapping[str, Dataset], protocols: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """Count the classes on both sides of each protocol's split (see `results.SPLITS`).

    Both mappings are keyed by the name of the data set.
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
            rows.append(row)
    return pd.DataFrame(rows)
