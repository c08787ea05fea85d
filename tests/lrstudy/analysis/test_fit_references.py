"""The script that fits the classifiers: to which of the planned splits, and of which data."""

from __future__ import annotations

import runpy
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from lrstudy.design.plan import plan_members
from lrstudy.tables.results import REFERENCES
from lrstudy.tables.runs import MEMBERS
from paperledger.io import joblog
from paperledger.io.tables import read_table, write_table

READ = ("n_rows", "n_features", "class_column", "positive", "negative")


def fitted(folder: Path, root: Path, config: Any, parts: dict[str, Any]) -> pd.DataFrame:
    """Run the script on the plan of some parts, of which the first two are analysed."""
    config["parts"] = {
        name: {"trainer": "kernel", "initializers": ["glorot_uniform"], **part}
        for name, part in parts.items()
    }
    config["analysis"]["parts"] = list(parts)[:2]
    write_table(plan_members(config), folder / "members.parquet", MEMBERS)
    data = config["datasets"]["ionosphere"]
    snakemake = SimpleNamespace(
        input=SimpleNamespace(
            members=folder / "members.parquet", data=root / "data/ionosphere.data"
        ),
        output=SimpleNamespace(references=folder / "references.parquet"),
        params=SimpleNamespace(
            config={key: config[key] for key in ("dataset", "analysis")},
            protocols=data["protocols"],
            table={key: data["table"][key] for key in READ},
        ),
        log=[str(folder / "log")],
    )
    script = root / "workflow/scripts/fit_references.py"
    runpy.run_path(str(script), {"snakemake": snakemake})
    return read_table(folder / "references.parquet", REFERENCES)


def test_classifiers_are_fitted_once_to_each_split_that_is_analysed(
    tmp_path: Path, root: Path, config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many arms a split has; neither to other data nor to a part that is not analysed."""
    monkeypatch.setattr(joblog, "job_log", lambda path, **options: nullcontext(print))
    first = config["first_replicate"]
    arms = {"arms": ["constant_m00", "step_m09"]}
    protocols = {
        "here": {"tail": {"seeds": 3}, "resample": {"splits": 2, "seeds": 2}},
        "there": {"resample": {"splits": 4, "seeds": 1}},
        "beside": {"official": {"seeds": 2}},
    }
    parts: dict[str, Any] = {name: arms | {"protocols": p} for name, p in protocols.items()}
    parts["there"]["datasets"] = ["iris"]
    found = fitted(tmp_path, root, config, parts)
    assert set(found["dataset"]) == {"ionosphere"}
    splits = [("resample", first), ("resample", first + 1), ("tail", 0)]
    assert list(zip(found["protocol"], found["split"], found["classifier"], strict=True)) == [
        (*split, name) for split in splits for name in ("majority", "logistic", "svm")
    ]
    majority = found[(found["classifier"] == "majority") & (found["protocol"] == "tail")]
    assert majority["n_correct"].tolist() == [107]
