"""The initial rates and momenta that suit each schedule, on random splits."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from lrstudy.drawing.grid import draw_grid
from lrstudy.drawing.study import Study

TABLES = ("grid", "tuned")
QUESTION = "What do schedule, initial rate and momentum do together, on random splits?"
READING = (
    "One panel a schedule, one cell a pair of initial rate and momentum; brighter is more "
    "accurate. Squares are arms of the study, circles the cells that tuning chose."
)
CLAIMS = ("grid", "tuned.resample")
NEEDS = ("grid", "analysis.tuning.protocols.resample")
PLACE = 70


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw the grid (`draw_grid`)."""
    return draw_grid(tables, study, "resample")
