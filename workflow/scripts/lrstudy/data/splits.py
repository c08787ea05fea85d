"""The ways to part the rows into a training and a validation set, and their registry.

Each returns the rows of both parts in ascending order: the split says which rows, and the order
in which training visits them is drawn elsewhere, from another stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lrstudy.data.sizes import training_rows


@dataclass(frozen=True, eq=False)
class Split:
    """Row numbers from 0, int32, ascending; a row is in one part at most."""

    train: npt.NDArray[np.int32]
    validation: npt.NDArray[np.int32]


def _first_rows_train(n_rows: int, n_train: int) -> Split:
    rows = np.arange(n_rows, dtype=np.int32)
    return Split(train=rows[:n_train], validation=rows[n_train:])


def tail(n_rows: int, *, validation_fraction: float) -> Split:
    """Validate on the last rows, as Keras's ``validation_split`` does.

    The training set is the first rows, as many as `sizes.training_rows` says.

    For 351 rows and 0.33: rows 0-234 and 235-350, 235 and 116 of them.

    Raises
    ------
    ValueError
        If the fraction is outside (0, 1), or leaves one part without rows.

    References
    ----------
    Keras 3.15.1, keras/src/trainers/data_adapters/array_slicing.py, train_validation_split.
    """
    if not 0 < validation_fraction < 1:
        raise ValueError(
            f"tail: expected a validation_fraction between 0 and 1, found {validation_fraction}"
        )
    n_train = training_rows(n_rows, {"validation_fraction": validation_fraction})
    if not 0 < n_train < n_rows:
        raise ValueError(
            f"tail: expected at least 1 training and 1 validation row, found {n_train} and "
            f"{n_rows - n_train} (validation_fraction {validation_fraction} of {n_rows} rows)"
        )
    return _first_rows_train(n_rows, n_train)


def official(n_rows: int, *, training_rows: int) -> Split:
    """Train on the first rows, validate on all others: the data set's own split.

    For 351 rows and 200: rows 0-199 and 200-350.

    Raises
    ------
    ValueError
        If training_rows isn't between 1 and n_rows - 1.

    References
    ----------
    Sigillito et al., Johns Hopkins APL Technical Digest 10:262-266, 1989: first 200 rows.
    """
    if not 0 < training_rows < n_rows:
        raise ValueError(
            f"official: expected training_rows between 1 and {n_rows - 1}, found {training_rows}"
        )
    return _first_rows_train(n_rows, training_rows)


def resample(
    labels: npt.NDArray[np.integer], *, validation_rows: int, generator: np.random.Generator
) -> Split:
    """Draw the validation rows at random, with each class's share kept as nearly as rows allow.

    ``generator`` gives one integer, the seed of scikit-learn's shuffle. For Ionosphere and 116: 151
    good and 84 bad to train on, 74 good and 42 bad to validate.

    Raises
    ------
    ValueError
        If there are fewer than two classes, a class with fewer than two rows, or fewer rows in
        one of the parts than classes.

    References
    ----------
    scikit-learn 1.9.1, sklearn.model_selection.StratifiedShuffleSplit.
    """
    n_rows = len(labels)
    names, counts = np.unique(labels, return_counts=True)
    if len(names) < 2 or counts.min() < 2:
        raise ValueError(
            "resample: expected 2 or more classes of 2 or more rows each, found the classes "
            f"{names.tolist()} with {counts.tolist()} rows"
        )
    if not len(names) <= validation_rows <= n_rows - len(names):
        raise ValueError(
            f"resample: expected validation_rows between {len(names)} and {n_rows - len(names)} "
            f"({n_rows} rows, {len(names)} classes), found {validation_rows}"
        )
    # It takes most of a second to load, and Snakemake reads this module before each job.
    from sklearn.model_selection import StratifiedShuffleSplit

    shuffle = StratifiedShuffleSplit(
        n_splits=1,
        train_size=n_rows - validation_rows,
        test_size=validation_rows,
        random_state=int(generator.integers(2**32)),
    )
    train, validation = next(shuffle.split(np.zeros((n_rows, 1)), labels))
    return Split(np.sort(train).astype(np.int32), np.sort(validation).astype(np.int32))


FIXED: Mapping[str, Callable[..., Split]] = {"tail": tail, "official": official}
DRAWN: Mapping[str, Callable[..., Split]] = {"resample": resample}


def split(
    protocol: str,
    labels: npt.NDArray[np.integer],
    *,
    generator: np.random.Generator | None,
    **settings: float,
) -> Split:
    """Part the rows as the named protocol says.

    The protocol is a key of `FIXED` (tail, official), which do not touch the generator, or of
    `DRAWN` (resample). Settings are its own: ``validation_fraction`` (tail, a share),
    ``training_rows`` (official) or ``validation_rows`` (resample).

    Raises
    ------
    ValueError
        If the protocol is unknown, resample has no generator, or as the protocol says.
    TypeError
        If a setting is missing or isn't the protocol's.
    """
    if protocol in FIXED:
        return FIXED[protocol](len(labels), **settings)
    if protocol not in DRAWN:
        known = ", ".join((*FIXED, *DRAWN))
        raise ValueError(f"expected a split protocol among {known}, found {protocol!r}")
    if generator is None:
        raise ValueError(f"{protocol}: expected a generator to draw the split from, found None")
    return DRAWN[protocol](labels, generator=generator, **settings)
