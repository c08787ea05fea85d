"""The report's tab for a question of the reader's own: `compare`, answered by a browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from paperledger.report.page import Tab

from lrstudy.analysis.measures import MEASURES, measures_of
from lrstudy.design.arms import all_arms, hypotheses_of
from lrstudy.repeats.compare import KEPT, RANDOM
from lrstudy.repeats.embedded import groups_of
from lrstudy.statistics.stats import ROUNDING
from lrstudy.tables.results import OUTCOMES

HERE = Path(__file__).parent
FILES = ("tab.html", "tab.css", "tab_numbers.js", "tab_answer.js", "tab.js")


def outcomes(analysis: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what is said of each outcome: label, unit and decimals of a difference."""
    decimals = OUTCOMES.columns["difference"].decimals
    assert isinstance(decimals, Mapping)
    found = {}
    for name in measures_of(analysis):
        measure = MEASURES[name]
        unit = "points" if measure.unit == "%" else measure.unit
        found[name] = {"label": measure.label, "unit": unit, "decimals": decimals[unit]}
        found[name]["of_level"] = measure.of_level
    return found


def questions(
    config: Mapping[str, Any], groups: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield the hypotheses of the study that are questions of this form: arms alone, unweighted."""
    parts = {(g["protocol"], arm): g["part"] for g in groups for arm in g["arms"]}
    for name, asked in hypotheses_of(config["analysis"]).items():
        terms = [*asked["add"], *asked["subtract"]]
        if asked.get("scale", 1.0) != 1.0 or any(set(term) > {"arm"} for term in terms):
            continue
        places = []
        for protocol in asked["protocols"]:
            trained = {parts.get((protocol, term["arm"])) for term in terms}
            if None not in trained and trained <= {asked.get("part"), *config["analysis"]["parts"]}:
                places.append(protocol)
        if places and len(asked["add"]) == len(asked["subtract"]):
            a, b = (" + ".join(term["arm"] for term in asked[side]) for side in ("add", "subtract"))
            label = f"{name}: {asked['label']}"
            yield {"label": label, "a": a, "b": b, "protocols": places}


def compare_tab(
    runs: pd.DataFrame, repeats: Mapping[int, pd.DataFrame], config: Mapping[str, Any]
) -> Tab:
    """Make the tab of this run's networks and of the moments of each repeat that counts.

    Raises
    ------
    CompareError
        The arms of a part have other replicates than one another.
    """
    analysis, groups = config["analysis"], groups_of(runs, repeats, config)
    protocols, known = list(config["datasets"][config["dataset"]]["protocols"]), outcomes(analysis)
    data = {
        "dataset": config["dataset"],
        "protocols": protocols,
        "called": RANDOM,
        "initializers": list(config["initializers"]),
        "outcomes": known,
        "defaults": {
            "a": "",
            "b": "",
            "protocol": protocols[0],
            "initializer": analysis["initializer"],
            "outcome": next(iter(known)),
        },
        "arms": {name: arm.get("label", "") for name, arm in all_arms(config).items()},
        "aliases": config.get("aliases", {}),
        "confidence": analysis["confidence"],
        "rounding": ROUNDING,
        "repeats": list(repeats),
        "kept": {name: kept for name, (kept, _) in KEPT.items()},
        "questions": list(questions(config, groups)),
        "groups": groups,
    }
    html, css, *scripts = ((HERE / name).read_text(encoding="utf-8") for name in FILES)
    return Tab("compare", "Compare", html, css, "".join(scripts), data)
