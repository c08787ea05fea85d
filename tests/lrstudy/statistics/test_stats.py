"""Statistics by hand."""

from __future__ import annotations

import numpy as np
import pytest
from lrstudy.statistics.stats import (
    ROUNDING,
    cluster_means,
    interquartile_mean,
    standard_deviation,
    superiority,
)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


# --- the middle half ----------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ([7], 7),
        ([1, 3, 8], 4),  # 3 / 4 of a value is none
        ([9, 1, 2, 4], 3),  # without 1 and 9
        ([9, 1, 2, 4, 6], 4),  # still one at each end: 2, 4, 6
        ([100, 0, 1, 2, 3, 4, 5], 3),
        ([100, 90, 0, -1, 4, 5, 6, 9], 6),  # without -1, 0, 90 and 100
    ],
)
def test_interquartile_mean_by_hand(values: list[float], mean: float) -> None:
    assert interquartile_mean(np.array(values, float)) == pytest.approx(mean)


def test_interquartile_mean_properties() -> None:
    values = rng(3).normal(size=41)
    found = interquartile_mean(values)
    assert interquartile_mean(-values) == pytest.approx(-found)
    assert interquartile_mean(rng().permutation(values)) == pytest.approx(found)
    extreme = np.where(values == values.max(), 1e6, values)
    assert interquartile_mean(extreme) == pytest.approx(found)
    with pytest.raises(ValueError, match=r"^an interquartile mean needs at least one value, found"):
        interquartile_mean(np.array([]))


def test_a_standard_deviation_of_rounding_is_none() -> None:
    steps = np.array([100 * (k + 1) / 116 - 100 * k / 116 for k in range(105, 116)])
    assert steps.std() > 0
    assert standard_deviation(steps) == 0.0
    assert standard_deviation(np.array([1.0, 3.0])) == pytest.approx(2**0.5)
    assert standard_deviation(np.array([0.0, ROUNDING])) == 0.0
    assert standard_deviation(np.array([0.0, 2 * ROUNDING])) > 0.0


def test_superiority() -> None:
    assert superiority(np.array([1.0, 2.0, 0.0, -1.0])) == 0.625
    assert superiority(np.zeros(3)) == 0.5


# --- clusters -----------------------------------------------------------------


def test_unequal_clusters() -> None:
    with pytest.raises(ValueError, match=r"clusters must be of one size, found \[1, 2\]"):
        cluster_means(np.array([1.0, 2, 3]), np.array([7, 7, 8]))


def test_cluster_means() -> None:
    means = cluster_means(np.array([1.0, 10.0, 3.0, 30.0]), np.array([9, 2, 9, 2]))
    assert means.tolist() == [20.0, 2.0]
