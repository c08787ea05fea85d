"""What looking at the reported rows adds, beside what the schedule adds."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from lrstudy.drawing.forest import asked_of, forest_page, lay_out
from lrstudy.drawing.study import Study

TABLES = ("effects",)
QUESTION = "What is gained by looking at the rows that are reported?"
READING = (
    "The best epoch reported instead of the last; a rate that falls when the reported rows, inner "
    "rows or the training loss stop improving; beside them what the tutorial's schedules add. "
    "Grey: too small to matter."
)
CLAIMS = (
    "effect.B1.tail",
    "effect.B1.resample",
    "effect.B2.tail",
    "effect.B2.resample",
    "effect.B3.tail",
    "effect.B3.resample",
    "effect.P1.tail",
    "effect.P1.resample",
    "effect.P2.tail",
    "effect.P2.resample",
    "effect.P3.tail",
    "effect.P3.resample",
    "effect.P4.tail",
    "effect.P4.resample",
    "effect.P5.tail",
    "effect.P5.resample",
    "effect.P6.tail",
    "effect.P6.resample",
    "effect.H3.tail",
    "effect.H3.resample",
    "effect.S3.tail",
    "effect.S3.resample",
)
NEEDS = ()
PLACE = 60


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw best-epoch reporting and leakage, and below them what the schedules add.

    Raises
    ------
    ValueError
        An effect is missing that the study asks for.
    """
    effects = tables["effects"]
    lines = lay_out(effects, asked_of(CLAIMS, study))
    figure, _ = forest_page(
        effects, lines, study.initializers, margin=study.margin, label_inches=1.65
    )
    return figure
