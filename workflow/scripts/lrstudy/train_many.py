"""Train many small networks at once, each as if it were alone.

A network is ``n_inputs -> n_hidden relu -> 1 sigmoid``, trained on binary cross-entropy by SGD with
momentum and mini-batches, as Keras 3 does it. A member's result depends on its own row of `Members`
and on `Ingredients` only, and has the same bits on every IEEE 754 machine: not on the members
trained with it, their order, or the number of threads. The arithmetic is in `train_kernel`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrstudy.kernel_state import Columns, Records, Tables
from lrstudy.outcome import Outcome
from lrstudy.train_kernel import (
    MONITOR_INNER,
    MONITOR_TRAINING,
    MONITOR_VALIDATION,
    train_members,
)

BLOCK = 64  # members per call of the kernel, about a tenth of a second
MONITORS = {
    "validation": MONITOR_VALIDATION,
    "inner": MONITOR_INNER,
    "training": MONITOR_TRAINING,
}


@dataclass(frozen=True, kw_only=True)
class Plateau:
    """Settings of a rate that falls on a plateau of a loss, Keras's ReduceLROnPlateau.

    After ``patience`` epochs without a loss more than ``min_delta`` below the best, the rate is
    multiplied by ``factor``, down to ``min_rate``; then ``cooldown`` epochs pass unwatched.

    The rule multiplies whatever the member's table of rates says from then on. With a constant
    table this is Keras's callback exactly.

    Attributes
    ----------
    monitor : str
        The loss it watches: "validation" (the reported rows), "inner" (`Ingredients.inner_rows`)
        or "training" (the running mean over the epoch's batches).
    factor : float
        In (0, 1).
    patience, cooldown : int
        Epochs.
    min_delta : float
        Nats.
    min_rate : float
        Learning rate.
    """

    monitor: str
    factor: float
    patience: int
    min_delta: float
    cooldown: int
    min_rate: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Ingredients:
    """Everything that members have in common, or choose from by index.

    Attributes
    ----------
    features : ndarray of float32, shape (n_rows, n_inputs)
    labels : ndarray of uint8, shape (n_rows,)
        1 is the class that the sigmoid's output is the probability of.
    weights : ndarray of float32, shape (n_inits, n_inputs * n_hidden + 2 * n_hidden + 1)
        Initial weights: hidden kernel (row-major, n_inputs x n_hidden), hidden biases, output
        kernel, output bias.
    orders : ndarray of uint16, shape (n_shuffles, n_epochs, n_train)
        Positions inside the training rows, a permutation for each epoch.
    train_rows : ndarray of int32, shape (n_splits, n_train)
        Rows of ``features`` that are trained on.
    validation_rows : ndarray of int32, shape (n_splits, n_validation)
        Rows that are predicted after each epoch.
    rates : ndarray of float64, shape (n_tables, n_epochs * ceil(n_train / batch_size))
        Learning rate of each update; used in float32.
    batch_size, n_hidden : int
    plateaus : tuple of Plateau
    inner_rows : ndarray of int32, shape (n_splits, n_inner), optional
        Rows held out of ``train_rows`` for a plateau to watch.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.uint8]
    weights: NDArray[np.float32]
    orders: NDArray[np.uint16]
    train_rows: NDArray[np.int32]
    validation_rows: NDArray[np.int32]
    rates: NDArray[np.float64]
    batch_size: int
    n_hidden: int
    plateaus: tuple[Plateau, ...] = ()
    inner_rows: NDArray[np.int32] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Members:
    """The networks to train, one element of each array for each.

    Attributes
    ----------
    init, shuffle, split, rates : ndarray of int32, shape (n_members,)
        Indexes into ``weights``, ``orders``, the tables of rows, and ``rates``.
    momentum : ndarray of float32, shape (n_members,)
        In [0, 1).
    plateau : ndarray of int32, shape (n_members,), optional
        Index into ``plateaus``, or -1 for none. Without this array no member has one.
    """

    init: NDArray[np.int32]
    shuffle: NDArray[np.int32]
    split: NDArray[np.int32]
    rates: NDArray[np.int32]
    momentum: NDArray[np.float32]
    plateau: NDArray[np.int32] | None = None


@dataclass(frozen=True)
class KernelOutcome(Outcome):
    """An `Outcome`, and the learning rates.

    A recorded loss is at most `MAX_LOSS`, which also stands for NaN and infinity. A member is
    ``diverged`` if a logit in any epoch, or a weight at the end, was not finite; it is scored as it
    predicts: class 1 where the logit is > 0, hence class 0 where it is NaN.

    Attributes
    ----------
    rate : ndarray of float32, shape (n_members, n_epochs)
        Learning rate of each epoch's last update.
    """

    rate: NDArray[np.float32]


