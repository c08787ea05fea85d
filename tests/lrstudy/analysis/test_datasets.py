"""What the data sets are, and how claims count over them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.analysis.describe import datasets_table, splits_table
from lrstudy.claims.results import across_claims
from lrstudy.claims.study import training_claims
from lrstudy.data.dataset import Dataset
from lrstudy.data.sizes import training_rows
from lrstudy.data.splits import split
from lrstudy.tables.results import DATASETS, SPLITS
from paperledger.claims.quoted import table_claims
from paperledger.io.tables import read_table, write_table

HOME = {"dataset": ["ionosphere"]}


@pytest.fixture
def both(dataset: Dataset) -> dict[str, Dataset]:
    labels = np.array([1] * 12 + [0] * 28, np.uint8)
    features = np.zeros((40, 3), np.float32)
    features[:, 0] = np.arange(40)
    features[7, 2] = np.nan
    return {"ionosphere": dataset, "small": Dataset(features, labels)}


def test_the_data_are_counted(both: dict[str, Dataset], tmp_path: Path) -> None:
    write_table(datasets_table(both), tmp_path / "d.parquet", DATASETS)
    claims = table_claims(read_table(tmp_path / "d.parquet", DATASETS), DATASETS, HOME)
    assert {name: claim.text for name, claim in claims.items()} == {
        "data.n_rows": "351", "data.n_features": "34",
        "data.n_positive": "225", "data.n_negative": "126", "data.majority": "64.1",
        "data.n_missing": "0", "data.n_constant": "1",
        "data.n_duplicates": "1", "data.duplicates": "102 and 248",
        "data.small.n_rows": "40", "data.small.n_features": "3",
        "data.small.n_positive": "12", "data.small.n_negative": "28",
        "data.small.majority": "70.0",
        "data.small.n_missing": "1", "data.small.n_constant": "2", "data.small.n_duplicates": "0",
        "data.small.duplicates": "none",
    }  # fmt: skip


def test_both_sides_of_each_split_are_counted(
    both: dict[str, Dataset], config: Any, tmp_path: Path
) -> None:
    protocols = {
        "ionosphere": config["datasets"]["ionosphere"]["protocols"],
        "small": {"resample": {"validation_rows": 10}},
    }
    table = splits_table(both, protocols)
    write_table(table, tmp_path / "s.parquet", SPLITS)
    claims = table_claims(read_table(tmp_path / "s.parquet", SPLITS), SPLITS, HOME)
    found = {name: claim.value for name, claim in claims.items() if ".tail." in name}
    assert found == {
        "split.tail.n_train": 235, "split.tail.n_train_positive": 118,
        "split.tail.n_train_negative": 117, "split.tail.n_validation": 116,
        "split.tail.n_validation_positive": 107, "split.tail.n_validation_negative": 9,
        "split.tail.train_majority": pytest.approx(100 * 118 / 235),
        "split.tail.validation_majority": pytest.approx(100 * 107 / 116),
        "split.tail.n_shared": 1,
    }  # fmt: skip
    assert "split.resample.n_shared" not in claims  # another number on each draw
    assert claims["split.small.resample.n_train_positive"].value == 9
    assert claims["split.small.resample.n_validation_positive"].value == 3
    counts = table.set_index(["dataset", "protocol"])["n_train"]
    for (name, protocol), n in counts.items():
        assert n == training_rows(len(both[name].labels), protocols[name][protocol])


def test_a_stratified_split_has_one_size_whichever_is_drawn() -> None:
    for n_positive in (5, 12, 19):
        labels = (np.arange(40) < n_positive).astype(np.uint8)
        sums = {
            int(labels[
                split(
                    "resample", labels, generator=np.random.default_rng(i), validation_rows=13
                ).train
            ].sum())
            for i in range(30)
        }  # fmt: skip
        assert len(sums) == 1


def effect(hypothesis: str, dataset: str, direction: str, **more: Any) -> dict[str, Any]:
    return {
        "hypothesis": hypothesis, "dataset": dataset, "protocol": "resample",
        "initializer": "glorot_uniform", "direction": direction, "label": hypothesis,
        "equivalent": direction == "unclear", "difference": 25.0, "low": 20.0, "high": 30.0, **more,
    }  # fmt: skip


def test_answers_are_counted_over_the_data_sets_of_a_part(config: Any) -> None:
    effects = pd.DataFrame(
        [
            effect("X1", "iris", "higher"),
            effect("X1", "wine", "higher", difference=-1.5),
            effect("X1", "vote", "unclear"),
            effect("X2", "iris", "lower"),
            effect("H1", "ionosphere", "higher"),
            effect("R1", "ionosphere", "higher"),  # of a part that names no data sets
            effect("T.cosine", "ionosphere", "higher"),
        ]
    )
    claims = across_claims(effects, config)
    assert {name: claim.value for name, claim in claims.items()} == {
        "elsewhere.X1.glorot_uniform.smallest": -1.5, "elsewhere.X1.glorot_uniform.largest": 25,
        "elsewhere.X1.glorot_uniform.higher": 2, "elsewhere.X1.glorot_uniform.lower": 0,
        "elsewhere.X1.glorot_uniform.unclear": 1, "elsewhere.X1.glorot_uniform.equivalent": 1,
        "elsewhere.X2.glorot_uniform.smallest": 25, "elsewhere.X2.glorot_uniform.largest": 25,
        "elsewhere.X2.glorot_uniform.higher": 0, "elsewhere.X2.glorot_uniform.lower": 1,
        "elsewhere.X2.glorot_uniform.unclear": 0, "elsewhere.X2.glorot_uniform.equivalent": 0,
    }  # fmt: skip


def test_networks_on_other_data_are_counted_apart() -> None:
    runs = pd.DataFrame(
        {
            "part": ["study", "study", "elsewhere", "elsewhere", "elsewhere"],
            "dataset": ["own", "own", "one", "one", "two"],
            "diverged": [True, False, False, True, True],
        }
    )
    claims = training_claims(runs, {"dataset": "own"})
    assert {name: claim.value for name, claim in claims.items()} == {
        "networks": 2, "networks.diverged": 1,
        "all.networks": 5, "all.networks.diverged": 3,
        "study.networks": 2, "study.networks.diverged": 1,
        "elsewhere.networks": 3, "elsewhere.networks.diverged": 2,
    }  # fmt: skip
