"""What no single key shows of the data: columns, splits and batches that do not fit the rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from lrstudy.data.dataset import is_class
from lrstudy.data.sizes import training_rows
from lrstudy.design.models import Data, Table
from lrstudy.design.study import Study


def unknown(where: str, names: Iterable[str], among: Iterable[str]) -> Iterator[str]:
    """Yield a finding for each name that isn't among the allowed ones."""
    allowed = list(among)
    shown = ", ".join(allowed[:20]) + (", ..." if len(allowed) > 20 else "")
    for name in names:
        if name not in allowed:
            yield f"{where}: found {name!r}, allowed is one of {shown}"


def data_findings(study: Study) -> Iterator[str]:
    """Yield what does not fit in each data set alone."""
    yield from unknown("dataset", [study.dataset], study.datasets)
    for name, data in study.datasets.items():
        yield from _source(f"datasets.{name}", data)
        yield from _table(f"datasets.{name}.table", data.table)


def _source(where: str, data: Data) -> Iterator[str]:
    needs = {"download": ["urls", "member"], "embedded": ["embedded"]}
    needs["auto"] = [*needs["download"], *needs["embedded"]]
    missing = [key for key in needs.get(data.source, []) if getattr(data, key) is None]
    if missing:
        yield f"{where}: source {data.source} needs {', '.join(missing)}, found none"


def _table(where: str, table: Table) -> Iterator[str]:
    if any(
        is_class(a, str(b)) for a, b in itertools.permutations((table.positive, table.negative))
    ):
        yield f"{where}.negative: found {table.negative!r}, as {where}.positive"
    last = table.n_features + len(table.unused_columns)
    columns: dict[str, list[int | str]] = {
        "class_column": [table.class_column],
        "unused_columns": table.unused_columns,
        "categorical_columns": table.categorical_columns or [],
    }
    owners: dict[int | str, str] = {}
    for key, column in ((key, column) for key, given in columns.items() for column in given):
        if isinstance(column, str) and not table.header_lines:
            yield f"{where}.{key}: found {column!r}, but there are no header_lines to find it in"
        elif isinstance(column, int) and column > last:
            yield f"{where}.{key}: found {column}, allowed is at most {last}, the last column"
        if (owner := owners.setdefault(column, key)) != key:
            yield f"{where}.{key}: found {column!r}, which is in {owner}"


def rows_that_train(data: Data) -> dict[str, int]:
    """Return the training rows of each protocol."""
    protocols = data.protocols.given().items()
    return {name: training_rows(data.table.n_rows, dict(given)) for name, given in protocols}


def _trained(study: Study) -> Iterator[tuple[str, str, str]]:
    """Yield which data set, protocol and arm are trained together."""
    for name, part in study.parts.items():
        yield from itertools.product(
            study.datasets_of(name), part.protocols.given(), study.arms_of(name)
        )
    if study.agreement:
        yield from itertools.product(
            [study.dataset],
            [study.agreement.protocol],
            [*study.agreement.arms, *(study.agreement.beside or ())],
        )


def size_findings(study: Study) -> Iterator[str]:
    """Yield what does not fit of splits, batches and rows held out; names point somewhere."""
    findings, rows = [], {name: rows_that_train(data) for name, data in study.datasets.items()}
    for name, data in study.datasets.items():
        for protocol, n_train in rows[name].items():
            # A stratified split keeps a row of each class on both sides.
            least = 1 if protocol in ("tail", "official") else 2
            n_rows = data.table.n_rows
            if not least <= n_train <= n_rows - least:
                *_, (key, found) = data.protocols.given()[protocol]
                findings.append(
                    f"datasets.{name}.protocols.{protocol}.{key}: found {found}, which leaves "
                    f"{n_train} of {n_rows} rows for training; allowed is {least} to "
                    f"{n_rows - least}"
                )
    yield from findings
    for name, data in study.datasets.items():
        inner, outer = data.protocols.inner, data.protocols.resample
        if inner and (not outer or inner.reported_rows != outer.validation_rows):
            expected = outer.validation_rows if outer else "none without resample"
            yield (
                f"datasets.{name}.protocols.inner.reported_rows: found {inner.reported_rows}, "
                f"allowed is {expected}, the rows that resample reports"
            )
    placed = {**study.placed_arms(), **study.placed_variants()}
    for name, protocol, arm in [] if findings else _trained(study):
        n_train = rows[name][protocol]
        place, own = placed.get(arm, ("", None))
        held_out = own.inner_rows if own else 0
        where = f"the {n_train} training rows of {protocol} of {name}"
        batch = (own and own.batch_size) or study.training.batch_size
        if batch > n_train:
            key = place if own and own.batch_size else "training"
            yield f"{key}.batch_size: found {batch}, allowed is at most {where}"
        # As many must be left as make a batch, and a row of each class.
        elif held_out and held_out > n_train - max(batch, 2):
            yield (
                f"{place}.plateau.inner_rows: found {held_out}, allowed is at most "
                f"{n_train - max(batch, 2)}, to leave a batch of {where}"
            )
