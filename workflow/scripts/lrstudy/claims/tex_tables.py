r"""Rows of the paper's long tables; every number in them is a ``\claim`` of the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lrstudy.analysis.pairing import BOTH

PLACES = {
    "tail": "tail",
    "resample": "random",
    "official": "official",
    "tail-resample": "difference",
}
PRIMARY = "primary"
_HEAD = "% Written by the workflow; numbers stand in results/claims.json.\n"


def _estimate(name: str) -> str:
    interval = rf"[\claim{{{name}.low}}, \claim{{{name}.high}}]"
    equal = rf"\claim{{{name}.equivalent}}"
    return rf"\claim{{{name}.difference}} {interval} & \claim{{{name}.p_adjusted}} & {equal}"


def primary_tex(effects: pd.DataFrame, initializers: Sequence[str]) -> str:
    """Write one row a primary hypothesis and protocol, initializers side by side.

    The effects are of the study's own data. Each initializer has four columns: estimate and
    interval, adjusted p, equivalent or not, and the smallest margin of equivalence.
    """
    lines = []
    rows = effects[effects["family"] == PRIMARY]
    for hypothesis, asked in rows.groupby("hypothesis", sort=False):
        shown = [str(hypothesis), asked["label"].iloc[0]]
        for protocol in asked["protocol"].unique():
            names = [f"effect.{hypothesis}.{protocol}.{i}" for i in initializers]
            cells = [rf"{_estimate(name)} & \claim{{{name}.margin}}" for name in names]
            lines.append(" & ".join([*shown, PLACES[str(protocol)], *cells]) + r" \\")
            shown = ["", ""]
    return _HEAD + "\n".join(lines) + "\n"


def hypotheses_tex(
    effects: pd.DataFrame, initializers: Sequence[str], tuned: Mapping[str, Any] | None = None
) -> str:
    """Write one row a hypothesis that is not primary and protocol, initializers side by side.

    The effects are of the study's own data. Each initializer has three columns: estimate and
    interval, adjusted p, equivalent or not. What `tuned_tex` shows of the analysis `tuned` is left
    to it.
    """
    lines = []
    rest = effects[effects["family"] != PRIMARY]
    if tuned:
        stems = rest["hypothesis"].str.split(".").str[0]
        shown = stems.eq(tuned["tuning"]["hypothesis"])
        rest = rest[~(shown & rest["initializer"].eq(tuned["initializer"]))]
    for hypothesis, asked in rest.groupby("hypothesis", sort=False):
        # What stands behind a dot, the label says.
        shown = [str(hypothesis).split(".")[0], asked["label"].iloc[0]]
        for protocol, group in asked.groupby("protocol", sort=False):
            name = f"effect.{hypothesis}.{protocol}"
            found = list(group["initializer"])
            cells = [
                _estimate(f"{name}.{i}") if i in found else "--- & --- & ---" for i in initializers
            ]
            if found == [BOTH]:
                rest_of_row = " & & &" * (len(initializers) - 1)
                cells = [_estimate(f"{name}.{BOTH}") + rest_of_row]
            lines.append(" & ".join([*shown, PLACES[str(protocol)], *cells]) + r" \\")
            shown = ["", ""]
    return _HEAD + "\n".join(lines) + "\n"


def tuned_tex(tuned: pd.DataFrame, grid: Mapping[str, Any], analysis: Mapping[str, Any]) -> str:
    """Write one row a schedule: its usual choice, what it scores honestly, and the leak.

    What it is worth against the reference tuned as well, and the leak, have an adjusted p each.
    """
    tuning = analysis["tuning"]
    own = tuned[tuned["initializer"] == analysis["initializer"]]
    names = {name: setting["label"] for name, setting in grid["schedules"].items()}
    lines = []
    for schedule in own["schedule"]:
        label = names.get(schedule, "the best of all")
        stem = f"tuned.{analysis['initializer']}.{schedule}"
        cells = [label, rf"\claim{{{stem}.initial_rate}}", rf"\claim{{{stem}.momentum}}"]
        cells += [rf"\claim{{{stem}.{part}}}" for part in ("edge", "inner_mean", "mean")]
        at_reference = schedule == tuning["reference"]
        name = f"effect.{tuning['hypothesis']}.{'reference' if at_reference else schedule}"
        place = f"resample.{analysis['initializer']}"
        for effect in (f"{name}.{place}", f"{name}.leak.{place}"):
            compared = "leak" in effect or not at_reference
            cells += _estimate(effect).split(" & ")[:2] if compared else ["---", "---"]
        lines.append(" & ".join(cells) + r" \\")
    return _HEAD + "\n".join(lines) + "\n"
