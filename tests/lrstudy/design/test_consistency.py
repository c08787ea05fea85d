"""What no single key shows: each contradiction, the keys that it names, what is wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from lrstudy.design.config import check_config

from tests.helpers.changes import drop, findings, keys, put

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


# --- several keys, several findings -------------------------------------------


def again(config: Any) -> None:
    config["arms"]["again"] = {**copy.deepcopy(config["arms"]["step"]), "label": "again"}


def beside_an_arm(config: Any) -> None:
    put(config, "agreement.beside.step", {**config["arms"]["step"], "label": "x", "epochs": 7})


def nothing_to_step_by(config: Any) -> None:
    drop(config, "arms.step.momentum")


def nothing_to_watch(config: Any) -> None:
    drop(config, "arms.plateau_inner.plateau.inner_rows")


def same_trainer(config: Any) -> None:
    put(config, "agreement.populations", ["study", "official"])


def crossed_population(config: Any) -> None:
    put(config, "parts.framework.protocols.resample.crossed", True)


def unknown_arm(config: Any) -> None:
    put(config, f"{H}.H1.add", [{"arm": "time_base"}])


def unknown_cell(config: Any) -> None:
    put(config, f"{H}.H9a.subtract", [{"arm": "* 0.15 0.8"}])


def unknown_initializer(config: Any) -> None:
    put(config, f"{H}.H13a.add", [{"arm": "baseline", "initializer": "glorot"}])


def same_cell_twice(config: Any) -> None:
    """Another part trains one analysed cell among others that nothing else trains."""
    part = {**config["parts"]["official"], "arms": ["time_m0", "step_prose"]}
    config["parts"]["more"] = part | {"initializers": ["normal_005"]}
    config["analysis"]["parts"].append("more")


def no_primary_family(config: Any) -> None:
    for asked in config["analysis"]["hypotheses"].values():
        asked["family"] = "secondary"


def two_trainers(config: Any) -> None:
    """The kernel trains one side of H1, Keras the other, on as many replicates."""
    config["parts"]["framework"] |= {"arms": ["step"], "protocols": {"tail": {"seeds": 1000}}}
    config["parts"]["study"]["arms"].remove("step")
    config["analysis"]["arms"].remove("step")
    config["analysis"]["parts"].append("framework")
    hypotheses = config["analysis"]["hypotheses"]
    config["analysis"]["hypotheses"] = {"H1": hypotheses["H1"] | {"add": [{"arm": "step"}]}}
    config["agreement"]["populations"] = ["framework", "other"]
    config["parts"]["other"] = config["parts"]["framework"] | {"trainer": "kernel"}


def crossed_parts(config: Any) -> None:
    config["parts"]["crossed"]["protocols"] = {"tail": {"initialisations": 2, "shuffles": 2}}
    config["parts"]["crossed"]["arms"] = ["step"]
    config["parts"]["study"]["arms"].remove("step")
    config["analysis"]["arms"].remove("step")
    config["analysis"]["parts"].append("crossed")
    config["analysis"]["hypotheses"] = {
        "H1": config["analysis"]["hypotheses"]["H1"],
        "H7": config["analysis"]["hypotheses"]["H2a"] | {"add": [{"arm": "step"}]},
    }


def crossed_grid(config: Any) -> None:
    put(config, "parts.grid.protocols.tail", {"initialisations": 10, "shuffles": 10})


def later_replicates(config: Any) -> None:
    """As many on both protocols, but from another number on."""
    config["parts"]["later"] = copy.deepcopy(config["parts"]["study"]) | {
        "first_replicate": 5000,
        "protocols": {"resample": {"splits": 200, "seeds": 5}},
    }
    drop(config, "parts.study.protocols.resample")
    config["analysis"]["parts"].append("later")


def said_once(config: Any) -> None:
    put(config, f"{H}.H1.add", [{"arm": "cosine 0.1 0.8"}])
    put(config, f"{H}.H1.protocols", ["tail", "tail-resample"])


def names_first(config: Any) -> None:
    """All wrong names at once, and nothing that only follows from them."""
    put(config, "parts.study.arms", ["step", "stepp"])
    put(config, "agreement.initializers", ["glorot"])
    put(config, "analysis.parts", ["main"])


def baseline_beyond(config: Any) -> None:
    put(config, "analysis.tutorial.baseline_correct", 117)


def no_keras_comparison(config: Any) -> None:
    drop(config, "agreement")


def no_grid(config: Any) -> None:
    drop(config, "grid")
    put(config, "agreement.arms", ["step"])


def tuned_of_nothing(config: Any) -> None:
    drop(config, "grid")
    drop(config, "parts.grid")
    for name in ("H9a", "H9b"):
        drop(config, f"{H}.{name}")
    put(config, "agreement.arms", ["step"])


def untrained_initializer(config: Any) -> None:
    drop(config, "analysis.tuning")
    for name in ("framework", "study", "official", "crossed"):
        put(config, f"parts.{name}.initializers", ["glorot_uniform"])
    for name in ("H13a", "H13b"):
        drop(config, f"{H}.{name}")
    put(config, "analysis.initializer", "normal_005")


def compared_on_few_rows(config: Any) -> None:
    """No part trains on the official split, but the kernel is held against Keras there."""
    drop(config, "parts.official")
    config["analysis"]["parts"].remove("official")
    for name in ("D4", "D5", "D6"):
        drop(config, f"{H}.{name}")
    put(config, "agreement.protocol", "official")
    drop(config, "agreement.beside")
    put(config, f"{DATA}.protocols.official.training_rows", 27)


SEVERAL: list[tuple[Callable[[Any], None], list[tuple[str, str]]]] = [
    (again, [("arms.again", "its settings are those of arms.step")]),
    (beside_an_arm, [("agreement.beside", "found 'step', which is one of arms")]),
    (nothing_to_step_by, [("arms.step", "expected momentum or adam, found neither")]),
    (nothing_to_watch, [("arms.plateau_inner.plateau.inner_rows", "expected with monitor inner")]),
    (
        same_trainer,
        [
            ("agreement.populations", "two parts of kernel, expected one of each trainer"),
            ("agreement.populations", "study and official train nothing in common"),
        ],
    ),
    (
        crossed_population,
        [
            ("parts.framework.protocols.resample", "1 stream"),
            ("agreement.populations", "'framework', which crosses its streams on resample"),
        ],
    ),
    (
        unknown_arm,
        [
            (f"{H}.H1", "found arm 'time_base'"),
            (f"{H}.H1", "no part of study, official, elsewhere trains time_base on tail"),
        ],
    ),
    (
        unknown_cell,
        [
            (f"{H}.H9a", "found arm '* 0.15 0.8'"),
            (f"{H}.H9a", "no part of grid trains * 0.15 0.8 on tail"),
            (f"{H}.H9a", "no part of grid trains * 0.15 0.8 on resample"),
        ],
    ),
    (
        unknown_initializer,
        [
            (f"{H}.H13a.initializer", "'glorot', allowed is one of glorot_uniform"),
            (f"{H}.H13a", "trains baseline with glorot on tail"),
            (f"{H}.H13a", "trains baseline with glorot on resample"),
        ],
    ),
    (same_cell_twice, [("analysis.parts", "'official' and 'more', which both train time_m0")]),
    (no_primary_family, [(H, "none is of family primary")]),
    (two_trainers, [(f"{H}.H1", "trained by keras (framework) and kernel (study)")]),
    (
        crossed_parts,
        [
            ("analysis.parts", "'crossed', which crosses its streams on tail"),
            (f"{H}.H7", "replicates 4 from 1000 on tail by crossed and 1000 from 1000 on tail"),
        ],
    ),
    (
        crossed_grid,
        [
            (f"{where}.part", "'grid', which crosses its streams on tail")
            for where in (f"{H}.H9a", f"{H}.H9b", "analysis.tuning")
        ],
    ),
    (later_replicates, [(f"{H}.H5", "1000 from 1000 on tail by study and 1000 from 5000")]),
    (
        said_once,
        [(f"{H}.H1", f"trains cosine 0.1 0.8 on {place}") for place in ("tail", "resample")],
    ),
    (names_first, [("parts.study.arms", "stepp"), ("agreement.initializers", "glorot")]),
    (
        baseline_beyond,
        [
            ("analysis.tutorial.baseline_correct", "found 117, allowed is <= 116"),
            ("analysis.tutorial.schedule_correct", "found 115, allowed is > 117"),
        ],
    ),
    (untrained_initializer, [("analysis.initializer", "allowed is one of glorot_uniform")]),
    (compared_on_few_rows, [("training.batch_size", "at most the 27 training rows of official")]),
    (no_keras_comparison, [("agreement", "expected with parts.framework")]),
    (no_grid, [("parts.grid.arms", "there is no grid")]),
    (tuned_of_nothing, [("analysis.tuning", "there is no grid")]),
]


@pytest.mark.parametrize(("change", "said"), SEVERAL, ids=[c.__name__ for c, _ in SEVERAL])
def test_contradictions_of_several_keys(
    config: Any, change: Callable[[Any], None], said: list[tuple[str, str]]
) -> None:
    change(config)
    found = findings(config)
    assert [key for key, _ in found] == [key for key, _ in said]
    for (_, words), (_, expected) in zip(found, said, strict=True):
        assert expected in words


def test_an_analysis_without_the_study_s_own_data(config: Any) -> None:
    put(config, "analysis.parts", ["elsewhere"])
    assert ("analysis.parts", "none of elsewhere trains on ionosphere") in findings(config)


def test_a_tutorial_without_its_split(config: Any) -> None:
    drop(config, f"{DATA}.protocols.tail")
    assert set(keys(config)) == {
        *(f"parts.{name}.protocols" for name in ("framework", "study", "crossed", "grid")),
        "agreement.protocol",
    }
    for name in ("framework", "study", "crossed", "grid"):
        drop(config, f"parts.{name}.protocols.tail")
    put(config, "agreement.protocol", "resample")
    assert any(
        key == "analysis.tutorial" and "has no tail" in said for key, said in findings(config)
    )


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
