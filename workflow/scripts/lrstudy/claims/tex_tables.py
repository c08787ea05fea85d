r"""Rows of the paper's long tables; every number in them is a ``\claim`` of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lrstudy.analysis.pairing import BOTH
from lrstudy.analysis.tuning import PROTOCOL

PLACES = {
    "tail": "tail",
    "resample": "random",
    "official": "official",
    "tail-resample": "difference",
}
_HEAD = "% Written by the workflow; numbers stand in results/claims.json.\n"


def _estimate(name: str) -> str:
    interval = rf"[\claim{{{name}.low}}, \claim{{{name}.high}}]"
    equal = rf"\claim{{{name}.equivalent}}"
    return rf"\claim{{{name}.difference}} {interval} & \claim{{{name}.p_adjusted}} & {equal}"


def hypotheses_tex(
    effects: pd.DataFrame, initializers: Sequence[str], families: Mapping[str, str]
) -> str:
    """Write one row a hypothesis and protocol, initializers side by side, families apart.

    The effects are of the study's own data. Each initializer has three columns: estimate and
    interval, adjusted p, equivalent or not. Families stand in the order given.
    """
    lines, width = [], 4 + 3 * len(initializers)
    for family in families:
        rows = effects[effects["family"] == family]
        if rows.empty:
            continue
        lines.append(rf"\midrule\multicolumn{{{width}}}{{l}}{{\emph{{{family}}}}}\\")
        for hypothesis, asked in rows.groupby("hypothesis", sort=False):
            shown = [str(hypothesis).split(".")[0], asked["label"].iloc[0]]
            for protocol, group in asked.groupby("protocol", sort=False):
                name = f"effect.{hypothesis}.{protocol}"
                found = list(group["initializer"])
                cells = [
                    _estimate(f"{name}.{i}") if i in found else "--- & --- & ---"
                    for i in initializers
                ]
                if found == [BOTH]:
                    rest = " & & &" * (len(initializers) - 1)
                    cells = [_estimate(f"{name}.{BOTH}") + rest]
                count = rf"\claim{{{name}.{found[0]}.n}}"
                lines.append(" & ".join([*shown, PLACES[str(protocol)], count, *cells]) + r" \\")
                shown = ["", ""]
    return _HEAD + "\n".join(lines) + "\n"


def tuned_tex(tuned: pd.DataFrame, grid: Mapping[str, Any], analysis: Mapping[str, Any]) -> str:
    """Write one row a schedule: the rate and momentum chosen most often, and what tuning scores."""
    initializer = tuned["initializer"].iloc[0]
    lines = []
    for schedule, setting in grid["schedules"].items():
        name = f"tuned.{initializer}.{schedule}"
        parts = ("initial_rate", "momentum", "cell_splits", "mean")
        cells = [setting["label"], *(rf"\claim{{{name}.{part}}}" for part in parts)]
        effect = f"effect.{analysis['tuning']['hypothesis']}.{schedule}.{PROTOCOL}.{initializer}"
        cells.append(
            "---"
            if schedule == analysis["tuning"]["reference"]
            else rf"\claim{{{effect}.difference}} [\claim{{{effect}.low}}, \claim{{{effect}.high}}]"
        )
        lines.append(" & ".join(cells) + r" \\")
    return _HEAD + "\n".join(lines) + "\n"
