"""Runs made by hand, and what is asked of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from lrstudy.analysis.effects import effects_table
from lrstudy.analysis.pairing import Asked, Cells, Pairs, pairs

GRID = {
    "initial_rates": [0.1, 0.2, 1.0],
    "momenta": [0.0, 0.9],
    "schedules": {
        name: {"label": name, "schedule": {"name": name}} for name in ("constant", "cosine", "step")
    },
}


def analysis(**hypotheses: dict[str, Any]) -> dict[str, Any]:
    return {
        "parts": ["study"],
        "initializer": "g",
        "confidence": 0.9,
        "resamples": 199,
        "seed": 7,
        "equivalence_margin": 0.5,
        "families": {
            "primary": {"method": "holm", "initializers": "each"},
            "secondary": {"method": "fdr_bh", "initializers": "each"},
            "other": {"method": "none", "initializers": "each"},
        },
        "hypotheses": hypotheses,
        "tuning": {
            "hypothesis": "T",
            "family": "secondary",
            "part": "grid",
            "inner_part": "inner",
            "reference": "constant",
        },
        "tutorial": {"n_validation": 116, "baseline_correct": 111, "schedule_correct": 115},
    }


def terms(names: str) -> list[dict[str, str]]:
    return [{"arm": name} for name in names.split(", ")]


def hypothesis(
    add: Any, subtract: Any, protocol: str = "tail", family: str = "primary", **more: Any
) -> dict[str, Any]:
    add, subtract = (terms(t) if isinstance(t, str) else t for t in (add, subtract))
    setting = {"label": "?", "family": family, "protocols": [protocol]}
    return {**setting, "add": add, "subtract": subtract, **more}


def cell(
    arm: str,
    n_correct: Any,
    *,
    part: str = "study",
    dataset: str = "own",
    protocol: str = "tail",
    initializer: str = "g",
    seeds: int = 1,
    n_validation: int = 100,
) -> pd.DataFrame:
    """Runs of one cell; on resample `seeds` of them a split."""
    number = np.arange(len(n_correct))
    columns = {
        "part": part,
        "dataset": dataset,
        "protocol": protocol,
        "initializer": initializer,
        "arm": arm,
        "replicate": 1000 + number,
        "split": 1000 + number // seeds if protocol == "resample" else 0,
        "n_validation": n_validation,
        "n_correct": np.asarray(n_correct),
        "best_n_correct": np.asarray(n_correct) + 2,
        "epochs": 50,
    }
    return pd.DataFrame(columns)


def runs(**arms: Any) -> pd.DataFrame:
    return pd.concat([cell(arm, values) for arm, values in arms.items()], ignore_index=True)


def ask(
    table: pd.DataFrame,
    setting: dict[str, Any],
    initializer: str = "g",
    references: pd.DataFrame | None = None,
    outcome: str = "accuracy",
) -> Pairs | None:
    """Pair the replicates of one hypothesis; the level of speed is that of arm z."""
    cells = Cells(table, analysis(H1=setting) | {"baseline": "z"}, "own", references)
    asked = Asked("H1", "own", setting["protocols"][0], initializer, setting)
    return pairs(cells, asked, outcome)


def found(table: pd.DataFrame, setting: dict[str, Any], **more: Any) -> Pairs:
    answer = ask(table, setting, **more)
    assert answer is not None
    return answer


def table_of(table: pd.DataFrame, **hypotheses: dict[str, Any]) -> pd.DataFrame:
    return effects_table(table, None, None, config_of(analysis(**hypotheses)))


def config_of(setting: dict[str, Any]) -> dict[str, Any]:
    return {"dataset": "own", "analysis": setting, "grid": GRID}


def both_initializers(**arms: Any) -> pd.DataFrame:
    return pd.concat([runs(**arms), runs(**arms).assign(initializer="n")], ignore_index=True)


def ones(n: int) -> np.ndarray:
    """Of six differences n are 1: the exact p is 2 ** (1 - n)."""
    return (np.arange(6) < n).astype(int)


BASE = np.array([90, 91, 95, 92, 93, 90])
