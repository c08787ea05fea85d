"""A wrong configuration stops with a message that names the key, what was found, what may be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lrstudy.design.config import check_config
from lrstudy.schedules import SCHEDULES
from paperledger.io.yaml_file import ConfigError, read_yaml

from tests.helpers.changes import drop, findings, keys, put


def test_the_shipped_configurations_pass(_shipped: Any, quick: Any) -> None:
    study = check_config(_shipped[0])
    assert study.training.epochs == 50
    assert check_config(quick).folder == "build/quick"
    assert quick["arms"] == _shipped[0]["arms"]
    assert quick["parts"] != _shipped[0]["parts"]


NUMBER, INTEGER, TEXT, OBJECT, ARRAY = (
    f"a value of type {name}" for name in ("number", "integer", "string", "object", "array")
)
MATCHES = "text that matches"
H1 = "analysis.hypotheses.H1"
# key, value, what is allowed
REFUSED = [
    ("arms.step_m09.schedule.name", "stair_case", "one of constant, cosine"),
    ("arms.step_m09.schedule.name", ["step_code"], "one of constant, cosine"),
    ("arms.step_m09.schedule", 3, OBJECT),
    ("arms.step_m09.initial_rate", 0, "a number > 0"),
    ("arms.step_m09.initial_rate", -0.1, "a number > 0"),
    ("arms.step_m09.initial_rate", 10**400, NUMBER),
    ("arms.step_m09.initial_rate", 1e39, "a number <= 100000"),
    ("arms.step_m09.initial_rate", "0.1", NUMBER),
    ("arms.step_m09.initial_rate", float("nan"), NUMBER),
    ("arms.step_m09.initial_rate", float("inf"), NUMBER),
    ("arms.step_m09.initial_rate", None, NUMBER),
    ("arms.step_m09.momentum", 1, "a number < 0.9999999"),
    ("arms.step_m09.momentum", 0.9999999, "a number < 0.9999999"),
    ("arms.step_m09.momentum", -0.1, "a number >= 0"),
    ("arms.step_m09.momentum", True, NUMBER),
    ("arms.step_m09.epochs", 0, "a number >= 1"),
    ("arms.step_m09.batch_size", 2.5, "a value of type integer"),
    ("arms.step_m09.stretch", 1, "a value of type boolean"),
    ("agreement.beside.adam_other.adam.beta_1", 1, "a number < 1"),
    ("agreement.beside.adam_other.adam.epsilon", 0, "a number >= "),
    ("arms.plateau_inner.plateau.measure", "f1", "'loss' or 'accuracy'"),
    ("arms.step_m09.label", "", "at least 1 character(s)"),
    ("arms.step_m09.label", "\ud800", TEXT),
    ("arms.step_m09", [1], OBJECT),
    ("arms", {}, "at least 1 key(s)"),
    ("arms.plateau_inner.plateau", None, OBJECT),
    ("arms.plateau_inner.plateau.monitor", "loss", "'validation', 'inner' or 'training'"),
    ("arms.time_based_m08.schedule.decay", "rate/epoch", "'rate/epochs'"),
    ("arms.time_based_m08.schedule.decay", 0, "a number > 0"),
    ("download.timeout_seconds", 1e300, "a number <= 86400"),
    ("download.max_bytes", 10**30, "a number <= 1000000000"),
    ("datasets.ionosphere.urls.0", "http://example.org/a.zip", MATCHES),
    ("datasets.ionosphere.urls.0", "http://127.0.0.1:80@example.org/", MATCHES),
    ("datasets.ionosphere.urls.0", "http://127.0.0.1.example.org/", MATCHES),
    ("datasets.ionosphere.urls.0", "file:///etc/passwd", MATCHES),
    ("datasets.ionosphere.urls", [], "at least 1 item(s)"),
    ("datasets.ionosphere.table.n_rows", 10**30, "a number <= 32767"),
    ("datasets.ionosphere.sha256", "46D5", MATCHES),
    ("datasets.ionosphere.protocols", {}, "at least 1 key(s)"),
    ("datasets.ionosphere.protocols.tail.validation_fraction", 1, "a number < 1"),
    ("datasets.ionosphere.protocols.tail.validation_fraction", 0, "a number > 0"),
    ("datasets.iris.hidden_units", 257, "a number <= 256"),
    ("datasets.iris.table.positive", True, NUMBER),
    ("datasets.iris.table.class_column", [4], INTEGER),
    ("datasets.iris.table.missing", "mean", "'refuse', 'drop' or 'median'"),
    ("datasets.iris.table.separator", "|", r"',', ';', '\t' or ' '"),
    ("initializers.normal_005.stddev", 0, "a number > 0"),
    ("initializers.normal_005.kind", "he", "one of glorot_uniform, normal"),
    ("training.batch_size", 0, "a number >= 1"),
    ("training.epochs", 50.0, INTEGER),
    ("training.epochs", True, INTEGER),
    ("grid", None, OBJECT),
    ("grid.momenta", [0.5, 0.5], "each item once"),
    ("grid.initial_rates.1", 0, "a number > 0"),
    ("parts.framework.protocols.tail.seeds", 0, "a number >= 1"),
    ("parts.framework.protocols.resample.splits", 0, "a number >= 1"),
    ("parts.framework.protocols.resample.splits", "2", INTEGER),
    ("parts.framework.protocols.resample.crossed", 1, "a value of type boolean"),
    ("parts.framework.arms", ["step_m09", "step_m09"], "each item once"),
    ("parts.framework.arms", "all", "'grid'"),
    ("parts.framework.arms", 3, ARRAY),
    ("parts.elsewhere.datasets", [], "at least 1 item(s)"),
    ("agreement.populations", ["framework"], "at least 2 item(s)"),
    ("agreement.arms", "all", ARRAY),
    ("analysis.arms", ["a", "b", "c", "d", "e", "f"], "at most 5 item(s)"),
    ("analysis.confidence", 95, "a number < 1"),
    ("analysis.confidence", 0.5, "a number > 0.5"),
    ("analysis.equivalence_margin", 0, "a number > 0"),
    ("analysis.families.primary", "holm", OBJECT),
    ("analysis.families.primary.method", "bonferroni", "'holm', 'fdr_bh' or 'none'"),
    ("analysis.families.primary.initializers", "all", "'each' or 'together'"),
    (f"{H1}.protocols.0", "tail-official", "'tail-resample'"),
    (f"{H1}.add", [], "at least 1 item(s)"),
    (f"{H1}.subtract.0.arm", "Step", MATCHES),
    (f"{H1}.subtract.0.arm", "* 0.1", MATCHES),
    (f"{H1}.add.0.outcome", "loss", "'accuracy' or 'best'"),
    (f"{H1}.add.0.arm", "step budget", MATCHES),
    (f"{H1}.add.0.arm", "step budget 1 2", MATCHES),
    (f"{H1}.scale", "half", NUMBER),
    (f"{H1}.each", [12, 12], "each item once"),
    (f"{H1}.each", [], "at least 1 item(s)"),
    ("analysis.outcomes", [], "at least 1 item(s)"),
    ("analysis.outcomes.0", "U1.12", MATCHES),
    ("variants.budget.epochs", [12, 12], "each item once"),
    ("variants.budget.epochs.0", 0, "a number >= 1"),
    ("variants.budget.epochs.0", 40_000, "a number <= 32767"),
    ("variants.batch.batch_sizes.0", 0, "a number >= 1"),
    ("variants.batch.stretch", 1, "a value of type boolean"),
    ("variants", {}, "at least 1 key(s)"),
    ("aliases.step", 1, TEXT),
    ("first_replicate", -1, "a number >= 0"),
    ("first_replicate", 0.5, INTEGER),
    ("datasets.ionosphere.protocols.inner.validation_rows", 0, "a number >= 1"),
    ("datasets.ionosphere.protocols.inner.reported_rows", 0, "a number >= 1"),
    ("parts.elsewhere.protocols.resample.splits_of.digits", 0, "a number >= 1"),
    ("plan.sha256", "7D", MATCHES),
    ("plan.commit", "d0dfccb", MATCHES),
    ("plan.page", "../plan.md", MATCHES),
    ("plan.date", "26.11.2026", MATCHES),
    ("paper.unsupported", "warn", "'stop' or 'mark'"),
    ("folder", "../elsewhere", MATCHES),
    ("folder", "/tmp", MATCHES),
]


@pytest.mark.parametrize(("path", "value", "allowed"), REFUSED)
def test_each_refused_value_is_named(config: Any, path: str, value: Any, allowed: str) -> None:
    put(config, path, value)
    [(key, said)] = findings(config)
    assert key == path
    found, _, may_be = said.removeprefix("found ").partition(", allowed is ")
    assert json.dumps(value).startswith(found.removesuffix("..."))
    assert allowed in may_be


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("colour", "agreement, aliases, analysis, arms"),
        ("arms.step_m09.momentun", "adam, batch_size, epochs, initial_rate, label"),
        ("arms.step_m09.schedule.drops", "drop, epochs_per_drop, name"),
        ("arms.plateau_inner.plateau.drops", "cooldown, factor"),
        ("datasets.iris.validation_rows", "embedded, hidden_units"),
        ("datasets.iris.protocols.resample.rows", "validation_rows"),
        ("datasets.ionosphere.protocols.inner.rows", "reported_rows, validation_rows"),
        ("variants.budget.epoch", "arms, batch_sizes, epochs, stretch"),
        ("parts.factorial.first_replicate", "arms, datasets, initializers"),
        ("agreement.first_replicate", "arms, beside, flipped_per_10000"),
        ("analysis.tuning.selection_replicates", "family, hypothesis, inner_part"),
        ("plan.author", "commit, date, page, sha256"),
        ("initializers.glorot_uniform.stddev", "kind, label"),
        ("grid.schedules.step.name", "label, schedule"),
        ("parts.framework.protocols.tail.shuffles", "seeds"),
        ("parts.crossed.protocols.tail.crossed", "initialisations, shuffles"),
        (f"{H1}.add.0.seed", "arm, initializer, outcome"),
        ("analysis.trainer", "arms, baseline, confidence"),
        ("figures.rates.panels.Step.as the code does.drops", "drop, epochs_per_drop, name"),
    ],
)
def test_an_unknown_key_is_named_with_those_that_are_known(
    config: Any, path: str, known: str
) -> None:
    put(config, path, 1)
    above, _, key = path.rpartition(".")
    [(where, said)] = findings(config)
    assert where == (above or "(top level)")
    assert said.startswith(f"unknown key {key!r}; allowed: {known}")


@pytest.mark.parametrize(
    "path",
    ["training", "arms.step_m09.schedule.drop", "arms.step_m09.schedule.name", "analysis.seed",
     "datasets.iris.sha256", "first_replicate", "analysis.baseline", "analysis.outcomes",
     "analysis.families.primary.method", "analysis.tuning.inner_part", "plan.commit",
     "datasets.ionosphere.protocols.inner.reported_rows", "variants.budget.arms", f"{H1}.add.0.arm",
     "initializers.normal_005.kind", "initializers.normal_005.stddev",
     "parts.crossed.protocols.tail.shuffles"],
)  # fmt: skip
def test_a_missing_key_is_named(config: Any, path: str) -> None:
    above, _, key = path.rpartition(".")
    drop(config, path)
    assert findings(config) == [(above or "(top level)", f"missing key {key!r}")]


def test_several_keys_of_one_block_are_named_together(config: Any) -> None:
    put(config, "parts.framework.protocols.tail", {})
    config.update({True: 1, 7: 2, "colour": 3})
    assert [said.partition(";")[0] for _, said in findings(config)] == [
        "unknown key 7, True, 'colour'",
        "missing key 'initialisations', 'shuffles'",
    ]


def test_every_schedule_refuses_the_parameters_of_another(config: Any) -> None:
    for name in SCHEDULES:
        config["arms"]["step_m09"]["schedule"] = {"name": name, "half_life": 3}
        assert any(said.startswith("unknown key 'half_life'") for _, said in findings(config))


def test_all_findings_come_at_once(config: Any) -> None:
    put(config, "arms.step_m09.momentum", 1)
    put(config, "training.epochs", 0)
    put(config, "colour", "blue")
    put(
        config, "paper.date", "2026-02-30"
    )  # no day, but this is looked at once the types are right
    assert keys(config) == ["(top level)", "arms.step_m09.momentum", "training.epochs"]


@pytest.mark.parametrize("config", [None, [], "text", 3, {}, [[]]])
def test_what_is_no_mapping_at_all(config: Any) -> None:
    assert keys(config) == ["(top level)"]


def test_more_initializers_than_a_figure_tells_apart(config: Any) -> None:
    config["initializers"]["third"] = {"label": "x", "kind": "glorot_uniform"}
    [(key, said)] = findings(config)
    assert key == "initializers"
    assert said.endswith("at most 2 key(s)")


def test_values_that_json_cannot_show(config: Any) -> None:
    loop: list[Any] = []
    loop.append(loop)
    for value, name in ((loop, "list"), ({(1, 2): 3}, "dict")):
        put(config, "training.epochs", value)
        assert findings(config) == [("training.epochs", f"found a {name}, allowed is {INTEGER}")]


# --- things given twice -------------------------------------------------------


def test_the_same_arm_under_one_key_twice(tmp_path: Path, root: Path) -> None:
    text = (root / "config/config.yaml").read_text()
    file = tmp_path / "config.yaml"
    file.write_text(text.replace("  time_based_m08:\n", "  step_m09:\n", 1))
    line = file.read_text().split("  step_m09:\n")[2]
    number = file.read_text().index(line)
    where = file.read_text()[:number].count("\n")
    with pytest.raises(
        ConfigError, match=rf"config\.yaml: line {where}: key 'step_m09' is given twice"
    ):
        read_yaml(file)
