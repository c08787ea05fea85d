"""A small study of ponds, its networks drawn at random, and repeats of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from lrstudy.repeats.moments import MOMENTS, moments_table
from lrstudy.repeats.record import values_json, write_repeat
from lrstudy.repeats.settings import settings_hash
from lrstudy.tables.runs import RUNS
from paperledger.io.tables import write_table

from tests.helpers.effects_runs import analysis

ARMS = {"constant_m00": 108.0, "constant_m09": 109.0, "time_based_m08": 109.5, "step_m09": 110.0}
BASE = 1_000_000
CONFIG: dict[str, Any] = {
    "first_replicate": BASE,
    "dataset": "ponds",
    "datasets": {"ponds": {"sha256": "0", "protocols": {"tail": {}, "resample": {}, "inner": {}}}},
    "initializers": {"g": {}, "n": {}},
    "arms": {name: {} for name in (*ARMS, "adam", "late", "one")},
    "aliases": {"baseline": "constant_m00", "time_based": "time_based_m08"},
    "parts": {
        "crossed": {"arms": ["step_m09", "constant_m00"]},
        "study": {"arms": list(ARMS)},
        "other": {"arms": ["adam"]},
        "later": {"arms": ["late"]},
        "least": {"arms": ["one"]},
    },
    "analysis": analysis() | {"baseline": "constant_m00", "confidence": 0.95},
}


def networks(arms: dict[str, float], part: str, protocol: str, n: int, **more: Any) -> pd.DataFrame:
    """Runs of one part whose arms share what is easy about a replicate."""
    rng = np.random.default_rng([n, len(part), len(protocol), more.pop("seed", 0)])
    number = BASE + np.arange(n)
    easy = rng.normal(size=n)
    frames = []
    for arm, mean in arms.items():
        right = np.clip(mean + 2 * easy + 2 * rng.normal(size=n), 1, 116).astype(np.int16)
        columns: dict[str, Any] = dict.fromkeys(RUNS.columns, 0) | {
            "part": part, "dataset": "ponds", "protocol": protocol, "initializer": "g",
            "arm": arm, "trainer": "kernel", "epochs": 50, "batch_size": 28,
            "replicate": number, "split": number if protocol == "resample" else 0,
            "n_validation": 116, "n_correct": right, "n_positive": 70,
            "n_correct_positive": right // 2, "best_n_correct": right,
            "last10_n_correct": right.astype(np.float32), "val_loss": rng.gamma(2, 0.1, n),
            "reached": "", "missed": "", "diverged": False,
        }  # fmt: skip
        frames.append(pd.DataFrame({**columns, **more}))
    return pd.concat(frames, ignore_index=True)


def study(seed: int = 0) -> pd.DataFrame:
    crossed = dict.fromkeys(CONFIG["parts"]["crossed"]["arms"], 50.0)
    frames = [
        networks(ARMS, "study", "tail", 60, seed=seed),
        networks(ARMS, "study", "resample", 40, seed=seed),
        networks({"adam": 110.0}, "other", "tail", 30, seed=seed),
        networks(crossed, "crossed", "tail", 20, seed=seed),
        networks({"late": 110.0}, "later", "tail", 60).assign(replicate=lambda r: r.replicate + 50),
        networks({"one": 110.0}, "least", "tail", 1),
    ]
    return pd.concat(frames, ignore_index=True)


def record(n: int, runs: pd.DataFrame) -> None:
    write_table(moments_table(runs), Path("moments"), MOMENTS)
    about = {
        "n": n, "base": n * 2_000_000, "of": BASE, "settings": settings_hash(CONFIG),
        "chunk_size": {},
    }  # fmt: skip
    files = {"values.json.gz": values_json({}), "moments.parquet": Path("moments").read_bytes()}
    write_repeat(Path("reference/repeats"), about, {**files, "chunks.json": b"{}"})
