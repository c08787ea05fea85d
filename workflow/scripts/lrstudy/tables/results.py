"""What is estimated: columns, types, units and meaning in one place, and how claims quote them."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
from paperledger.io.tables import Column, Contract

from lrstudy.tables.runs import CELL, CELL_COLUMNS, COUNT, NUMBER, REPLICATE_COLUMNS, WORD

_ENDS = ("low", "high")
_SD_ENDS = ("sd_low", "sd_high")


def _percent(meaning: str, decimals: int = 2, *, interval: tuple[str, str] | None = None) -> Column:
    return Column(NUMBER, "%", meaning, "plain", decimals, interval)


def _points(
    meaning: str, *, style: str = "signed", interval: tuple[str, str] | None = None
) -> Column:
    return Column(NUMBER, "points", meaning, style, 2, interval)


def _p(meaning: str) -> Column:
    return Column(NUMBER, "", meaning, "p")


ARMS = Contract(
    "arms",
    CELL,
    {
        **CELL_COLUMNS,
        "n": Column(COUNT, "networks", "networks trained", "plain"),
        "n_diverged": Column(COUNT, "networks", "networks that diverged", "plain"),
        "mean": _percent("mean final accuracy", interval=_ENDS),
        "low": _percent("lower end of its interval", interval=_ENDS),
        "high": _percent("upper end of its interval", interval=_ENDS),
        "sd": _percent("standard deviation of final accuracy"),
        "iqm": _percent("interquartile mean of final accuracy"),
        "minimum": _percent("smallest final accuracy"),
        "median": _percent("median final accuracy"),
        "maximum": _percent("largest final accuracy"),
        "reach": replace(
            _percent("share of networks at the tutorial's best or above", 1), optional=True
        ),
        "balanced": _percent("mean balanced accuracy"),
        "log_loss": Column(NUMBER, "nat/row", "mean validation cross-entropy", "plain", 3),
        "last10": _percent("mean accuracy over the last 10 epochs"),
        "best": _percent("mean accuracy of the best epoch"),
    },
    stem="arm",
    rule="analyse_runs",
    caption="What each arm scores, by split and initial weights: the mean with its interval, "
    "spread, extremes, and other measures of the same networks.",
)

_ASKED = {
    "hypothesis": Column(WORD, "", "name of the hypothesis"),
    "dataset": Column(WORD, "", "data set on which it is asked"),
    "protocol": Column(WORD, "", "where it is asked; a-b: effect on a less effect on b"),
    "initializer": Column(WORD, "", "initializer, or both where the hypothesis compares them"),
}
_INTERVAL = {
    "difference": _points("mean of a minus b", interval=_ENDS),
    "low": _points("lower end of its interval", interval=_ENDS),
    "high": _points("upper end of its interval", interval=_ENDS),
}

EFFECTS = Contract(
    "effects",
    tuple(_ASKED),
    {
        **_ASKED,
        "family": Column(WORD, "", "hypotheses that are corrected together"),
        "label": Column(WORD, "", "what is asked (TeX)"),
        "n": Column(COUNT, "pairs", "paired replicates", "plain"),
        "clusters": Column(COUNT, "", "of which independent: splits, or replicates", "plain"),
        "ties": Column(COUNT, "pairs", "pairs that do not differ"),
        "ties_share": _percent("their share of the pairs", 0),
        **_INTERVAL,
        "p": _p("two-sided sign-flip permutation p-value"),
        "p_adjusted": _p("p corrected over its family and initializer"),
        "superiority": Column(NUMBER, "", "P(a > b) + P(a = b) / 2 over pairs", "plain", 2),
        "tost_p": _p("p of the two one-sided tests against the margin"),
        "tost_low": _points("lower end of their interval"),
        "tost_high": _points("upper end of their interval"),
        "equivalent": Column(
            pa.bool_(),
            "",
            "they reject a difference as large as the margin",
            "plain",
            concludes=True,
        ),
        "direction": Column(
            WORD, "", "higher, lower or unclear, by p_adjusted", "plain", concludes=True
        ),
    },
    stem="effect",
    rule="analyse_runs",
    caption="Every question of the study, answered: the mean difference between paired networks "
    "with its interval, tests, and whether the difference is too small to matter.",
)

_BY_UNIT = {
    name: replace(column, unit="row", decimals={"points": 2, "nat/row": 3})
    for name, column in _INTERVAL.items()
}
OUTCOMES = Contract(
    "outcomes",
    (*_ASKED, "outcome"),
    {
        **_ASKED,
        "outcome": Column(WORD, "", "what is compared instead of final accuracy"),
        "unit": Column(WORD, "", "its unit"),
        **_BY_UNIT,
        "p": _p("two-sided sign-flip permutation p-value"),
    },
    stem="outcome",
    rule="analyse_further",
    caption="The main questions asked again of other outcomes: balanced accuracy, loss, the "
    "last epochs.",
)


def _size(meaning: str) -> Column:
    return Column(NUMBER, "points", meaning, "plain", 2, optional=True)


ROBUSTNESS = Contract(
    "robustness",
    (*_ASKED, "method"),
    {
        **_ASKED,
        "method": Column(WORD, "", "second opinion; what it does not find is not a number"),
        **{name: replace(column, optional=True) for name, column in _INTERVAL.items()},
        "se": _size("standard error of the difference"),
        "p": replace(_p("two-sided p-value"), optional=True),
        "detectable": _size("smallest difference found with 90 % power"),
        "split": _size("standard deviation between splits"),
        "split_arm": _size("of the difference between splits"),
        "pair": _size("between replicates of a split, both arms alike"),
        "residual": _size("of what remains"),
    },
    stem="robustness",
    rule="analyse_further",
    caption="The same questions by other methods: does the answer depend on how it was computed?",
)

COMPONENTS = Contract(
    "components",
    ("dataset", "protocol", "initializer", "arm", "source"),
    {
        **{name: CELL_COLUMNS[name] for name in ("dataset", "protocol", "initializer", "arm")},
        "source": Column(WORD, "", "rows, columns or residual of the crossed cell, named"),
        "variance": Column(NUMBER, "points^2", "component, 0 where its estimate is negative"),
        "low": Column(NUMBER, "points^2", "lower end of its interval"),
        "high": Column(NUMBER, "points^2", "upper end of its interval"),
        "share": _percent("of the sum of the components", 0),
        "sd": Column(NUMBER, "points", "square root of the variance", "plain", 2),
        "sd_low": _points(
            "lower end of its interval", style="plain", interval=("sd_low", "sd_high")
        ),
        "sd_high": _points(
            "upper end of its interval", style="plain", interval=("sd_low", "sd_high")
        ),
    },
    stem="component",
    rule="analyse_further",
    caption="Where the variance of accuracy comes from, in cells that cross one source of "
    "randomness with another.",
    needs=("parts.*.protocols.*.shuffles|crossed",),
)

_POINT = {
    **{name: CELL_COLUMNS[name] for name in ("dataset", "protocol", "initializer")},
    "schedule": Column(WORD, "", "schedule of the grid"),
}
GRID = Contract(
    "grid",
    (*_POINT, "initial_rate", "momentum"),
    {
        **_POINT,
        "initial_rate": Column(NUMBER, "1", "learning rate at the start"),
        "momentum": Column(NUMBER, "1", "momentum"),
        "n": Column(COUNT, "networks", "networks trained"),
        "n_diverged": Column(COUNT, "networks", "networks that diverged"),
        "mean": _percent("mean final accuracy"),
        "sd": Column(NUMBER, "%", "standard deviation of final accuracy"),
    },
    stem="grid",
    rule="analyse_runs",
    caption="Mean accuracy of every schedule at every initial rate and momentum.",
    needs=("analysis.tuning",),  # which names the part that trains it
)

TUNED = Contract(
    "tuned",
    tuple(_POINT),
    {
        **_POINT,
        "initial_rate": Column(NUMBER, "", "initial rate chosen on the first replicates", "short"),
        "momentum": Column(NUMBER, "", "momentum chosen with it", "short"),
        "chosen_mean": _percent("mean accuracy on the replicates that chose"),
        "mean": _percent("mean accuracy on the other replicates"),
    },
    stem="tuned",
    rule="analyse_runs",
    caption="Each schedule at its best: initial rate and momentum chosen on some networks, "
    "accuracy measured on others.",
    needs=("analysis.tuning",),
)

RETURNS = Contract(
    "returns",
    ("dataset", "initializer", "arm", "row"),
    {
        **{name: CELL_COLUMNS[name] for name in ("dataset", "initializer", "arm")},
        "row": Column(pa.int16(), "row", "row of the data, from 0"),
        "positive": Column(pa.bool_(), "", "the row is of the positive class"),
        "n": Column(COUNT, "networks", "networks that answered it, on the tail"),
        "missed": Column(NUMBER, "1", "share of them that got it wrong"),
    },
    rule="analyse_runs",
    caption="How often the networks of each arm miss each row of the tutorial's validation set.",
    needs=("analysis.parts.*.protocols.tail",),
)

REFERENCES = Contract(
    "references",
    ("dataset", "protocol", "split", "classifier"),
    {
        **{name: CELL_COLUMNS[name] for name in ("dataset", "protocol")},
        "split": REPLICATE_COLUMNS["split"],
        "classifier": Column(WORD, "", "majority, logistic or svm"),
        "n_validation": Column(pa.int16(), "rows", "validation rows"),
        "n_correct": Column(pa.int16(), "rows", "validation rows predicted rightly"),
    },
    rule="analyse_further",
    caption="Other classifiers on the same splits: the majority class, logistic regression, a "
    "support vector machine.",
)


def _rows(meaning: str) -> Column:
    return Column(COUNT, "rows", meaning, "plain")


DATASETS = Contract(
    "datasets",
    ("dataset",),
    {
        "dataset": CELL_COLUMNS["dataset"],
        "n_rows": _rows("rows"),
        "n_features": Column(COUNT, "columns", "features; each category is one", "plain"),
        "n_positive": _rows("rows of the positive class"),
        "n_negative": _rows("rows of the negative class"),
        "majority": _percent("share of the larger class", 1),
        "n_missing": Column(COUNT, "", "values that the file lacks", "plain"),
        "n_constant": Column(COUNT, "columns", "features of one value alone", "plain"),
        "n_duplicates": _rows("rows that are the same as an earlier one, class and all"),
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
        **{name: CELL_COLUMNS[name] for name in ("dataset", "protocol")},
        "n_train": _rows("rows that train"),
        "n_train_positive": _rows("of them of the positive class"),
        "n_train_negative": _rows("of them of the negative class"),
        "n_validation": _rows("rows that validate"),
        "n_validation_positive": _rows("of them of the positive class"),
        "n_validation_negative": _rows("of them of the negative class"),
        "train_majority": _percent("share of the larger class of those that train", 1),
        "validation_majority": _percent("share of the larger class of those that validate", 1),
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
