"""Which rows a member trains on, validates on and watches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrstudy.data.dataset import Dataset
from lrstudy.data.random_streams import generator
from lrstudy.data.splits import Split, resample, split


def outer_split(
    dataset: Dataset, protocols: Mapping[str, Any], protocol: str, number: int
) -> Split:
    """Return a protocol's split; `number` names the splitting stream where one is drawn.

    Of ``inner``, the rows that resample of this number reports are in neither part: it validates on
    some of those that train there.
    """
    stream, sizes = generator("splitting", number), protocols[protocol]
    if protocol != "inner":
        return split(protocol, dataset.labels, generator=stream, **sizes)
    outer = resample(dataset.labels, validation_rows=sizes["reported_rows"], generator=stream)
    return inner_split(dataset, outer, sizes["validation_rows"], number)


def inner_rows_of(arm: Mapping[str, Any]) -> int:
    """Return how many training rows an arm holds out to watch.

    It is 0 where its plateau rule watches other rows, or it has none.
    """
    return arm.get("plateau", {}).get("inner_rows", 0)


def inner_split(dataset: Dataset, outer: Split, n_inner: int, replicate: int) -> Split:
    """Hold n_inner training rows out, stratified, from the replicate's own stream.

    Of the result, ``train`` are the rows that still train, ``validation`` those held out.
    """
    parts = resample(
        dataset.labels[outer.train],
        validation_rows=n_inner,
        generator=generator("inner", replicate),
    )
    return Split(train=outer.train[parts.train], validation=outer.train[parts.validation])