def _require(condition: bool | np.bool_, name: str, expected: str, found: object) -> None:
    if not condition:
        raise ValueError(f"{name}: expected {expected}, found {found}")


def _array(name: str, value: NDArray, dtype: type, shape: tuple[int | None, ...]) -> NDArray:
    """Check dtype and shape (None: any length but 0) and return the array, contiguous."""
    sizes = ", ".join("any" if n is None else str(n) for n in shape)
    expected = f"{np.dtype(dtype)} of shape ({sizes})"
    _require(isinstance(value, np.ndarray), name, expected, type(value).__name__)
    fits = len(shape) == value.ndim and all(
        found > 0 if wanted is None else found == wanted
        for wanted, found in zip(shape, value.shape, strict=True)
    )
    _require(fits and value.dtype == dtype, name, expected, f"{value.dtype} of shape {value.shape}")
    return np.ascontiguousarray(value)


def _within(name: str, values: NDArray, low: int, n: int) -> None:
    """Check that indexes lie in ``low`` to ``n - 1``."""
    if values.size:
        found = f"{values.min()} to {values.max()}"
        _require(low <= values.min() and values.max() < n, name, f"{low} to {n - 1}", found)


def _check_orders(orders: NDArray[np.uint16]) -> None:
    positions = np.arange(orders.shape[2], dtype=orders.dtype)
    for shuffle, epochs in enumerate(orders):
        wrong = (np.sort(epochs, axis=1) != positions).any(axis=1)
        if wrong.any():
            epoch = int(wrong.argmax())
            expected = f"a permutation of 0 to {positions.size - 1}"
            _require(False, f"orders[{shuffle}, {epoch}]", expected, f"{epochs[epoch]}")


def _check_plateau(name: str, plateau: Plateau, n_inner: int) -> None:
    _require(plateau.monitor in MONITORS, f"{name}.monitor", " or ".join(MONITORS), plateau.monitor)
    if plateau.monitor == "inner":
        _require(n_inner > 0, name, "inner_rows to watch", "none")
    _require(0 < plateau.factor < 1, f"{name}.factor", "a number in (0, 1)", plateau.factor)
    for field in ("patience", "cooldown", "min_delta", "min_rate"):
        value = getattr(plateau, field)
        _require(0 <= value < np.inf, f"{name}.{field}", "a finite number >= 0", value)


