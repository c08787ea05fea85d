"""Contradictions of several keys, and what only just holds together."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from lrstudy.config import ConfigError, check_config
from lrstudy.contradictions import contradictions

from .changes import put

H = "analysis.hypotheses"


def again(config: Any) -> None:
    config["arms"]["again"] = {**copy.deepcopy(config["arms"]["step"]), "label": "again"}


def nothing_to_watch(config: Any) -> None:
    del config["arms"]["plateau_inner"]["plateau"]["inner_rows"]


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
    config["analysis"]["parts"].append("framework")
    hypotheses = config["analysis"]["hypotheses"]
    config["analysis"]["hypotheses"] = {"H1": hypotheses["H1"] | {"add": [{"arm": "step"}]}}
    config["agreement"]["populations"] = ["framework", "other"]
    config["parts"]["other"] = config["parts"]["framework"] | {"trainer": "kernel"}


def crossed_parts(config: Any) -> None:
    config["parts"]["crossed"]["protocols"] = {"tail": {"initialisations": 2, "shuffles": 2}}
    config["parts"]["crossed"]["arms"] = ["step"]
    config["parts"]["study"]["arms"].remove("step")
    config["analysis"]["parts"].append("crossed")
    config["analysis"]["hypotheses"] = {
        "H1": config["analysis"]["hypotheses"]["H1"],
        "H7": config["analysis"]["hypotheses"]["H2a"] | {"add": [{"arm": "step"}]},
    }


SEVERAL: list[tuple[Callable[[Any], None], list[str]]] = [
    (again, ["arms.again: duplicate arm, its settings are those of arms.step"]),
    (
        nothing_to_watch,
        ["arms.plateau_inner.plateau.inner_rows: expected with monitor inner, found none"],
    ),
    (
        same_cell_twice,
        [
            "analysis.parts: found 'official' and 'more', which both train time_m0 on official "
            "with normal_005; expected one part of each"
        ],
    ),
    (
        no_primary_family,
        [f"{H}: none is of family primary, which is asked of every outcome"],
    ),
    (
        two_trainers,
        [
            f"{H}.H1: found arms on tail trained by keras (framework) and kernel (study), expected "
            "one trainer, to compare arms and not trainers"
        ],
    ),
    (
        crossed_parts,
        [
            "analysis.parts: found 'crossed', which crosses its streams on tail: its replicates "
            "are not independent",
            f"{H}.H7: found replicates 4 from 1000 on tail by crossed and 1000 from 1000 on tail "
            "by study, expected the same, to pair them",
        ],
    ),
]


@pytest.mark.parametrize(("change", "said"), SEVERAL, ids=[c.__name__ for c, _ in SEVERAL])
def test_contradictions_of_several_keys(
    config: Any, schema: Any, change: Callable[[Any], None], said: list[str]
) -> None:
    change(config)
    assert contradictions(config) == said
    with pytest.raises(ConfigError):
        check_config(config, schema)


def test_other_replicates_than_those_they_are_paired_with(config: Any) -> None:
    """As many on both protocols, but from another number on."""
    config["parts"]["later"] = copy.deepcopy(config["parts"]["study"]) | {
        "first_replicate": 5000,
        "protocols": {"resample": {"splits": 200, "seeds": 5}},
    }
    del config["parts"]["study"]["protocols"]["resample"]
    config["analysis"]["parts"].append("later")
    assert contradictions(config) == [
        f"{H}.H5: found replicates 1000 from 1000 on tail by study and 1000 from 5000 on resample "
        "by later, expected the same, to pair them"
    ]


def test_what_is_found_twice_is_said_once(config: Any) -> None:
    put(config, f"{H}.H1.add", [{"arm": "cosine 0.1 0.8"}])
    put(config, f"{H}.H1.protocols", ["tail", "tail-resample"])
    assert contradictions(config) == [
        f"{H}.H1: no part of study, official trains cosine 0.1 0.8 on {protocol}"
        for protocol in ("tail", "resample")
    ]


def test_names_are_looked_up_before_what_needs_them(config: Any) -> None:
    """All wrong names at once, and nothing that only follows from them."""
    put(config, "parts.study.arms", ["step", "stepp"])
    put(config, "agreement.initializers", ["glorot"])
    put(config, "analysis.parts", ["main"])
    assert [line.split(":")[0] for line in contradictions(config)] == [
        "parts.study.arms",
        "agreement.initializers",
    ]


# Each setting at the border of what is allowed.
ALLOWED = [
    ("analysis.tuning.selection_replicates", 98),
    ("protocols.tail.validation_fraction", 0.001),
    ("protocols.resample.validation_rows", 50),
    ("training.batch_size", 188),
    ("arms.plateau_inner.plateau.inner_rows", 207),
    ("protocols.resample.validation_rows", 2),
    ("analysis.tutorial.schedule_correct", 112),
    ("parts.official.protocols.official.seeds", 2),
    ("parts.crossed.protocols.tail", {"initialisations": 2, "shuffles": 2}),
    ("parts.grid.protocols.resample", {"splits": 20, "seeds": 5}),
    ("analysis.families", {"primary": "none", "secondary": "none", "beyond the plan": "holm"}),
]


@pytest.mark.parametrize(("path", "value"), ALLOWED)
def test_what_only_just_holds_together(config: Any, schema: Any, path: str, value: Any) -> None:
    if path == "training.batch_size":
        del config["elsewhere"]["datasets"]["iris"], config["elsewhere"]["datasets"]["wine"]
    put(config, path, value)
    check_config(config, schema)
