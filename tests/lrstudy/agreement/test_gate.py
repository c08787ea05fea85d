"""The gate: what it lets through, and that each limit, broken alone, stops the build."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import ANY

import numpy as np
import pandas as pd
import pytest
from lrstudy.agreement.gate import Agreement, AgreementError, check_agreement
from scipy import stats

LIMITS = {
    "weight_tolerance": 1e-4,
    "perturbations": 16,
    "flipped_per_10000": 1,
    "population_margin": 1.0,
    "populations": ["framework", "factorial"],
}
PARTS = {"keras": "framework", "kernel": "factorial"}


def networks(n: int = 200, **changes: Any) -> pd.DataFrame:
    """Networks that agree; 200 x 100 predictions."""
    table = pd.DataFrame(
        {
            "initializer": "glorot_uniform",
            "arm": "step",
            "replicate": np.arange(n) + 1000,
            "predictions": 100,
            "flipped": 0,
            "weight_difference": 2e-6,
            "sensitivity": 1e-6,
            "rate_difference": 0.0,
        }
    )
    return table.assign(**changes)


def first(n: int, value: float, rest: float, size: int = 200) -> np.ndarray:
    return np.where(np.arange(size) < n, value, rest)


def first_named(n: int, arm: str) -> list[str]:
    return [arm if i < n else "step" for i in range(200)]


def runs(correct: dict[str, Any], *, arm: str = "step", protocol: str = "tail") -> pd.DataFrame:
    """One cell: rows right (of 100) of each trainer's runs; on resample, two runs a split."""
    frames = []
    for trainer, values in correct.items():
        number = np.arange(len(values))
        frame = pd.DataFrame(
            {
                "part": PARTS[trainer],
                "dataset": "own",
                "protocol": protocol,
                "initializer": "glorot_uniform",
                "arm": arm,
                "trainer": trainer,
                "replicate": 1000 + number,
                "split": 1000 + number // 2 if protocol == "resample" else 0,
                "n_validation": 100,
                "n_correct": values,
            }
        )
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


SAME = runs({"keras": [90, 92, 94] * 10, "kernel": [90, 92, 94] * 10})


SPREAD = np.std([90, 92, 94] * 10, ddof=1)


def test_equal_trainers_pass() -> None:
    assert check_agreement(networks(), SAME, LIMITS) == Agreement(
        networks=200,
        stable=200,
        apart=0,
        apart_allowed=11,  # 200 / 17
        weight_difference=2e-6,
        rate_difference=0.0,
        predictions=20_000,
        flipped=0,
        cells=1,
        cells_equivalent=1,
        population_difference=0.0,
        population_margin=pytest.approx(stats.t(58).ppf(0.95) * (2 * SPREAD**2 / 30) ** 0.5),
        populations=ANY,
    )


def test_the_shipped_limits_are_those_that_are_checked(config: Any) -> None:
    assert {key: config["agreement"][key] for key in LIMITS} == LIMITS
    check_agreement(networks(), SAME, config["agreement"])


# Each change, the largest that passes, and the next one that does not, with what is said of it.
EDGES = {
    "weights": (
        {"weight_difference": first(12, 1e-4, 0)},
        {"weight_difference": first(12, 1.01e-4, 0)},
        r"weights differ by 0\.0001\d* \(step, glorot_uniform, replicate 1000\), allowed 0\.0001 "
        r"in all but 11 of 200 stable networks and in half of each arm; they do in 12",
    ),
    "weights, chance": (
        {"weight_difference": first(11, 9.0, 0)},
        {"weight_difference": first(12, 9.0, 0)},
        r"weights differ by 9 .*; they do in 12",
    ),
    "weights of an arm": (
        {"arm": first_named(3, "cosine"), "weight_difference": first(1, 9.0, 0)},
        {"arm": first_named(3, "cosine"), "weight_difference": first(2, 9.0, 0)},
        r"weights differ by 9 .*; they do in 2 and in most of cosine",
    ),
    "rates": (
        {"rate_difference": 0.0},
        {"rate_difference": first(1, 1e-9, 0)},
        r"learning rates differ by 1e-09, expected 0",
    ),
    "flips": (
        {"flipped": first(2, 1, 0).astype(int)},
        {"flipped": first(3, 1, 0).astype(int)},
        r"3 of 20000 predictions differ, allowed 1 in 10,000",
    ),
    "stability": (
        {"sensitivity": first(100, 1e-5, 0.99e-5)},
        {"sensitivity": first(101, 1e-5, 0.99e-5)},
        r"99 of 200 networks stable, expected at least half",
    ),
}


@pytest.mark.parametrize(("allowed", "broken", "message"), EDGES.values(), ids=EDGES)
def test_each_limit(allowed: dict[str, Any], broken: dict[str, Any], message: str) -> None:
    check_agreement(networks(**allowed), SAME, LIMITS)
    with pytest.raises(AgreementError, match=f"^kernel and Keras disagree: {message}$"):
        check_agreement(networks(**broken), SAME, LIMITS)


def test_all_broken_limits_are_named() -> None:
    broken = EDGES["weights"][1] | EDGES["rates"][1] | EDGES["flips"][1]
    with pytest.raises(AgreementError) as raised:
        check_agreement(networks(**broken), SAME, LIMITS)
    text = str(raised.value)
    for name in ("weights differ", "rates differ", "predictions differ"):
        assert text.count(name) == 1


