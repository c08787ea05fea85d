"""A wrong configuration stops with a message that names the key, what was found, what may be."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lrstudy.config import ConfigError, check_config, read_yaml
from lrstudy.schedules import SCHEDULES

from .changes import put


@pytest.fixture
def config(config: Any) -> Any:
    """The shipped study with parts of three arms: what is planned later breaks nothing here."""
    part = {
        "trainer": "keras",
        "arms": ["baseline", "time_based", "step"],
        "initializers": ["glorot_uniform", "normal_005"],
        "first_replicate": 1000,
        "protocols": {"tail": {"seeds": 30}, "resample": {"splits": 30, "seeds": 1}},
    }
    config["parts"] = {
        "framework": part,
        "study": copy.deepcopy(part) | {"trainer": "kernel"},
        "grid": config["parts"]["grid"],
    }
    config["analysis"].update(
        parts=["study"],
        hypotheses={
            "H1": {
                "label": "step",
                "family": "primary",
                "protocols": ["tail"],
                "add": [{"arm": "step"}],
                "subtract": [{"arm": "baseline"}],
            }
        },
    )
    return config


def message(config: Any, schema: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        check_config(config, schema)
    return str(caught.value)


def test_the_shipped_configurations_pass(_shipped: Any, quick: Any, schema: Any) -> None:
    check_config(_shipped[0], schema)
    check_config(quick, schema)
    assert quick["folder"] == "build/quick"
    assert quick["arms"] == _shipped[0]["arms"]
    assert quick["parts"] != _shipped[0]["parts"]


def test_the_reduced_study_of_these_tests_passes(config: Any, schema: Any) -> None:
    check_config(config, schema)


# --- single keys --------------------------------------------------------------

CASES = [
    # key, value, what the message says about it
    ("arms.step.schedule.name", "stair_case", ['"stair_case"', "one of constant", "one_cycle"]),
    (
        "arms.step.momentun",
        0.9,
        ["arms.step:", "'momentun'", "allowed: initial_rate, label, momentum"],
    ),
    ("arms.step.schedule.drops", 0.5, ["arms.step.schedule:", "'drops'", "drop, epochs_per_drop"]),
    ("arms.step.initial_rate", 0, ["found 0,", "> 0"]),
    ("arms.step.initial_rate", -0.1, ["found -0.1", "> 0"]),
    ("arms.step.momentum", 1, ["found 1,", "< 0.9999999"]),
    ("arms.step.momentum", 0.9999999, ["found 0.9999999,", "< 0.9999999"]),
    ("arms.step.initial_rate", 10**400, ["found 1000", "number"]),
    ("arms.step.initial_rate", 1e39, ["found 1e+39", "<= 100000"]),
    ("data.timeout_seconds", 1e300, ["found 1e+300", "<= 86400"]),
    ("data.max_bytes", 10**30, ["<= 1000000000"]),
    ("data.urls", ["http://example.org/a.zip"], ['"http://example.org/a.zip"', "https://"]),
    (
        "data.urls",
        ["http://127.0.0.1:80@example.org/"],
        ['found "http://127.0.0.1:80@', "https://"],
    ),
    ("data.urls", ["http://127.0.0.1.example.org/"], ['found "http://127.0.0.1.ex', "https://"]),
    ("data.urls", ["file:///etc/passwd"], ['found "file:', "https://"]),
    ("analysis.arms", ["baseline", "step", "time_based", "time_m0", "constant_m08"], ["at most 4"]),
    ("initializers.third", {"label": "x", "kind": "glorot_uniform"}, ["at most 2 key(s)"]),
    ("arms.step.momentum", -0.1, ["found -0.1", ">= 0"]),
    ("parts.framework.protocols.tail.seeds", 0, ["found 0,", ">= 1"]),
    ("parts.framework.protocols.resample.splits", 0, ["found 0,", ">= 1"]),
    ("protocols.tail.validation_fraction", 1, ["found 1,", "< 1"]),
    ("protocols.tail.validation_fraction", 0, ["found 0,", "> 0"]),
    ("protocols.resample.validation_rows", 351, ["found 351", "2 to 349"]),
    ("protocols.official.training_rows", 351, ["found 351", "1 to 350"]),
    ("training.batch_size", 0, ["found 0,", ">= 1"]),
    ("training.epochs", 50.0, ["found 50.0", "integer"]),
    ("training.epochs", True, ["found true", "integer"]),
    ("arms.step.momentum", True, ["found true", "number"]),
    ("arms.step.momentum", False, ["found false", "number"]),
    ("arms.step.initial_rate", "0.1", ['found "0.1"', "number"]),
    ("arms.step.initial_rate", float("nan"), ["found NaN", "number"]),
    ("arms.step.initial_rate", float("inf"), ["found Infinity", "number"]),
    ("arms.step.initial_rate", None, ["found null", "number"]),
    ("initializers.normal_005.stddev", 0, ["found 0,", "> 0"]),
    ("initializers.normal_005.kind", "he", ['"he"', "glorot_uniform, normal"]),
    ("data.table.n_rows", 10**30, ["<= 32767"]),
    ("data.sha256", "46D5", ['"46D5"', "[0-9a-f]{64}"]),
    ("data.urls", [], ["found []", "at least 1"]),
    ("arms", {}, ["found {}", "at least 1"]),
    ("arms.step", [1], ["found [1]", "object"]),
    ("parts.framework.arms", ["step", "step"], ["each item once"]),
    ("analysis.confidence", 95, ["found 95", "< 1"]),
    ("analysis.tutorial.schedule_correct", 117, ["found 117", "<= 116"]),
    ("analysis.tutorial.schedule_correct", 110, ["found 110", "> 111"]),
    ("paper.date", "2026-02-30", ["'2026-02-30'", "no day"]),
    ("data.table.negative", "g", ["'g'", "data.table.positive"]),
    ("analysis.trainer", "keras", ["analysis:", "'trainer'", "initializer, margin, parts"]),
    ("analysis.margin", 0, ["found 0,", "> 0"]),
    ("analysis.confidence", 0.5, ["found 0.5,", "> 0.5"]),
    ("analysis.families.primary", "bonferroni", ['"bonferroni"', "one of holm, fdr_bh, none"]),
    ("analysis.hypotheses.H1.protocols", ["tail-official"], ['"tail-official"']),
    ("analysis.hypotheses.H1.add", [], ["found []", "at least 1"]),
    ("analysis.hypotheses.H1.subtract", [{"arm": "Step"}], ['"Step"', "text that matches"]),
    ("analysis.hypotheses.H1.subtract", [{"arm": "* 0.1"}], ['"* 0.1"', "text that matches"]),
    ("analysis.hypotheses.H1.add", [{"arm": "step", "outcome": "loss"}], ["accuracy, best"]),
    ("analysis.hypotheses.H1.add", [{"initializer": "normal_005"}], ["missing key 'arm'"]),
    ("analysis.tuning.selection_replicates", 0, ["found 0,", ">= 1"]),
    ("analysis.tuning.protocols", ["tail-resample"], ['"tail-resample"', "resample, official"]),
    ("grid.momenta", [0.5, 0.5], ["each item once"]),
    ("grid.initial_rates", [0.1, 0], ["found 0,", "> 0"]),
    ("arms.time_based.schedule.decay", "rate/epoch", ['"rate/epoch"', "'rate/epochs'"]),
    ("arms.time_based.schedule.decay", 0, ["found 0,", "> 0"]),
    ("parts.framework.protocols.tail.shuffles", 4, ["'shuffles'; allowed: seeds"]),
    ("parts.framework.protocols.tail", {}, ["missing key 'initialisations', 'shuffles'"]),
    ("parts.framework.protocols.resample.splits", "2", ['"2"', "integer"]),
    ("parts.framework.arms", "all", ['"all"', "'grid'"]),
    ("parts.framework.arms", 3, ["found 3,", "array"]),
    ("agreement.populations", ["framework"], ["at least 2"]),
    ("agreement.arms", "all", ['"all"', "array"]),
    ("paper.unsupported", "warn", ['"warn"', "one of stop, mark"]),
    ("folder", "../elsewhere", ['"../elsewhere"']),
    ("folder", "/tmp", ['"/tmp"']),
]


@pytest.mark.parametrize(("path", "value", "parts"), CASES)
def test_each_refused_value_is_named(
    config: Any, schema: Any, path: str, value: Any, parts: list[str]
) -> None:
    put(config, path, value)
    text = message(config, schema)
    above = path.rpartition(".")[0] if "unknown key" in text or "at most 2 key" in text else path
    items = rf"({re.escape(above)}|{re.escape(path)}\.\d+(\.\w+)?):"  # of a list, one item
    assert re.match(f"config: {items}", text)
    for part in parts:
        assert part in text
    assert "\n" not in text


def test_a_batch_larger_than_the_training_set(config: Any, schema: Any) -> None:
    put(config, "agreement.arms", ["baseline"])  # an arm that holds rows out has fewer
    del config["elsewhere"]["datasets"]["iris"], config["elsewhere"]["datasets"]["wine"]
    put(config, "protocols.official.training_rows", 300)
    put(config, "training.batch_size", 235)
    check_config(config, schema)
    put(config, "training.batch_size", 236)
    text = message(config, schema)
    for protocol in ("tail", "resample"):
        assert (
            "config: training.batch_size: found 236, allowed is at most 235, the training rows of "
            + protocol
        ) in text
    assert "official" not in text


@pytest.mark.parametrize(
    "path",
    ["training", "arms.step.schedule.drop", "analysis.seed", "data.sha256", "protocols.official"],
)
def test_a_missing_key_is_named(config: Any, schema: Any, path: str) -> None:
    above, _, key = path.rpartition(".")
    parent = config
    for part in filter(None, above.split(".")):
        parent = parent[part]
    del parent[key]
    assert message(config, schema) == f"config: {above or '(top level)'}: missing key {key!r}"


def test_every_schedule_refuses_the_parameters_of_another(config: Any, schema: Any) -> None:
    for name in SCHEDULES:
        config["arms"]["step"]["schedule"] = {"name": name, "half_life": 3}
        assert "arms.step.schedule: unknown key 'half_life'" in message(config, schema)


def test_all_findings_come_at_once(config: Any, schema: Any) -> None:
    put(config, "arms.step.momentum", 1)
    put(config, "training.epochs", 0)
    put(config, "colour", "blue")
    lines = message(config, schema).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("config: ") for line in lines)


@pytest.mark.parametrize("config", [None, [], "text", 3, {}, [[]]])
def test_what_is_no_mapping_at_all(config: Any, schema: Any) -> None:
    assert message(config, schema).startswith("config: (top level): ")


# --- names that point nowhere, things given twice -----------------------------


@pytest.mark.parametrize(
    ("path", "value", "found", "allowed"),
    [
        ("parts.framework.arms", ["baseline", "step", "stepp"], "stepp", "baseline, time_based"),
        ("parts.framework.initializers", ["glorot"], "glorot", "glorot_uniform, normal_005"),
        ("analysis.initializer", "glorot", "glorot", "glorot_uniform, normal_005"),
        ("analysis.hypotheses.H1.family", "main", "main", "primary, secondary"),
    ],
)
def test_unknown_names(
    config: Any, schema: Any, path: str, value: Any, found: str, allowed: str
) -> None:
    put(config, path, value)
    text = message(config, schema)
    assert f"{path}: found {found!r}, allowed is one of {allowed}" in text


# --- patterns -----------------------------------------------------------------

WORDS = [
    # where a pattern holds, texts that match it
    ("folder", [".", "a", "build/quick", "A_b-c/0"]),
    ("data.sha256", ["0123456789abcdef" * 4]),
    ("parts.framework.initializers.0", ["glorot_uniform"]),
    ("analysis.initializer", ["glorot_uniform"]),
    ("analysis.hypotheses.H1.add.0.arm", ["step"]),
    ("analysis.tuning.hypothesis", ["H", "H9", "H9c", "Z0a"]),
    ("agreement.arms.0", ["baseline", "cosine 0.1 0.9"]),
    ("paper.date", ["2026-11-24"]),
]


def put_deep(config: Any, path: str, value: Any) -> None:
    *above, last = (int(key) if key.isdigit() else key for key in path.split("."))
    for key in above:
        config = config[key]
    config[last] = value


@pytest.mark.parametrize(("path", "texts"), WORDS)
def test_a_text_ends_where_its_pattern_does(
    config: Any, schema: Any, path: str, texts: list[str]
) -> None:
    """Python's $ also stands before a newline at the end; JSON Schema's does not."""
    for text in texts:
        put_deep(config, path, text)
        check_config(config, schema)
    for text in texts:
        for wrong in (f"{text}\n", f"\n{text}", f"{text}\n{text}", f"{text}\n\n", f"{text}\r"):
            put_deep(config, path, wrong)
            assert f"config: {path}: found " in message(config, schema)


@pytest.mark.parametrize(
    ("above", "key"),
    [("arms", "step"), ("initializers", "normal_005"), ("parts", "grid"),
     ("grid.schedules", "step"), ("analysis.hypotheses", "H1")],
)  # fmt: skip
def test_so_does_a_key(config: Any, schema: Any, above: str, key: str) -> None:
    parent = config
    for name in above.split("."):
        parent = parent[name]
    parent[f"{key}\n"] = parent.pop(key)
    assert f"config: {above}: found {json.dumps(key)[:-1]}\\n" in message(config, schema)


def test_every_pattern_of_the_schema_is_anchored(schema: Any) -> None:
    def patterns(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("pattern"), str):
                yield node["pattern"]
            for value in node.values():
                yield from patterns(value)
        elif isinstance(node, list):
            for value in node:
                yield from patterns(value)

    found = set(patterns(schema))
    assert len(found) > 5
    assert {p for p in found if not (p.startswith("^") and p.endswith("$"))} == {
        "^(https://|http://127[.]0[.]0[.]1(:[0-9]+)?/)"
    }
    # The validator reads $ at the end as the end; elsewhere nothing would.
    assert all("$" not in p[:-1] for p in found)


# --- things given twice -------------------------------------------------------


def test_the_same_arm_under_one_key_twice(tmp_path: Path, root: Path) -> None:
    text = (root / "config/config.yaml").read_text()
    file = tmp_path / "config.yaml"
    file.write_text(text.replace("  time_based:\n", "  step:\n", 1))
    line = file.read_text().split("  step:\n")[2]
    number = file.read_text().index(line)
    where = file.read_text()[:number].count("\n")
    with pytest.raises(
        ConfigError, match=rf"config\.yaml: line {where}: key 'step' is given twice"
    ):
        read_yaml(file)


def test_keys_that_are_no_text(config: Any, schema: Any) -> None:
    config.update({True: 1, 7: 2, "colour": 3})
    assert "unknown key 7, True, 'colour'" in message(config, schema)


def test_values_that_json_cannot_show(config: Any, schema: Any) -> None:
    loop: list[Any] = []
    loop.append(loop)
    config["training"]["epochs"] = loop
    assert "training.epochs: found a list, allowed" in message(config, schema)
    config["training"]["epochs"] = {(1, 2): 3}
    assert "training.epochs: found a dict, allowed" in message(config, schema)
