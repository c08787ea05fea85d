"""What is estimated: columns, types, units and meaning in one place, and how claims quote them."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
from paperledger.io.tables import Column, Contract

from lrstudy.tables.columns import (
    ASKED,
    ENDS,
    INTERVAL,
    RESOLVED,
    epochs,
    p_value,
    percent,
    place,
    points,
    share,
    size,
)
from lrstudy.tables.described import DATASETS as DATASETS  # found here with all others
from lrstudy.tables.described import SPLITS as SPLITS
from lrstudy.tables.runs import CELL, CELL_COLUMNS, COUNT, NUMBER, REPLICATE_COLUMNS, WORD

ARMS = Contract(
    "arms",
    CELL,
    {
        **CELL_COLUMNS,
        "n": Column(COUNT, "networks", "networks trained", "plain"),
        "n_diverged": Column(COUNT, "networks", "networks that diverged", "plain"),
        "mean": percent("mean final accuracy", interval=ENDS),
        "low": percent("lower end of its interval", interval=ENDS),
        "high": percent("upper end of its interval", interval=ENDS),
        "sd": percent("standard deviation of final accuracy"),
        "iqm": percent("interquartile mean of final accuracy"),
        "minimum": percent("smallest final accuracy"),
        "median": percent("median final accuracy"),
        "maximum": percent("largest final accuracy"),
        "reach": replace(
            percent("share of networks at the tutorial's best or above", 1), optional=True
        ),
        "balanced": percent("mean balanced accuracy"),
        "log_loss": Column(NUMBER, "nat/row", "mean validation cross-entropy", "plain", 3),
        "last10": percent("mean accuracy over the last 10 epochs"),
        "best": percent("mean accuracy of the best epoch"),
        "speed": epochs(
            "mean of the first epoch, from 1, at the baseline's mean final accuracy; of networks "
            "that have none one more than their epochs"
        ),
        "speed_low": epochs("lower end of its interval"),
        "speed_high": epochs("upper end of its interval"),
        "never": replace(percent("share of networks that have none", 1), optional=True),
    },
    stem="arm",
    rule="analyse_runs",
    caption="What each arm scores, by split and initial weights: the mean with its interval, "
    "spread, extremes, and other measures of the same networks.",
)

EFFECTS = Contract(
    "effects",
    tuple(ASKED),
    {
        **ASKED,
        "family": Column(WORD, "", "hypotheses that are corrected together"),
        "label": Column(WORD, "", "what is asked (TeX)"),
        "n": Column(COUNT, "pairs", "paired replicates", "plain"),
        "clusters": Column(COUNT, "", "of which independent: splits, or replicates", "plain"),
        "ties": Column(COUNT, "pairs", "pairs that do not differ"),
        "ties_share": percent("their share of the pairs", 0),
        **INTERVAL,
        "share": share("difference in per cent of the baseline's error in the same place"),
        "share_low": share("lower end of its interval"),
        "share_high": share("upper end of its interval"),
        "p": p_value("two-sided sign-flip permutation p-value", "resolved"),
        "resolved": RESOLVED,
        "p_adjusted": p_value("p corrected over its family", "resolved"),
        "superiority": Column(NUMBER, "", "P(a > b) + P(a = b) / 2 over pairs", "plain", 2),
        "tost_p": p_value("p of the two one-sided tests against the margin"),
        "tost_low": points("lower end of their interval"),
        "tost_high": points("upper end of their interval"),
        "margin": points(
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
    for name, column in INTERVAL.items()
}
OUTCOMES = Contract(
    "outcomes",
    (*ASKED, "outcome"),
    {
        **ASKED,
        "outcome": Column(WORD, "", "what is compared instead of final accuracy"),
        "unit": Column(WORD, "", "its unit"),
        **_BY_UNIT,
        "p": p_value("two-sided sign-flip permutation p-value", "resolved"),
        "resolved": RESOLVED,
    },
    stem="outcome",
    rule="analyse_further",
    caption="The main questions asked again of other outcomes: balanced accuracy, loss, the "
    "best and the last epochs, and how fast training goes.",
    needs=("analysis.outcomes",),
)


ROBUSTNESS = Contract(
    "robustness",
    (*ASKED, "method"),
    {
        **ASKED,
        "method": Column(WORD, "", "second opinion; what it does not find is not a number"),
        **{name: replace(column, optional=True) for name, column in INTERVAL.items()},
        "se": size("standard error of the difference"),
        "p": replace(p_value("two-sided p-value"), optional=True),
        "detectable": size("smallest difference found with 90 % power"),
        "split": size("standard deviation between splits"),
        "split_arm": size("of the difference between splits"),
        "pair": size("between replicates of a split, both arms alike"),
        "residual": size("of what remains"),
    },
    stem="robustness",
    rule="analyse_further",
    caption="The same questions by other methods: does the answer depend on how it was computed?",
)

COMPONENTS = Contract(
    "components",
    ("dataset", "protocol", "initializer", "arm", "source"),
    {
        **place("dataset", "protocol", "initializer", "arm"),
        "source": Column(WORD, "", "rows, columns or residual of the crossed cell, named"),
        "variance": Column(NUMBER, "points^2", "component, 0 where its estimate is negative"),
        "low": Column(NUMBER, "points^2", "lower end of its interval"),
        "high": Column(NUMBER, "points^2", "upper end of its interval"),
        "share": percent("of the sum of the components", 0),
        "sd": Column(NUMBER, "points", "square root of the variance", "plain", 2),
        "sd_low": points(
            "lower end of its interval", style="plain", interval=("sd_low", "sd_high")
        ),
        "sd_high": points(
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
    **place("dataset", "protocol", "initializer"),
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
        "mean": percent("mean final accuracy"),
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
        **place("dataset", "initializer"),
        "schedule": Column(WORD, "", "schedule of the grid, or all of them"),
        "n": Column(COUNT, "networks", "networks chosen, one a replicate", "plain"),
        "mean": percent(
            "mean accuracy of the chosen on the reported rows of random splits", interval=ENDS
        ),
        "low": percent("lower end of its interval", interval=ENDS),
        "high": percent("upper end of its interval", interval=ENDS),
        "inner_mean": percent("mean accuracy of the chosen cells on the inner rows that chose"),
        "leaky_mean": percent("mean accuracy of those that the reported rows would choose"),
        "cell_schedule": Column(WORD, "", "schedule of the cell chosen most often", "plain"),
        "initial_rate": Column(NUMBER, "", "its initial rate", "short"),
        "momentum": Column(NUMBER, "", "its momentum", "short"),
        "cell_splits": Column(COUNT, "", "how often it was chosen", "plain"),
        "edge": percent(
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
        **place("dataset", "protocol", "initializer", "arm"),
        "epoch": Column(
            NUMBER,
            "epoch",
            "first epoch, from 1, in which the arm's mean accuracy is at the level",
            "plain",
            0,
            optional=True,
        ),
        "level": percent("mean final accuracy of the baseline in the same place"),
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
        **place("dataset", "initializer", "arm"),
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
        **place("dataset", "protocol"),
        "split": REPLICATE_COLUMNS["split"],
        "classifier": Column(WORD, "", "majority, logistic or svm"),
        "n_validation": Column(pa.int16(), "rows", "validation rows"),
        "n_correct": Column(pa.int16(), "rows", "validation rows predicted rightly"),
    },
    rule="fit_references",
    caption="Other classifiers on the same splits: the majority class, logistic regression, a "
    "support vector machine.",
)
