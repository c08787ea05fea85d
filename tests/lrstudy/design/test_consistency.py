"""What no single key shows: each contradiction, the keys that it names, what is wrong."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from lrstudy.design.config import check_config

from tests.helpers.changes import findings, put

H = "analysis.hypotheses"
DATA = "datasets.ionosphere"

# key, value; the finding's key (None: the same), and words of it; of several findings, of each
ALONE: list[tuple[str, Any, str | None, str]] = [
    # arms
    ("arms.step.label", "baseline", None, "'baseline', which arms.baseline has"),
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
    ("arms.step.adam", {}, "arms.step", "expected momentum or adam, found both"),
    ("arms.plateau_inner.plateau.min_rate", 0.2, None, "at most 0.1, its initial_rate"),
    ("grid.initial_rates", [0.01, 0.1, 0.1000000001], "grid", "two of its arms have one name"),
    # parts
    ("parts.study.arms", ["step", "stepp"], None, "'stepp', allowed is one of baseline"),
    ("parts.crossed.initializers", ["glorot"], None, "allowed is one of glorot_uniform, normal"),
    ("parts.elsewhere.datasets", ["iris", "isis"], None, "'isis', allowed is one of ionosphere"),
    (
        "parts.elsewhere.datasets",
        ["iris", "ionosphere"],
        "analysis.parts",
        "'study' and 'elsewhere', which both train baseline on resample of ionosphere",
    ),
    (
        "parts.elsewhere.protocols",
        {"tail": {"seeds": 3}},
        None,
        "'tail', allowed is one of resample, the protocols of datasets.",
    ),
    (
        "parts.official.protocols.official.seeds",
        1,
        "parts.official.protocols.official",
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
    ("chunk_size", {"kernel": 10}, "chunk_size.keras", "expected with parts.framework"),
    # agreement
    ("agreement.arms", ["stepp"], None, "'stepp', allowed is one of baseline"),
    ("agreement.arms", ["* 0.1 0.8"], None, "'* 0.1 0.8', allowed is one of"),
    ("agreement.arms", ["cosine 0.1 0.80"], None, "'cosine 0.1 0.80', allowed is one of"),
    ("agreement.initializers", ["glorot"], None, "allowed is one of glorot_uniform"),
    ("agreement.populations", ["framework", "main"], None, "'main', allowed is one of framework"),
    ("agreement.populations", ["framework", "official"], None, "train nothing in common"),
    ("agreement.populations", ["framework", "elsewhere"], None, "train nothing in common"),
    # analysis
    ("analysis.arms", ["stepp"], None, "'stepp', allowed is one of baseline"),
    ("analysis.initializer", "glorot", None, "'glorot', allowed is one of glorot_uniform"),
    ("analysis.initializer", "normal_005", None, "allowed is one of glorot_uniform"),  # tuning
    ("analysis.parts", ["study", "main"], None, "'main', allowed is one of framework"),
    (
        "analysis.parts",
        ["study", "official", "framework"],
        None,
        "'study' and 'framework', which both train baseline on tail of ionosphere with glorot",
    ),
    # hypotheses
    (f"{H}.H1.family", "main", None, "'main', allowed is one of primary"),
    (f"{H}.H9a.part", "main", None, "'main', allowed is one of framework"),
    (f"{H}.H2a.part", "crossed", None, "'crossed', which crosses its streams on"),
    (
        f"{H}.D5.add",
        [{"arm": "step_prose"}],
        f"{H}.D5",
        "no part of study, official, elsewhere trains step_prose on official of ionosphere",
    ),
    (f"{H}.H5.add", [{"arm": "cosine 0.1 0.8"}], f"{H}.H5", "trains cosine 0.1 0.8 on"),
    (f"{H}.H9b.protocols", ["tail", "official"], f"{H}.H9b", "no part of grid trains * 0.1 0"),
    (
        f"{H}.H9b.add",
        [{"arm": "* 0.1 0.9", "initializer": "normal_005"}],
        f"{H}.H9b",
        "no part of grid trains * 0.1 0.9 with normal_005 on",
    ),
    (
        f"{H}.S1.add",
        [{"arm": "step"}],
        f"{H}.S1",
        "no part of elsewhere trains step on resample of breast_cancer",
    ),
    (
        f"{H}.S1.protocols",
        ["tail"],
        f"{H}.S1",
        "no part of elsewhere trains",
    ),
    (
        "parts.study.protocols.tail.seeds",
        500,
        f"{H}.H5",
        "replicates 500 from 1000 on tail by study and 1000 from 1000 on resample by study",
    ),
    # tuning
    ("analysis.tuning.hypothesis", "H9a", None, "'H9a', which is taken"),
    ("analysis.tuning.family", "main", None, "'main', allowed is one of primary"),
    ("analysis.tuning.reference", "fixed", None, "'fixed', allowed is one of constant"),
    ("analysis.tuning.part", "main", None, "'main', allowed is one of framework"),
    ("analysis.tuning.part", "study", None, "a part that trains the grid, on ionosphere alone"),
    ("analysis.tuning.protocols", ["tail", "official"], None, "allowed is one of tail, resample"),
    ("analysis.tuning.selection_replicates", 99, None, "at most 98 and a multiple of 1"),
    (
        "parts.grid.protocols.resample",
        {"splits": 34, "seeds": 3},
        "analysis.tuning.selection_replicates",
        "found 50, allowed is at most 96 and a multiple of 3",
    ),
    # the tutorial, the date
    ("analysis.tutorial.n_validation", 117, None, "found 117, allowed is 116"),
    ("analysis.tutorial.schedule_correct", 110, None, "found 110, allowed is > 111"),
    ("analysis.tutorial.schedule_correct", 117, None, "found 117, allowed is <= 116"),
    ("paper.date", "2026-02-30", None, "'2026-02-30', which is no day"),
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
        f"{DATA}.protocols.resample.validation_rows",
        350,
        None,
        "leaves 1 of 351 rows for training; allowed is 2 to 349",
    ),
    (
        f"{DATA}.protocols.resample.validation_rows",
        1,
        None,
        "leaves 350 of 351 rows for training; allowed is 2 to 349",
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
    put(config, "agreement.arms", ["baseline"])  # an arm that holds rows out has fewer
    put(config, "parts.study.arms", config["parts"]["official"]["arms"] + ["step_prose"])
    put(config, f"{DATA}.protocols.official.training_rows", 300)
    put(config, "parts.elsewhere.datasets", ["digits"])
    config["analysis"]["hypotheses"] = {"H1": config["analysis"]["hypotheses"]["H1"]}
    put(config, "training.batch_size", 235)
    check_config(config)
    put(config, "training.batch_size", 236)
    rows = "found 236, allowed is at most the 235 training rows of {} of ionosphere"
    assert findings(config) == [
        ("training.batch_size", rows.format(protocol)) for protocol in ("tail", "resample")
    ]


# Each setting at the border of what is allowed.
ALLOWED = [
    ("analysis.tuning.selection_replicates", 98),
    (f"{DATA}.protocols.resample.validation_rows", 50),
    ("training.batch_size", 100),
    ("arms.plateau_inner.plateau.inner_rows", 207),
    (f"{DATA}.protocols.resample.validation_rows", 2),
    ("analysis.tutorial.schedule_correct", 112),
    ("parts.official.protocols.official.seeds", 2),
    ("parts.crossed.protocols.tail", {"initialisations": 2, "shuffles": 2}),
    ("parts.grid.protocols.resample", {"splits": 20, "seeds": 5}),
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
