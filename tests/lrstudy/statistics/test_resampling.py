"""Draws that are remembered: the same numbers as drawn anew, and as SciPy draws them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
import pytest
from lrstudy.statistics import resampling
from lrstudy.statistics.resampling import bootstrap_positions, signs
from lrstudy.statistics.stats import bootstrap_mean, sign_flip_p
from scipy import stats

RESAMPLES = 999


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampling, "_MEMORY", OrderedDict())


def counts(n: int, seed: int = 0) -> np.ndarray:
    """Differences of accuracies: few values, many ties, as the study has."""
    return 100 * np.random.default_rng(seed).integers(-3, 5, n) / 116


def nested_by_loop(n_clusters: int, size: int, rng: np.random.Generator) -> np.ndarray:
    positions = np.arange(n_clusters * size).reshape(n_clusters, size)
    drawn = []
    for _ in range(RESAMPLES):
        rows = rng.integers(n_clusters, size=(n_clusters, 1))
        drawn.append(positions[rows, rng.integers(size, size=positions.shape)].ravel())
    return np.array(drawn)


@pytest.mark.parametrize("draw", [bootstrap_positions, signs])
def test_a_second_call_gives_the_same_and_leaves_the_generator_where_drawing_does(
    draw: Callable[..., np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = (30, 2, 50) if draw is bootstrap_positions else (30, 50)
    first, second = np.random.default_rng(7), np.random.default_rng(7)
    one, other = draw(*shape, rng=first), draw(*shape, rng=second)
    assert one is other
    assert first.random() == second.random()
    assert not np.array_equal(draw(*shape, rng=first), one)  # it has moved on
    assert draw(*shape, rng=np.random.default_rng(8)) is not one
    with pytest.raises(ValueError, match="read-only"):
        one[0] = one[1]
    # forgotten, it is drawn anew, the same
    n = 4
    monkeypatch.setattr(resampling, "REMEMBERED", n * one.nbytes)
    for seed in range(100, 100 + n):
        draw(*shape, rng=np.random.default_rng(seed))
    again = draw(*shape, rng=np.random.default_rng(7))
    assert again is not one
    assert np.array_equal(again, one)
    for seed in range(100, 100 + n - 1):
        draw(*shape, rng=np.random.default_rng(seed))
    assert draw(*shape, rng=np.random.default_rng(7)) is again
    monkeypatch.setattr(resampling, "REMEMBERED", 1)  # the last one stays, however large
    large = draw(*shape, rng=np.random.default_rng(8))
    assert draw(*shape, rng=np.random.default_rng(8)) is large
    assert len(resampling._MEMORY) == 1


def test_shapes_are_not_confused() -> None:
    drawn = [
        bootstrap_positions(*shape, rng=np.random.default_rng(1))
        for shape in ((6, 1, 9), (3, 2, 9), (2, 3, 9), (6, 1, 8))
    ]
    assert [array.shape for array in drawn] == [(9, 6), (9, 6), (9, 6), (8, 6)]
    assert len({array.tobytes() for array in drawn}) == 4


def test_positions_are_those_of_drawing_one_resample_after_the_other() -> None:
    found = bootstrap_positions(20, 5, RESAMPLES, rng=np.random.default_rng(3))
    assert np.array_equal(found, nested_by_loop(20, 5, np.random.default_rng(3)))
    assert set(np.unique(found)) == set(range(100))


@pytest.mark.parametrize("n", [14, 300, 2500])
def test_the_bootstrap_and_the_sign_flips_are_scipys_bit_for_bit(n: int) -> None:
    values, ours, theirs = counts(n), np.random.default_rng(5), np.random.default_rng(5)
    for _ in range(2):  # drawn, then remembered
        ours, theirs = np.random.default_rng(5), np.random.default_rng(5)
        found = bootstrap_mean(values, np.arange(n), confidence=0.95, resamples=RESAMPLES, rng=ours)
        batch = 2_000_000 // n
        expected = stats.bootstrap(
            (values,), np.mean, n_resamples=RESAMPLES, method="percentile", batch=batch, rng=theirs
        ).confidence_interval
        assert (found.low, found.high) == (expected.low, expected.high)
        p = sign_flip_p(values, resamples=RESAMPLES, rng=ours)
        tested = stats.permutation_test(
            (values,),
            lambda x, axis: np.mean(x, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=RESAMPLES,
            batch=batch,
            rng=theirs,
        )
        assert p == tested.pvalue
        assert ours.bit_generator.state == theirs.bit_generator.state


def test_the_nested_bootstrap_is_that_of_the_grid() -> None:
    values, rng = counts(100, 2), np.random.default_rng(4)
    clusters = np.repeat(np.arange(20), 5)
    found = bootstrap_mean(values, clusters, confidence=0.9, resamples=RESAMPLES, rng=rng)
    drawn = [
        values[row].reshape(20, 5).mean() for row in nested_by_loop(20, 5, np.random.default_rng(4))
    ]
    low, high = np.quantile(drawn, [0.05, 0.95])
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-15)


def test_clusters_may_stand_in_any_order_but_what_is_inside_one_keeps_its_own() -> None:
    values = counts(200, 3).astype(float)
    found = [
        bootstrap_mean(v, c, confidence=0.9, resamples=RESAMPLES, rng=np.random.default_rng(4))
        for v, c in (
            (values, np.repeat(np.arange(4), 50)),
            (values.reshape(4, 50).T.ravel(), np.tile(np.arange(4), 50)),
        )
    ]
    assert found[0] == found[1]
    positions = nested_by_loop(4, 50, np.random.default_rng(4))
    low, high = np.quantile(values[positions].mean(axis=1), [0.05, 1.0 - 0.05])
    assert (found[0].low, found[0].high) == pytest.approx((low, high), abs=1e-15)


def test_the_last_batch_may_be_a_part_of_one() -> None:
    """A million signs are drawn in batches of two."""
    assert signs(1_000_000, 3, rng=np.random.default_rng(6)).shape == (1_000_000, 3)


def test_signs_are_fair_and_independent() -> None:
    drawn = signs(200, 2000, rng=np.random.default_rng(6))
    assert drawn.shape == (200, 2000) and set(np.unique(drawn)) == {-1, 1}
    assert drawn.mean() == pytest.approx(0.0, abs=0.01)
    assert np.abs(np.corrcoef(drawn[:20]) - np.eye(20)).max() < 0.12
