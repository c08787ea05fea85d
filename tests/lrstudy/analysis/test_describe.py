"""What a table of data says of itself: constant columns, gaps, rows that are the same."""

from __future__ import annotations

import numpy as np
from lrstudy.analysis.describe import datasets_table, splits_table
from lrstudy.data.dataset import Dataset

NAN = float("nan")
ROWS = [(0, 1), (NAN, 2), (0, 1), (NAN, 2), (5, 1), (5, 1), (6, 1), (6, 1), (0, 1)]
DATA = Dataset(
    np.array([(*row, 7) for row in ROWS], dtype=np.float32),
    np.array([1, 0, 1, 0, 1, 1, 0, 0, 0], dtype=np.uint8),  # the last is of another class
)


def test_rows_that_are_the_same_with_their_gaps_and_classes() -> None:
    (row,) = datasets_table({"d": DATA}).to_dict("records")
    assert (row["n_constant"], row["n_missing"], row["n_duplicates"]) == (1, 2, 4)
    assert row["duplicates"] == "0 and 2; 1 and 3; 4 and 5"  # the first three of four


def test_rows_are_shared_where_both_sides_have_them() -> None:
    """Six rows train; the pair of rows 6 and 7 lies on one side."""
    (row,) = splits_table({"d": DATA}, {"d": {"tail": {"validation_fraction": 0.33}}}).to_dict(
        "records"
    )
    assert (row["n_train"], row["n_shared"]) == (6, 0.0)
