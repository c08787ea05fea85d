"""Inner splits: of the rows that train in resample alone, the same for all arms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lrstudy.data.dataset import Dataset
from lrstudy.data.partition import inner_split, outer_split
from lrstudy.data.sizes import training_rows

PROTOCOLS: dict[str, dict[str, Any]] = {
    "tail": {"validation_fraction": 0.33},
    "resample": {"validation_rows": 116},
    "inner": {"reported_rows": 116, "validation_rows": 47},
}


@pytest.mark.parametrize("number", [0, 7, 1_000_000, 1_000_199])
def test_an_inner_split_sees_nothing_of_what_its_resample_reports(
    dataset: Dataset, number: int
) -> None:
    inner = outer_split(dataset, PROTOCOLS, "inner", number)
    outer = outer_split(dataset, PROTOCOLS, "resample", number)
    assert (len(inner.train), len(inner.validation)) == (188, 47)
    assert training_rows(351, PROTOCOLS["inner"]) == 188
    both = np.concatenate([inner.train, inner.validation])
    assert np.array_equal(np.sort(both), outer.train)
    assert not np.intersect1d(both, outer.validation).size
    for part in (inner.train, inner.validation):
        assert part.dtype == np.int32
        assert (np.diff(part) > 0).all()
    # 151 good of the 235: 47 * 151/235 = 30.2.
    assert dataset.labels[outer.train].sum() == 151
    assert dataset.labels[inner.validation].sum() == 30


def test_each_number_has_an_inner_split_of_its_own(dataset: Dataset) -> None:
    found = {
        outer_split(dataset, PROTOCOLS, "inner", number).validation.tobytes()
        for number in range(1_000_000, 1_000_050)
    }
    assert len(found) == 50
    again = outer_split(dataset, PROTOCOLS, "inner", 1_000_000).validation.tobytes()
    assert again in found


def test_the_inner_rows_are_those_that_a_plateau_watches(dataset: Dataset) -> None:
    """On the same random split both hold out the same rows: 47 drawn by the replicate's number."""
    outer = outer_split(dataset, PROTOCOLS, "resample", 1_000_003)
    watched = inner_split(dataset, outer, 47, 1_000_003)
    inner = outer_split(dataset, PROTOCOLS, "inner", 1_000_003)
    assert np.array_equal(watched.validation, inner.validation)
    assert np.array_equal(watched.train, inner.train)


def test_other_protocols_do_not_touch_inner_rows(dataset: Dataset) -> None:
    """Whether an inner protocol is there changes nothing of the others."""
    without = {name: sizes for name, sizes in PROTOCOLS.items() if name != "inner"}
    for protocol in without:
        one = outer_split(dataset, PROTOCOLS, protocol, 5)
        other = outer_split(dataset, without, protocol, 5)
        assert np.array_equal(one.train, other.train)
        both = np.concatenate([one.train, one.validation])
        assert np.array_equal(np.sort(both), np.arange(351))
