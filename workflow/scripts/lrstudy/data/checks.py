"""Whether tables can be trained on, as a whole: what each reads as, and how it is split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lrstudy.data.dataset import DataError, Dataset, read_dataset
from lrstudy.data.partition import outer_split
from lrstudy.data.splits import FIXED

# Whether a stratified split can be drawn does not depend on the draw.
ANY_SPLIT = 0


def read_all(
    paths: Mapping[str, Path | str],
    tables: Mapping[str, Mapping[str, Any]],
    protocols: Mapping[str, Mapping[str, Any]],
) -> dict[str, Dataset]:
    """Read every data set, by its name, and try its splits.

    Raises
    ------
    DataError
        Names all faults of all of them, one line each.
    """
    found: dict[str, Dataset] = {}
    faults: list[str] = []
    for name, path in paths.items():
        try:
            found[name] = read_dataset(path, **tables[name])
            faults += split_faults(f"datasets.{name}", found[name], protocols[name])
        except DataError as error:
            faults += str(error).split("\n")
    if faults:
        raise DataError("\n".join(faults))
    return found


def split_faults(where: str, dataset: Dataset, protocols: Mapping[str, Any]) -> Iterator[str]:
    """Say which protocols cannot part the rows, or leave one class alone on a side."""
    for protocol in protocols:
        at = f"{where}.protocols.{protocol}"
        try:
            parts = outer_split(dataset, protocols, protocol, ANY_SPLIT)
        except ValueError as error:
            yield f"{at}: {error}"
            continue
        for side, rows in (("train", parts.train), ("validate", parts.validation)):
            n_positive = int(dataset.labels[rows].sum())
            if protocol in FIXED and n_positive in (0, len(rows)):
                which = "positive" if n_positive else "negative"
                yield (
                    f"{at}: expected rows of both classes among those that {side}, found "
                    f"{len(rows)} of the {which} class alone; are the rows sorted by class?"
                )
