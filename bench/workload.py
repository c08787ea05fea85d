"""The work that every contestant does, and what it must hand back."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Setting = Mapping[str, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Workload:
    """The tutorial's time-based arm on the tail, for distinct weights and distinct shuffles.

    Attributes
    ----------
    features : ndarray of float32, shape (n_rows, n_inputs)
    labels : ndarray of uint8, shape (n_rows,)
    weights : ndarray of float32, shape (n_inits, n_weights)
        Packed as `lrstudy.kernel.train_many.Ingredients` has them.
    orders : ndarray of uint16, shape (n_shuffles, n_epochs, n_train)
        Positions inside the training rows.
    train_rows, validation_rows : ndarray of int32, shape (n_splits, n_train or n_validation)
    rates : ndarray of float64, shape (n_updates,)
        Learning rate of each update.
    momentum : float
    batch_size, n_hidden : int
    """

    features: NDArray[np.float32]
    labels: NDArray[np.uint8]
    weights: NDArray[np.float32]
    orders: NDArray[np.uint16]
    train_rows: NDArray[np.int32]
    validation_rows: NDArray[np.int32]
    rates: NDArray[np.float64]
    momentum: float
    batch_size: int
    n_hidden: int


class Results(NamedTuple):
    """What training hands back; the weights are there to be compared."""

    n_correct: NDArray[np.integer]  # (n_members, n_epochs) validation rows predicted rightly
    validation_loss: NDArray[np.float32]  # (n_members, n_epochs)
    training_loss: NDArray[np.float32]  # (n_members, n_epochs), the mean while training goes
    weights: NDArray[np.float32]  # (n_members, n_weights), after the last epoch


Trainer = Callable[[Any, Any, Any], Results]
"""Trains the members with the given (init, shuffle, split), each int32 (n_members,)."""


def crossed(first: int, n_members: int, n_inits: int, n_shuffles: int) -> tuple[Any, Any]:
    """Return init and shuffle of members ``first`` onwards of the crossing, again and again."""
    number = np.arange(first, first + n_members)
    return (
        (number % n_inits).astype(np.int32),
        (number // n_inits % n_shuffles).astype(np.int32),
    )


def save_workload(work: Workload, path: Path) -> None:
    """Write the work for the contestants to read."""
    np.savez(path, **asdict(work))


def load_workload(path: str | os.PathLike[str]) -> Workload:
    """Read what `save_workload` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        # Zero-dimensional arrays come back as Python numbers.
        return Workload(**{k: v.item() if v.ndim == 0 else v for k, v in arrays.items()})
