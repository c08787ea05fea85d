"""The plateau rule of the kernel, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lrstudy.kernel.inputs import Plateau
from lrstudy.kernel.train_many import train_many as train
from lrstudy.kernel.train_members import plateau_step

from tests.helpers.networks import make_ingredients, make_members


def walk(losses: list[float], settings: list[float], rate: float = 1.0) -> list[float]:
    """Rate after each epoch of these losses."""
    memory, now, rates = np.array([np.inf, 0, 0]), np.float32(rate), []
    for loss in losses:
        now = plateau_step(np.float32(loss), now, memory, np.array(settings, np.float64))
        rates.append(float(now))
    return rates


def test_plateau_worked_by_hand():
    # factor 1/2, patience 2, min_delta 0.1, cooldown 2, min_rate 0.2.
    losses = [1.0, 0.95, 0.95, 0.95, 0.95, 0.95, 0.95, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7]
    expected = [
        *[1.0, 1.0],  # best 1.0; 0.95 is no improvement: waited 1
        *[0.5, 0.5],  # waited 2: halved, cooldown 2; then cooldown 1
        *[0.5, 0.25],  # the last epoch of cooldown counts as waiting: 1; then 2: halved
        *[0.25, 0.25],  # cooldown 1; 0.7 is an improvement, cooldown over
        *[0.25, 0.2],  # waited 1; waited 2: would be 0.125, held at min_rate
        *[0.2, 0.2, 0.2, 0.2, 0.2],  # never below
    ]
    assert walk(losses, [0.5, 2, 0.1, 2, 0.2]) == [float(np.float32(r)) for r in expected]


def test_plateau_needs_more_than_min_delta():
    # From 1.0, 0.75 is not better by more than 0.25; the next float32 below it is.
    below = float(np.nextafter(np.float32(0.75), np.float32(0)))
    assert walk([1.0, 0.75], [0.5, 1, 0.25, 0, 0]) == [1.0, 0.5]
    assert walk([1.0, below - 1e-6], [0.5, 1, 0.25, 0, 0]) == [1.0, 1.0]


def test_plateau_scales_a_table_that_varies():
    plateau = Plateau(
        monitor="training", factor=0.5, patience=1, min_delta=100.0, cooldown=0, min_rate=0.0
    )
    given = make_ingredients(n_epochs=4, plateaus=(plateau,))
    # No loss improves by 100 nats, so the rate halves after every epoch but the first.
    outcome = train(given, make_members(1, 0, rates=np.int32([2])), n_threads=1)
    table = given.rates[2].astype(np.float32).reshape(4, -1)[:, -1]
    np.testing.assert_allclose(outcome.rate[0], table * [1, 1, 0.5, 0.25], rtol=1e-7)


@pytest.mark.parametrize("measure", ["loss", "accuracy"])
def test_inner_rows_are_watched_as_the_reported_ones_would_be(measure):
    reported = Plateau(
        monitor="validation",
        measure=measure,
        factor=0.7,
        patience=1,
        min_delta=0.02,
        cooldown=0,
        min_rate=0.0,
    )
    given = make_ingredients(
        n_epochs=10, n_inner=37, plateaus=(reported, replace(reported, monitor="inner"))
    )
    swapped = replace(given, validation_rows=given.inner_rows, inner_rows=given.validation_rows)
    inner = train(given, make_members(30, 1), n_threads=1).rate
    assert np.array_equal(inner, train(swapped, make_members(30, 0), n_threads=1).rate)
    assert not np.array_equal(inner, train(given, make_members(30, 0), n_threads=1).rate)


def test_accuracy_is_better_where_it_is_more():
    """One row of 37 more is enough at half a row, and too little at one and a half."""
    rates = {}
    for rows in (0.5, 1.5, 37):
        plateau = Plateau(
            monitor="validation",
            measure="accuracy",
            factor=0.5,
            patience=1,
            min_delta=rows / 37,
            cooldown=0,
            min_rate=0.0,
        )
        given = make_ingredients(n_epochs=10, plateaus=(plateau,))
        found = train(given, make_members(30, 0, rates=np.zeros(30, np.int32)), n_threads=1)
        best = np.maximum.accumulate(found.n_correct.astype(int), axis=1)
        for counts, most, rate in zip(found.n_correct, best, found.rate, strict=True):
            now, expected, held = np.float32(0.1), [], None
            for n in counts.astype(int):
                expected.append(now)
                if held is None or n - held > rows:
                    held = n
                else:
                    now = np.float32(now * 0.5)
            assert rate.tolist() == expected
            assert held <= most[-1]
        rates[rows] = found.rate
    assert rates[0.5].mean() > rates[1.5].mean() > rates[37].mean()
