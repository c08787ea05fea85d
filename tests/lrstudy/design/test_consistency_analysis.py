"""What the analysis asks and no part trains; what goes with what was taken away."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.changes import drop, findings, keys, put

H = "analysis.hypotheses"
DATA = "datasets.ionosphere"

# as in test_consistency.py
ALONE: list[tuple[str, Any, str | None, str]] = [
    # analysis
    ("analysis.arms", ["stepp"], None, "'stepp', allowed is one of constant_m00"),
    ("analysis.baseline", "baseline", None, "'baseline', allowed is one of constant_m00"),
    ("analysis.outcomes", ["H1", "H9"], None, "'H9', allowed is one of H1, H2, H3"),
    ("analysis.outcomes", ["H1", "U1"], None, "'U1', allowed is one of H1, H2, H3"),
    ("analysis.initializer", "glorot", None, "'glorot', allowed is one of glorot_uniform"),
    ("analysis.initializer", "normal_005", None, "allowed is one of glorot_uniform"),  # tuning
    ("analysis.parts", ["factorial", "main"], None, "'main', allowed is one of framework"),
    (
        "analysis.parts",
        ["factorial", "readings", "adam", "framework"],
        None,
        "'factorial' and 'framework', which both train constant_m00 on tail of ionosphere with",
    ),
    # hypotheses
    (f"{H}.H1.family", "main", None, "'main', allowed is one of primary"),
    (f"{H}.R1.part", "main", None, "'main', allowed is one of framework"),
    (
        f"{H}.H2",
        {
            "label": "x",
            "family": "primary",
            "part": "crossed",
            "protocols": ["tail"],
            "add": [{"arm": "constant_m08"}],
            "subtract": [{"arm": "constant_m00"}],
        },
        f"{H}.H2.part",
        "'crossed', which crosses its streams on",
    ),
    (
        f"{H}.H1o.add",
        [{"arm": "step_prose"}],
        f"{H}.H1o",
        "adam, elsewhere trains step_prose on official of ionosphere",
    ),
    (f"{H}.H1d.add", [{"arm": "cosine 0.1 0.8"}], f"{H}.H1d", "trains cosine 0.1 0.8 on"),
    (f"{H}.R2.protocols", ["tail", "official"], f"{H}.R2", "no part of ridge trains constant 0."),
    (
        f"{H}.R1.add",
        [{"arm": "* 0.1 0.9", "initializer": "normal_005"}],
        f"{H}.R1",
        "no part of ridge trains * 0.1 0.9 with normal_005 on",
    ),
    (
        f"{H}.X1.add",
        [{"arm": "step_prose"}],
        f"{H}.X1",
        "no part of elsewhere trains step_prose on resample of breast_cancer",
    ),
    (f"{H}.X1.protocols", ["tail"], f"{H}.X1", "no part of elsewhere trains"),
    (f"{H}.K1.add.0.outcome", "best", f"{H}.K1.outcome", "found beside svm, which is no network"),
    (
        f"{H}.K1.add.0.initializer",
        "normal_005",
        f"{H}.K1.initializer",
        "found beside svm, which is no network",
    ),
    (f"{H}.K1.subtract.0.arm", "logistic", f"{H}.K1", "svm, logistic, expected an arm beside it"),
    (f"{H}.U1.each", [13], f"{H}.U1.13", "budget 13"),
    (f"{H}.M1.each", [12, 25], None, "found, but no arm has * for its values"),
    (f"{H}.H1.add", [{"arm": "step_m09 budget *"}], f"{H}.H1", "step_m09 budget *"),
    # tuning
    ("analysis.tuning.hypothesis", "H1o", None, "'H1o', which is taken"),
    ("analysis.tuning.family", "main", None, "'main', allowed is one of primary"),
    ("analysis.tuning.reference", "fixed", None, "'fixed', allowed is one of constant"),
    ("analysis.tuning.part", "main", None, "'main', allowed is one of framework"),
    (
        "analysis.tuning.part",
        "factorial",
        None,
        "a part that trains the grid on resample, on ionosphere alone",
    ),
    ("analysis.tuning.inner_part", "main", None, "'main', allowed is one of framework"),
    ("analysis.tuning.part", "tuning", None, "a part that trains the grid on resample, on iono"),
    ("analysis.tuning.inner_part", "ridge", None, "a part that trains the grid on inner, on iono"),
    (
        "parts.tuning.datasets",
        ["ionosphere", "more"],
        "analysis.tuning.inner_part",
        "found 'tuning', expected a part that trains the grid on inner, on ionosphere alone",
    ),
    ("parts.tuning.arms", ["step_m09"], "analysis.tuning.inner_part", "'tuning', expected a part"),
    ("parts.tuning.protocols.inner.splits", 100, None, "found 100, allowed is 200, those of ridge"),
    ("parts.tuning.protocols.inner.seeds", 2, None, "found 2, allowed is 1"),
    ("parts.ridge.protocols.resample.seeds", 2, None, "found 2, allowed is 1"),
    (
        "parts.tuning.initializers",
        ["glorot_uniform", "normal_005"],
        None,
        "found 'normal_005', allowed is one of glorot_uniform",
    ),
    (
        "parts.ridge.protocols.resample.splits",
        100,
        "parts.tuning.protocols.inner.splits",
        "found 200, allowed is 100, those of ridge, on which",
    ),
]


@pytest.mark.parametrize(
    ("path", "value", "key", "words"), ALONE, ids=[f"{i}-{c[0]}" for i, c in enumerate(ALONE)]
)
def test_each_contradiction(
    config: Any, path: str, value: Any, key: str | None, words: str
) -> None:
    more = {**config["datasets"]["ionosphere"], "label": "more"}
    config["datasets"]["more"] = more  # which nothing trains on
    put(config, path, value)
    for named, said in findings(config):
        assert named == (key or path)
        assert words in said


def test_an_analysis_without_the_study_s_own_data(config: Any) -> None:
    put(config, "analysis.parts", ["elsewhere"])
    assert ("analysis.parts", "none of elsewhere trains on ionosphere") in findings(config)


def test_a_tutorial_without_its_split(config: Any) -> None:
    drop(config, f"{DATA}.protocols.tail")
    parts = [name for name, part in config["parts"].items() if "tail" in part["protocols"]]
    assert set(keys(config)) == {
        "agreement.protocol",
        *(f"parts.{name}.protocols" for name in parts),
    }
    for name in parts:
        drop(config, f"parts.{name}.protocols.tail")
    put(config, "agreement.protocol", "resample")
    assert any(
        key == "analysis.tutorial" and "has no tail" in said for key, said in findings(config)
    )


def test_without_variants_their_names_are_nobodys(config: Any) -> None:
    drop(config, "variants")
    assert findings(config) == [
        (f"parts.{part}.arms", f"found {name!r}, allowed is one of {known}")
        for known in [", ".join([*config["arms"]][:20]) + ", ..."]
        for part in ("budget", "budget_long", "batch")
        for name in config["parts"][part]["arms"]
    ]
