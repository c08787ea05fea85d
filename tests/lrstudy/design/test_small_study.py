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
first_replicate: 0
arms:
  slow: { label: slow, initial_rate: 0.1, momentum: 0, schedule: { name: constant } }
  fast: { label: fast, initial_rate: 0.5, momentum: 0, schedule: { name: constant } }
parts:
  study:
    trainer: kernel
    arms: [slow, fast]
    initializers: [glorot]
    protocols: { resample: { splits: 10, seeds: 2 } }
chunk_size: { kernel: 100 }
analysis:
  parts: [study]
  initializer: glorot
  baseline: slow
  arms: [slow, fast]
  confidence: 0.95
  resamples: 999
  seed: 1
  equivalence_margin: 1
  families: { primary: { method: holm, initializers: each } }
  hypotheses:
    H1:
      label: faster
      family: primary
      protocols: [resample]
      add: [{ arm: fast }]
      subtract: [{ arm: slow }]
  outcomes: [H1]
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
    [
        "parts.elsewhere",
        "analysis.parts.3",
        *(f"analysis.hypotheses.{recipe}{i}" for recipe in "XY" for i in "123"),
    ],
    ["parts.tuning", "analysis.tuning", "datasets.ionosphere.protocols.inner"],
    ["parts.ridge_normal"],
    ["aliases"],
    ["plan"],
]  # fmt: skip


@pytest.mark.parametrize("paths", LEFT_OUT)
def test_each_may_be_left_out_alone(config: Any, paths: list[str]) -> None:
    for path in paths:
        drop(config, path)
    check_config(config)


def test_a_study_without_its_grid_its_variants_or_its_plateaus(config: Any) -> None:
    parts = ("ridge", "ridge_normal", "tuning", "budget", "budget_long", "batch")
    for path in ("grid", "variants", "analysis.tuning", *(f"parts.{name}" for name in parts)):
        drop(config, path)
    hypotheses = config["analysis"]["hypotheses"]
    left = {name: asked for name, asked in hypotheses.items() if asked.get("part") not in parts}
    kept = {name: asked for name, asked in left.items() if name[0] != "P"}
    assert len(hypotheses) > len(left) > len(kept) > 50
    config["analysis"]["hypotheses"] = kept
    for arms in (config["parts"]["readings"]["arms"], config["agreement"]["arms"]):
        arms[:] = [name for name in arms if " " not in name and "plateau" not in name]
    study = check_config(config)
    assert study.names_of_arms() == list(config["arms"])


def test_a_study_without_the_donors_split(config: Any) -> None:
    for path in ("datasets.ionosphere.protocols.official", "parts.factorial.protocols.official"):
        drop(config, path)
    analysis = config["analysis"]
    for asked in analysis["hypotheses"].values():
        asked["protocols"] = [place for place in asked["protocols"] if place != "official"]
    kept = {name: asked for name, asked in analysis["hypotheses"].items() if asked["protocols"]}
    analysis["hypotheses"] = kept
    analysis["outcomes"] = [name for name in analysis["outcomes"] if name in kept]
    check_config(config)
