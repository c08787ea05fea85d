"""Learning rates, and what the readings of one schedule do to accuracy."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lrstudy.fig_forest import LEGEND, Asked, draw_forest, forest_inches, handles, lay_out
from lrstudy.figures import COLOURS, LINES, PAGE_INCHES, SMALL, choose, place_axes

READINGS: tuple[Asked, ...] = (
    ("H6a", "tail"),
    ("H6a", "resample"),
    ("H6b", "tail"),
    ("H6b", "resample"),
    ("H6c", "tail"),
    ("H6c", "resample"),
)


def _draw_panel(axis: Axes, rates: pd.DataFrame) -> None:
    """Draw learning rate against epoch, one line a curve."""
    for i, (curve, rows) in enumerate(rates.groupby("curve", sort=False)):
        if i >= len(LINES):
            raise ValueError(f"a panel holds at most {len(LINES)} curves; one more is {curve!r}")
        axis.plot(rows["epoch"], rows["rate"], color=COLOURS[i], linestyle=LINES[i], label=curve)
    axis.set(xlabel="epochs done", xlim=(0, rates["epoch"].max()), ylim=(0, None))


def draw_rates(rates: pd.DataFrame, figure_name: str) -> Figure:
    """Draw learning rate against epoch, one panel a group of curves.

    Parameters
    ----------
    rates : DataFrame
        See `run_tables.RATES`.
    figure_name : str
        Which of its figures to draw.

    Raises
    ------
    ValueError
        The table does not hold that figure, or a panel of too many curves.
    """
    rates = choose(rates, figure=figure_name)
    panels = rates["panel"].unique()
    figure = Figure(figsize=(PAGE_INCHES, 2.0), layout="constrained")
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axis, panel in zip(axes, panels, strict=True):
        _draw_panel(axis, rates[rates["panel"] == panel])
        axis.set_title(panel)
        axis.legend(loc="upper right")
    axes[0].set_ylabel("learning rate")
    return figure


def draw_readings(
    rates: pd.DataFrame,
    effects: pd.DataFrame,
    initializers: Mapping[str, str],
    *,
    margin: float,
) -> Figure:
    """Draw the readings of one schedule: their rates, and their accuracy against Keras's reading.

    Parameters
    ----------
    rates : DataFrame
        See `run_tables.RATES`; its figure ``readings`` of one panel.
    effects : DataFrame
        See `result_tables.EFFECTS`; needs H6a, H6b and H6c on both protocols.
    initializers : mapping
        Name to label, the primary one first.
    margin : float
        Half the width of the band of equivalence (points).

    Raises
    ------
    ValueError
        An effect or the figure is missing.
    """
    rates = choose(rates, figure="readings")
    lines = lay_out(effects, READINGS)
    bottom, top = 0.4, 0.2
    height = forest_inches(lines)
    figure = Figure(figsize=(PAGE_INCHES, bottom + height + top))
    axis = place_axes(figure, (0.5, bottom, 2.5, height))
    _draw_panel(axis, rates)
    axis.set_ylabel("learning rate")
    axis.legend(loc="lower left", fontsize=SMALL, labelspacing=0.2, borderaxespad=0.2)
    forest = draw_forest(
        figure,
        effects,
        lines,
        initializers,
        margin=margin,
        left=3.15,
        right=PAGE_INCHES - 0.05,
        bottom=bottom,
        label_inches=0.9,
    )
    forest.legend(
        handles=handles(initializers), loc="lower right", bbox_to_anchor=(1, 1), ncols=2, **LEGEND
    )
    return figure
