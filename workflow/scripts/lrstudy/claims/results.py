"""What the paper says of whole tables: counts, extremes and shares that no single row holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from paperledger.claims.claim import Claim, Claims
from paperledger.claims.gather import found_by

from lrstudy.analysis.tuning import ALL
from lrstudy.design.arms import hypotheses_of


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
def grid_claims(grid: pd.DataFrame, settings: Mapping[str, Any]) -> Claims:
    """Quote the grid's extremes and where its best cell lies: grid.<protocol>.<initializer>.

    The best is that of all schedules, or of the reference's alone (``<reference>.best``), by
    accuracy or by log-loss (``best_loss``). It lies at an edge where no cell beyond was trained: at
    the largest or least initial rate, or at the largest momentum.
    """
    claims: Claims = {}
    for (protocol, initializer), points in grid.groupby(["protocol", "initializer"], sort=False):
        name = f"grid.{protocol}.{initializer}"
        claims[f"{name}.replicates"] = Claim(int(points["n"].min()), "networks")
        claims[f"{name}.lowest"] = Claim(float(points["mean"].min()), "%", 2)
        claims[f"{name}.highest"] = Claim(float(points["mean"].max()), "%", 2)
        claims[f"{name}.diverged"] = Claim(int(points["n_diverged"].sum()), "networks")
        reference = settings["analysis"]["tuning"]["reference"]
        own = points[points["schedule"] == reference]
        for words, rows in ((name, points), (f"{name}.{reference}", own)):
            claims |= _best(f"{words}.best", rows, rows["mean"].idxmax(), settings)
            claims |= _best(f"{words}.best_loss", rows, rows["log_loss"].idxmin(), settings)
        shares = _knob(own)
        for measure, share in shares.items():
            claims[f"{name}.knob.{measure}"] = Claim(share, "%", 0)
    return claims


def _best(name: str, rows: pd.DataFrame, index: Any, settings: Mapping[str, Any]) -> Claims:
    best, rates = rows.loc[index], rows["initial_rate"]
    extremes = {float(rates.min()), float(rates.max())}
    at_edge = best["initial_rate"] in extremes or best["momentum"] == rows["momentum"].max()
    label = settings["grid"]["schedules"][best["schedule"]]["label"]
    effective = best["initial_rate"] / (1 - best["momentum"])
    return {
        f"{name}.schedule": Claim(label),
        f"{name}.rate": Claim(float(best["initial_rate"]), "", None, "short"),
        f"{name}.momentum": Claim(float(best["momentum"]), "", None, "short"),
        f"{name}.effective": Claim(float(effective), "", 2),
        f"{name}.place": Claim("edge" if at_edge else "inside"),
        f"{name}.mean": Claim(float(best["mean"]), "%", 2),
        f"{name}.log_loss": Claim(float(best["log_loss"]), "nat/row", 3),
    }


def _knob(cells: pd.DataFrame) -> dict[str, float]:
    """Return the shares of the variance between cells that their effective rate explains (%).

    Taken are cells whose effective rate, initial rate / (1 - momentum), others have as well: those
    of one effective rate differ in how rate and momentum make it up.
    """
    effective = (cells["initial_rate"] / (1 - cells["momentum"])).round(6)
    shared = cells[effective.map(effective.value_counts()) > 1]
    groups = shared.groupby(effective.loc[shared.index])
    found = {}
    for measure in ("mean", "log_loss"):
        whole = float(((shared[measure] - shared[measure].mean()) ** 2).sum())
        within = float(((shared[measure] - groups[measure].transform("mean")) ** 2).sum())
        found[measure] = 100.0 * (1 - within / whole) if whole else 0.0
    return found


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
    """Count the tuned schedules that beat the tuned reference: tuned.<initializer>.

    And say how large the leak is: what is gained by tuning on the reported rows.
    """
    claims: Claims = {}
    if "tuning" not in analysis:
        return claims
    name = analysis["tuning"]["hypothesis"]
    asked = effects[effects["hypothesis"].str.startswith(f"{name}.")]
    leak = asked["hypothesis"].str.endswith(".leak")
    single = ~leak & (asked["hypothesis"] != f"{name}.{ALL}")
    for initializer in asked["initializer"].unique():
        rows = asked[single & (asked["initializer"] == initializer)]
        leaks = asked[leak & (asked["initializer"] == initializer)]
        stem = f"tuned.{initializer}"
        claims["tuned.others"] = Claim(len(rows))
        claims[f"{stem}.better"] = Claim(int((rows["direction"] == "higher").sum()))
        claims[f"{stem}.worse"] = Claim(int((rows["direction"] == "lower").sum()))
        claims[f"{stem}.equivalent"] = Claim(int(rows["equivalent"].sum()))
        claims[f"{stem}.largest"] = Claim(float(rows["difference"].max()), "points", 2, "signed")
        claims[f"{stem}.smallest"] = Claim(float(rows["difference"].min()), "points", 2, "signed")
        claims[f"{stem}.leak.smallest"] = Claim(float(leaks["difference"].min()), "points", 2)
        claims[f"{stem}.leak.largest"] = Claim(float(leaks["difference"].max()), "points", 2)
    return claims


@found_by("analyse_runs", "results/crossings.parquet")
def crossed_claims(crossings: pd.DataFrame, settings: Mapping[str, Any]) -> Claims:
    """Say in which epoch the mean curves cross, or "none": crossed.<protocol>.<initializer>.<arm>.

    For the text: on other data a curve may stay below the level, and an epoch that is missing is no
    claim of the table.
    """
    own = crossings[crossings["dataset"] == settings["dataset"]]
    places = zip(own["protocol"], own["initializer"], own["arm"], own["epoch"], strict=True)
    return {
        f"crossed.{'.'.join(place)}": Claim("none")
        if np.isnan(epoch)
        else Claim(int(epoch), "epoch")
        for *place, epoch in places
    }


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


RECIPES = {
    "time": ("H", "time_based_m08", "constant_m08"),
    "step": ("S", "step_m09", "constant_m09"),
}
"""The tutorial's recipes: their letter among the hypotheses, their arm, and its control."""


