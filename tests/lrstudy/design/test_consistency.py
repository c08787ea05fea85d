"""What no single key shows: each contradiction, the keys that it names, what is wrong."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from lrstudy.design.config import check_config

from tests.helpers.changes import drop, findings, put

H = "analysis.hypotheses"
DATA = "datasets.ionosphere"

# key, value; the finding's key (None: the same), and words of it; of several findings, of each
ALONE: list[tuple[str, Any, str | None, str]] = [
    # arms
    ("arms.step_m09.label", "baseline", None, "'baseline', which arms.constant_m00 has"),
    (
        "arms.plateau_training.schedule",
        {"name": "cosine", "final_factor": 0.0},
        "arms.plateau_training.schedule.name",
        "beside plateau is constant",
    ),
    (
        "arms.plateau_training.plateau.measure",
        "accuracy",
        None,
        "found 'accuracy', allowed beside monitor training is loss",
    ),
    ("arms.step_m09.adam", {}, "arms.step_m09", "expected momentum or adam, found both"),
    ("arms.plateau_inner.plateau.min_rate", 0.2, None, "at most 0.1, its initial_rate"),
    ("grid.initial_rates", [0.01, 0.1, 0.1000000001], "grid", "two of its arms have one name"),
    # variants and aliases
    ("variants.budget.arms.0", "step", "variants.budget.arms", "'step', allowed is one of const"),
    ("variants.budget.batch_sizes", [7], "variants.budget", "epochs or batch_sizes, found both"),
    ("variants.other", {"arms": ["step_m09"]}, None, "epochs or batch_sizes, found neither"),
    *(
        (f"variants.{name}", {"arms": ["step_m09"], "epochs": [12]}, None, f"found '{name}', which")
        for name in ("step_prose", "cosine")
    ),
    (
        "variants.batch.batch_sizes",
        [7, 28, 118, 235, 236],
        "variants.batch.batch_size",
        "found 236, allowed is at most the 235 training rows of",
    ),
    ("aliases.step", "step", None, "'step', allowed is one of constant_m00"),
    ("aliases.step_m08", "step_m09", "aliases", "found 'step_m08', which is one of arms"),
    (
        "agreement.beside.svm",
        {"label": "x", "initial_rate": 0.3, "momentum": 0.0, "schedule": {"name": "constant"}},
        "arms",
        "found 'svm', which is a classifier of hypotheses",
    ),
    # parts
    (
        "parts.factorial.arms",
        ["step_m09", "stepp"],
        None,
        "'stepp', allowed is one of constant_m00",
    ),
    ("parts.crossed.initializers", ["glorot"], None, "allowed is one of glorot_uniform, normal"),
    ("parts.ridge.datasets", ["isis"], None, "'isis', allowed is one of ionosphere"),
    (
        "parts.elsewhere.protocols",
        {"tail": {"seeds": 3}},
        None,
        "'tail', allowed is one of resample, the protocols of datasets.",
    ),
    (
        "parts.factorial.protocols.official.seeds",
        1,
        "parts.factorial.protocols.official",
        "1 replicate, allowed is at least 2",
    ),
    (
        "parts.crossed.protocols.tail",
        {"initialisations": 1, "shuffles": 1},
        None,
        "1 replicate, allowed is at least 2",
    ),
    (
        "parts.crossed.protocols.tail.shuffles",
        1,
        "parts.crossed.protocols.tail",
        "1 stream, allowed is at least 2 of each",
    ),
    (
        "parts.crossed.protocols.resample.splits",
        1,
        "parts.crossed.protocols.resample",
        "1 stream, allowed is at least 2 of each",
    ),
    (
        "parts.elsewhere.protocols.resample.splits_of",
        {"digit": 4},
        None,
        "'digit', allowed is one of breast_cancer, digits",
    ),
    (
        "parts.elsewhere.protocols.resample.splits_of.digits",
        1,
        "parts.elsewhere.protocols.resample",
        "1 replicate, allowed is at least 2",
    ),
    (
        "parts.elsewhere.protocols.resample",
        {"splits": 9, "seeds": 9, "crossed": True, "splits_of": {"digits": 1}},
        None,
        "1 stream, allowed is at least 2 of each",
    ),
    ("chunk_size", {"kernel": 10}, "chunk_size.keras", "expected with parts.framework"),
    # agreement
    ("agreement.arms", ["stepp"], None, "'stepp', allowed is one of constant_m00"),
    ("agreement.arms", ["* 0.1 0.8"], None, "'* 0.1 0.8', allowed is one of"),
    ("agreement.arms", ["cosine 0.1 0.80"], None, "'cosine 0.1 0.80', allowed is one of"),
    ("agreement.initializers", ["glorot"], None, "allowed is one of glorot_uniform"),
    ("agreement.populations", ["framework", "main"], None, "'main', allowed is one of framework"),
    ("agreement.populations", ["framework", "adam"], None, "train nothing in common"),
    ("agreement.populations", ["framework", "elsewhere"], None, "train nothing in common"),
    # the tutorial, the date
    ("analysis.tutorial.n_validation", 117, None, "found 117, allowed is 116"),
    ("analysis.tutorial.schedule_correct", 110, None, "found 110, allowed is > 111"),
    ("analysis.tutorial.schedule_correct", 117, None, "found 117, allowed is <= 116"),
    ("paper.date", "2026-02-30", None, "'2026-02-30', which is no day"),
    ("plan.date", "2026-02-30", None, "'2026-02-30', which is no day"),
    # data, and what fits its rows
    ("dataset", "iono", None, "'iono', allowed is one of ionosphere, breast_cancer"),
    (f"{DATA}.table.negative", "g", None, "'g', as datasets.ionosphere.table.positive"),
    (f"{DATA}.table.unused_columns", [36], None, "found 36, allowed is at most 35"),
    ("datasets.wine.table.class_column", 14, None, "found 14, allowed is at most 13"),
    (
        "datasets.wine.table.unused_columns",
        [13],
        None,
        "found 13, which is in class_column",
    ),
    ("datasets.wine.table.categorical_columns", [13], None, "found 13, which is in class_column"),
    ("datasets.iris.table.negative", 1.0, None, "found 1.0, as datasets.iris.table.positive"),
    (f"{DATA}.table.class_column", "C", None, "found 'C', but there are no header_lines"),
    ("datasets.wine.source", "auto", "datasets.wine", "needs urls, member, embedded, found none"),
    ("datasets.wine.source", "embedded", "datasets.wine", "needs embedded, found none"),
    (
        "datasets.breast_cancer.protocols.resample.validation_rows",
        568,
        None,
        "leaves 1 of 569 rows for training; allowed is 2 to 567",
    ),
    (
        "datasets.breast_cancer.protocols.resample.validation_rows",
        1,
        None,
        "leaves 568 of 569 rows for training; allowed is 2 to 567",
    ),
    (
        f"{DATA}.protocols.inner.reported_rows",
        115,
        None,
        "found 115, allowed is 116, the rows that resample reports",
    ),
    (
        f"{DATA}.protocols.inner.validation_rows",
        234,
        None,
        "found 234, which leaves 1 of 351 rows for training; allowed is 2 to",
    ),
    (
        f"{DATA}.protocols.official.training_rows",
        351,
        None,
        "leaves 351 of 351 rows for training; allowed is 1 to 350",
    ),
    ("datasets.wine.protocols.resample.validation_rows", 177, None, "allowed is 2 to 176"),
    (
        "arms.plateau_inner.plateau.inner_rows",
        208,
        None,
        "found 208, allowed is at most 207, to leave a batch of the 235 training rows of",
    ),
    (
        "arms.step_prose.batch_size",
        236,
        None,
        "found 236, allowed is at most the 235 training rows of",
    ),
    (
        "agreement.beside.batch_235.batch_size",
        236,
        None,
        "found 236, allowed is at most the 235 training rows of tail of ionosphere",
    ),
    (
        "training.batch_size",
        101,
        None,
        "found 101, allowed is at most the 100 training rows of resample of iris",
    ),
]


@pytest.mark.parametrize(
    ("path", "value", "key", "words"), ALONE, ids=[f"{i}-{c[0]}" for i, c in enumerate(ALONE)]
)
def test_each_contradiction(
    config: Any, path: str, value: Any, key: str | None, words: str
) -> None:
    put(config, path, value)
    for named, said in findings(config):
        assert named == (key or path)
        assert words in said


# --- what only just holds together --------------------------------------------


def test_a_batch_as_large_as_the_smallest_training_set(config: Any) -> None:
    put(config, "agreement.arms", ["constant_m00"])  # an arm that holds rows out has fewer
    for name in ("readings", "tuning", "elsewhere"):
        drop(config, f"parts.{name}")
    others = ("R3", "L1", "L2", "L3", "L4", *(f"P{i}" for i in range(1, 7)))
    for name in (*others, "X1", "X2", "X3", "Y1", "Y2", "Y3"):
        drop(config, f"{H}.{name}")
    config["analysis"]["parts"] = ["factorial", "adam"]
    drop(config, "analysis.tuning")
    put(config, f"{DATA}.protocols.official.training_rows", 300)
    put(config, "training.batch_size", 235)
    check_config(config)
    put(config, "training.batch_size", 236)
    rows = "found 236, allowed is at most the 235 training rows of {} of ionosphere"
    assert findings(config) == [
        ("training.batch_size", rows.format(protocol)) for protocol in ("tail", "resample")
    ]


# Each setting at the border of what is allowed.
ALLOWED = [
    ("datasets.breast_cancer.protocols.resample.validation_rows", 541),
    (f"{DATA}.protocols.inner.validation_rows", 207),
    ("variants.batch.batch_sizes", [7, 28, 118, 235, 234]),
    (f"{H}.K1.subtract", [{"arm": "logistic"}, {"arm": "step_m09", "outcome": "best"}]),
    ("parts.elsewhere.protocols.resample.splits_of", {"digits": 2, "wine": 3}),
    ("parts.elsewhere.protocols.resample", {"splits": 1, "seeds": 2, "splits_of": {"wine": 1}}),
    ("training.batch_size", 100),
    ("arms.plateau_inner.plateau.inner_rows", 207),
    ("datasets.breast_cancer.protocols.resample.validation_rows", 2),
    ("analysis.tutorial.schedule_correct", 112),
    ("parts.factorial.protocols.official.seeds", 2),
    ("parts.crossed.protocols.tail", {"initialisations": 2, "shuffles": 2}),
    ("parts.ridge_normal.protocols.resample", {"splits": 20, "seeds": 5}),
    ("datasets.iris.hidden_units", 8),
    ("datasets.unused", "iris"),
]


@pytest.mark.parametrize(("path", "value"), ALLOWED)
def test_what_only_just_holds_together(config: Any, path: str, value: Any) -> None:
    if value == "iris":  # a data set that no part trains on, smaller than a batch
        value = copy.deepcopy(config["datasets"]["iris"])
        put(value, "protocols.resample.validation_rows", 148)
    put(config, path, value)
    check_config(config)
