"""The epoch of first reaching an accuracy, from what the runs table keeps."""

from __future__ import annotations

import numpy as np
import pytest
from lrstudy.tables.reached import first_epoch, pack_reached


@pytest.mark.parametrize("n_epochs", [1, 2, 50, 400])
def test_the_epoch_of_every_number_of_rows(n_epochs: int) -> None:
    """Against a look at each epoch of each network: of no progress, too, and of 400 epochs."""
    rng = np.random.default_rng(n_epochs)
    n_correct = rng.integers(60, 117, (40, n_epochs)).astype(np.uint16)
    n_correct[0], n_correct[1] = 9, np.maximum(n_correct[1], n_correct[1, :1])
    n_correct[2] = np.linspace(0, 116, n_epochs)  # its last is reached in the last epoch
    reached, best = pack_reached(n_correct), n_correct.max(axis=1)
    never = n_epochs + 1
    for rows in range(118):
        at_least = n_correct >= rows
        expected = np.where(at_least.any(axis=1), at_least.argmax(axis=1) + 1, never)
        assert first_epoch(reached, best, rows, never).tolist() == expected.tolist()


def test_each_network_may_have_a_level_of_its_own() -> None:
    n_correct = np.array([[3, 5, 9], [3, 5, 9], [4, 4, 4]])
    reached, best = pack_reached(n_correct), n_correct.max(axis=1)
    assert first_epoch(reached, best, [5, 6, 5], [4, 4, 9]).tolist() == [2, 3, 9]
    assert first_epoch([], np.zeros(0, int), 3, 4).tolist() == []
