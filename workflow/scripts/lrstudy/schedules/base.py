"""What all schedules share: the clock, and the parameters that several of them take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Updates = NDArray[np.int64]
Rates = NDArray[np.floating]
Parameter = dict[str, Any]
"""The JSON Schema of one parameter: description with its unit, type, bounds, and an example."""

RATE_OVER_EPOCHS = "rate/epochs"


@dataclass(frozen=True)
class Clock:
    """How updates are grouped into epochs.

    ``updates_per_epoch`` is ceil(training rows / batch size).

    Examples
    --------
    >>> Clock(updates_per_epoch=9, n_epochs=50).n_updates
    450
    """

    updates_per_epoch: int
    n_epochs: int

    def __post_init__(self) -> None:
        if self.updates_per_epoch < 1 or self.n_epochs < 1:
            raise ValueError(f"a clock needs at least one update and one epoch, found {self}")

    @property
    def n_updates(self) -> int:
        """Updates in the whole training."""
        return self.updates_per_epoch * self.n_epochs

    def epoch(self, update: Updates) -> Updates:
        """Return the epoch, from 0, that each update belongs to."""
        return update // self.updates_per_epoch


def progress(update: Updates, clock: Clock) -> Rates:
    """Share of the training done before each update: 0 at the first, below 1 at the last."""
    return update / clock.n_updates


DECAY: Parameter = {
    "description": "Decay of the rate (1 per update or per epoch).",
    "type": "number",
    "exclusiveMinimum": 0,
    "maximum": 100_000,
    "examples": [0.002],
}
TUTORIAL_DECAY: Parameter = {
    "description": "A number, or rate/epochs for the initial rate over the epochs.",
    "anyOf": [{"const": RATE_OVER_EPOCHS}, DECAY],
    "examples": [0.002],
}
DROP: Parameter = {
    "description": "Factor at each drop.",
    "type": "number",
    "exclusiveMinimum": 0,
    "maximum": 1,
    "examples": [0.5],
}
EPOCHS_PER_DROP: Parameter = {
    "description": "Epochs between drops.",
    "type": "integer",
    "minimum": 1,
    "maximum": 32_767,
    "examples": [10],
}
FINAL_FACTOR: Parameter = {
    "description": "Final rate as a share of the initial rate.",
    "type": "number",
    "minimum": 0,
    "maximum": 1,
    "examples": [0.0],
}
