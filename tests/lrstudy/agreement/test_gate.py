"""The gate: what it lets through, and that each limit, broken alone, stops the build."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.agreement.gate import Agreement, AgreementError, check_agreement
from scipy import stats

LIMITS = {
    "weight_tolerance": 1e-4,
    "perturbations": 16,
    "flipped_per_10000": 1,
    "population_alpha": 0.001,
    "populations": ["framework", "study"],
}
PARTS = {"keras": "framework", "kernel": "study"}


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


SAME = runs({"keras": [90, 92, 94] * 5, "kernel": [90, 92, 94] * 5})


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
        population_difference=0.0,
        population_p=1.0,
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
    apart = runs({"keras": [90, 91] * 10, "kernel": [95, 96] * 10})
    with pytest.raises(AgreementError) as raised:
        check_agreement(networks(**broken), apart, LIMITS)
    text = str(raised.value)
    for name in ("weights differ", "rates differ", "predictions differ", "accuracies of a cell"):
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


def test_populations_that_differ_stop_the_build() -> None:
    apart = runs({"keras": [90, 91, 92] * 10, "kernel": [93, 94, 95] * 10})
    with pytest.raises(AgreementError, match=r"mean accuracies .*limit 0\.001\), by up to 3\.00"):
        check_agreement(networks(), apart, LIMITS)


def test_a_populations_p_value_is_welchs() -> None:
    a, b = [90, 91, 92, 95, 89], [91, 93, 95, 90, 92, 96, 94]
    found = check_agreement(networks(), runs({"keras": a, "kernel": b}), LIMITS)
    expected = stats.ttest_ind(a, b, equal_var=False).pvalue
    assert 0.001 < expected < 1
    assert found.population_p == pytest.approx(expected)
    assert found.population_difference == pytest.approx(np.mean(b) - np.mean(a))


def test_splits_not_runs_are_the_units() -> None:
    """Two runs of a split that always agree count as one."""
    a, b = [90, 92, 95, 88], [93, 95, 91, 96]
    cell = runs({"keras": np.repeat(a, 2), "kernel": np.repeat(b, 2)}, protocol="resample")
    found = check_agreement(networks(), cell, LIMITS)
    assert found.population_p == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)


def test_holm_over_the_cells() -> None:
    a, b = [90, 91, 92, 95, 89], [91, 93, 95, 90, 92, 96, 94]
    cells = pd.concat(
        [runs({"keras": a, "kernel": b}), runs({"keras": a, "kernel": a}, arm="baseline")]
    )
    found = check_agreement(networks(), cells, LIMITS)
    assert found.cells == 2
    expected = stats.ttest_ind(a, b, equal_var=False).pvalue
    assert found.population_p == pytest.approx(2 * expected)


def test_cells_of_one_trainer_are_not_compared() -> None:
    alone = runs({"kernel": [50, 60, 70]}, arm="cosine")
    found = check_agreement(networks(), pd.concat([SAME, alone]), LIMITS)
    assert found.cells == 1
    nothing = check_agreement(networks(), alone, LIMITS)
    assert (nothing.cells, nothing.population_difference, nothing.population_p) == (0, 0.0, 1.0)


def test_only_the_two_populations_are_compared() -> None:
    """A crossed cell holds the same arm, but its networks share their streams."""
    other = runs({"kernel": [10, 20, 30] * 5}).assign(part="crossed")
    assert check_agreement(networks(), pd.concat([SAME, other]), LIMITS).cells == 1
    with pytest.raises(AgreementError, match="mean accuracies of a cell differ"):
        check_agreement(networks(), pd.concat([SAME, other.assign(part="study")]), LIMITS)
    limits = LIMITS | {"populations": ["framework", "crossed"]}
    with pytest.raises(AgreementError, match="mean accuracies of a cell differ"):
        check_agreement(networks(), pd.concat([SAME, other]), limits)


@pytest.mark.parametrize(("kernel", "passes"), [(90, True), (91, False)])
def test_accuracies_without_any_spread(kernel: int, passes: bool) -> None:
    """No t statistic exists here: the means are equal or they are not."""
    cell = runs({"keras": [90] * 4, "kernel": [kernel] * 4})
    if passes:
        assert check_agreement(networks(), cell, LIMITS).population_p == 1.0
    else:
        with pytest.raises(AgreementError, match=r"p = 0 after Holm.* by up to 1\.00 points"):
            check_agreement(networks(), cell, LIMITS)


@pytest.mark.parametrize("n", [3, 7])
def test_equal_accuracies_have_no_spread_whatever_their_last_bits(n: int) -> None:
    """The mean of n times 113 / 116 is not 113 / 116: a t test would divide by that."""
    for correct in (106, 113, 115):
        for other in ([correct] * n, [correct] * (n + 1), [*[correct - 1] * n, correct]):
            cell = runs({"keras": [correct] * n, "kernel": other}).assign(n_validation=116)
            limits = LIMITS | {"perturbations": 16, "population_alpha": 1e-300}
            found = check_agreement(networks(), cell, limits)
            assert found.population_p == 1.0 or len(set(other)) == 2
            assert found.population_p > 1e-300
    drawn = runs({"keras": [113] * 2 * n, "kernel": [113] * 2 * n}, protocol="resample")
    found = check_agreement(networks(), drawn.assign(n_validation=116), LIMITS)
    assert (found.population_difference, found.population_p) == (pytest.approx(0, abs=1e-9), 1.0)
