"""Contradictions that several keys make together, and the findings of each."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.changes import drop, findings, keys, put

H = "analysis.hypotheses"
DATA = "datasets.ionosphere"


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
