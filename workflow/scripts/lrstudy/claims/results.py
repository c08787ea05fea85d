"""What the paper says of whole tables: counts, extremes and shares that no single row holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from paperledger.claims.claim import Claim, Claims
from paperledger.claims.gather import found_by

from lrstudy.analysis.tuning import ALL


@found_by("fit_references", "results/references.parquet")
def reference_claims(references: pd.DataFrame) -> Claims:
    """Quote the reference classifiers: reference.<protocol>.<classifier>, mean over splits."""
    share = 100.0 * references["n_correct"] / references["n_validation"]
    means = share.groupby([references["protocol"], references["classifier"]], sort=False).mean()
    return {
        f"reference.{protocol}.{classifier}": Claim(float(value), "%", 2)
        for (protocol, classifier), value in means.items()
    }


@found_by("analyse_runs", "results/grid.parquet")
def grid_claims(grid: pd.DataFrame) -> Claims:
    """Quote the grid's extremes: grid.<protocol>.<initializer>."""
    claims: Claims = {}
    for (protocol, initializer), points in grid.groupby(["protocol", "initializer"], sort=False):
        name = f"grid.{protocol}.{initializer}"
        claims[f"{name}.replicates"] = Claim(int(points["n"].min()), "networks")
        claims[f"{name}.lowest"] = Claim(float(points["mean"].min()), "%", 2)
        claims[f"{name}.highest"] = Claim(float(points["mean"].max()), "%", 2)
        claims[f"{name}.diverged"] = Claim(int(points["n_diverged"].sum()), "networks")
    return claims


@found_by("analyse_runs", "results/tuned.parquet")
def tuned_claims(tuned: pd.DataFrame) -> Claims:
    """Say how far the tuned schedules lie apart: tuned.<initializer>."""
    claims: Claims = {}
    for initializer, rows in tuned[tuned["schedule"] != ALL].groupby("initializer", sort=False):
        name = f"tuned.{initializer}"
        claims[f"{name}.spread"] = Claim(float(np.ptp(rows["mean"])), "points", 2)
        claims[f"{name}.lowest"] = Claim(float(rows["mean"].min()), "%", 2)
        claims[f"{name}.highest"] = Claim(float(rows["mean"].max()), "%", 2)
    return claims


@found_by("analyse_runs", "results/effects.parquet")
def tuning_claims(effects: pd.DataFrame, analysis: Mapping[str, Any]) -> Claims:
    """Count the tuned schedules that beat the tuned reference: tuned.<initializer>."""
    claims: Claims = {}
    if "tuning" not in analysis:
        return claims
    # One schedule each: T.cosine, and neither the best of all nor a leak.
    name = re.escape(analysis["tuning"]["hypothesis"])
    asked = effects["hypothesis"].str.fullmatch(rf"{name}\.(?!{ALL}$)\w+")
    for initializer, rows in effects[asked].groupby("initializer", sort=False):
        name = f"tuned.{initializer}"
        claims["tuned.others"] = Claim(len(rows))
        claims[f"{name}.better"] = Claim(int((rows["direction"] == "higher").sum()))
        claims[f"{name}.worse"] = Claim(int((rows["direction"] == "lower").sum()))
        claims[f"{name}.equivalent"] = Claim(int(rows["equivalent"].sum()))
    return claims


@found_by("analyse_runs", "results/returns.parquet")
def returns_claims(returns: pd.DataFrame) -> Claims:
    """Count the rows of the tail that decide: never missed, often missed, and the mean misses."""
    claims: Claims = {}
    for initializer, rows in returns.groupby("initializer", sort=False):
        worst = rows.groupby("row")["missed"].max()
        name = f"returns.{initializer}"
        claims[f"{name}.never"] = Claim(int((worst == 0).sum()), "rows")
        claims[f"{name}.rarely"] = Claim(int((worst < 0.01).sum()), "rows")
        claims[f"{name}.sometimes"] = Claim(int((worst >= 0.01).sum()), "rows")
        for arm, own in rows.groupby("arm", sort=False):
            claims[f"{name}.{arm}.often"] = Claim(int((own["missed"] > 0.5).sum()), "rows")
            claims[f"{name}.{arm}.mean"] = Claim(float(own["missed"].sum()), "rows", 2)
    return claims


