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
    "A schedule that watches them, and the best epoch reported instead of the last; beside them "
    "what the time-based schedule itself adds. Grey: too small to matter."
)
CLAIMS = (
    "effect.H11a.tail",
    "effect.H11a.resample",
    "effect.H11b.tail",
    "effect.H11b.resample",
    "effect.H10.tail",
    "effect.H10.resample",
    "effect.D1.tail",
    "effect.D1.resample",
    "effect.H2a.tail",
    "effect.H2b.resample",
)
NEEDS = ()
PLACE = 60


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw best-epoch reporting and leakage, and below them the schedule's own effect.

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
