"""What the kernel trains from: its arrays, checked before anything is trained, and laid out."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from lrstudy.kernel.state import Columns, Tables
from lrstudy.kernel.train_members import MONITOR_INNER, MONITOR_TRAINING, MONITOR_VALIDATION

MONITORS = {
    "validation": MONITOR_VALIDATION,
    "inner": MONITOR_INNER,
    "training": MONITOR_TRAINING,
}
MEASURES = ("loss", "accuracy")


@dataclass(frozen=True, kw_only=True)
class Plateau:
    """Settings of a rate that falls on a plateau of a measure, Keras's ReduceLROnPlateau.

    After ``patience`` epochs without a measure better by more than ``min_delta`` than the best, the
    rate is multiplied by ``factor``, down to ``min_rate``; then ``cooldown`` epochs pass unwatched.

    The rule multiplies whatever the member's table of rates says from then on. With a constant
    table this is Keras's callback exactly.

    Attributes
    ----------
    monitor : str
        What it watches: "validation" (the reported rows), "inner" (`Ingredients.inner_rows`) or
        "training" (the running mean over the epoch's batches).
    measure : str
        "loss" (less is better) or, but of "training", "accuracy" (more is).
    factor : float
        In (0, 1).
    patience, cooldown : int
        Epochs.
    min_delta : float
        Nats, or a share of the rows.
    min_rate : float
        Learning rate.
    """

    monitor: str
    factor: float
    patience: int
    min_delta: float
    cooldown: int
    min_rate: float
    measure: str = "loss"


@dataclass(frozen=True, kw_only=True)
class Adam:
    """Settings of Adam, by default Keras's.

    ``beta_1`` and ``beta_2``, what is kept of the running means, are in [0, 1); ``epsilon``, added
    to what it divides by, is positive.
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7


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
    adams : tuple of Adam
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
    adams: tuple[Adam, ...] = ()
    inner_rows: NDArray[np.int32] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Members:
    """The networks to train, one element of each array for each.

    Attributes
    ----------
    init, shuffle, split, rates : ndarray of int32, shape (n_members,)
        Indexes into ``weights``, ``orders``, the tables of rows, and ``rates``.
    momentum : ndarray of float32, shape (n_members,)
        In [0, 1); of SGD.
    plateau, adam : ndarray of int32, shape (n_members,), optional
        Index into ``plateaus``, or -1 for none; into ``adams``, or -1 for SGD. Without the array
        no member has one.
    """

    init: NDArray[np.int32]
    shuffle: NDArray[np.int32]
    split: NDArray[np.int32]
    rates: NDArray[np.int32]
    momentum: NDArray[np.float32]
    plateau: NDArray[np.int32] | None = None
    adam: NDArray[np.int32] | None = None


def require(condition: bool | np.bool_, name: str, expected: str, found: object) -> None:
    """Refuse what does not hold, with its name, what was expected and what was found.

    Raises
    ------
    ValueError
        It does not hold.
    """
    if not condition:
        raise ValueError(f"{name}: expected {expected}, found {found}")


def _array(name: str, value: NDArray, dtype: type, shape: tuple[int | None, ...]) -> NDArray:
    """Check dtype and shape (None: any length but 0) and return the array, contiguous."""
    sizes = ", ".join("any" if n is None else str(n) for n in shape)
    expected = f"{np.dtype(dtype)} of shape ({sizes})"
    require(isinstance(value, np.ndarray), name, expected, type(value).__name__)
    fits = len(shape) == value.ndim and all(
        found > 0 if wanted is None else found == wanted
        for wanted, found in zip(shape, value.shape, strict=True)
    )
    require(fits and value.dtype == dtype, name, expected, f"{value.dtype} of shape {value.shape}")
    return np.ascontiguousarray(value)


def _within(name: str, values: NDArray, low: int, n: int) -> None:
    """Check that indexes lie in ``low`` to ``n - 1``."""
    if values.size:
        found = f"{values.min()} to {values.max()}"
        require(low <= values.min() and values.max() < n, name, f"{low} to {n - 1}", found)


def _check_orders(orders: NDArray[np.uint16]) -> None:
    positions = np.arange(orders.shape[2], dtype=orders.dtype)
    for shuffle, epochs in enumerate(orders):
        wrong = (np.sort(epochs, axis=1) != positions).any(axis=1)
        if wrong.any():
            epoch = int(wrong.argmax())
            expected = f"a permutation of 0 to {positions.size - 1}"
            require(False, f"orders[{shuffle}, {epoch}]", expected, f"{epochs[epoch]}")


def _check_plateau(name: str, plateau: Plateau, n_inner: int) -> None:
    require(plateau.monitor in MONITORS, f"{name}.monitor", " or ".join(MONITORS), plateau.monitor)
    require(plateau.measure in MEASURES, f"{name}.measure", " or ".join(MEASURES), plateau.measure)
    if plateau.measure == "accuracy":
        found = plateau.monitor
        require(
            found != "training", f"{name}.monitor", "validation or inner beside accuracy", found
        )
    if plateau.monitor == "inner":
        require(n_inner > 0, name, "inner_rows to watch", "none")
    require(0 < plateau.factor < 1, f"{name}.factor", "a number in (0, 1)", plateau.factor)
    for field in ("patience", "cooldown", "min_delta", "min_rate"):
        value = getattr(plateau, field)
        require(0 <= value < np.inf, f"{name}.{field}", "a finite number >= 0", value)


def _check_adam(name: str, adam: Adam) -> None:
    for field in ("beta_1", "beta_2"):
        value = getattr(adam, field)
        require(0 <= np.float32(value) < 1, f"{name}.{field}", "a number in [0, 1)", value)
    usable = 0 < np.float32(adam.epsilon) < np.inf
    require(usable, f"{name}.epsilon", "a finite float32 number > 0", adam.epsilon)


def lay_out(ingredients: Ingredients) -> Tables:
    """Check the ingredients and lay them out for the kernel.

    Raises
    ------
    ValueError
        An array has the wrong dtype or shape, or a value or an index is out of its range.
    """
    given = ingredients
    batch_size, n_hidden = given.batch_size, given.n_hidden
    features = _array("features", given.features, np.float32, (None, None))
    n_rows, n_inputs = features.shape
    finite = np.isfinite(features)
    require(finite.all(), "features", "finite numbers", f"{(~finite).sum()} that are not")
    labels = _array("labels", given.labels, np.uint8, (n_rows,))
    require(labels.max() <= 1, "labels", "0 or 1", labels.max())
    require(n_hidden >= 1, "n_hidden", "at least 1", n_hidden)
    n_weights = (n_inputs + 2) * n_hidden + 1
    weights = _array("weights", given.weights, np.float32, (None, n_weights))
    require(np.isfinite(weights).all(), "weights", "finite numbers", "some that are not")
    train_rows = _array("train_rows", given.train_rows, np.int32, (None, None))
    n_splits, n_train = train_rows.shape
    validation_rows = _array("validation_rows", given.validation_rows, np.int32, (n_splits, None))
    inner_rows = np.empty((n_splits, 0), np.int32)
    if given.inner_rows is not None:
        inner_rows = _array("inner_rows", given.inner_rows, np.int32, (n_splits, None))
    _within("train_rows", train_rows, 0, n_rows)
    _within("validation_rows", validation_rows, 0, n_rows)
    _within("inner_rows", inner_rows, 0, n_rows)
    require(1 <= batch_size <= n_train, "batch_size", f"1 to {n_train} training rows", batch_size)
    orders = _array("orders", given.orders, np.uint16, (None, None, n_train))
    _check_orders(orders)
    n_updates = orders.shape[1] * -(-n_train // batch_size)
    rates = _array("rates", given.rates, np.float64, (None, n_updates))
    usable = (rates >= 0) & (rates <= np.finfo(np.float32).max)
    require(usable.all(), "rates", "finite float32 numbers >= 0", rates[~usable][:1])
    for k, plateau in enumerate(given.plateaus):
        _check_plateau(f"plateaus[{k}]", plateau, inner_rows.shape[1])
    for k, adam in enumerate(given.adams):
        _check_adam(f"adams[{k}]", adam)
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
        watch_accuracy=np.array([p.measure == "accuracy" for p in given.plateaus], np.bool_),
        plateaus=np.array(settings, np.float64).reshape(-1, 5),
        adams=np.array([astuple(a) for a in given.adams], np.float64).reshape(-1, 3),
    )


def lay_out_members(members: Members, tables: Tables) -> Columns:
    """Check the members and lay them out for the kernel.

    Raises
    ------
    ValueError
        An array has the wrong dtype or shape, or a value or an index is out of its range.
    """
    n_members = members.init.size if isinstance(members.init, np.ndarray) else 0
    require(n_members > 0, "members", "at least one", "none")
    none = np.full(n_members, -1, np.int32)
    momentum = _array("momentum", members.momentum, np.float32, (n_members,))
    usable = (momentum >= 0) & (momentum < 1)
    require(usable.all(), "momentum", "numbers in [0, 1)", momentum[~usable][:1])
    columns = {"momentum": momentum}
    for name, values, low, n in (
        ("init", members.init, 0, len(tables.weights)),
        ("shuffle", members.shuffle, 0, len(tables.orders)),
        ("split", members.split, 0, len(tables.train_rows)),
        ("rates", members.rates, 0, len(tables.rates)),
        ("plateau", none if members.plateau is None else members.plateau, -1, len(tables.plateaus)),
        ("adam", none if members.adam is None else members.adam, -1, len(tables.adams)),
    ):
        columns[name] = _array(name, values, np.int32, (n_members,))
        _within(name, values, low, n)
    return Columns(**columns)
