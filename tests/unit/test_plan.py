"""The list of networks: each once, arms paired, chunks as many as the rules expect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.plan import (
    arm_rates,
    chunk_members,
    clock_of,
    n_chunks,
    plan_members,
    rates_table,
)
from lrstudy.schedules import Clock
from lrstudy.tables import MEMBERS, RATES, read_table, write_table


def study(chunk_keras: int = 4, chunk_kernel: int = 1000) -> dict[str, Any]:
    return {
        "parts": {
            "first": {
                "trainer": "kernel",
                "arms": ["a", "b"],
                "initializers": ["g", "n"],
                "first_replicate": 1000,
                "protocols": {"tail": {"seeds": 5}, "resample": {"splits": 3, "seeds": 2}},
            },
            "second": {
                "trainer": "keras",
                "arms": ["a", "b", "c"],
                "initializers": ["g"],
                "first_replicate": 7,
                "protocols": {"tail": {"seeds": 3}, "official": {"seeds": 2}},
            },
        },
        "chunk_members": {"keras": chunk_keras, "kernel": chunk_kernel},
    }


SMALL = [(1, 1), (2, 3), (4, 7), (5, 1000), (9, 20), (1000, 1000)]


def test_members_of_a_small_study() -> None:
    members = plan_members(study())
    counts = members.groupby(["trainer", "protocol"], sort=False).size().to_dict()
    assert counts == {
        ("keras", "tail"): 3 * 3,
        ("keras", "official"): 3 * 2,
        ("kernel", "tail"): 4 * 5,
        ("kernel", "resample"): 4 * 3 * 2,
    }
    assert not members.duplicated(list(MEMBERS.key)).any()
    chosen = members[(members["protocol"] == "resample") & (members["initializer"] == "n")]
    chosen = chosen[chosen["arm"] == "b"]
    assert chosen["replicate"].tolist() == [1000, 1001, 1002, 1003, 1004, 1005]
    assert chosen["split"].tolist() == [1000, 1000, 1001, 1001, 1002, 1002]
    fixed = members[members["protocol"] != "resample"]
    assert (fixed["split"] == 0).all()
    tail = fixed[(fixed["trainer"] == "keras") & (fixed["protocol"] == "tail")]
    assert tail[tail["arm"] == "c"]["replicate"].tolist() == [7, 8, 9]


def check_pairing(members: pd.DataFrame) -> None:
    """All cells of a trainer and protocol share replicates and splits, within one part's arms."""
    for _, group in members.groupby(["trainer", "protocol", "initializer"]):
        pairs = {
            arm: frozenset(zip(rows["replicate"], rows["split"], strict=True))
            for arm, rows in group.groupby("arm")
        }
        assert len(set(pairs.values())) == 1


def test_arms_and_initializers_are_paired() -> None:
    check_pairing(plan_members(study()))


@pytest.mark.parametrize("name", ["config", "quick"])
def test_the_shipped_studies(request: pytest.FixtureRequest, name: str, tmp_path: Path) -> None:
    config = request.getfixturevalue(name)
    members = plan_members(config)
    assert not members.duplicated(list(MEMBERS.key)).any()
    assert members["replicate"].min() >= 1000  # below are the pilot's
    for part in config["parts"].values():
        chosen = members["trainer"].eq(part["trainer"]) & members["arm"].isin(part["arms"])
        chosen &= members["protocol"].isin(part["protocols"])
        check_pairing(members[chosen & members["initializer"].isin(part["initializers"])])
    for trainer in ("keras", "kernel"):
        chunks = members.loc[members["trainer"] == trainer, "chunk"]
        assert set(chunks) == set(range(n_chunks(config, trainer)))
    write_table(members, tmp_path / "members.parquet", MEMBERS)


@pytest.mark.parametrize(("keras", "kernel"), SMALL)
def test_chunks(keras: int, kernel: int) -> None:
    config = study(keras, kernel)
    members = plan_members(config)
    for trainer, size in config["chunk_members"].items():
        rows = members[members["trainer"] == trainer]
        sizes = rows.groupby("chunk").size()
        assert list(sizes.index) == list(range(n_chunks(config, trainer)))
        assert sizes.max() <= size
        assert rows["chunk"].is_monotonic_increasing
        assert (rows.groupby("chunk")["protocol"].nunique() == 1).all()


@pytest.mark.parametrize(("keras", "kernel"), SMALL)
def test_who_is_trained_does_not_depend_on_the_chunks(keras: int, kernel: int) -> None:
    planned = plan_members(study(keras, kernel)).drop(columns="chunk")
    pd.testing.assert_frame_equal(planned, plan_members(study()).drop(columns="chunk"))


def test_number_of_chunks_by_hand() -> None:
    # keras, at most 4: 9 networks on tail and 6 on official; kernel, at most 10: 20 and 24
    config = study(4, 10)
    assert n_chunks(config, "keras") == 3 + 2
    assert n_chunks(config, "kernel") == 2 + 3


def test_a_trainer_without_networks_has_no_chunks() -> None:
    config = study()
    del config["parts"]["second"]
    assert n_chunks(config, "keras") == 0
    assert set(plan_members(config)["trainer"]) == {"kernel"}


def test_chunk_members_reads_its_rows_in_their_order(tmp_path: Path) -> None:
    members = plan_members(study())
    write_table(members, tmp_path / "members.parquet", MEMBERS)
    gathered = pd.concat(
        chunk_members(tmp_path / "members.parquet", trainer, chunk)
        for trainer in ("keras", "kernel")
        for chunk in range(n_chunks(study(), trainer))
    )
    written = read_table(tmp_path / "members.parquet", MEMBERS)
    pd.testing.assert_frame_equal(gathered.reset_index(drop=True), written)


def test_clock_counts_the_short_last_batch() -> None:
    training = {"batch_size": 28, "epochs": 50}
    assert clock_of(training, 235) == Clock(9, 50)  # 8 batches of 28 and one of 11
    assert clock_of(training, 224) == Clock(8, 50)
    assert clock_of(training, 225) == Clock(9, 50)
    assert clock_of(training, 235, 100) == Clock(9, 100)


def test_rates_of_an_arm() -> None:
    arm = {"initial_rate": 0.5, "schedule": {"name": "time_per_update", "decay": 1.0}}
    assert arm_rates(arm, Clock(2, 2)) == pytest.approx([0.5, 0.25, 0.5 / 3, 0.125])


def test_rates_table(config: Any, tmp_path: Path) -> None:
    table = rates_table(config["figures"], config["training"], 235)
    write_table(table, tmp_path / "rates.parquet", RATES)
    for figure, drawn in config["figures"].items():
        for panel, curves in drawn["panels"].items():
            for curve in curves:
                rows = table[(table["figure"] == figure) & (table["panel"] == panel)]
                rows = rows[rows["curve"] == curve]
                assert rows["update"].tolist() == list(range(9 * drawn["epochs"]))
                assert rows["epoch"].to_numpy() == pytest.approx(np.arange(len(rows)) / 9)
                assert rows["rate"].max() <= drawn["initial_rate"]
    readings = table[(table["figure"] == "readings") & (table["epoch"] == 49)]
    rates = sorted(readings["rate"].round(5))
    assert rates == [0.002, 0.00932, 0.05313, 0.09107]
