"""What this build and its repeats found, run by run: columns, types and meaning in one place."""

from __future__ import annotations

import pyarrow as pa
from paperledger.io.tables import Column, Contract

from lrstudy.tables import results
from lrstudy.tables.runs import NUMBER, WORD

_RUN = {"run": Column(pa.int16(), "", "number of the repeat; 0 is this build")}
_ENDS = ("difference", "low", "high")

BY_RUN = Contract(
    "by_run",
    ("run", *results.EFFECTS.key),
    {**_RUN, **{name: results.EFFECTS.columns[name] for name in (*results.EFFECTS.key, *_ENDS)}},
    rule="write_claims",
    caption="Every effect in every run of the whole study: this build, and its repeats from other "
    "seeds.",
)

VERDICTS = Contract(
    "verdicts",
    ("run", "sentence"),
    {
        **_RUN,
        "sentence": Column(WORD, "", "name of a sentence of the paper that draws a conclusion"),
        "place": Column(WORD, "", "where it stands: abstract, tips or text"),
        "holds": Column(pa.bool_(), "", "all its conditions hold in this run"),
        "margin": Column(
            NUMBER,
            "1",
            "smallest of its conditions on numbers: by how much it holds, in half-widths of the "
            "interval of the number on the left; below 0 where it does not",
            optional=True,
        ),
    },
    rule="write_claims",
    caption="Every sentence that draws a conclusion, asked of every run of the whole study.",
)
