"""Which results a configuration gives, and which it lacks what for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lrstudy.design.config import check_config
from lrstudy.design.needs import RESULTS, TEX_TABLES, lacking, results_of
from lrstudy.tables import results as result_tables
from lrstudy.tables import runs as run_tables
from paperledger.io.tables import Contract
from paperledger.io.yaml_file import ConfigError

from tests.helpers.changes import drop

CROSSED = "parts.crossed.protocols"


def leave_out(*paths: str) -> Callable[[Any], None]:
    return lambda config: [drop(config, path) for path in paths] and None


def tail_by_keras_alone(config: Any) -> None:
    for name, part in config["parts"].items():
        if name != "framework":
            part["protocols"].pop("tail", None)


def tail_of_other_data_alone(config: Any) -> None:
    tail_by_keras_alone(config)
    config["datasets"]["iris"]["protocols"]["tail"] = {"validation_fraction": 0.3}
    config["parts"]["elsewhere"] |= {"datasets": ["iris"]}
    config["parts"]["elsewhere"]["protocols"]["tail"] = {"seeds": 5}


def test_results_are_tables_or_verdicts(config: Any) -> None:
    modules = [*vars(result_tables).values(), *vars(run_tables).values()]
    known = {contract.name for contract in modules if isinstance(contract, Contract)}
    assert set(RESULTS) - known == {"decay_argument"}
    assert set(TEX_TABLES.values()) <= set(RESULTS)
    # Each need is a key that the shipped configuration has.
    assert results_of(config) == list(RESULTS)


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        (leave_out("analysis.tuning"), {"grid", "tuned"}),
        (leave_out("analysis.tutorial"), {"decay_argument"}),
        (leave_out("agreement"), {"agreement"}),
        (leave_out("figures"), {"rates"}),
        (leave_out("figures.readings"), set()),
        (leave_out("parts.crossed"), {"components"}),
        (leave_out(f"{CROSSED}.tail"), set()),
        (leave_out(f"{CROSSED}.resample.crossed"), set()),
        (leave_out(f"{CROSSED}.tail", f"{CROSSED}.resample.crossed"), {"components"}),
        (tail_by_keras_alone, {"returns"}),
        (tail_of_other_data_alone, {"returns"}),
    ],
)
def test_what_is_left_out_takes_its_results_along(
    config: Any, change: Callable[[Any], None], gone: set[str]
) -> None:
    change(config)
    assert set(RESULTS) - set(results_of(config)) == gone


def test_what_a_result_needs_its_figures_need(config: Any) -> None:
    drop(config, "analysis.tuning")
    assert lacking([], config, results=["runs", "tuned", "grid"]) == ["analysis.tuning"]
    # The longer of two needs says both.
    needs = ["analysis.tuning.part"]
    assert lacking(needs, config, results=["tuned"]) == needs


def test_a_figure_of_a_question_asked_of_each_value(config: Any) -> None:
    claims = ["effect.U1.100.tail"]
    assert lacking([], config, claims) == []
    config["analysis"]["hypotheses"]["U1"]["each"] = [12, 25]
    assert lacking([], config, claims) == ["analysis.hypotheses: one of U1.100 on tail"]


def test_an_arm_that_figures_show_is_trained_wherever_they_look(config: Any) -> None:
    part = {**config["parts"]["factorial"], "arms": ["step_m09"]}
    config["parts"]["more"] = part | {"protocols": {"tail": {"seeds": 5000}}}
    config["parts"]["more"]["initializers"] = ["glorot_uniform"]
    config["parts"]["factorial"]["arms"].remove("step_m09")
    config["analysis"]["parts"].append("more")
    with pytest.raises(ConfigError) as caught:
        check_config(config)
    said = [line for line in str(caught.value).split("\n") if "analysis.arms" in line]
    places = [line.partition("trains on ")[2].partition(",")[0] for line in said]
    assert places == [
        "tail with normal_005",
        "resample with glorot_uniform",
        "resample with normal_005",
    ]
    assert all("found 'step_m09'" in line for line in said)
