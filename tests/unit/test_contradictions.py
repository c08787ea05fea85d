"""What a schema cannot see: each contradiction alone, with all that is said of it."""

from __future__ import annotations

from typing import Any

import pytest
from lrstudy.config import ConfigError, check_config
from lrstudy.contradictions import contradictions

from .changes import put

H = "analysis.hypotheses"


def test_the_shipped_studies_hold_together(config: Any, quick: Any) -> None:
    assert contradictions(config) == []
    assert contradictions(quick) == []


INITIALIZERS = "allowed is one of glorot_uniform, normal_005"
ARMS = (
    "allowed is one of baseline, time_based, step, time_m0, constant_m08, constant_m09, "
    "constant_r05, time_per_epoch, time_recursion, time_subtraction, step_prose, "
    "plateau_validation, plateau_inner, plateau_validation_fewer, plateau_training"
)
SOME_ARMS = ARMS + ", constant 0.01 0, constant 0.01 0.5, constant 0.01 0.8, constant 0.01 0.9, "
SOME_ARMS += "constant 0.01 0.95, ..."
PARTS = "allowed is one of framework, study, official, crossed, grid"
FAMILIES = "allowed is one of primary, secondary, beyond the plan"
SCHEDULES = (
    "allowed is one of constant, time_per_update, time_per_epoch, time_recursion, "
    "time_subtraction, step, exponential, linear, polynomial, cosine, cosine_restarts, one_cycle"
)
# key, value, the finding
SINGLE = [
    # arms
    ("arms.step.label", "baseline", "arms.step.label: found 'baseline', which arms.baseline has"),
    (
        "arms.plateau_training.schedule",
        {"name": "cosine", "final_factor": 0.0},
        "arms.plateau_training.schedule.name: found 'cosine', allowed beside plateau is constant",
    ),
    (
        "arms.plateau_inner.plateau.min_rate",
        0.2,
        "arms.plateau_inner.plateau.min_rate: found 0.2, allowed is at most 0.1, its initial_rate",
    ),
    # parts
    ("parts.study.arms", ["step", "stepp"], f"parts.study.arms: found 'stepp', {ARMS}"),
    (
        "parts.crossed.initializers",
        ["glorot"],
        f"parts.crossed.initializers: found 'glorot', {INITIALIZERS}",
    ),
    (
        "parts.official.protocols.official.seeds",
        1,
        "parts.official.protocols.official: found 1 replicate, allowed is at least 2, to estimate "
        "a difference",
    ),
    (
        "parts.crossed.protocols.tail",
        {"initialisations": 1, "shuffles": 1},
        "parts.crossed.protocols.tail: found 1 replicate, allowed is at least 2, to estimate a "
        "difference",
    ),
    (
        "parts.crossed.protocols.tail.shuffles",
        1,
        "parts.crossed.protocols.tail: found 1 stream, allowed is at least 2 of each that are "
        "crossed",
    ),
    (
        "parts.crossed.protocols.resample.splits",
        1,
        "parts.crossed.protocols.resample: found 1 stream, allowed is at least 2 of each that are "
        "crossed",
    ),
    (
        "grid.initial_rates",
        [0.01, 0.1, 0.1000000001],
        "grid: two of its arms have one name, as their numbers agree in six digits",
    ),
    # agreement
    ("agreement.arms", ["stepp"], f"agreement.arms: found 'stepp', {SOME_ARMS}"),
    ("agreement.arms", ["* 0.1 0.8"], f"agreement.arms: found '* 0.1 0.8', {SOME_ARMS}"),
    (
        "agreement.arms",
        ["cosine 0.1 0.80"],
        f"agreement.arms: found 'cosine 0.1 0.80', {SOME_ARMS}",
    ),
    (
        "agreement.initializers",
        ["glorot"],
        f"agreement.initializers: found 'glorot', {INITIALIZERS}",
    ),
    (
        "agreement.populations",
        ["framework", "main"],
        f"agreement.populations: found 'main', {PARTS}",
    ),
    (
        "agreement.populations",
        ["study", "official"],
        [
            "agreement.populations: found two parts of kernel, expected one of each trainer",
            "agreement.populations: study and official train nothing in common, so nothing would "
            "be compared",
        ],
    ),
    (
        "agreement.populations",
        ["framework", "official"],
        "agreement.populations: framework and official train nothing in common, so nothing would "
        "be compared",
    ),
    (
        "parts.framework.protocols.resample.crossed",
        True,
        [
            "parts.framework.protocols.resample: found 1 stream, allowed is at least 2 of each "
            "that are crossed",
            "agreement.populations: found 'framework', which crosses its streams on resample: its "
            "replicates are not independent",
        ],
    ),
    # analysis
    ("analysis.arms", ["stepp"], f"analysis.arms: found 'stepp', {ARMS}"),
    ("analysis.initializer", "glorot", f"analysis.initializer: found 'glorot', {INITIALIZERS}"),
    ("analysis.parts", ["study", "main"], f"analysis.parts: found 'main', {PARTS}"),
    (
        "analysis.parts",
        ["study", "official", "framework"],
        "analysis.parts: found 'study' and 'framework', which both train baseline on tail with "
        "glorot_uniform; expected one part of each",
    ),
    # hypotheses
    (f"{H}.H1.family", "main", f"{H}.H1.family: found 'main', {FAMILIES}"),
    (f"{H}.H9a.part", "main", f"{H}.H9a.part: found 'main', {PARTS}"),
    (
        f"{H}.H1.add",
        [{"arm": "time_base"}],
        [
            f"{H}.H1: found arm 'time_base', which no arm and none of the grid is named",
            f"{H}.H1: no part of study, official trains time_base on tail",
        ],
    ),
    (
        f"{H}.H9a.subtract",
        [{"arm": "* 0.15 0.8"}],
        [
            f"{H}.H9a: found arm '* 0.15 0.8', which no arm and none of the grid is named",
            f"{H}.H9a: no part of grid trains * 0.15 0.8 on tail",
            f"{H}.H9a: no part of grid trains * 0.15 0.8 on resample",
        ],
    ),
    (
        f"{H}.H13a.add",
        [{"arm": "baseline", "initializer": "glorot"}],
        [
            f"{H}.H13a.initializer: found 'glorot', {INITIALIZERS}",
            f"{H}.H13a: no part of study, official trains baseline with glorot on tail",
            f"{H}.H13a: no part of study, official trains baseline with glorot on resample",
        ],
    ),
    (
        f"{H}.D5.add",
        [{"arm": "step_prose"}],
        f"{H}.D5: no part of study, official trains step_prose on official",
    ),
    (
        f"{H}.H5.add",
        [{"arm": "cosine 0.1 0.8"}],
        [
            f"{H}.H5: no part of study, official trains cosine 0.1 0.8 on tail",
            f"{H}.H5: no part of study, official trains cosine 0.1 0.8 on resample",
        ],
    ),
    (
        f"{H}.H9b.protocols",
        ["tail", "official"],
        [
            f"{H}.H9b: no part of grid trains * 0.1 0.9 on official",
            f"{H}.H9b: no part of grid trains * 0.1 0 on official",
        ],
    ),
    (
        f"{H}.H9b.add",
        [{"arm": "* 0.1 0.9", "initializer": "normal_005"}],
        [
            f"{H}.H9b: no part of grid trains * 0.1 0.9 with normal_005 on tail",
            f"{H}.H9b: no part of grid trains * 0.1 0.9 with normal_005 on resample",
        ],
    ),
    (
        f"{H}.H2a.part",
        "crossed",
        [
            f"{H}.H2a.part: found 'crossed', which crosses its streams on tail: its replicates are "
            "not independent",
            f"{H}.H2a.part: found 'crossed', which crosses its streams on resample: its replicates "
            "are not independent",
        ],
    ),
    (
        "parts.study.protocols.tail.seeds",
        500,
        f"{H}.H5: found replicates 500 from 1000 on tail by study and 1000 from 1000 on resample "
        "by study, expected the same, to pair them",
    ),
    # tuning
    (
        "analysis.initializer",
        "normal_005",
        "analysis.initializer: found 'normal_005', allowed is one of glorot_uniform",
    ),
    (
        "analysis.tuning.hypothesis",
        "H9a",
        "analysis.tuning.hypothesis: found 'H9a', which is taken",
    ),
    ("analysis.tuning.family", "main", f"analysis.tuning.family: found 'main', {FAMILIES}"),
    (
        "analysis.tuning.reference",
        "fixed",
        f"analysis.tuning.reference: found 'fixed', {SCHEDULES}",
    ),
    ("analysis.tuning.part", "main", f"analysis.tuning.part: found 'main', {PARTS}"),
    (
        "analysis.tuning.part",
        "study",
        "analysis.tuning.part: found 'study', expected a part that trains the grid",
    ),
    (
        "analysis.tuning.protocols",
        ["tail", "official"],
        "analysis.tuning.protocols: found 'official', allowed is one of tail, resample",
    ),
    (
        "analysis.tuning.selection_replicates",
        99,
        [
            "analysis.tuning.selection_replicates: found 99, allowed is at most 98 and a multiple "
            f"of 1, to leave two of {protocol} to compare on and cut no split"
            for protocol in ("tail", "resample")
        ],
    ),
    (
        "parts.grid.protocols.resample",
        {"splits": 34, "seeds": 3},
        "analysis.tuning.selection_replicates: found 50, allowed is at most 96 and a multiple of "
        "3, to leave two of resample to compare on and cut no split",
    ),
    (
        "parts.grid.protocols.tail",
        {"initialisations": 10, "shuffles": 10},
        [
            f"{H}.{name}.part: found 'grid', which crosses its streams on tail: its replicates are "
            "not independent"
            for name in ("H9a", "H9b")
        ]
        + [
            "analysis.tuning.part: found 'grid', which crosses its streams on tail: its replicates "
            "are not independent"
        ],
    ),
    # the tutorial, sizes
    (
        "analysis.tutorial.baseline_correct",
        117,
        [
            "analysis.tutorial.baseline_correct: found 117, allowed is <= 116",
            "analysis.tutorial.schedule_correct: found 115, allowed is > 117, the baseline's",
        ],
    ),
    (
        "analysis.tutorial.schedule_correct",
        110,
        "analysis.tutorial.schedule_correct: found 110, allowed is > 111, the baseline's",
    ),
    ("paper.date", "2026-02-30", "paper.date: found '2026-02-30', which is no day"),
    ("data.table.negative", "g", "data.table.negative: found 'g', as data.table.positive"),
    (
        "protocols.tail.validation_fraction",
        0.999,
        "protocols.tail.validation_fraction: found 0.999, which leaves 0 of 351 rows for training; "
        "allowed is 1 to 350",
    ),
    (
        "protocols.resample.validation_rows",
        350,
        "protocols.resample.validation_rows: found 350, which leaves 1 of 351 rows for training; "
        "allowed is 2 to 349",
    ),
    (
        "protocols.resample.validation_rows",
        1,
        "protocols.resample.validation_rows: found 1, which leaves 350 of 351 rows for training; "
        "allowed is 2 to 349",
    ),
    (
        "arms.plateau_inner.plateau.inner_rows",
        208,
        [
            "arms.plateau_inner.plateau.inner_rows: found 208, allowed is at most 207, to leave a "
            f"batch of the 235 training rows of {protocol}"
            for protocol in ("tail", "resample")
        ],
    ),
    (
        "protocols.official.training_rows",
        351,
        "protocols.official.training_rows: found 351, which leaves 351 of 351 rows for training; "
        "allowed is 1 to 350",
    ),
    (
        "training.batch_size",
        201,
        "training.batch_size: found 201, allowed is at most 200, the training rows of official",
    ),
    (
        "training.batch_size",
        101,
        "training.batch_size: found 101, allowed is at most 100, the training rows of "
        "elsewhere.datasets.iris",
    ),
    (
        "elsewhere.datasets.wine.validation_rows",
        177,
        "elsewhere.datasets.wine.validation_rows: found 177, allowed is at most 176 of 178 rows, "
        "to train on a row of each class",
    ),
    (
        "elsewhere.datasets.wine.table.negative",
        "1",
        "elsewhere.datasets.wine.table.negative: found '1', as "
        "elsewhere.datasets.wine.table.positive",
    ),
    (
        "elsewhere.datasets.wine.table.class_column",
        14,
        "elsewhere.datasets.wine.table.class_column: found 14, allowed is at most 13, the last "
        "column",
    ),
    (
        "data.table.unused_columns",
        [36],
        "data.table.unused_columns: found 36, allowed is at most 35, the last column",
    ),
    (
        "elsewhere.datasets.wine.source",
        "auto",
        "elsewhere.datasets.wine: source auto needs urls, member, embedded, found none",
    ),
    (
        "elsewhere.arms",
        ["baseline", "constant_m08", "time_based", "time_m0", "stepp"],
        "elsewhere.arms: found 'stepp', allowed is one of baseline, time_based, step, time_m0, "
        "constant_m08, constant_m09, constant_r05, time_per_epoch, time_recursion, "
        "time_subtraction, step_prose, plateau_validation, plateau_inner, "
        "plateau_validation_fewer, plateau_training",
    ),
    (
        "elsewhere.arms",
        ["baseline", "constant_m08", "time_based", "time_m0", "plateau_inner"],
        "elsewhere.arms: found 'plateau_inner', which has a plateau; allowed are schedules",
    ),
    (
        "elsewhere.initializers",
        ["he_normal"],
        "elsewhere.initializers: found 'he_normal', allowed is one of glorot_uniform, normal_005",
    ),
    (
        "elsewhere.hypotheses.S1.add",
        [{"arm": "step"}],
        "elsewhere.hypotheses.S1: found arm 'step', allowed is one of elsewhere.arms, baseline, "
        "constant_m08, time_based, time_m0",
    ),
]


@pytest.mark.parametrize(
    ("path", "value", "said"), SINGLE, ids=[f"{i}-{path}" for i, (path, *_) in enumerate(SINGLE)]
)
def test_each_contradiction(
    config: Any, schema: Any, path: str, value: Any, said: str | list[str]
) -> None:
    if path == "training.batch_size" and value > 101:  # two data sets have fewer rows still
        del config["elsewhere"]["datasets"]["iris"], config["elsewhere"]["datasets"]["wine"]
    put(config, path, value)
    findings = [said] if isinstance(said, str) else said
    assert contradictions(config) == findings
    with pytest.raises(ConfigError) as caught:  # the schema lets it pass, the check does not
        check_config(config, schema)
    assert str(caught.value) == "\n".join(f"config: {line}" for line in findings)
