"""The tables of results as claims: what they are called in the paper and how they are rounded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lrstudy.claims import Claim, Claims


def arm_claims(arms: pd.DataFrame) -> Claims:
    """Quote the arms table: arm.<protocol>.<initializer>.<arm>.<statistic>.

    Parameters
    ----------
    arms : DataFrame
        See `result_tables.ARMS`.
    """
    claims: Claims = {}
    for row in arms.to_dict("records"):
        name = f"arm.{row['protocol']}.{row['initializer']}.{row['arm']}"
        claims[f"{name}.n"] = Claim(row["n"], "networks")
        claims[f"{name}.diverged"] = Claim(row["n_diverged"], "networks")
        for statistic in ("mean", "low", "high", "sd", "iqm", "minimum", "median", "maximum"):
            claims[f"{name}.{statistic}"] = Claim(row[statistic], "%", 2)
        for statistic in ("balanced", "last10", "best"):
            claims[f"{name}.{statistic}"] = Claim(row[statistic], "%", 2)
        claims[f"{name}.reach"] = Claim(row["reach"], "%", 1)
        claims[f"{name}.log_loss"] = Claim(row["log_loss"], "nat/row", 3)
    return claims


def effect_claims(effects: pd.DataFrame) -> Claims:
    """Quote the effects: effect.<hypothesis>.<protocol>.<initializer>.<statistic>.

    Parameters
    ----------
    effects : DataFrame
        See `result_tables.EFFECTS`.
    """
    claims: Claims = {}
    for row in effects.to_dict("records"):
        name = f"effect.{row['hypothesis']}.{row['protocol']}.{row['initializer']}"
        claims[f"{name}.n"] = Claim(row["n"], "pairs")
        claims[f"{name}.clusters"] = Claim(row["clusters"])
        claims[f"{name}.ties"] = Claim(100.0 * row["ties"] / row["n"], "%", 0)
        for statistic in ("difference", "low", "high", "tost_low", "tost_high"):
            claims[f"{name}.{statistic}"] = Claim(row[statistic], "points", 2, "signed")
        for statistic in ("p", "p_adjusted", "tost_p"):
            claims[f"{name}.{statistic}"] = Claim(row[statistic], "", None, "p")
        claims[f"{name}.superiority"] = Claim(row["superiority"], "", 2)
        claims[f"{name}.equivalent"] = Claim("yes" if row["equivalent"] else "no")
        claims[f"{name}.direction"] = Claim(row["direction"])
    return claims


def outcome_claims(outcomes: pd.DataFrame) -> Claims:
    """Quote other outcomes: outcome.<hypothesis>.<protocol>.<initializer>.<outcome>.<statistic>.

    Parameters
    ----------
    outcomes : DataFrame
        See `result_tables.OUTCOMES`.
    """
    claims: Claims = {}
    for row in outcomes.to_dict("records"):
        name = (
            f"outcome.{row['hypothesis']}.{row['protocol']}.{row['initializer']}.{row['outcome']}"
        )
        decimals = 2 if row["unit"] == "points" else 3
        for statistic in ("difference", "low", "high"):
            claims[f"{name}.{statistic}"] = Claim(row[statistic], row["unit"], decimals, "signed")
        claims[f"{name}.p"] = Claim(row["p"], "", None, "p")
    return claims


def sensitivity_claims(table: pd.DataFrame) -> Claims:
    """Quote second opinions: sensitivity.<hypothesis>.<protocol>.<initializer>.<method>.<...>.

    The mixed model's variances become standard deviations.

    Parameters
    ----------
    table : DataFrame
        See `result_tables.SENSITIVITY`; variances in points squared.
    """
    claims: Claims = {}
    for row in table.to_dict("records"):
        name = ".".join(
            row[key] for key in ("hypothesis", "protocol", "initializer", "method", "statistic")
        )
        if row["statistic"] == "p":
            claim = Claim(row["value"], "", None, "p")
        elif row["statistic"] in ("split", "split_arm", "pair", "residual"):
            claim = Claim(float(np.sqrt(row["value"])), "points", 2)
        else:
            signed = row["statistic"] in ("difference", "low", "high")
            claim = Claim(row["value"], "points", 2, "signed" if signed else "plain")
        claims[f"sensitivity.{name}"] = claim
    return claims


def component_claims(components: pd.DataFrame) -> Claims:
    """Quote variance components: component.<protocol>.<initializer>.<arm>.<source>.<statistic>.

    Parameters
    ----------
    components : DataFrame
        See `result_tables.COMPONENTS`; variances in points squared.
    """
    claims: Claims = {}
    for row in components.to_dict("records"):
        name = ".".join(row[key] for key in ("protocol", "initializer", "arm", "source"))
        claims[f"component.{name}.share"] = Claim(100.0 * row["share"], "%", 0)
        for statistic in ("variance", "low", "high"):
            shown = "sd" if statistic == "variance" else f"sd.{statistic}"
            claims[f"component.{name}.{shown}"] = Claim(
                float(np.sqrt(max(row[statistic], 0.0))), "points", 2
            )
    return claims


def reference_claims(references: pd.DataFrame) -> Claims:
    """Quote the reference classifiers: reference.<protocol>.<classifier>, mean over splits.

    Parameters
    ----------
    references : DataFrame
        See `result_tables.REFERENCES`.
    """
    share = 100.0 * references["n_correct"] / references["n_validation"]
    means = share.groupby([references["protocol"], references["classifier"]], sort=False).mean()
    return {
        f"reference.{protocol}.{classifier}": Claim(float(value), "%", 2)
        for (protocol, classifier), value in means.items()
    }


def grid_claims(
    grid: pd.DataFrame, tuned: pd.DataFrame, effects: pd.DataFrame, config: Mapping[str, Any]
) -> Claims:
    """Quote the grid's size and extremes, and each schedule at its best.

    Parameters
    ----------
    grid, tuned, effects : DataFrame
        See `result_tables.GRID`, `result_tables.TUNED` and `result_tables.EFFECTS`.
    config : mapping
        ``grid`` and ``analysis`` of the configuration.
    """
    claims: Claims = {}
    question = config["analysis"]["tuning"]["hypothesis"]
    settings = config["grid"]
    claims["grid.schedules"] = Claim(len(settings["schedules"]))
    claims["grid.rates"] = Claim(len(settings["initial_rates"]))
    claims["grid.momenta"] = Claim(len(settings["momenta"]))
    claims["grid.selection"] = Claim(config["analysis"]["tuning"]["selection_replicates"])
    for (protocol, initializer), points in grid.groupby(["protocol", "initializer"], sort=False):
        name = f"grid.{protocol}.{initializer}"
        claims[f"{name}.replicates"] = Claim(int(points["n"].min()), "networks")
        claims[f"{name}.lowest"] = Claim(float(points["mean"].min()), "%", 2)
        claims[f"{name}.highest"] = Claim(float(points["mean"].max()), "%", 2)
        claims[f"{name}.diverged"] = Claim(int(points["n_diverged"].sum()), "networks")
        reference = config["analysis"]["tuning"]["reference"]
        for point in points[points["schedule"] == reference].to_dict("records"):
            cell = f"{reference}.{point['initial_rate']:g}.{point['momentum']:g}"
            claims[f"{name}.{cell}"] = Claim(point["mean"], "%", 2)
    for (protocol, initializer), rows in tuned.groupby(["protocol", "initializer"], sort=False):
        name = f"tuned.{protocol}.{initializer}"
        for row in rows.to_dict("records"):
            claims[f"{name}.{row['schedule']}.rate"] = Claim(f"{row['initial_rate']:g}")
            claims[f"{name}.{row['schedule']}.momentum"] = Claim(f"{row['momentum']:g}")
            claims[f"{name}.{row['schedule']}.mean"] = Claim(row["mean"], "%", 2)
            claims[f"{name}.{row['schedule']}.chosen"] = Claim(row["chosen_mean"], "%", 2)
        effects_here = effects[
            effects["hypothesis"].str.startswith(f"{question}.")
            & (effects["protocol"] == protocol)
            & (effects["initializer"] == initializer)
        ]
        claims["tuned.others"] = Claim(len(effects_here))
        claims[f"{name}.better"] = Claim(int((effects_here["direction"] == "higher").sum()))
        claims[f"{name}.worse"] = Claim(int((effects_here["direction"] == "lower").sum()))
        claims[f"{name}.equivalent"] = Claim(int(effects_here["equivalent"].sum()))
        claims[f"{name}.spread"] = Claim(float(np.ptp(rows["mean"])), "points", 2)
        claims[f"{name}.lowest"] = Claim(float(rows["mean"].min()), "%", 2)
        claims[f"{name}.highest"] = Claim(float(rows["mean"].max()), "%", 2)
    return claims


def returns_claims(returns: pd.DataFrame) -> Claims:
    """Count the rows of the tail that decide: never missed, often missed, and the mean misses.

    Parameters
    ----------
    returns : DataFrame
        See `result_tables.RETURNS`.
    """
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


def headline_claims(
    returns: pd.DataFrame, effects: pd.DataFrame, tutorial: Mapping[str, int]
) -> Claims:
    """Take the headline contrast apart: into momentum and schedule, and into rows of the tail.

    Parameters
    ----------
    returns, effects : DataFrame
        See `result_tables.RETURNS` and `result_tables.EFFECTS`.
    tutorial : mapping
        ``analysis.tutorial`` of the configuration.
    """
    claims: Claims = {}
    claimed = 100.0 * (tutorial["schedule_correct"] - tutorial["baseline_correct"])
    claimed /= tutorial["n_validation"]
    found = effects.set_index(["hypothesis", "protocol", "initializer"])["difference"]
    for initializer, rows in returns.groupby("initializer", sort=False):
        whole = found["H1", "tail", initializer]
        claims[f"headline.{initializer}.of.claim"] = Claim(100.0 * whole / claimed, "%", 0)
        for part, hypothesis in (("momentum", "H3"), ("schedule", "H2a")):
            share = 100.0 * found[hypothesis, "tail", initializer] / whole if whole else 0.0
            claims[f"headline.{initializer}.{part}.share"] = Claim(share, "%", 0)
            claims[f"headline.{initializer}.{part}.rows"] = Claim(
                found[hypothesis, "tail", initializer] * tutorial["n_validation"] / 100, "rows", 1
            )
        missed = rows.pivot(index="row", columns="arm", values="missed")
        gain = (missed["baseline"] - missed["time_based"]).sort_values(ascending=False)
        top = int(gain.index[0])
        total = float(gain.sum())
        name = f"returns.{initializer}.top"
        claims[f"{name}.row"] = Claim(top)
        claims[f"{name}.share"] = Claim(100.0 * gain.iloc[0] / total if total else 0.0, "%", 0)
        for arm in ("baseline", "constant_m08", "time_based", "step"):
            claims[f"{name}.{arm}"] = Claim(100.0 * float(missed.loc[top, arm]), "%", 0)
        claims[f"{name}.five.share"] = Claim(
            100.0 * float(gain.iloc[:5].sum()) / total if total else 0.0, "%", 0
        )
    return claims


def elsewhere_claims(arms: pd.DataFrame, effects: pd.DataFrame) -> Claims:
    """Quote both tables: set.<data set>..., elsewhere.<data set>.<contrast>..., and counts.

    Parameters
    ----------
    arms : DataFrame
        See `result_tables.ELSEWHERE_ARMS`.
    effects : DataFrame
        See `result_tables.ELSEWHERE_EFFECTS`.

    Returns
    -------
    dict
        Claim by name.
    """
    claims: Claims = {"set.networks": Claim(int(arms["n"].sum()), "networks")}
    claims["set.diverged"] = Claim(int(arms["n_diverged"].sum()), "networks")
    for row in arms.to_dict("records"):
        name = f"set.{row['dataset']}"
        claims[f"{name}.rows"] = Claim(row["n_rows"], "rows")
        claims[f"{name}.features"] = Claim(row["n_features"])
        claims[f"{name}.majority"] = Claim(row["majority"], "%", 1)
        for statistic in ("mean", "low", "high", "sd"):
            claims[f"{name}.{row['initializer']}.{row['arm']}.{statistic}"] = Claim(
                row[statistic], "%", 2
            )
    claims["set.count"] = Claim(int(arms["dataset"].nunique()))
    for row in effects.to_dict("records"):
        name = f"elsewhere.{row['dataset']}.{row['hypothesis']}.{row['initializer']}"
        for statistic in ("difference", "low", "high"):
            claims[f"{name}.{statistic}"] = Claim(row[statistic], "points", 2, "signed")
        claims[f"{name}.p_adjusted"] = Claim(row["p_adjusted"], "", None, "p")
        claims[f"{name}.equivalent"] = Claim("yes" if row["equivalent"] else "no")
        claims[f"{name}.direction"] = Claim(row["direction"])
    for (hypothesis, initializer), rows in effects.groupby(
        ["hypothesis", "initializer"], sort=False
    ):
        name = f"elsewhere.{hypothesis}.{initializer}"
        for direction in ("higher", "lower", "unclear"):
            claims[f"{name}.{direction}"] = Claim(int((rows["direction"] == direction).sum()))
        claims[f"{name}.equivalent"] = Claim(int(rows["equivalent"].sum()))
    return claims
