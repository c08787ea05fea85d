"""Contradictions that several keys make together, and the findings of each."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.helpers.changes import drop, findings, put

H = "analysis.hypotheses"
DATA = "datasets.ionosphere"


def again(config: Any) -> None:
    config["arms"]["again"] = {**copy.deepcopy(config["arms"]["step_m09"]), "label": "again"}


def beside_an_arm(config: Any) -> None:
    put(
        config,
        "agreement.beside.step_m09",
        {**config["arms"]["step_m09"], "label": "x", "epochs": 7},
    )


def nothing_to_step_by(config: Any) -> None:
    drop(config, "arms.step_m09.momentum")


def nothing_to_watch(config: Any) -> None:
    drop(config, "arms.plateau_inner.plateau.inner_rows")


def same_trainer(config: Any) -> None:
    put(config, "agreement.populations", ["factorial", "adam"])


def crossed_population(config: Any) -> None:
    put(config, "parts.framework.protocols.resample.crossed", True)


def unknown_arm(config: Any) -> None:
    put(config, f"{H}.H1.add", [{"arm": "time_base"}])


def unknown_cell(config: Any) -> None:
    put(config, f"{H}.R1.subtract", [{"arm": "* 0.15 0.8"}])


def unknown_initializer(config: Any) -> None:
    put(config, f"{H}.I1.add", [{"arm": "constant_m00", "initializer": "glorot"}])


def same_cell_twice(config: Any) -> None:
    """Another part trains one analysed cell among others that nothing else trains."""
    part = {**config["parts"]["adam"], "arms": ["adam_001"]}
    config["parts"]["more"] = part | {"initializers": ["normal_005"]}
    config["parts"]["more"]["protocols"] = {"official": {"seeds": 9}, "tail": {"seeds": 9}}
    config["analysis"]["parts"].append("more")


def two_trainers(config: Any) -> None:
    """The kernel trains one side of A1, Keras the other, on as many replicates."""
    config["parts"]["adam"]["arms"].remove("adam_0001")
    part = {**config["parts"]["framework"], "arms": ["adam_0001"]}
    config["parts"]["more"] = {**part, "protocols": config["parts"]["adam"]["protocols"]}
    config["analysis"]["parts"].append("more")
    drop(config, f"{H}.A4")


def crossed_parts(config: Any) -> None:
    """One part trains an arm alone, in crossed streams."""
    config["parts"]["readings"]["arms"].remove("step_prose")
    config["parts"]["more"] = {**config["parts"]["crossed"], "arms": ["step_prose"]}
    config["analysis"]["parts"].append("more")


def other_seeds(config: Any) -> None:
    """Two a split of one part, and one of the other: nothing to pair."""
    put(config, "parts.adam.protocols.resample.seeds", 2)


def inner_of_another_data_set(config: Any) -> None:
    """Where nothing is reported, no rows can be kept from it."""
    put(config, "datasets.iris.protocols.inner", {"reported_rows": 50, "validation_rows": 20})
    put(config, "datasets.wine.protocols.inner", {"reported_rows": 50, "validation_rows": 20})
    put(config, "datasets.vote.protocols.inner", {"reported_rows": 312, "validation_rows": 20})
    drop(config, "datasets.vote.protocols.resample")
    put(config, "parts.elsewhere.datasets", ["iris", "digits"])


def variant_of_held_out_rows(config: Any) -> None:
    """188 rows are left of 235, where 47 are watched: no batch of 189."""
    put(config, "variants.big", {"arms": ["plateau_inner"], "batch_sizes": [189]})
    put(config, "parts.more", {**config["parts"]["adam"], "arms": ["big"]})


def crossed_grid(config: Any) -> None:
    put(config, "parts.ridge.protocols.tail", {"initialisations": 10, "shuffles": 10})


def said_once(config: Any) -> None:
    put(config, f"{H}.H1.add", [{"arm": "cosine 0.1 0.8"}])
    put(config, f"{H}.H1.protocols", ["tail", "tail-resample"])


def names_first(config: Any) -> None:
    """All wrong names at once, and nothing that only follows from them."""
    put(config, "parts.factorial.arms", ["step_m09", "stepp"])
    put(config, "agreement.initializers", ["glorot"])
    put(config, "analysis.parts", ["main"])


def baseline_beyond(config: Any) -> None:
    put(config, "analysis.tutorial.baseline_correct", 117)


def no_keras_comparison(config: Any) -> None:
    drop(config, "agreement")


def no_grid(config: Any) -> None:
    drop(config, "grid")
    put(config, "agreement.arms", ["step_m09"])


def chosen_from_other_weights(config: Any) -> None:
    put(config, "parts.tuning.initializers", ["normal_005"])


def a_schedule_called_all(config: Any) -> None:
    put(config, "grid.schedules.all", config["grid"]["schedules"]["step"])


def tuned_of_nothing(config: Any) -> None:
    drop(config, "grid")
    for name in ("ridge", "ridge_normal", "tuning"):
        drop(config, f"parts.{name}")
    for name in ("R1", "R2", "R4", "R5"):
        drop(config, f"{H}.{name}")
    put(config, "agreement.arms", ["step_m09"])


def untrained_initializer(config: Any) -> None:
    drop(config, "analysis.tuning")
    for part in config["parts"].values():
        part["initializers"] = ["glorot_uniform"]
    for name in ("I1", "I2", "I3"):
        drop(config, f"{H}.{name}")
    put(config, "analysis.initializer", "normal_005")


def compared_on_few_rows(config: Any) -> None:
    """No part trains on the official split, but the kernel is held against Keras there."""
    drop(config, "parts.factorial.protocols.official")
    for name, asked in [*config["analysis"]["hypotheses"].items()]:
        asked["protocols"] = [place for place in asked["protocols"] if place != "official"]
        if not asked["protocols"]:
            drop(config, f"{H}.{name}")
            config["analysis"]["outcomes"].remove(name)
    put(config, "agreement.protocol", "official")
    drop(config, "agreement.beside")
    put(config, f"{DATA}.protocols.official.training_rows", 27)


SEVERAL: list[tuple[Callable[[Any], None], list[tuple[str, str]]]] = [
    (again, [("arms.again", "its settings are those of arms.step_m09")]),
    (beside_an_arm, [("agreement.beside", "found 'step_m09', which is one of arms")]),
    (nothing_to_step_by, [("arms.step_m09", "expected momentum or adam, found neither")]),
    (nothing_to_watch, [("arms.plateau_inner.plateau.inner_rows", "expected with monitor inner")]),
    (
        same_trainer,
        [
            ("agreement.populations", "two parts of kernel, expected one of each trainer"),
            ("agreement.populations", "factorial and adam train nothing in common"),
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
            (f"{H}.H1", "adam, elsewhere trains time_base on tail"),
            (
                f"{H}.H1",
                "adam, elsewhere trains time_base on resample",
            ),
        ],
    ),
    (
        unknown_cell,
        [
            (f"{H}.R1", "found arm '* 0.15 0.8'"),
            (f"{H}.R1", "no part of ridge trains * 0.15 0.8 on tail"),
            (f"{H}.R1", "no part of ridge trains * 0.15 0.8 on resample"),
        ],
    ),
    (
        unknown_initializer,
        [
            (f"{H}.I1.initializer", "'glorot', allowed is one of glorot_uniform"),
            (f"{H}.I1", "trains constant_m00 with glorot on tail"),
            (f"{H}.I1", "trains constant_m00 with glorot on resample"),
        ],
    ),
    (same_cell_twice, [("analysis.parts", "'adam' and 'more', which both train adam_001 on tail")]),
    (
        two_trainers,
        [
            (f"{H}.A1", "on tail trained by keras (more) and kernel (factorial)"),
            (f"{H}.A1", "on resample trained by keras (more) and kernel (factorial)"),
        ],
    ),
    (
        crossed_parts,
        [
            ("analysis.parts", "'more', which crosses its streams on tail"),
            ("analysis.parts", "'more', which crosses its streams on resample"),
            (f"{H}.L4", "found replicates 1 a split on resample by factorial and 25 a split on"),
        ],
    ),
    (
        other_seeds,
        [
            (f"{H}.A{i}", f"found replicates {one}, expected the same, to pair them")
            for factorial, adam in [
                ("1 a split on resample by factorial", "2 a split on resample by adam")
            ]
            for i, one in (
                (1, f"{adam} and {factorial}"),
                (2, f"{adam} and {factorial}"),
                (3, f"{factorial} and {adam}"),
                (4, f"{factorial} and {adam}"),
            )
        ],
    ),
    (
        inner_of_another_data_set,
        [
            ("datasets.vote.protocols.inner.reported_rows", "allowed is none without resample"),
            ("datasets.wine.protocols.inner.reported_rows", "found 50, allowed is 59, the rows"),
        ],
    ),
    (
        variant_of_held_out_rows,
        [
            ("variants.big.plateau.inner_rows", f"at most 46, to leave a batch of the 235 {rows}")
            for rows in ("training rows of tail", "training rows of resample")
        ],
    ),
    (
        crossed_grid,
        [
            (f"{where}.part", "'ridge', which crosses its streams on tail")
            for where in (*(f"{H}.R{i}" for i in (1, 2, 4, 5)), "analysis.tuning")
        ],
    ),
    (
        said_once,
        [(f"{H}.H1", f"trains cosine 0.1 0.8 on {place}") for place in ("tail", "resample")],
    ),
    (names_first, [("parts.factorial.arms", "stepp"), ("agreement.initializers", "glorot")]),
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
    (
        no_grid,
        [
            (f"parts.{name}.arms", "there is no grid")
            for name in ("ridge", "ridge_normal", "tuning")
        ],
    ),
    (
        chosen_from_other_weights,
        [
            ("analysis.initializer", "found 'glorot_uniform', allowed is one of normal_005"),
            ("parts.tuning.initializers", "'normal_005', allowed is one of glorot_uniform"),
        ],
    ),
    (a_schedule_called_all, [("grid.schedules", "found 'all', which stands for all of them")]),
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
