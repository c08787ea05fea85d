"""What is estimated: columns, types, units and meaning in one place."""

from __future__ import annotations

import pyarrow as pa

from lrstudy.run_tables import CELL, CELL_COLUMNS, REPLICATE_COLUMNS, WORD
from lrstudy.tables import Column, Contract

ARMS = Contract(
    "arms",
    CELL,
    {
        **CELL_COLUMNS,
        "n": Column(pa.int32(), "networks", "networks trained"),
        "n_diverged": Column(pa.int32(), "networks", "networks that diverged"),
        "mean": Column(pa.float64(), "%", "mean final accuracy"),
        "low": Column(pa.float64(), "%", "lower end of its interval"),
        "high": Column(pa.float64(), "%", "upper end of its interval"),
        "sd": Column(pa.float64(), "%", "standard deviation of final accuracy"),
        "iqm": Column(pa.float64(), "%", "interquartile mean of final accuracy"),
        "minimum": Column(pa.float64(), "%", "smallest final accuracy"),
        "median": Column(pa.float64(), "%", "median final accuracy"),
        "maximum": Column(pa.float64(), "%", "largest final accuracy"),
        "reach": Column(pa.float64(), "%", "share of networks at the tutorial's best or above"),
        "balanced": Column(pa.float64(), "%", "mean balanced accuracy"),
        "log_loss": Column(pa.float64(), "nat/row", "mean validation cross-entropy"),
        "last10": Column(pa.float64(), "%", "mean accuracy over the last 10 epochs"),
        "best": Column(pa.float64(), "%", "mean accuracy of the best epoch"),
    },
)

_ASKED = {
    "hypothesis": Column(WORD, "", "name of the hypothesis"),
    "protocol": Column(WORD, "", "where it is asked; a-b: effect on a less effect on b"),
    "initializer": Column(WORD, "", "initializer, or both where the hypothesis compares them"),
}
_ESTIMATE = {
    "difference": Column(pa.float64(), "points", "mean of a minus b"),
    "low": Column(pa.float64(), "points", "lower end of its interval"),
    "high": Column(pa.float64(), "points", "upper end of its interval"),
    "p": Column(pa.float64(), "1", "two-sided sign-flip permutation p-value"),
}

EFFECTS = Contract(
    "effects",
    tuple(_ASKED),
    {
        **_ASKED,
        "family": Column(WORD, "", "hypotheses that are corrected together"),
        "label": Column(WORD, "", "what is asked (TeX)"),
        "n": Column(pa.int32(), "pairs", "paired replicates"),
        "clusters": Column(pa.int32(), "clusters", "of which independent: splits, or replicates"),
        "ties": Column(pa.int32(), "pairs", "pairs that do not differ"),
        **_ESTIMATE,
        "p_adjusted": Column(pa.float64(), "1", "p corrected over its family and initializer"),
        "superiority": Column(pa.float64(), "1", "P(a > b) + P(a = b) / 2 over pairs"),
        "tost_p": Column(pa.float64(), "1", "p of the two one-sided tests against the margin"),
        "tost_low": Column(pa.float64(), "points", "lower end of their interval"),
        "tost_high": Column(pa.float64(), "points", "upper end of their interval"),
        "equivalent": Column(pa.bool_(), "", "they reject a difference as large as the margin"),
        "direction": Column(WORD, "", "higher, lower or unclear, by p_adjusted"),
    },
)

OUTCOMES = Contract(
    "outcomes",
    (*_ASKED, "outcome"),
    {
        **_ASKED,
        "outcome": Column(WORD, "", "what is compared instead of final accuracy"),
        "unit": Column(WORD, "", "its unit"),
        **_ESTIMATE,
    },
)

SENSITIVITY = Contract(
    "sensitivity",
    (*_ASKED, "method", "statistic"),
    {
        **_ASKED,
        "method": Column(WORD, "", "second opinion"),
        "statistic": Column(WORD, "", "what it finds"),
        "value": Column(pa.float64(), "points; p-values: 1; variances: points^2", "its value"),
    },
)

COMPONENTS = Contract(
    "components",
    ("protocol", "initializer", "arm", "source"),
    {
        **{name: CELL_COLUMNS[name] for name in ("protocol", "initializer", "arm")},
        "source": Column(WORD, "", "rows, columns or residual of the crossed cell, named"),
        "variance": Column(pa.float64(), "points^2", "component, 0 where its estimate is negative"),
        "low": Column(pa.float64(), "points^2", "lower end of its interval"),
        "high": Column(pa.float64(), "points^2", "upper end of its interval"),
        "share": Column(pa.float64(), "1", "of the sum of the components"),
    },
)

_POINT = {
    "protocol": CELL_COLUMNS["protocol"],
    "initializer": CELL_COLUMNS["initializer"],
    "schedule": Column(WORD, "", "schedule of the grid"),
}
GRID = Contract(
    "grid",
    (*_POINT, "initial_rate", "momentum"),
    {
        **_POINT,
        "initial_rate": Column(pa.float64(), "1", "learning rate at the start"),
        "momentum": Column(pa.float64(), "1", "momentum"),
        "n": Column(pa.int32(), "networks", "networks trained"),
        "n_diverged": Column(pa.int32(), "networks", "networks that diverged"),
        "mean": Column(pa.float64(), "%", "mean final accuracy"),
        "sd": Column(pa.float64(), "%", "standard deviation of final accuracy"),
    },
)

TUNED = Contract(
    "tuned",
    tuple(_POINT),
    {
        **_POINT,
        "initial_rate": Column(pa.float64(), "1", "initial rate chosen on the first replicates"),
        "momentum": Column(pa.float64(), "1", "momentum chosen with it"),
        "chosen_mean": Column(pa.float64(), "%", "mean accuracy on the replicates that chose"),
        "mean": Column(pa.float64(), "%", "mean accuracy on the other replicates"),
    },
)

RETURNS = Contract(
    "returns",
    ("initializer", "arm", "row"),
    {
        **{name: CELL_COLUMNS[name] for name in ("initializer", "arm")},
        "row": Column(pa.int16(), "row", "row of the data, from 0"),
        "positive": Column(pa.bool_(), "", "the row is of the positive class"),
        "n": Column(pa.int32(), "networks", "networks that answered it, on the tail"),
        "missed": Column(pa.float64(), "1", "share of them that got it wrong"),
    },
)

REFERENCES = Contract(
    "references",
    ("protocol", "split", "classifier"),
    {
        "protocol": CELL_COLUMNS["protocol"],
        "split": REPLICATE_COLUMNS["split"],
        "classifier": Column(WORD, "", "majority, logistic or svm"),
        "n_validation": Column(pa.int16(), "rows", "validation rows"),
        "n_correct": Column(pa.int16(), "rows", "validation rows predicted rightly"),
    },
)

_DATASET = Column(WORD, "", "data set of the second question")
ELSEWHERE_EFFECTS = Contract(
    "elsewhere_effects",
    ("dataset", *EFFECTS.key),
    {"dataset": _DATASET, **EFFECTS.columns},
)

ELSEWHERE_ARMS = Contract(
    "elsewhere_arms",
    ("dataset", "initializer", "arm"),
    {
        "dataset": _DATASET,
        **{name: CELL_COLUMNS[name] for name in ("initializer", "arm")},
        "n_rows": Column(pa.int32(), "rows", "rows of the data set"),
        "n_features": Column(pa.int32(), "columns", "its features"),
        "majority": Column(pa.float64(), "%", "share of the larger of its two classes"),
        **{name: ARMS.columns[name] for name in ("n", "n_diverged", "mean", "low", "high", "sd")},
    },
)
