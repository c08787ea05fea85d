"""What is new is one block or one file: an arm, a data set, a schedule; nothing else changes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from lrstudy.data.dataset import Dataset, read_dataset
from lrstudy.design.arms import setting_of
from lrstudy.design.config import check_config
from lrstudy.design.plan import plan_members
from lrstudy.kernel.assembly import assemble
from lrstudy.kernel.inputs import Ingredients, Members

NEW = {"label": "new", "initial_rate": 0.3, "momentum": 0.5}
NEW |= {"schedule": {"name": "linear", "final_factor": 0.1}}


def planned(config: Any, dataset: Dataset, name: str, arm: str) -> tuple[Ingredients, Members]:
    """Assemble what the kernel trains of one arm on one data set: the first network planned."""
    check_config(config)
    members = plan_members(config)
    mine = members[(members["dataset"] == name) & (members["arm"] == arm)][:1]
    return assemble(dataset, setting_of(config, name), mine)


def test_a_new_arm_is_one_block(quick: Any, dataset: Dataset) -> None:
    quick["training"]["epochs"] = 2
    quick["arms"]["new"] = NEW
    quick["parts"]["adam"]["arms"].append("new")
    given, members = planned(quick, dataset, "ionosphere", "new")
    assert given.rates[0, [0, 9]] == pytest.approx([0.3, 0.3 * (1 - 0.9 / 2)])
    assert members.momentum.tolist() == [0.5]


def test_a_new_data_set_is_one_block(quick: Any) -> None:
    table = quick["datasets"]["iris"]["table"] | {"positive": "2"}
    block = quick["datasets"]["iris"] | {"label": "iris, virginica", "table": table}
    quick["datasets"]["virginica"] = block | {"hidden_units": 5}
    quick["parts"]["elsewhere"]["datasets"].append("virginica")
    iris = read_dataset(str(resources.files("sklearn") / "datasets/data/iris.csv"), **table)
    given, _ = planned(quick, iris, "virginica", "constant_m00")
    assert [array.shape for array in (given.features, given.train_rows, given.validation_rows)] == [
        (150, 4), (1, 100), (1, 50)
    ]  # fmt: skip
    assert given.n_hidden == 5
    assert given.labels[100:].all()
    assert not given.labels[:100].any()


def test_a_new_schedule_is_one_file(tmp_path: Path, root: Path, config: Any) -> None:
    shutil.copytree(root / "workflow/scripts", tmp_path / "scripts")
    shutil.copy(root / "docs/examples/inverse_sqrt.py", tmp_path / "scripts/lrstudy/schedules")
    schedule = {"name": "inverse_sqrt", "warmup": 2}
    config["arms"]["new"] = NEW | {"schedule": schedule}
    config["grid"]["schedules"]["inverse_sqrt"] = {"label": "new", "schedule": schedule}
    program = """
import json, sys
from pathlib import Path
from lrstudy.design.arms import all_arms
from lrstudy.design.config import check_config
from lrstudy.design.plan import arm_rates
from paperledger.io.yaml_file import read_merged
config = json.load(sys.stdin)
check_config(config)
arms = all_arms(config)
names, training = json.loads(sys.argv[1]), {"epochs": 2, "batch_size": 1}
check_config(read_merged([Path(name) for name in sys.argv[2:]]))  # the worked example
print([arm_rates(arms[name], training, 4)[[0, 1, 7]].tolist() for name in names])
"""
    names = ("config/config.yaml", "config/quick.yaml", "docs/examples/next.yaml")
    files = [str(root / name) for name in names]
    run = subprocess.run(
        [sys.executable, "-c", program, json.dumps(["new", "inverse_sqrt 0.1 0.9"]), *files],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "scripts")},
        input=json.dumps(config),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    first, second = json.loads(run.stdout)
    assert first == pytest.approx([0.15, 0.3, 0.15])
    assert second == pytest.approx([0.05, 0.1, 0.05])