@found_by("analyse_runs", "results/effects.parquet")
def headline_claims(effects: pd.DataFrame, settings: Mapping[str, Any]) -> Claims:
    """Take each recipe's gain apart, as shares and as rows.

    recipe.<recipe>.<protocol>.<initializer>: momentum's and schedule's shares are those of each
    order, and of both orders' average. Without the tutorial's counts there is no claim to compare
    with.
    """
    claims: Claims = {}
    tutorial = settings["analysis"].get("tutorial")
    own = effects[effects["dataset"] == settings["dataset"]]
    for (protocol, initializer), rows in own.groupby(["protocol", "initializer"], sort=False):
        found = rows.set_index("hypothesis")["difference"]
        for recipe, (letter, *_) in RECIPES.items():
            parts = {
                "momentum.first": "2",
                "schedule.second": "3",
                "schedule.first": "4",
                "momentum.second": "5",
                "schedule": "7",
                "momentum": "8",
            }
            if not {letter + number for number in ("1", *parts.values())} <= set(found.index):
                continue
            whole, name = found[f"{letter}1"], f"recipe.{recipe}.{protocol}.{initializer}"
            for part, number in parts.items():
                share = 100.0 * found[letter + number] / whole if whole else 0.0
                claims[f"{name}.{part}.share"] = Claim(share, "%", 0)
            if tutorial and protocol == "tail":
                n = tutorial["n_validation"]
                gain = 100.0 * (tutorial["schedule_correct"] - tutorial["baseline_correct"]) / n
                claims[f"{name}.of.claim"] = Claim(100.0 * whole / gain, "%", 0)
                claims[f"{name}.rows"] = Claim(whole * n / 100, "rows", 1)
                rows_of_schedule = found[f"{letter}3"] * n / 100
                claims[f"{name}.schedule.rows"] = Claim(rows_of_schedule, "rows", 1)
    return claims


@found_by("analyse_runs", "results/returns.parquet")
def decisive_claims(returns: pd.DataFrame, analysis: Mapping[str, Any]) -> Claims:
    """Name the rows of the tail on which a recipe and the baseline differ most.

    returns.<initializer>.<recipe>.top
    """
    claims: Claims = {}
    baseline = analysis["baseline"]
    for initializer, rows in returns.groupby("initializer", sort=False):
        missed = rows.pivot(index="row", columns="arm", values="missed")
        for recipe, (_, arm, control) in RECIPES.items():
            if not {baseline, arm, control} <= set(missed):
                continue
            gain = (missed[baseline] - missed[arm]).sort_values(ascending=False)
            top, total = int(gain.index[0]), float(gain.sum())
            name = f"returns.{initializer}.{recipe}.top"
            claims[f"{name}.row"] = Claim(top)
            for n, words in ((1, "share"), (5, "five.share")):
                share = 100.0 * float(gain.iloc[:n].sum()) / total if total else 0.0
                claims[f"{name}.{words}"] = Claim(share, "%", 0)
            for shown in (baseline, arm, control):
                claims[f"{name}.{shown}"] = Claim(100.0 * float(missed.loc[top, shown]), "%", 0)
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
        part = hypotheses_of(settings["analysis"]).get(hypothesis, {}).get("part")
        if "datasets" not in settings["parts"].get(part, {}):
            continue
        name = f"{part}.{hypothesis}.{initializer}"
        claims[f"{name}.smallest"] = Claim(float(rows["difference"].min()), "points", 2, "signed")
        claims[f"{name}.largest"] = Claim(float(rows["difference"].max()), "points", 2, "signed")
        for direction in ("higher", "lower", "unclear"):
            claims[f"{name}.{direction}"] = Claim(int((rows["direction"] == direction).sum()))
        claims[f"{name}.equivalent"] = Claim(int(rows["equivalent"].sum()))
    return claims
