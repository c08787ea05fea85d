"""Columns that several tables have, and kinds of columns."""

from __future__ import annotations

import pyarrow as pa
from paperledger.io.tables import Column

from lrstudy.tables.runs import CELL_COLUMNS, COUNT, NUMBER, WORD

ENDS = ("low", "high")


def percent(meaning: str, decimals: int = 2, *, interval: tuple[str, str] | None = None) -> Column:
    """Return a column of shares or accuracies in per cent; ``interval`` as in `Column`."""
    return Column(NUMBER, "%", meaning, "plain", decimals, interval)


def points(
    meaning: str, *, style: str = "signed", interval: tuple[str, str] | None = None
) -> Column:
    """Return a column of differences in percentage points."""
    return Column(NUMBER, "points", meaning, style, 2, interval)


def p_value(meaning: str, resolved: str = "") -> Column:
    """Return a column of p-values; ``resolved`` as in `Column`."""
    return Column(NUMBER, "", meaning, "p", resolved=resolved)


RESOLVED = Column(pa.bool_(), "", "p lies above the smallest that its draws can give")


def epochs(meaning: str) -> Column:
    """Return a column of mean epochs, with the interval of ``speed``; not all arms have it."""
    return Column(NUMBER, "epoch", meaning, "plain", 2, ("speed_low", "speed_high"), optional=True)


def share(meaning: str) -> Column:
    """Return a column of signed shares of an error; not all effects have it."""
    ends = ("share_low", "share_high")
    return Column(NUMBER, "%", meaning, "signed", 1, ends, optional=True)


def size(meaning: str) -> Column:
    """Return a column of sizes in percentage points, which not all rows have."""
    return Column(NUMBER, "points", meaning, "plain", 2, optional=True)


def rows(meaning: str) -> Column:
    """Return a column of counts of rows."""
    return Column(COUNT, "rows", meaning, "plain")


def place(*names: str) -> dict[str, Column]:
    """Return columns that name a cell of the study."""
    return {name: CELL_COLUMNS[name] for name in names}


ASKED = {
    "hypothesis": Column(WORD, "", "name of the hypothesis"),
    "dataset": Column(WORD, "", "data set on which it is asked"),
    "protocol": Column(WORD, "", "where it is asked; a-b: effect on a less effect on b"),
    "initializer": Column(WORD, "", "initializer, or both where the hypothesis compares them"),
}
INTERVAL = {
    "difference": points("mean of a minus b", interval=ENDS),
    "low": points("lower end of its interval", interval=ENDS),
    "high": points("upper end of its interval", interval=ENDS),
}
