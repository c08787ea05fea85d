"""Train many small networks at once, each as if it were alone.

A network is ``n_inputs -> n_hidden relu -> 1 sigmoid``, trained on binary cross-entropy by SGD with
momentum, or Adam, and mini-batches, as Keras 3 does it. A member's result depends on its own row of
`Members` and on `Ingredients` only, and has the same bits on every IEEE 754 machine: not on the
members trained with it, their order, or the number of threads. `train_members` has the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrstudy.kernel.inputs import Ingredients, Members, lay_out, lay_out_members, require
from lrstudy.kernel.state import Records, Tables
from lrstudy.kernel.train_members import train_members
from lrstudy.tables.outcome import Outcome

BLOCK = 64  # members per call of the kernel, about a tenth of a second


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

    The outcome has the rows of ``members`` in their order; threads have no influence on it.
    ``progress`` is called now and then with the number of members trained so far.

    Raises
    ------
    ValueError
        If an array has the wrong dtype or shape, a value is out of its range or an index out of
        bounds; nothing has been trained then.
    """
    require(n_threads >= 1, "n_threads", "at least 1", n_threads)
    tables = lay_out(ingredients)
    columns = lay_out_members(members, tables)
    n_members = columns.init.size
    records = _records(n_members, tables.orders.shape[1], tables.validation_rows.shape[1])
    sizes = ingredients.batch_size, ingredients.n_hidden

    def train_block(first: int) -> int:
        last = min(first + BLOCK, n_members)
        seen = _seen_on(tables, columns.split[first:last])
        train_members(seen, columns, records, *sizes, first, last)
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


def _seen_on(tables: Tables, splits: NDArray[np.int32]) -> Tables:
    """Leave out rows that no member on these splits touches: the kernel copies all that are left.

    Where each split has features of its own, those of a block's splits are few.
    """
    parts = ("train_rows", "validation_rows", "inner_rows")
    numbered = {name: getattr(tables, name) for name in parts}
    if len(tables.features) <= sum(rows.shape[1] for rows in numbered.values()):
        return tables
    used = np.unique(splits)
    rows = np.unique(np.concatenate([table[used].ravel() for table in numbered.values()]))
    place = np.zeros(len(tables.features), np.int32)
    place[rows] = np.arange(len(rows))
    return tables._replace(
        features=tables.features[rows],
        labels=tables.labels[rows],
        **{name: place[table] for name, table in numbered.items()},
    )


def train_one_weights(
    ingredients: Ingredients, members: Members, member: int
) -> NDArray[np.float32]:
    """Train one member and return its final weights, to compare them with another trainer's.

    They are packed like a row of ``Ingredients.weights``.

    Raises
    ------
    ValueError
        As `train_many`, or if there is no such member.
    """
    tables = lay_out(ingredients)
    columns = lay_out_members(members, tables)
    n_members = columns.init.size
    require(0 <= member < n_members, "member", f"0 to {n_members - 1}", member)
    records = _records(n_members, tables.orders.shape[1], tables.validation_rows.shape[1])
    sizes = ingredients.batch_size, ingredients.n_hidden
    return train_members(tables, columns, records, *sizes, member, member + 1)
