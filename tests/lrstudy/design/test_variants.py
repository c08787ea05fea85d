"""Arms with other epochs or batches, fewer splits of some data, questions asked of each value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lrstudy.design.analysis_models import Hypothesis
from lrstudy.design.arms import all_arms, hypotheses_of, part_arms, setting_of
from lrstudy.design.config import check_config
from lrstudy.design.needs import asked_effects
from lrstudy.design.plan import arm_rates, most_splits, n_networks, plan_members, size_of


def test_a_part_names_arms_and_variants(config: Any) -> None:
    config["variants"] |= {
        "short": {"arms": ["step_m09", "constant_m00"], "epochs": [3, 12]},
        "wide": {"arms": ["step_m09"], "batch_sizes": [235], "stretch": True},
    }
    config["parts"]["batch"]["arms"] = ["short", "constant_m08", "wide"]
    names = ["step_m09 short 3", "step_m09 short 12", "constant_m00 short 3"]
    names += ["constant_m00 short 12", "constant_m08", "step_m09 wide 235"]
    assert part_arms(config, "batch") == names
    arms = all_arms(config)
    step = config["arms"]["step_m09"]
    assert arms["step_m09 short 12"] == step | {"epochs": 12, "stretch": False}
    assert arms["step_m09 wide 235"] == step | {"batch_size": 235, "stretch": True}
    assert setting_of(config, "iris")["arms"] == arms
    members = plan_members({**config, "parts": {"batch": config["parts"]["batch"]}})
    planned = members[members["protocol"] == "tail"]
    found = planned.groupby("arm", sort=False)[["epochs", "batch_size"]].agg(set)
    assert found.to_dict("index") == {
        name: {
            "epochs": {int(name.split(" ")[-1]) if "short" in name else 50},
            "batch_size": {235 if "wide" in name else 28},
        }
        for name in names
    }


def test_a_variant_replaces_what_its_arm_has(config: Any) -> None:
    config["arms"]["own"] = config["arms"]["step_m09"] | {
        "label": "own", "epochs": 7, "batch_size": 9, "stretch": True
    }  # fmt: skip
    config["variants"]["more"] = {"arms": ["own"], "epochs": [70]}
    config["parts"]["adam"]["arms"].append("more")
    study = check_config(config)
    assert "own more 70" in study.names_of_arms()
    found = all_arms(config)["own more 70"]
    assert (found["epochs"], found["batch_size"], found["stretch"]) == (70, 9, False)
    place, arm = study.placed_variants()["own more 70"]
    assert (place, arm.epochs, arm.batch_size, arm.stretch) == ("variants.more", 70, 9, False)
    assert study.arms_of("adam") == part_arms(config, "adam")


def test_stretched_and_written(config: Any) -> None:
    """Over 100 epochs the stretched rate falls as far as over 50, the one as written further."""
    arms, training = all_arms(config), config["training"]
    alone = arm_rates(arms["time_based_m08"], training, 235)
    stretched = arm_rates(arms["time_based_m08 budget 100"], training, 235)
    written = arm_rates(arms["time_based_m08 written 100"], training, 235)
    assert np.array_equal(stretched, np.repeat(alone, 2))
    assert np.array_equal(written[:450], alone)
    assert written[-1] == pytest.approx(0.1 / (1 + 0.002 * 899))
    # Of a batch of 7 an epoch has 34 updates: as written each of them counts, stretched each epoch.
    smaller = arm_rates(arms["time_based_m08 batch_written 7"], training, 235)
    assert smaller[-1] == pytest.approx(0.1 / (1 + 0.002 * (34 * 50 - 1)))
    assert arm_rates(arms["time_based_m08 batch 7"], training, 235)[-1] == alone[-1]
    assert np.array_equal(arm_rates(arms["step_m09 batch 28"], training, 235),
                          arm_rates(arms["step_m09"], training, 235))  # fmt: skip


def test_some_data_on_fewer_splits(config: Any) -> None:
    part = config["parts"]["elsewhere"]
    part["protocols"]["resample"] = {"splits": 9, "seeds": 2, "splits_of": {"digits": 4, "wine": 3}}
    sizes = {name: size_of(part, "resample", name)["splits"] for name in part["datasets"]}
    assert sizes == {"breast_cancer": 9, "digits": 4, "iris": 9, "vote": 9, "wine": 3}
    alone = {**config, "parts": {"elsewhere": part}}
    members = plan_members(alone)
    assert len(members) == n_networks(alone)
    by_set = members.groupby("dataset")["split"].agg(["nunique", "min", "size"])
    assert by_set["nunique"].to_dict() == sizes
    assert set(by_set["min"]) == {config["first_replicate"]}
    assert by_set["size"].to_dict() == {name: 2 * 9 * n for name, n in sizes.items()}
    assert most_splits(config, "wine") == 3
    own = size_of(config["parts"]["factorial"], "resample", "ionosphere")
    assert own == {"splits": 5000, "seeds": 1}


def test_a_question_of_each_value(config: Any) -> None:
    asked = hypotheses_of(config["analysis"])
    assert [name for name in asked if name.startswith("U1")] == [
        "U1.12", "U1.25", "U1.100", "U1l.200", "U1l.400"
    ]  # fmt: skip
    written = config["analysis"]["hypotheses"]
    assert asked["H1"] == written["H1"]
    one = asked["U5l.400"]
    assert one["add"] == [{"arm": "time_based_m08 written_long 400"}]
    assert one["subtract"] == [{"arm": "constant_m08 budget_long 400"}]
    assert one["label"] == "time-based as written, 400 epochs"
    assert "each" not in one and written["U5l"]["each"] == [200, 400]  # the block itself stays
    assert {("U5l.400", "tail"), ("U5l.400", "resample")} < asked_effects(asked)


def test_a_term_keeps_what_it_says_beside_its_arm() -> None:
    asked = {
        "label": "*",
        "each": [7],
        "scale": 0.5,
        "add": [{"arm": "a batch *", "outcome": "best"}],
        "subtract": [{"arm": "svm"}],
    }
    assert hypotheses_of({"hypotheses": {"V": asked}}) == {
        "V.7": {
            "label": "7",
            "scale": 0.5,
            "add": [{"arm": "a batch 7", "outcome": "best"}],
            "subtract": [{"arm": "svm"}],
        }
    }


def test_the_average_of_two_orders_is_half_their_sum(config: Any) -> None:
    """H7 and H8 add up to H1, as the arms that they share cancel."""
    study = check_config(config)

    def weights(asked: Hypothesis) -> dict[str, float]:
        found: dict[str, float] = {}
        for sign, terms in ((1, asked.add), (-1, asked.subtract)):
            for term in terms:
                found[term.arm] = found.get(term.arm, 0) + sign * asked.scale
        return {arm: weight for arm, weight in found.items() if weight}

    asked = study.analysis.hypotheses
    assert (asked["H7"].scale, asked["H1"].scale) == (0.5, 1.0)
    for recipe in "HS":
        effects = {i: weights(asked[f"{recipe}{i}"]) for i in range(1, 9)}

        def total(*numbers: int, of: dict[int, dict[str, float]] = effects) -> dict[str, float]:
            arms = sorted({arm for i in numbers for arm in of[i]})
            sums = {arm: sum(of[i].get(arm, 0) for i in numbers) for arm in arms}
            return {arm: value for arm, value in sums.items() if value}

        assert total(7, 8) == total(2, 3) == total(4, 5) == total(1)
        half = {arm: value / 2 for arm, value in total(3, 4).items()}
        assert effects[7] == half
        assert total(6, 4) == total(3)
