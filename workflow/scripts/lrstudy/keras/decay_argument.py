"""The tutorial's time-based example typed into current Keras, word for word.

Keras up to version 2 had an argument ``decay`` of SGD. Keras 3 takes it and only warns.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lrstudy.data.dataset import Dataset
from lrstudy.data.sizes import training_rows
from lrstudy.keras.trainer import build_network, keras

RATE, DECAY, MOMENTUM = 0.1, 0.002, 0.8


@dataclass(frozen=True)
class DecayArgument:
    """What following the tutorial on current Keras gives.

    Attributes
    ----------
    warning : str
        What Keras says about ``decay``.
    epochs : int
        Epochs trained.
    identical_to_constant : bool
        Weights and history with ``decay`` equal those at a constant rate, bit for bit.
    identical_to_schedule : bool
        The same against the schedule that ``decay`` used to be.
    n_correct, n_correct_schedule : int
        Validation rows right after the last epoch, with ``decay`` and with the schedule. Last bits
        of `fit` are the processor's own, but no output is within 0.03 of the limit between classes.
    """

    warning: str
    epochs: int
    identical_to_constant: bool
    identical_to_schedule: bool
    n_correct: int
    n_correct_schedule: int

    def to_json(self) -> str:
        """Return the result as JSON text."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"


def _fit(
    dataset: Dataset, training: Mapping[str, Any], validation_fraction: float, optimizer: Any
) -> tuple[list[np.ndarray], dict[str, list[float]]]:
    """Run the tutorial's compile and fit calls from seed 7, as its early editions do."""
    keras.utils.set_random_seed(7)
    network = build_network(dataset.features.shape[1], training["hidden_units"])
    network.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    n_train = training_rows(len(dataset.labels), {"validation_fraction": validation_fraction})
    history = network.fit(
        dataset.inputs(np.arange(n_train)),
        dataset.labels,
        validation_split=validation_fraction,
        epochs=training["epochs"],
        batch_size=training["batch_size"],
        verbose=0,
    )
    return network.get_weights(), history.history


def run_decay_argument(
    dataset: Dataset, training: Mapping[str, Any], validation_fraction: float
) -> DecayArgument:
    """Train with ``SGD(decay=...)``, at a constant rate, and with the schedule once meant.

    Raises
    ------
    RuntimeError
        Keras no longer warns about ``decay``: then the finding no longer stands as told.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        literal = keras.optimizers.SGD(learning_rate=RATE, momentum=MOMENTUM, decay=DECAY)
    messages = [str(w.message) for w in caught if "decay" in str(w.message)]
    if len(messages) != 1:
        raise RuntimeError(f"expected one warning about `decay` from Keras, found {messages}")
    schedule = keras.optimizers.schedules.InverseTimeDecay(RATE, decay_steps=1, decay_rate=DECAY)
    optimizers = {
        "literal": literal,
        "constant": keras.optimizers.SGD(learning_rate=RATE, momentum=MOMENTUM),
        "schedule": keras.optimizers.SGD(learning_rate=schedule, momentum=MOMENTUM),
    }
    fits = {k: _fit(dataset, training, validation_fraction, o) for k, o in optimizers.items()}

    def same(other: str) -> bool:
        (weights, history), (other_weights, other_history) = fits["literal"], fits[other]
        pairs = zip(weights, other_weights, strict=True)
        return history == other_history and all(np.array_equal(a, b) for a, b in pairs)

    rows = len(dataset.labels)
    n_validation = rows - training_rows(rows, {"validation_fraction": validation_fraction})
    right = {k: round(h["val_accuracy"][-1] * n_validation) for k, (_, h) in fits.items()}
    return DecayArgument(
        warning=messages[0],
        epochs=training["epochs"],
        identical_to_constant=same("constant"),
        identical_to_schedule=same("schedule"),
        n_correct=right["literal"],
        n_correct_schedule=right["schedule"],
    )
