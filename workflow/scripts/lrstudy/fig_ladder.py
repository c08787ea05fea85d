"""From the tutorial's comparison down to the schedule alone."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from lrstudy.claims import Claim
from lrstudy.fig_forest import Asked, forest_page, lay_out
from lrstudy.figures import GREY, SMALL

LADDER: tuple[Asked, ...] = (
    ("H1", "tail"),
    ("D4", "resample"),
    ("D4", "official"),
    ("H3", "tail"),
    ("D6", "resample"),
    ("D6", "official"),
    ("H2a", "tail"),
    ("H2b", "resample"),
    ("D5", "official"),
    ("H4", "tail"),
    ("H5", "tail-resample"),
)
BEYOND_THE_PLAN = tuple(asked for asked in LADDER if asked[0].startswith("D"))


def draw_ladder(
    effects: pd.DataFrame,
    initializers: Mapping[str, str],
    *,
    margin: float,
    tutorial: Mapping[str, int],
) -> Figure:
    """Draw the headline contrast and its parts: momentum, schedule, interaction, split.

    Parameters
    ----------
    effects : DataFrame
        See `result_tables.EFFECTS`; needs the primary family for all initializers, and shows those
        beyond the plan that are there.
    initializers : mapping
        Name to label, the primary one first.
    margin : float
        Half the width of the band of equivalence (points).
    tutorial : mapping
        Counts behind the gain that the tutorial reports.

    Raises
    ------
    ValueError
        An effect is missing.
    """
    lines = lay_out(effects, LADDER, BEYOND_THE_PLAN)
    gain = tutorial["schedule_correct"] - tutorial["baseline_correct"]
    points = 100.0 * gain / tutorial["n_validation"]
    figure, axis = forest_page(
        effects, lines, initializers, margin=margin, label_inches=1.25, reach=points
    )
    axis.axvline(points, color=GREY, linewidth=0.9, linestyle="--", zorder=1)
    axis.annotate(
        f"tutorial {Claim(points, 'points', 2, 'signed').text}",
        (points, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(2, 3),
        textcoords="offset points",
        ha="right",
        fontsize=SMALL,
        color=GREY,
    )
    return figure
