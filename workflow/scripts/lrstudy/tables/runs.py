"""What is planned and trained: columns, types, units and meaning in one place."""

from __future__ import annotations

import pyarrow as pa
from paperledger.io.tables import Column, Contract

WORD = pa.string()
COUNT = pa.int32()
NUMBER = pa.float64()
CELL_COLUMNS = {
    "part": Column(WORD, "", "part of the study that trained it"),
    "dataset": Column(WORD, "", "data set that it was trained on"),
    "protocol": Column(WORD, "", "how rows were split: tail, resample or official"),
    "initializer": Column(WORD, "", "distribution of the initial weights"),
    "arm": Column(WORD, "", "arm of the study"),
    "trainer": Column(WORD, "", "keras or kernel"),
}

REPLICATE_COLUMNS = {
    "replicate": Column(pa.int32(), "", "what is paired across arms; numbers a cell's networks"),
    "initialisation": Column(pa.int32(), "", "number of the initialisation stream"),
    "shuffle": Column(pa.int32(), "", "number of the shuffling stream"),
    "split": Column(pa.int32(), "", "number of the splitting stream; 0: the split is fixed"),
}
TRAINING_COLUMNS = {
    "epochs": Column(pa.int16(), "epoch", "passes over the training rows"),
    "batch_size": Column(pa.int16(), "rows", "rows in one update"),
}
CELL = tuple(CELL_COLUMNS)
GROUP = ("dataset", "protocol", "epochs")
"""Networks that share these have outcomes of one shape; they are trained and tabulated together."""

MEMBERS = Contract(
    "members",
    (*CELL, "replicate"),
    {
        **CELL_COLUMNS,
        **TRAINING_COLUMNS,
        **REPLICATE_COLUMNS,
        "chunk": Column(pa.int32(), "", "job that trains the network, from 0 for each trainer"),
    },
)

RUNS = Contract(
    "runs",
    (*CELL, "replicate"),
    {
        **CELL_COLUMNS,
        **TRAINING_COLUMNS,
        **REPLICATE_COLUMNS,
        "n_validation": Column(pa.int16(), "rows", "validation rows"),
        "n_correct": Column(pa.int16(), "rows", "validation rows right after the last epoch"),
        "n_positive": Column(pa.int16(), "rows", "validation rows of the positive class"),
        "n_correct_positive": Column(pa.int16(), "rows", "positive rows right, last epoch"),
        "val_loss": Column(pa.float32(), "nat/row", "validation cross-entropy, last epoch"),
        "train_loss": Column(pa.float32(), "nat/row", "mean training loss over the last epoch"),
        "best_epoch": Column(pa.int16(), "epoch", "first epoch (from 0) with the most rows right"),
        "best_n_correct": Column(pa.int16(), "rows", "validation rows right in that epoch"),
        "reached": Column(
            WORD,
            "",
            "hex, 4 digits each: first epoch (from 1) with one row more right than after the first "
            "epoch, with two more, and so on up to best_n_correct",
        ),
        "last10_n_correct": Column(pa.float32(), "rows", "mean over the last 10 epochs"),
        "diverged": Column(pa.bool_(), "", "some weight or output was not finite"),
        "missed": Column(WORD, "", "hex: bit i (low first) set where validation row i is wrong"),
    },
)

AGREEMENT = Contract(
    "agreement",
    ("dataset", "initializer", "arm", "replicate"),
    {
        **{name: CELL_COLUMNS[name] for name in ("dataset", "initializer", "arm")},
        "replicate": REPLICATE_COLUMNS["replicate"],
        "predictions": Column(pa.int16(), "rows", "validation rows predicted by both trainers"),
        "flipped": Column(pa.int16(), "rows", "predictions that differ after the last epoch"),
        "weight_difference": Column(pa.float64(), "weight", "largest difference of a final weight"),
        "sensitivity": Column(
            pa.float64(), "weight", "the same between the kernel and itself from perturbed weights"
        ),
        "rate_difference": Column(pa.float64(), "1", "largest difference of an epoch's last rate"),
    },
)

_QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
CURVE_MEASURES = {"accuracy": "share", "val_loss": "nat/row", "train_loss": "nat/row"}
CURVES = Contract(
    "curves",
    (*CELL, "epoch"),
    {
        **CELL_COLUMNS,
        "epoch": Column(pa.int16(), "epoch", "epochs done, from 1"),
        "n": Column(pa.int32(), "networks", "networks behind the row"),
        **{
            f"{measure}_{statistic}": Column(pa.float64(), unit, f"{statistic} over networks")
            for measure, unit in CURVE_MEASURES.items()
            for statistic in ("mean", *_QUANTILES)
        },
    },
)
CURVE_QUANTILES = _QUANTILES

RATES = Contract(
    "rates",
    ("figure", "panel", "curve", "update"),
    {
        "figure": Column(WORD, "", "figure that draws the curve"),
        "panel": Column(WORD, "", "title of its panel"),
        "curve": Column(WORD, "", "label of the curve"),
        "update": Column(pa.int32(), "update", "parameter updates done before, from 0"),
        "epoch": Column(pa.float64(), "epoch", "epochs done before"),
        "rate": Column(pa.float64(), "1", "learning rate of the update"),
    },
)