@found_by("analyse_runs", "results/effects.parquet")
def headline_claims(effects: pd.DataFrame, settings: Mapping[str, Any]) -> Claims:
    """Take the headline contrast apart into momentum and schedule, as shares and as rows.

    Without the tutorial's counts there is no headline.
    """
    claims: Claims = {}
    if "tutorial" not in settings["analysis"]:
        return claims
    tutorial = settings["analysis"]["tutorial"]
    claimed = 100.0 * (tutorial["schedule_correct"] - tutorial["baseline_correct"])
    claimed /= tutorial["n_validation"]
    tail = effects[(effects["protocol"] == "tail") & (effects["dataset"] == settings["dataset"])]
    for initializer, rows in tail.groupby("initializer", sort=False):
        found = rows.set_index("hypothesis")["difference"]
        if not {"H1", "H2a", "H3"} <= set(found.index):
            continue
        whole = found["H1"]
        name = f"headline.{initializer}"
        claims[f"{name}.of.claim"] = Claim(100.0 * whole / claimed, "%", 0)
        for part, hypothesis in (("momentum", "H3"), ("schedule", "H2a")):
            share = 100.0 * found[hypothesis] / whole if whole else 0.0
            claims[f"{name}.{part}.share"] = Claim(share, "%", 0)
            claims[f"{name}.{part}.rows"] = Claim(
                found[hypothesis] * tutorial["n_validation"] / 100, "rows", 1
            )
    return claims


@found_by("analyse_runs", "results/returns.parquet")
def decisive_claims(returns: pd.DataFrame) -> Claims:
    """Name the rows of the tail on which the two arms of the headline differ most."""
    claims: Claims = {}
    for initializer, rows in returns.groupby("initializer", sort=False):
        missed = rows.pivot(index="row", columns="arm", values="missed")
        if not {"baseline", "time_based"} <= set(missed):
            continue
        gain = (missed["baseline"] - missed["time_based"]).sort_values(ascending=False)
        top = int(gain.index[0])
        total = float(gain.sum())
        name = f"returns.{initializer}.top"
        claims[f"{name}.row"] = Claim(top)
        claims[f"{name}.share"] = Claim(100.0 * gain.iloc[0] / total if total else 0.0, "%", 0)
        for arm in missed:
            claims[f"{name}.{arm}"] = Claim(100.0 * float(missed.loc[top, arm]), "%", 0)
        claims[f"{name}.five.share"] = Claim(
            100.0 * float(gain.iloc[:5].sum()) / total if total else 0.0, "%", 0
        )
    return claims


@found_by("analyse_runs", "results/effects.parquet")
def across_claims(effects: pd.DataFrame, settings: Mapping[str, Any]) -> Claims:
    """Count the data sets on which a part finds what it asks: <part>.<hypothesis>.<initializer>.

    Only hypotheses whose part names data sets are counted.
    """
    claims: Claims = {}
    for (hypothesis, initializer), rows in effects.groupby(
        ["hypothesis", "initializer"], sort=False
    ):
        part = settings["analysis"]["hypotheses"].get(hypothesis, {}).get("part")
        if "datasets" not in settings["parts"].get(part, {}):
            continue
        name = f"{part}.{hypothesis}.{initializer}"
        for direction in ("higher", "lower", "unclear"):
            claims[f"{name}.{direction}"] = Claim(int((rows["direction"] == direction).sum()))
        claims[f"{name}.equivalent"] = Claim(int(rows["equivalent"].sum()))
    return claims
