"""Which rows a member trains on, validates on and watches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrstudy.data import Dataset
from lrstudy.splits import Split, resample, split
from lrstudy.streams import generator


def outer_split(
    dataset: Dataset, protocols: Mapping[str, Any], protocol: str, number: int
) -> Split:
    """Return a protocol's split; `number` names the splitting stream where one is drawn.

    Parameters
    ----------
    dataset : Dataset
        The data.
    protocols : mapping
        ``protocols`` of the configuration.
    protocol : str
        One of its names.
    number : int
        The replicate's number of the splitting stream.

    Returns
    -------
    Split
        Rows that train and rows that validate.
    """
    stream = generator("splitting", number)
    return split(protocol, dataset.labels, generator=stream, **protocols[protocol])


def inner_rows_of(arm: Mapping[str, Any]) -> int:
    """Return how many training rows an arm holds out to watch.

    Parameters
    ----------
    arm : mapping
        An arm of the configuration.

    Returns
    -------
    int
        Rows; 0 where its plateau rule watches others, or it has none.
    """
    return arm.get("plateau", {}).get("inner_rows", 0)


def inner_split(dataset: Dataset, outer: Split, n_inner: int, replicate: int) -> Split:
    """Hold n_inner training rows out, stratified, from the replicate's own stream.

    Parameters
    ----------
    dataset : Dataset
        The data.
    outer : Split
        The protocol's split, which the rows are held out of.
    n_inner : int
        Rows to hold out.
    replicate : int
        Names the stream.

    Returns
    -------
    Split
        ``train``: the rows that still train; ``validation``: the rows held out.
    """
    parts = resample(
        dataset.labels[outer.train],
        validation_rows=n_inner,
        generator=generator("inner", replicate),
    )
    return Split(train=outer.train[parts.train], validation=outer.train[parts.validation])
