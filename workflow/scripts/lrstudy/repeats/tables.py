"""What each run of the study found, as tables (`tables.repeats`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from paperledger.claims.quoted import row_id

from lrstudy.repeats.judge import THIS, Sentences, failures
from lrstudy.repeats.record import Values
from lrstudy.tables.repeats import VERDICTS
from lrstudy.tables.results import EFFECTS

_ENDS = ("difference", "low", "high")
_BOUNDED = (*_ENDS, "mean")
"""What the interval of a row is of; of its other numbers, a spread say, it says nothing."""
_SIGNS = {"<": -1.0, "<=": -1.0, ">": 1.0, ">=": 1.0}


def effects_by_run(
    effects: pd.DataFrame, runs: Mapping[int, Values], home: Mapping[str, Any]
) -> pd.DataFrame:
    """Look every effect of this build up in every run (see `tables.repeats.BY_RUN`).

    ``runs`` maps a run, 0 for this build, to the values of its claims; ``home`` is as
    `quoted.row_id` takes it. What a run lacks is left out.
    """
    key = list(EFFECTS.key)
    named = [(row_id(EFFECTS, row, home), row) for row in effects[key].to_dict("records")]
    rows = [
        {"run": run, **row, **{end: values[f"{name}.{end}"] for end in _ENDS}}
        for run, values in runs.items()
        for name, row in named
        if f"{name}.low" in values
    ]
    return pd.DataFrame(rows)


def verdicts_by_run(
    sentences: Sentences, places: Mapping[str, list[str]], runs: Mapping[int, Values]
) -> pd.DataFrame:
    """Ask every sentence of every run, 0 for this build (see `tables.repeats.VERDICTS`).

    Raises
    ------
    RepeatError
        As `judge.failures`.
    """
    failed = failures(sentences, runs[0], {run: values for run, values in runs.items() if run})
    rows = []
    for run, values in runs.items():
        for name, conditions in sentences.items():
            margins = [m for condition in conditions for m in _margin(condition, values)]
            rows.append(
                {
                    "run": run,
                    "sentence": name,
                    "place": ", ".join(places.get(name, [])),
                    "holds": (f"repeat {run}" if run else THIS) not in failed[name],
                    "margin": min(margins, default=float("nan")),
                }
            )
    found = pd.DataFrame(rows, columns=list(VERDICTS.columns))
    # A text without sentences has no rows that would tell the types.
    return found.astype({"run": "int16", "holds": bool, "margin": float})


def _margin(condition: str, values: Values) -> Iterator[float]:
    """Yield by how much a condition on a number with an interval holds, in its half-widths.

    Examples
    --------
    >>> values = {"e.high": 2.0, "e.low": 1.0}
    >>> list(_margin("e.low > 0", values)), list(_margin("e.high < 1.5", values))
    ([2.0], [-1.0])
    """
    left, operator, right = str(condition).split()
    stem, _, column = left.rpartition(".")
    ends = [values.get(f"{stem}.{end}") for end in ("low", "high")]
    bounded = column in _BOUNDED and all(isinstance(end, float) for end in ends)
    if operator not in _SIGNS or not bounded:
        return
    low, high = map(float, ends)  # type: ignore[arg-type]
    there, here = (float(values.get(side, side)) for side in (left, right))
    if high > low:
        yield 2.0 * _SIGNS[operator] * (there - here) / (high - low)
