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


def _p(meaning: str, resolved: str = "") -> Column:
    return Column(NUMBER, "", meaning, "p", resolved=resolved)


_RESOLVED = Column(pa.bool_(), "", "p lies above the smallest that its draws can give")


def _epochs(meaning: str) -> Column:
    return Column(NUMBER, "epoch", meaning, "plain", 2, ("speed_low", "speed_high"), optional=True)


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
        "speed": _epochs(
            "mean of the first epoch, from 1, at the baseline's mean final accuracy; of networks "
            "that have none one more than their epochs"
        ),
        "speed_low": _epochs("lower end of its interval"),
        "speed_high": _epochs("upper end of its interval"),
        "never": replace(_percent("share of networks that have none", 1), optional=True),
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


def _share(meaning: str) -> Column:
    ends = ("share_low", "share_high")
    return Column(NUMBER, "%", meaning, "signed", 1, ends, optional=True)


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
        "share": _share("difference in per cent of the baseline's error in the same place"),
        "share_low": _share("lower end of its interval"),
        "share_high": _share("upper end of its interval"),
        "p": _p("two-sided sign-flip permutation p-value", "resolved"),
        "resolved": _RESOLVED,
        "p_adjusted": _p("p corrected over its family", "resolved"),
        "superiority": Column(NUMBER, "", "P(a > b) + P(a = b) / 2 over pairs", "plain", 2),
        "tost_p": _p("p of the two one-sided tests against the margin"),
        "tost_low": _points("lower end of their interval"),
        "tost_high": _points("upper end of their interval"),
        "margin": _points(
            "smallest margin at which the difference would be equivalent: the larger end of their "
            "interval",
            style="plain",
        ),
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
    name: replace(column, unit="row", decimals={"points": 2, "nat/row": 3, "epoch": 2})
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
        "p": _p("two-sided sign-flip permutation p-value", "resolved"),
        "resolved": _RESOLVED,
    },
    stem="outcome",
    rule="analyse_further",
    caption="The main questions asked again of other outcomes: balanced accuracy, loss, the "
    "best and the last epochs, and how fast training goes.",
    needs=("analysis.outcomes",),
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
        "log_loss": Column(NUMBER, "nat/row", "mean validation cross-entropy"),
    },
    stem="grid",
    rule="analyse_runs",
    caption="Mean accuracy and log-loss of every schedule at every initial rate and momentum.",
    needs=("analysis.tuning",),  # which names the part that trains it
)

TUNED = Contract(
    "tuned",
    ("dataset", "initializer", "schedule"),
    {
        **{name: CELL_COLUMNS[name] for name in ("dataset", "initializer")},
        "schedule": Column(WORD, "", "schedule of the grid, or all of them"),
        "n": Column(COUNT, "networks", "networks chosen, one a replicate", "plain"),
        "mean": _percent(
            "mean accuracy of the chosen on the reported rows of random splits", interval=_ENDS
        ),
        "low": _percent("lower end of its interval", interval=_ENDS),
        "high": _percent("upper end of its interval", interval=_ENDS),
        "inner_mean": _percent("mean accuracy of the chosen cells on the inner rows that chose"),
        "leaky_mean": _percent("mean accuracy of those that the reported rows would choose"),
        "cell_schedule": Column(WORD, "", "schedule of the cell chosen most often", "plain"),
        "initial_rate": Column(NUMBER, "", "its initial rate", "short"),
        "momentum": Column(NUMBER, "", "its momentum", "short"),
        "cell_splits": Column(COUNT, "", "how often it was chosen", "plain"),
        "edge": _percent(
            "share of the chosen at the grid's edge: its least or largest rate, or its largest "
            "momentum",
            0,
        ),
    },
    stem="tuned",
    rule="analyse_runs",
    caption="Each schedule tuned: initial rate and momentum chosen on inner rows of each split, "
    "accuracy measured on the reported rows.",
    needs=("analysis.tuning",),
)

CROSSINGS = Contract(
    "crossings",
    ("dataset", "protocol", "initializer", "arm"),
    {
        **{name: CELL_COLUMNS[name] for name in ("dataset", "protocol", "initializer", "arm")},
        "epoch": Column(
            NUMBER,
            "epoch",
            "first epoch, from 1, in which the arm's mean accuracy is at the level",
            "plain",
            0,
            optional=True,
        ),
        "level": _percent("mean final accuracy of the baseline in the same place"),
    },
    stem="crossing",
    rule="analyse_runs",
    caption="When the mean curve of each arm first reaches what the baseline has in the end.",
    needs=("analysis.baseline",),
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
    rule="fit_references",
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