def test_an_unstable_network_may_part_but_still_counts() -> None:
    """Where rounding alone carries far, weights say nothing; rates and predictions still do."""
    wild = {"sensitivity": first(1, 0.5, 1e-6), "weight_difference": first(1, 0.7, 1e-6)}
    found = check_agreement(networks(**wild), SAME, LIMITS)
    assert (found.stable, found.weight_difference) == (199, 1e-6)
    with pytest.raises(AgreementError, match="rates differ"):
        check_agreement(networks(**wild, rate_difference=first(1, 0.1, 0)), SAME, LIMITS)
    with pytest.raises(AgreementError, match="predictions differ"):
        flipped = first(1, 3, 0).astype(int)
        check_agreement(networks(**wild, flipped=flipped), SAME, LIMITS)


def test_no_stable_network_at_all_is_an_error() -> None:
    with pytest.raises(AgreementError, match="0 of 200 networks stable"):
        check_agreement(networks(sensitivity=1.0), SAME, LIMITS)


# --- populations --------------------------------------------------------------


def populations(*cells: pd.DataFrame, **limits: Any) -> Agreement:
    return check_agreement(networks(), pd.concat(cells), LIMITS | limits)


A, B = [90, 91, 92, 95, 89], [91, 93, 95, 90, 92, 96, 94]


def test_populations_that_differ_are_told_and_do_not_stop_the_build() -> None:
    found = populations(
        runs({"keras": [90, 91, 92] * 10, "kernel": [93, 94, 95] * 10}),
        runs({"keras": [90, 91, 92] * 10, "kernel": [90, 91, 92] * 20}, arm="baseline"),
    )
    assert (found.cells, found.cells_equivalent) == (2, 1)
    assert [cell["equivalent"] for cell in found.populations] == [False, True]
    assert found.population_difference == pytest.approx(3)
    largest = max(cell["smallest_margin"] for cell in found.populations)
    assert found.population_margin == largest == found.populations[0]["smallest_margin"] > 3
    apart = runs({"keras": [90, 91, 92] * 10, "kernel": [93, 94, 95] * 10})
    for step, equivalent in ((-1e-6, 0), (1e-6, 1)):
        assert populations(apart, population_margin=largest + step).cells_equivalent == equivalent


def test_a_fixed_split_has_welchs_tests() -> None:
    found = populations(runs({"keras": A, "kernel": B})).populations[0]
    assert (found["arm"], found["protocol"]) == ("step", "tail")
    assert (found["n_keras"], found["n_kernel"]) == (5, 7)
    assert found["difference"] == pytest.approx(np.mean(A) - np.mean(B))
    ends = stats.ttest_ind(A, B, equal_var=False).confidence_interval(0.9)
    assert (found["low"], found["high"]) == pytest.approx(tuple(ends))
    tested = stats.ttest_ind(np.array(A) + 1.0, B, equal_var=False, alternative="greater")
    assert found["p"] == pytest.approx(tested.pvalue)
    json.dumps(found)


def test_random_splits_are_paired() -> None:
    """By replicate, on those of the trainer with fewer; two runs of a split count as one."""
    a, b = [90, 92, 95, 88], [93, 95, 97, 92]
    drawn = runs(
        {"keras": np.repeat(a, 2), "kernel": np.repeat([*b, 10, 20], 2)}, protocol="resample"
    )
    found = populations(drawn.sample(frac=1, random_state=1)).populations[0]
    assert (found["n_keras"], found["n_kernel"]) == (8, 12)
    assert found["difference"] == pytest.approx(np.mean(a) - np.mean(b))
    ends = stats.ttest_rel(a, b).confidence_interval(0.9)
    assert (found["low"], found["high"]) == pytest.approx(tuple(ends))


@pytest.mark.parametrize("column", ["replicate", "split"])
def test_random_splits_that_are_not_the_same_are_an_error(column: str) -> None:
    drawn = runs({"keras": A[:4], "kernel": B[:6]}, protocol="resample")
    drawn.loc[drawn["trainer"] == "keras", column] += 100
    shared = 0 if column == "replicate" else 4
    expected = f"own resample glorot_uniform step: .*4 and 6 replicates, of which {shared} are"
    with pytest.raises(AgreementError, match=expected):
        populations(drawn)


def test_cells_of_one_trainer_are_not_compared() -> None:
    alone = runs({"kernel": [50, 60, 70]}, arm="cosine")
    assert populations(SAME, alone).cells == 1
    nothing = populations(alone)
    assert (nothing.cells, nothing.cells_equivalent, nothing.populations) == (0, 0, [])
    assert (nothing.population_difference, nothing.population_margin) == (0.0, 0.0)


def test_only_the_two_populations_are_compared() -> None:
    """A crossed cell holds the same arm, but its networks share their streams."""
    other = runs({"kernel": [10, 20, 30] * 5}).assign(part="crossed")
    other["replicate"] += 5000
    assert populations(SAME, other).cells_equivalent == 1
    assert populations(SAME, other.assign(part="factorial")).cells_equivalent == 0
    limits = {"populations": ["framework", "crossed"]}
    assert populations(SAME, other, **limits).cells_equivalent == 0


@pytest.mark.parametrize("n", [3, 7])
def test_accuracies_without_any_spread(n: int) -> None:
    """The mean of n times 113 / 116 is not 113 / 116: no t is made of that."""
    for correct, margin, equivalent in ((113, 1e-6, 1), (112, 0.86, 0), (112, 0.87, 1)):
        cell = runs({"keras": [113] * n, "kernel": [correct] * (n + 1)}).assign(n_validation=116)
        found = populations(cell, population_margin=margin)
        assert found.cells_equivalent == equivalent
        assert found.population_margin == pytest.approx((113 - correct) / 1.16, abs=1e-9)
