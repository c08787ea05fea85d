"""A study of two arms and one hypothesis is valid, and so is one without what is optional."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from lrstudy.design.config import check_config

from tests.helpers.changes import drop

SMALL = yaml.safe_load("""
environment: warn
dataset: flowers
download: { timeout_seconds: 5, attempts: 1, max_bytes: 1000000, budget_seconds: 5 }
datasets:
  flowers:
    label: flowers
    source: package:sklearn/datasets/data/iris.csv
    sha256: f13ffa8fdd56fd8e6c8d16d4081a3fbd3114bcd0aae4256c43205169cd9d1449
    table:
      n_rows: 150
      n_features: 4
      header_lines: 1
      separator: ","
      class_column: 4
      unused_columns: []
      positive: "1"
      negative: "*"
      scale: range
    protocols: { resample: { validation_rows: 50 } }
training: { hidden_units: 4, epochs: 10, batch_size: 10 }
initializers:
  glorot: { label: Glorot, kind: glorot_uniform }
arms:
  slow: { label: slow, initial_rate: 0.1, momentum: 0, schedule: { name: constant } }
  fast: { label: fast, initial_rate: 0.5, momentum: 0, schedule: { name: constant } }
parts:
  study:
    trainer: kernel
    arms: [slow, fast]
    initializers: [glorot]
    first_replicate: 0
    protocols: { resample: { splits: 10, seeds: 2 } }
chunk_size: { kernel: 100 }
analysis:
  parts: [study]
  initializer: glorot
  arms: [slow, fast]
  confidence: 0.95
  resamples: 999
  seed: 1
  equivalence_margin: 1
  families: { primary: holm }
  hypotheses:
    H1:
      label: faster
      family: primary
      protocols: [resample]
      add: [{ arm: fast }]
      subtract: [{ arm: slow }]
paper: { date: "2026-11-25", unsupported: mark, repository: ".." }
""")


@pytest.fixture
def small() -> Any:
    return copy.deepcopy(SMALL)


def test_what_is_optional_may_be_missing(small: Any) -> None:
    study = check_config(small)
    assert study.names_of_arms() == ["slow", "fast"]


LEFT_OUT = [
    # what is left out together
    ["analysis.tuning"],
    ["analysis.tutorial"],
    ["figures"],
    ["figures.readings"],
    ["parts.crossed"],
    ["parts.framework", "agreement"],
    ["parts.framework", "agreement", "chunk_size.keras"],
    ["parts.official", "datasets.ionosphere.protocols.official", "analysis.parts.1",
     *(f"analysis.hypotheses.D{i}" for i in (4, 5, 6))],
    ["parts.elsewhere", "analysis.parts.2", *(f"analysis.hypotheses.S{i}" for i in (1, 2, 3, 4))],
]  # fmt: skip


@pytest.mark.parametrize("paths", LEFT_OUT)
def test_each_may_be_left_out_alone(config: Any, paths: list[str]) -> None:
    for path in paths:
        drop(config, path)
    check_config(config)


def test_a_study_without_its_grid_or_its_plateaus(config: Any) -> None:
    for path in ("grid", "parts.grid", "analysis.tuning"):
        drop(config, path)
    for name in ("H9a", "H9b", "H10", "D1", "D2"):
        drop(config, f"analysis.hypotheses.{name}")
    for arms in (config["parts"]["study"]["arms"], config["agreement"]["arms"]):
        arms[:] = [name for name in arms if " " not in name and "plateau" not in name]
    study = check_config(config)
    assert study.names_of_arms() == list(config["arms"])
