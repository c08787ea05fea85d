"""Streams depend on purpose and replicate alone, and draw what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lrstudy.data.random_streams import PURPOSES, epoch_orders, generator, initial_weights

GLOROT = {"kind": "glorot_uniform"}
NORMAL = {"kind": "normal", "stddev": 0.05}


def drawn(purpose: str, replicate: int) -> bytes:
    return generator(purpose, replicate).bytes(32)


def test_same_name_same_bits() -> None:
    for purpose in PURPOSES:
        assert drawn(purpose, 1000) == drawn(purpose, 1000)


def test_no_two_streams_are_alike() -> None:
    found = {drawn(purpose, replicate) for purpose in PURPOSES for replicate in range(200)}
    assert len(found) == 200 * len(PURPOSES)
    assert len(set(PURPOSES.values())) == len(PURPOSES)


def test_a_stream_is_not_another_by_swapped_numbers() -> None:
    assert drawn("initialisation", 2) != drawn("shuffling", 1)


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"unknown purpose 'shufling'; known: .*shuffling"):
        generator("shufling", 0)
    with pytest.raises(ValueError, match=r"glorot_uniform or normal, found 'he'"):
        initial_weights({"kind": "he"}, 34, 34, 0)
    with pytest.raises(ValueError):
        generator("splitting", -1)


def layers(initializer: dict[str, Any], replicates: range) -> list[np.ndarray]:
    packed = np.stack([initial_weights(initializer, 34, 34, r) for r in replicates])
    return np.split(packed, np.cumsum([34 * 34, 34, 34]), axis=1)


@pytest.mark.parametrize("initializer", [GLOROT, NORMAL])
def test_layout_and_zero_biases(initializer: dict[str, Any]) -> None:
    packed = initial_weights(initializer, 5, 3, 7)
    assert packed.shape == (5 * 3 + 3 + 3 + 1,)
    assert packed.dtype == np.float32
    assert (packed[15:18] == 0).all()
    assert packed[21] == 0
    assert (packed[:15] != 0).all()
    assert (packed[18:21] != 0).all()


@pytest.mark.parametrize("initializer", [GLOROT, NORMAL])
def test_weights_repeat_and_differ(initializer: dict[str, Any]) -> None:
    first = initial_weights(initializer, 34, 34, 1000)
    assert (first == initial_weights(initializer, 34, 34, 1000)).all()
    assert not np.array_equal(first, initial_weights(initializer, 34, 34, 1001))


def test_glorot_fills_its_limits_evenly() -> None:
    hidden, _, out, _ = layers(GLOROT, range(200))
    for kernel, fans in ((hidden, 34 + 34), (out, 34 + 1)):
        limit = np.sqrt(6 / fans)
        assert np.abs(kernel).max() <= np.float32(limit)
        assert np.abs(kernel).max() > 0.99 * limit
        # five standard errors of a uniform variable's mean and variance
        n = kernel.size
        assert abs(kernel.mean()) < 5 * limit / np.sqrt(3 * n)
        assert abs(kernel.var() / (limit**2 / 3) - 1) < 5 * np.sqrt(0.8 / n)


def test_normal_has_its_standard_deviation() -> None:
    hidden, _, out, _ = layers(NORMAL, range(200))
    for kernel in (hidden, out):
        n = kernel.size
        assert abs(kernel.mean()) < 5 * 0.05 / np.sqrt(n)
        assert abs(kernel.std() / 0.05 - 1) < 5 / np.sqrt(2 * n)
        assert abs((np.abs(kernel) < 0.05).mean() - 0.6827) < 5 * np.sqrt(0.25 / n)


def test_orders_are_permutations() -> None:
    orders = epoch_orders(50, 235, 1000)
    assert orders.shape == (50, 235)
    assert orders.dtype == np.uint16
    assert (np.sort(orders, axis=1) == np.arange(235)).all()
    assert len({order.tobytes() for order in orders}) == 50


def test_orders_repeat_and_differ() -> None:
    assert (epoch_orders(3, 20, 5) == epoch_orders(3, 20, 5)).all()
    assert not np.array_equal(epoch_orders(3, 20, 5), epoch_orders(3, 20, 6))


def test_every_row_comes_first_equally_often() -> None:
    first = epoch_orders(20000, 10, 0)[:, 0]
    counts = np.bincount(first, minlength=10)
    assert counts.sum() == 20000
    assert np.abs(counts - 2000).max() < 5 * np.sqrt(20000 * 0.1 * 0.9)
