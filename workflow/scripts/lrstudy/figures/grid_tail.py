"""The initial rates and momenta that suit each schedule, on the tutorial's split."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from lrstudy.drawing.grid import draw_grid
from lrstudy.drawing.study import Study

TABLES = ("grid", "tuned")
QUESTION = "What do schedule, initial rate and momentum do together, on the tutorial's split?"
READING = (
    "One panel a schedule, one cell a pair of initial rate and momentum; brighter is more "
    "accurate. Squares are arms of the study, circles the cells that tuning chose."
)
CLAIMS = ("grid.tail", "tuned.tail")
NEEDS = ("grid", "analysis.tuning.protocols.tail")
PLACE = 110


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw the grid (`draw_grid`)."""
    return draw_grid(tables, study, "tail")
