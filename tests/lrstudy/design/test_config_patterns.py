"""Texts and keys of a configuration end where their patterns do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lrstudy.design.config import check_config

from tests.helpers.changes import findings, keys, put

H1 = "analysis.hypotheses.H1"
WORDS = [
    # where a pattern holds, texts that match it
    ("folder", [".", "a", "build/quick", "A_b-c/0"]),
    ("datasets.ionosphere.sha256", ["0123456789abcdef" * 4]),
    ("parts.framework.initializers.0", ["glorot_uniform"]),
    ("analysis.initializer", ["glorot_uniform"]),
    (f"{H1}.add.0.arm", ["step_m09", "constant_m00", "svm"]),
    ("analysis.tuning.hypothesis", ["H", "H9", "H9c", "Z0a"]),
    ("agreement.arms.0", ["constant_m00", "cosine 0.1 0.9", "step_m09 budget 12"]),
    ("paper.date", ["2026-11-24"]),
    ("plan.date", ["2026-11-24"]),
    ("plan.page", ["docs/second-plan.md", "plan"]),
    ("plan.commit", ["0123456789" * 4]),
    ("aliases.step", ["step_m09"]),
    ("variants.batch_written.arms.2", ["time_based_m09"]),
]


@pytest.mark.parametrize(("path", "texts"), WORDS)
def test_a_text_ends_where_its_pattern_does(config: Any, path: str, texts: list[str]) -> None:
    """Python's $ also stands before a newline at the end; JSON Schema's does not."""
    config["agreement"]["arms"] = ["step_m09"]
    for text in texts:
        put(config, path, text)
        check_config(config)
    for text in texts:
        for wrong in (f"{text}\n", f"\n{text}", f"{text}\n{text}", f"{text}\n\n", f"{text}\r"):
            put(config, path, wrong)
            assert keys(config) == [path]


@pytest.mark.parametrize(
    "above",
    [
        "arms",
        "initializers",
        "parts",
        "grid.schedules",
        "datasets",
        "analysis.hypotheses",
        "variants",
        "aliases",
    ],
)
def test_so_does_a_key(config: Any, above: str) -> None:
    parent = config
    for name in above.split("."):
        parent = parent[name]
    key = next(iter(parent))
    parent[f"{key}\n"] = parent.pop(key)
    [(where, said)] = findings(config)
    assert where == above
    assert said.startswith(f"found {json.dumps(key)[:-1]}\\n")