def _tables(ingredients: Ingredients) -> Tables:
    """Check the ingredients and lay them out for the kernel."""
    given = ingredients
    batch_size, n_hidden = given.batch_size, given.n_hidden
    features = _array("features", given.features, np.float32, (None, None))
    n_rows, n_inputs = features.shape
    finite = np.isfinite(features)
    _require(finite.all(), "features", "finite numbers", f"{(~finite).sum()} that are not")
    labels = _array("labels", given.labels, np.uint8, (n_rows,))
    _require(labels.max() <= 1, "labels", "0 or 1", labels.max())
    _require(n_hidden >= 1, "n_hidden", "at least 1", n_hidden)
    n_weights = (n_inputs + 2) * n_hidden + 1
    weights = _array("weights", given.weights, np.float32, (None, n_weights))
    _require(np.isfinite(weights).all(), "weights", "finite numbers", "some that are not")
    train_rows = _array("train_rows", given.train_rows, np.int32, (None, None))
    n_splits, n_train = train_rows.shape
    validation_rows = _array("validation_rows", given.validation_rows, np.int32, (n_splits, None))
    inner_rows = np.empty((n_splits, 0), np.int32)
    if given.inner_rows is not None:
        inner_rows = _array("inner_rows", given.inner_rows, np.int32, (n_splits, None))
    _within("train_rows", train_rows, 0, n_rows)
    _within("validation_rows", validation_rows, 0, n_rows)
    _within("inner_rows", inner_rows, 0, n_rows)
    _require(1 <= batch_size <= n_train, "batch_size", f"1 to {n_train} training rows", batch_size)
    orders = _array("orders", given.orders, np.uint16, (None, None, n_train))
    _check_orders(orders)
    n_updates = orders.shape[1] * -(-n_train // batch_size)
    rates = _array("rates", given.rates, np.float64, (None, n_updates))
    usable = (rates >= 0) & (rates <= np.finfo(np.float32).max)
    _require(usable.all(), "rates", "finite float32 numbers >= 0", rates[~usable][:1])
    for k, plateau in enumerate(given.plateaus):
        _check_plateau(f"plateaus[{k}]", plateau, inner_rows.shape[1])
    settings = [(p.factor, p.patience, p.min_delta, p.cooldown, p.min_rate) for p in given.plateaus]
    return Tables(
        features=features,
        labels=labels,
        weights=weights,
        orders=orders,
        train_rows=train_rows,
        validation_rows=validation_rows,
        inner_rows=inner_rows,
        rates=rates,
        monitors=np.array([MONITORS[p.monitor] for p in given.plateaus], np.int8),
        plateaus=np.array(settings, np.float64).reshape(-1, 5),
    )


def _columns(members: Members, tables: Tables, n_plateaus: int) -> Columns:
    """Check the members and lay them out for the kernel."""
    n_members = members.init.size if isinstance(members.init, np.ndarray) else 0
    _require(n_members > 0, "members", "at least one", "none")
    plateau = members.plateau
    if plateau is None:
        plateau = np.full(n_members, -1, np.int32)
    momentum = _array("momentum", members.momentum, np.float32, (n_members,))
    usable = (momentum >= 0) & (momentum < 1)
    _require(usable.all(), "momentum", "numbers in [0, 1)", momentum[~usable][:1])
    columns = {"momentum": momentum}
    for name, values, low, n in (
        ("init", members.init, 0, len(tables.weights)),
        ("shuffle", members.shuffle, 0, len(tables.orders)),
        ("split", members.split, 0, len(tables.train_rows)),
        ("rates", members.rates, 0, len(tables.rates)),
        ("plateau", plateau, -1, n_plateaus),
    ):
        columns[name] = _array(name, values, np.int32, (n_members,))
        _within(name, values, low, n)
    return Columns(**columns)


def _records(n_members: int, n_epochs: int, n_validation: int) -> Records:
    return Records(
        n_correct=np.zeros((n_members, n_epochs), np.uint16),
        validation_loss=np.zeros((n_members, n_epochs), np.float32),
        training_loss=np.zeros((n_members, n_epochs), np.float32),
        rate=np.zeros((n_members, n_epochs), np.float32),
        missed=np.zeros((n_members, -(-n_validation // 8)), np.uint8),
        diverged=np.zeros(n_members, np.bool_),
    )


def train_many(
    ingredients: Ingredients,
    members: Members,
    *,
    n_threads: int,
    progress: Callable[[int], None] | None = None,
) -> KernelOutcome:
    """Train every member.

    Parameters
    ----------
    ingredients : Ingredients
    members : Members
    n_threads : int
        Threads that train; has no influence on the result.
    progress : callable, optional
        Called now and then with the number of members trained so far.

    Returns
    -------
    KernelOutcome
        Rows in the order of ``members``.

    Raises
    ------
    ValueError
        If an array has the wrong dtype or shape, a value is out of its range or an index out of
        bounds; nothing has been trained then.
    """
    _require(n_threads >= 1, "n_threads", "at least 1", n_threads)
    tables = _tables(ingredients)
    columns = _columns(members, tables, len(ingredients.plateaus))
    n_members = columns.init.size
    records = _records(n_members, tables.orders.shape[1], tables.validation_rows.shape[1])
    sizes = ingredients.batch_size, ingredients.n_hidden

    def train_block(first: int) -> int:
        last = min(first + BLOCK, n_members)
        train_members(tables, columns, records, *sizes, first, last)
        return last - first

    # The kernel releases the interpreter's lock, so plain threads run it in parallel.
    with ThreadPoolExecutor(n_threads) as pool:
        blocks = [pool.submit(train_block, first) for first in range(0, n_members, BLOCK)]
        done = 0
        try:
            for block in as_completed(blocks):
                done += block.result()
                if progress is not None:
                    progress(done)
        finally:
            pool.shutdown(cancel_futures=True)
    return KernelOutcome(**records._asdict())


def train_one_weights(
    ingredients: Ingredients, members: Members, member: int
) -> NDArray[np.float32]:
    """Train one member and return its final weights, to compare them with another trainer's.

    Returns
    -------
    ndarray of float32
        Packed like a row of ``Ingredients.weights``.

    Raises
    ------
    ValueError
        As `train_many`, or if there is no such member.
    """
    tables = _tables(ingredients)
    columns = _columns(members, tables, len(ingredients.plateaus))
    n_members = columns.init.size
    _require(0 <= member < n_members, "member", f"0 to {n_members - 1}", member)
    records = _records(n_members, tables.orders.shape[1], tables.validation_rows.shape[1])
    sizes = ingredients.batch_size, ingredients.n_hidden
    return train_members(tables, columns, records, *sizes, member, member + 1)
