"""What the data sets are: contracts of the tables that describe them."""

from __future__ import annotations

from paperledger.io.tables import Column, Contract

from lrstudy.tables.columns import percent, place, rows
from lrstudy.tables.runs import CELL_COLUMNS, COUNT, NUMBER, WORD

DATASETS = Contract(
    "datasets",
    ("dataset",),
    {
        "dataset": CELL_COLUMNS["dataset"],
        "n_rows": rows("rows"),
        "n_features": Column(COUNT, "columns", "features; each category is one", "plain"),
        "n_positive": rows("rows of the positive class"),
        "n_negative": rows("rows of the negative class"),
        "majority": percent("share of the larger class", 1),
        "n_missing": Column(COUNT, "", "values that the file lacks", "plain"),
        "n_constant": Column(COUNT, "columns", "features of one value alone", "plain"),
        "n_duplicates": rows("rows that are the same as an earlier one, class and all"),
        "duplicates": Column(WORD, "", "rows that are the same, from 0; the first three", "plain"),
    },
    stem="data",
    rule="describe_data",
    caption="The data sets: rows, features and classes.",
)

SPLITS = Contract(
    "splits",
    ("dataset", "protocol"),
    {
        **place("dataset", "protocol"),
        "n_train": rows("rows that train"),
        "n_train_positive": rows("of them of the positive class"),
        "n_train_negative": rows("of them of the negative class"),
        "n_validation": rows("rows that validate"),
        "n_validation_positive": rows("of them of the positive class"),
        "n_validation_negative": rows("of them of the negative class"),
        "train_majority": percent("share of the larger class of those that train", 1),
        "validation_majority": percent("share of the larger class of those that validate", 1),
        "n_shared": Column(
            NUMBER,
            "rows",
            "rows that validate and are the same as one that trains, where the split is fixed",
            "plain",
            0,
            optional=True,
        ),
    },
    stem="split",
    rule="describe_data",
    caption="How many rows of each class train and validate, by split.",
)
