"""The list of networks: each once, arms paired, chunks as many as the rules expect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lrstudy.design.arms import (
    all_arms,
    grid_arms,
    matching_arms,
    part_arms,
    part_datasets,
    setting_of,
)
from lrstudy.design.plan import (
    arm_rates,
    chunk_members,
    chunks,
    most_splits,
    n_networks,
    n_replicates,
    plan_members,
    size_of,
    trained_datasets,
)
from lrstudy.tables.runs import MEMBERS
from paperledger.io.tables import read_table, write_table


def study(chunk_keras: int = 4, chunk_kernel: int = 1000) -> dict[str, Any]:
    return {
        "dataset": "own",
        "first_replicate": 1000,
        "training": {"epochs": 50, "batch_size": 28},
        "arms": {"a": {}, "b": {}, "c": {}},
        "parts": {
            "first": {
                "trainer": "kernel",
                "arms": ["a", "b"],
                "initializers": ["g", "n"],
                "protocols": {"tail": {"seeds": 5}, "resample": {"splits": 3, "seeds": 2}},
            },
            "second": {
                "trainer": "keras",
                "arms": ["a", "b", "c"],
                "initializers": ["g"],
                "protocols": {"tail": {"seeds": 3}, "official": {"seeds": 2}},
            },
        },
        "chunk_size": {"keras": chunk_keras, "kernel": chunk_kernel},
    }


SMALL = [(1, 1), (2, 3), (4, 7), (5, 1000), (9, 20), (1000, 1000)]


def test_members_of_a_small_study() -> None:
    members = plan_members(study())
    counts = members.groupby(["part", "trainer", "protocol"], sort=False).size().to_dict()
    assert counts == {
        ("second", "keras", "tail"): 3 * 3,
        ("second", "keras", "official"): 3 * 2,
        ("first", "kernel", "tail"): 4 * 5,
        ("first", "kernel", "resample"): 4 * 3 * 2,
    }
    assert not members.duplicated(list(MEMBERS.key)).any()
    chosen = members[(members["protocol"] == "resample") & (members["initializer"] == "n")]
    chosen = chosen[chosen["arm"] == "b"]
    assert chosen["replicate"].tolist() == [1000, 1001, 1002, 1003, 1004, 1005]
    assert chosen["split"].tolist() == [1000, 1000, 1001, 1001, 1002, 1002]
    assert members["initialisation"].equals(members["replicate"])
    assert members["shuffle"].equals(members["replicate"])
    fixed = members[members["protocol"] != "resample"]
    assert (fixed["split"] == 0).all()
    tail = fixed[(fixed["trainer"] == "keras") & (fixed["protocol"] == "tail")]
    assert tail[tail["arm"] == "c"]["replicate"].tolist() == [1000, 1001, 1002]


def check_pairing(members: pd.DataFrame) -> None:
    """All cells of a part and protocol have the same replicates with the same streams."""
    streams = ["replicate", "initialisation", "shuffle", "split"]
    for _, group in members.groupby(["part", "dataset", "protocol"]):
        cells = [rows[streams] for _, rows in group.groupby(["initializer", "arm"])]
        assert len(cells) > 1
        for cell in cells:
            assert (cell.to_numpy() == cells[0].to_numpy()).all()


def test_arms_and_initializers_are_paired() -> None:
    check_pairing(plan_members(study()))


@pytest.mark.parametrize("name", ["config", "quick"])
def test_the_shipped_studies(request: pytest.FixtureRequest, name: str, tmp_path: Path) -> None:
    config = request.getfixturevalue(name)
    members = plan_members(config)
    assert not members.duplicated(list(MEMBERS.key)).any()
    assert members["replicate"].min() == 1_000_000
    for stream in ("initialisation", "shuffle", "split"):
        assert members[stream].isin(members["replicate"]).where(members[stream] != 0, True).all()
    check_pairing(members)
    planned = dict(iter(members.groupby(["part", "protocol"], sort=False)))
    for part, setting in config["parts"].items():
        for protocol in setting["protocols"]:
            chosen = planned.pop((part, protocol))
            assert set(chosen["arm"]) == set(part_arms(config, part))
            assert set(chosen["initializer"]) == set(setting["initializers"])
            assert set(chosen["trainer"]) == {setting["trainer"]}
            cells = chosen["arm"].nunique() * chosen["initializer"].nunique()
            assert list(chosen["dataset"].unique()) == part_datasets(config, part)
            for dataset, rows in chosen.groupby("dataset"):
                assert len(rows) == cells * n_replicates(size_of(setting, protocol, str(dataset)))
    assert not planned
    for trainer in ("keras", "kernel"):
        numbers = members.loc[members["trainer"] == trainer, "chunk"]
        assert set(numbers) == set(range(len(chunks(config, trainer))))
    write_table(members, tmp_path / "members.parquet", MEMBERS)


# --- crossed cells and the grid -----------------------------------------------


def one_part(size: dict[str, Any], protocol: str = "tail") -> pd.DataFrame:
    config = study()
    part = {**config["parts"]["first"], "arms": ["a"], "initializers": ["g"]}
    config["parts"] = {"crossed": {**part, "protocols": {protocol: size}}}
    return plan_members(config)


def test_every_initialisation_meets_every_shuffle() -> None:
    members = one_part({"initialisations": 2, "shuffles": 3})
    assert members["replicate"].tolist() == list(range(1000, 1006))
    assert members["initialisation"].tolist() == [1000, 1000, 1000, 1001, 1001, 1001]
    assert members["shuffle"].tolist() == [1000, 1001, 1002, 1000, 1001, 1002]
    assert (members["split"] == 0).all()


def test_every_split_meets_every_seed() -> None:
    members = one_part({"splits": 2, "seeds": 3, "crossed": True}, "resample")
    assert members["replicate"].tolist() == list(range(1000, 1006))
    assert members["split"].tolist() == [1000, 1000, 1000, 1001, 1001, 1001]
    assert members["initialisation"].tolist() == [1000, 1001, 1002, 1000, 1001, 1002]
    assert members["shuffle"].equals(members["initialisation"])
    nested = one_part({"splits": 2, "seeds": 3, "crossed": False}, "resample")
    assert nested["split"].equals(members["split"])
    assert nested["initialisation"].tolist() == list(range(1000, 1006))


@pytest.mark.parametrize(
    ("size", "n"),
    [
        ({"seeds": 7}, 7),
        ({"splits": 3, "seeds": 5}, 15),
        ({"splits": 3, "seeds": 5, "crossed": True}, 15),
        ({"initialisations": 4, "shuffles": 6}, 24),
    ],
)
def test_replicates_of_a_cell(size: dict[str, Any], n: int) -> None:
    assert n_replicates(size) == n
    assert len(one_part(size, "resample" if "splits" in size else "tail")) == n


GRID = {
    "grid": {
        "initial_rates": [0.03, 1.0],
        "momenta": [0.0, 0.95],
        "schedules": {
            "linear": {"label": "l", "schedule": {"name": "linear", "final_factor": 0.0}},
            "time": {"label": "t", "schedule": {"name": "time_per_epoch", "decay": "rate/epochs"}},
        },
    }
}


def test_arms_of_a_grid() -> None:
    arms = grid_arms(GRID)
    assert list(arms) == [
        "linear 0.03 0", "linear 0.03 0.95", "linear 1 0", "linear 1 0.95",
        "time 0.03 0", "time 0.03 0.95", "time 1 0", "time 1 0.95",
    ]  # fmt: skip
    assert arms["linear 0.03 0.95"] == {
        "initial_rate": 0.03,
        "momentum": 0.95,
        "schedule": {"name": "linear", "final_factor": 0.0},
    }
    # The decay is each arm's own rate over the epochs: 1 / 2 here, 0.03 / 2 there.
    two = {"epochs": 2, "batch_size": 1}
    assert arm_rates(arms["time 1 0"], two, 1) == pytest.approx([1, 1 / 1.5])
    assert arm_rates(arms["time 0.03 0"], two, 1) == pytest.approx([0.03, 0.03 / 1.015])


def test_a_part_of_the_grid() -> None:
    config = study() | GRID
    config["parts"]["first"]["arms"] = "grid"
    assert part_arms(config, "first") == list(grid_arms(GRID))
    assert part_arms(config, "second") == ["a", "b", "c"]
    assert list(all_arms(config)) == ["a", "b", "c", *grid_arms(GRID)]
    members = plan_members(config)
    assert len(members[members["part"] == "first"]) == 8 * 2 * (5 + 6)
    assert (
        len(chunks(config, "kernel"))
        == members.loc[members["trainer"] == "kernel", "chunk"].max() + 1
    )


def test_names_that_terms_match() -> None:
    arms = ["step", "step 0.1 0.9", "step 0.1 0", "cosine 0.1 0.9", "cosine 1 0.9"]
    assert matching_arms("step", arms) == ["step"]
    assert matching_arms("step 0.1 0", arms) == ["step 0.1 0"]
    assert matching_arms("* 0.1 0.9", arms) == ["step 0.1 0.9", "cosine 0.1 0.9"]
    assert matching_arms("* 1 0.9", arms) == ["cosine 1 0.9"]  # not 0.1, which ends alike
    assert matching_arms("* 1 0", arms) == []
    assert matching_arms("linear", arms) == []


# --- chunks -------------------------------------------------------------------


@pytest.mark.parametrize(("keras", "kernel"), SMALL)
def test_chunks(keras: int, kernel: int) -> None:
    config = study(keras, kernel)
    members = plan_members(config)
    for trainer, size in config["chunk_size"].items():
        rows = members[members["trainer"] == trainer]
        sizes = rows.groupby("chunk").size()
        jobs = chunks(config, trainer)
        assert len(jobs) == -(-len(rows) // size)
        assert list(sizes.index) == list(range(len(jobs)))
        assert sizes.tolist() == [sum(load.networks for load in job) for job in jobs]
        assert sizes.max() <= size and sizes.max() - sizes.min() <= 1
        assert rows["chunk"].is_monotonic_increasing


@pytest.mark.parametrize(("keras", "kernel"), SMALL)
def test_who_is_trained_does_not_depend_on_the_chunks(keras: int, kernel: int) -> None:
    planned = plan_members(study(keras, kernel)).drop(columns="chunk")
    pd.testing.assert_frame_equal(planned, plan_members(study()).drop(columns="chunk"))


def test_number_of_chunks_by_hand() -> None:
    # keras, at most 4: 9 networks on tail and 6 on official; kernel, at most 16: 20 and 24
    config = study(4, 16)
    assert chunks(config, "kernel") == [
        [("own", "tail", 50, 15, 5)],
        [("own", "tail", 50, 5, 5), ("own", "resample", 50, 10, 6)],
        [("own", "resample", 50, 14, 6)],
    ]
    assert len(chunks(config, "keras")) == 4


def test_a_trainer_without_networks_has_no_chunks() -> None:
    config = study()
    del config["parts"]["second"]
    assert chunks(config, "keras") == []
    assert set(plan_members(config)["trainer"]) == {"kernel"}


def test_chunk_members_reads_its_rows_in_their_order(tmp_path: Path) -> None:
    members = plan_members(study())
    write_table(members, tmp_path / "members.parquet", MEMBERS)
    gathered = pd.concat(
        chunk_members(tmp_path / "members.parquet", trainer, chunk, ["own"])
        for trainer in ("keras", "kernel")
        for chunk in range(len(chunks(study(), trainer)))
    )
    written = read_table(tmp_path / "members.parquet", MEMBERS)
    pd.testing.assert_frame_equal(gathered.reset_index(drop=True), written)


def several() -> dict[str, Any]:
    config = study()
    config["parts"]["first"]["datasets"] = ["one", "own", "two"]
    return config


def test_a_part_trains_on_each_of_its_data_sets() -> None:
    members = plan_members(several())
    first = members[members["part"] == "first"]
    one, own, two = (
        rows.drop(columns=["dataset", "chunk"]).reset_index(drop=True)
        for _, rows in first.groupby("dataset")
    )
    pd.testing.assert_frame_equal(one, own)
    pd.testing.assert_frame_equal(two, own)
    assert set(members.loc[members["part"] == "second", "dataset"]) == {"own"}
    assert trained_datasets(several()) == ["own", "one", "two"]


def test_arms_of_other_epochs_are_planned_apart() -> None:
    config = study(chunk_kernel=8)
    config["arms"] |= {"b": {"epochs": 100}, "c": {"batch_size": 7}}
    config["parts"]["first"]["arms"] = ["a", "b", "c"]
    config["parts"]["first"]["protocols"].pop("resample")
    members = plan_members(config)
    first = members[members["part"] == "first"]
    by_arm = first.groupby("arm")[["epochs", "batch_size"]].agg(["min", "max"])
    assert by_arm.to_numpy().tolist() == [[50, 50, 28, 28], [100, 100, 28, 28], [50, 50, 7, 7]]
    assert first["epochs"].tolist() == [50] * 20 + [100] * 10
    # 20 networks of 50 epochs, 10 of 100, at most 8 a job
    assert chunks(config, "kernel") == [
        [("own", "tail", 50, 8, 5)],
        [("own", "tail", 50, 7, 5)],
        [("own", "tail", 50, 5, 5), ("own", "tail", 100, 3, 3)],
        [("own", "tail", 100, 7, 5)],
    ]
    check_pairing(first)


def test_a_job_may_train_on_several_data_sets(tmp_path: Path) -> None:
    config = several() | {"chunk_size": {"keras": 4, "kernel": 66}}
    write_table(plan_members(config), tmp_path / "members.parquet", MEMBERS)
    one, own, two = (
        [(name, "tail", 50, 20, 5), (name, "resample", 50, 24, 6)] for name in ("one", "own", "two")
    )
    cut = [("own", "resample", 50, 2, 2)], [("own", "resample", 50, 22, 6)]
    assert chunks(config, "kernel") == [[*one, own[0], *cut[0]], [*cut[1], *two]]
    of_job = chunk_members(tmp_path / "members.parquet", "kernel", 1, ["two", "own"])
    assert list(of_job["dataset"].unique()) == ["own", "two"] and len(of_job) == 66
    with pytest.raises(ValueError, match=r"chunk 1 .* \['own', 'two'\], expected \['own'\]"):
        chunk_members(tmp_path / "members.parquet", "kernel", 1, ["own"])


def test_training_takes_the_data_sets_own_splits_and_width(config: Any) -> None:
    setting = setting_of(config, "iris")
    assert setting["protocols"] == {"resample": {"validation_rows": 50}}
    assert setting["training"] == config["training"]
    config["datasets"]["iris"]["hidden_units"] = 5
    assert setting_of(config, "iris")["training"] == config["training"] | {"hidden_units": 5}
    assert setting_of(config, "ionosphere")["training"] == config["training"]
    assert "cosine 0.1 0.9" in setting["arms"]


def test_the_quick_study_is_quick(quick: Any, config: Any) -> None:
    """It trains each arm of the study, but for those of rates and momenta that its grid lacks."""
    assert n_networks(quick) < 6000
    left_out = {arm for arm in all_arms(config) if arm not in all_arms(quick)}
    assert left_out < set(grid_arms(config))
    members = plan_members(quick)
    assert set(members["arm"]) == {arm for name in quick["parts"] for arm in part_arms(quick, name)}
    assert members["part"].unique().tolist() == list(quick["parts"])


def test_numbers_of_networks_and_of_a_jobs_streams_are_those_of_the_plan(quick: Any) -> None:
    members = plan_members(quick)
    assert n_networks(quick) == len(members)
    blocks = ["chunk", "part", "dataset", "protocol", "epochs"]
    for trainer in ("keras", "kernel"):
        trained = members[members["trainer"] == trainer].groupby(blocks, sort=False)
        streams = trained["replicate"].nunique()
        loads = [load for job in chunks(quick, trainer) for load in job]
        assert [load.replicates for load in loads] == streams.tolist()
        assert [load.networks for load in loads] == trained.size().tolist()


def test_training_rows_differ_by_split_and_where_rows_are_held_out_by_replicate(quick: Any) -> None:
    members = plan_members(quick)
    held_out = members["arm"].isin(["plateau_inner", "plateau_validation_fewer"])
    one = members["replicate"].where(held_out, members["split"])
    sets = one.groupby([members["dataset"], members["part"], members["protocol"], members["arm"]])
    most = sets.nunique().groupby("dataset").max()
    assert most["ionosphere"] > most["iris"] == 5
    assert {name: most_splits(quick, name) for name in most.index} == most.to_dict()
