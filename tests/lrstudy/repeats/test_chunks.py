"""Hashes of pieces of training jobs: of what they hold, and found again by training."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.repeats import chunks
from lrstudy.repeats.chunks import draw_pieces, groups_of, hash_jobs, hash_outcome, rows_of
from lrstudy.repeats.settings import RepeatError
from lrstudy.tables.outcome import Outcome, save_outcomes


def outcome_of(n: int, epochs: int = 3) -> Outcome:
    rng = np.random.default_rng(n)
    return Outcome(
        n_correct=rng.integers(0, 9, (n, epochs)).astype(np.uint16),
        validation_loss=rng.random((n, epochs)).astype(np.float32),
        training_loss=rng.random((n, epochs)).astype(np.float32),
        missed=rng.integers(0, 255, (n, 2)).astype(np.uint8),
        diverged=np.zeros(n, bool),
    )


def planned() -> pd.DataFrame:
    """Two jobs of the kernel, of which the second trains two groups, and one of Keras."""
    sizes = [
        ("keras", 0, "a", 4),
        ("kernel", 0, "a", 9),
        ("kernel", 1, "a", 2),
        ("kernel", 1, "b", 7),
    ]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "trainer": trainer,
                    "chunk": chunk,
                    "dataset": dataset,
                    "protocol": "tail",
                    "epochs": 3,
                    "replicate": np.arange(n),
                }
            )
            for trainer, chunk, dataset, n in sizes
        ],
        ignore_index=True,
    )


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "PIECE", 4)


def save(folder: Path, members: pd.DataFrame) -> None:
    for job, groups in groups_of(members):
        save_outcomes([outcome_of(len(rows)) for rows in groups], folder / f"{job}.npz")


@pytest.mark.parametrize("name", [field.name for field in fields(Outcome)])
def test_a_bit_makes_another_hash(name: str) -> None:
    outcome = outcome_of(3)
    array = getattr(outcome, name).copy()
    array.view(np.uint8).reshape(-1)[-1] ^= 1
    assert hash_outcome(replace(outcome, **{name: array})) != hash_outcome(outcome)
    assert hash_outcome(outcome_of(3)) == hash_outcome(outcome)


def test_each_piece_of_each_group_is_hashed(tmp_path: Path) -> None:
    save(tmp_path, planned())
    found = hash_jobs(planned(), tmp_path)
    sizes = {job: [len(pieces) for pieces in groups] for job, groups in found.items()}
    assert sizes == {"keras_0": [1], "kernel_0": [3], "kernel_1": [1, 2]}
    assert found["kernel_0"][0][2] == hash_outcome(outcome_of(9), 8)
    assert len({h for groups in found.values() for pieces in groups for h in pieces}) == 7


def test_a_job_that_left_other_networks_is_named(tmp_path: Path) -> None:
    save(tmp_path, planned())
    save_outcomes([outcome_of(8)], tmp_path / "kernel_0.npz")
    with pytest.raises(
        RepeatError, match=r"kernel_0: expected groups of \[9\] networks, found \[8\]"
    ):
        hash_jobs(planned(), tmp_path)


@pytest.mark.parametrize(("n", "pieces"), [(1, 1), (4, 1), (5, 2), (1000, 6)])
def test_pieces_of_the_kernel_are_drawn_until_there_are_enough(
    n: int, pieces: int, tmp_path: Path
) -> None:
    save(tmp_path, planned())
    jobs = hash_jobs(planned(), tmp_path)
    drawn = draw_pieces(jobs, n, np.random.default_rng(3))
    assert len(set(drawn)) == pieces
    assert all(job.startswith("kernel") for job, *_ in drawn)


def test_a_piece_has_its_planned_networks() -> None:
    rows = rows_of(planned(), "kernel_1", 1, 1)
    assert (set(rows["dataset"]), rows["replicate"].tolist()) == ({"b"}, [4, 5, 6])
    for asked in (("kernel_1", 1, 2), ("kernel_1", 2, 0), ("kernel_9", 0, 0)):
        with pytest.raises(RepeatError, match=f"{asked[0]}, group {asked[1]}, piece {asked[2]}"):
            rows_of(planned(), *asked)


# --- trained again ------------------------------------------------------------


def test_a_piece_trained_alone_has_the_bits_that_it_had_in_its_job(quick: Any) -> None:
    from lrstudy.commands.spotcheck import read_datasets
    from lrstudy.design.arms import setting_of
    from lrstudy.design.plan import plan_members
    from lrstudy.kernel.assembly import train_chunk

    quick["training"]["epochs"] = 2
    members = plan_members(quick)
    own = members[(members["trainer"] == "kernel") & (members["dataset"] == quick["dataset"])]
    job = own[own["protocol"] == "tail"].iloc[::40].head(10).reset_index(drop=True).assign(chunk=0)
    data = read_datasets(quick, {quick["dataset"]})[quick["dataset"]]

    def train(rows: pd.DataFrame) -> Outcome:
        setting = setting_of(quick, quick["dataset"])
        return train_chunk(data, setting, rows, n_threads=1, progress=lambda done: None)

    whole = train(job)
    piece = rows_of(job, "kernel_0", 0, 1).reset_index(drop=True)
    assert hash_outcome(train(piece)) == hash_outcome(whole, 4, 8)
    assert hash_outcome(train(piece.assign(shuffle=5))) != hash_outcome(whole, 4, 8)
