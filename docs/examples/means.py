"""The mean accuracy of each arm, one panel a protocol: a figure."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from lrstudy.drawing.study import Study
from lrstudy.drawing.style import DARK, PAGE_INCHES, PLACES, choose

TABLES = ("arms",)
QUESTION = "How accurate is each arm on average?"
READING = "Each dot is the mean accuracy of one arm under the primary initial weights."
CLAIMS = ("arm.*.*.{arm}.mean",)
NEEDS = ()
PLACE = 90


def draw(tables: Mapping[str, pd.DataFrame], study: Study) -> Figure:
    """Draw one dot an arm, in percent."""
    figure = Figure(figsize=(PAGE_INCHES, 1.6), layout="constrained")
    axes = figure.subplots(1, len(study.protocols), sharey=True, squeeze=False)[0]
    for axis, protocol in zip(axes, study.protocols, strict=True):
        rows = choose(tables["arms"], protocol=protocol, initializer=study.primary)
        means = rows.set_index("arm")["mean"].loc[list(study.arms)]
        axis.plot(means, list(study.arms.values()), "o", color=DARK)
        axis.set(title=PLACES[protocol], xlabel="accuracy (%)")
    axes[0].invert_yaxis()
    return figure
