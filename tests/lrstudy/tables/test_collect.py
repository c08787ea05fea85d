"""From outcomes to tables, on a data set small enough to count by hand."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.data.dataset import Dataset
from lrstudy.data.random_streams import generator
from lrstudy.data.splits import split
from lrstudy.tables.collect import collect, curves_of, runs_table
from lrstudy.tables.outcome import (
    Outcome,
    concatenate,
    load_outcomes,
    pack_missed,
    save_outcomes,
    unpack_hex,
    unpack_missed,
)
from lrstudy.tables.runs import CURVES, RUNS
from paperledger.io.tables import write_table

# The last three rows validate: good, bad, good.
DATA = Dataset(np.zeros((6, 2), np.float32), np.array([1, 0, 0, 1, 0, 1], np.uint8))
PROTOCOLS: dict[str, Any] = {
    "tail": {"validation_fraction": 0.5},
    "resample": {"validation_rows": 3},
}


def members(
    n: int,
    protocol: str = "tail",
    arm: str = "a",
    part: str = "study",
    dataset: str = "own",
    epochs: int = 12,
) -> pd.DataFrame:
    columns = {
        "part": part,
        "dataset": dataset,
        "protocol": protocol,
        "initializer": "g",
        "arm": arm,
        "trainer": "keras",
        "epochs": epochs,
        "batch_size": 28,
        "replicate": 1000 + np.arange(n),
        "initialisation": 2000 + np.arange(n),
        "shuffle": 3000 + np.arange(n),
        "split": 1000 + np.arange(n) if protocol == "resample" else 0,
        "chunk": 0,
    }
    return pd.DataFrame(columns)


def outcome(n: int = 2, n_epochs: int = 12) -> Outcome:
    """Rows right: member 0 has 1, then 3 in epoch 4, then 2; the others always 2."""
    n_correct = np.full((n, n_epochs), 2, np.uint16)
    n_correct[0, :3], n_correct[0, 3:5] = 1, 3
    wrong = np.zeros((n, 3), bool)
    wrong[:, 1] = True
    wrong[0] = [True, False, False]
    return Outcome(
        n_correct=n_correct,
        validation_loss=np.linspace(1, 2, n * n_epochs, dtype=np.float32).reshape(n, n_epochs),
        training_loss=np.linspace(3, 4, n * n_epochs, dtype=np.float32).reshape(n, n_epochs),
        missed=pack_missed(wrong),
        diverged=np.arange(n) == 1,
    )


def test_runs_by_hand(tmp_path: Path) -> None:
    table = runs_table(DATA, PROTOCOLS, members(2), outcome())
    assert table["n_validation"].tolist() == [3, 3]
    assert table["n_positive"].tolist() == [2, 2]
    assert table["n_correct"].tolist() == [2, 2]
    assert table["n_correct_positive"].tolist() == [1, 2]  # the first misses a good row
    assert table["best_epoch"].tolist() == [3, 0]
    assert table["best_n_correct"].tolist() == [3, 2]
    # the last ten epochs of member 0: 1, 3, 3, and seven times 2
    assert table["last10_n_correct"].tolist() == pytest.approx([2.1, 2.0])
    assert table["reached"].tolist() == ["00040004", ""]  # two and three rows, in epoch 4
    assert table["missed"].tolist() == ["01", "02"]
    assert table["diverged"].tolist() == [False, True]
    assert table["val_loss"].tolist() == pytest.approx([1 + 11 / 23, 2.0])
    assert table["train_loss"].tolist() == pytest.approx([3 + 11 / 23, 4.0])
    assert "chunk" not in table
    for name in ("replicate", "initialisation", "shuffle", "split", "part", "batch_size"):
        assert table[name].tolist() == members(2)[name].tolist()
    write_table(table, tmp_path / "runs.parquet", RUNS)


def test_fewer_than_ten_epochs() -> None:
    table = runs_table(DATA, PROTOCOLS, members(2), outcome(n_epochs=4))
    assert table["last10_n_correct"].tolist() == pytest.approx([(1 + 1 + 1 + 3) / 4, 2.0])


def test_positive_rows_are_those_of_each_members_own_split() -> None:
    labels = np.array([1] * 8 + [0] * 4, np.uint8)
    data = Dataset(np.zeros((12, 1), np.float32), labels)
    planned = members(8, "resample")
    found = replace(outcome(8), missed=np.full((8, 1), 0b001, np.uint8))  # the first row is wrong
    table = runs_table(data, PROTOCOLS, planned, found)
    first_is_good = []
    for number in planned["split"]:
        rows = split(
            "resample", labels, generator=generator("splitting", number), validation_rows=3
        )
        first_is_good.append(labels[rows.validation[0]] == 1)
    assert table["n_positive"].tolist() == [2] * 8
    assert table["n_correct_positive"].tolist() == [1 if good else 2 for good in first_is_good]


def test_lengths_that_differ() -> None:
    with pytest.raises(ValueError, match="3 members planned, 2 trained"):
        runs_table(DATA, PROTOCOLS, members(3), outcome())


def test_curves_by_hand(tmp_path: Path) -> None:
    (table,) = curves_of(members(2), outcome(), 3, ["study"])
    assert table["epoch"].tolist() == list(range(1, 13))
    assert (table["n"] == 2).all()
    assert table["accuracy_mean"].tolist() == pytest.approx([0.5] * 3 + [2.5 / 3] * 2 + [2 / 3] * 7)
    assert table["accuracy_q50"].tolist() == table["accuracy_mean"].tolist()
    low = table["accuracy_q05"].iloc[0]
    assert low == pytest.approx(1 / 3 + 0.05 / 3)  # a twentieth of the way from 1 to 2 of 3
    assert table["train_loss_q95"].iloc[-1] == pytest.approx(4 - 0.05 * 12 / 23)
    assert table["val_loss_mean"].iloc[0] == pytest.approx(1 + 6 / 23)
    write_table(table, tmp_path / "curves.parquet", CURVES)


def pieces(n: int) -> list[tuple[pd.DataFrame, list[Outcome]]]:
    """The same five networks of two arms in chunks of n."""
    planned = pd.concat([members(3), members(2, arm="b")], ignore_index=True)
    everything = outcome(5)
    return [
        (
            planned[i : i + n].reset_index(drop=True),
            [Outcome(**{f.name: getattr(everything, f.name)[i : i + n] for f in fields(Outcome)})],
        )
        for i in range(0, 5, n)
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_cell_may_lie_in_several_chunks(size: int, tmp_path: Path) -> None:
    whole_runs, whole_curves = collect({"own": DATA}, {"own": PROTOCOLS}, pieces(5), ["study"])
    runs, curves = collect({"own": DATA}, {"own": PROTOCOLS}, pieces(size), ["study"])
    pd.testing.assert_frame_equal(runs, whole_runs)
    pd.testing.assert_frame_equal(curves, whole_curves)
    assert curves["n"].tolist() == [3] * 12 + [2] * 12
    write_table(curves, tmp_path / "curves.parquet", CURVES)


def test_parts_have_curves_of_their_own() -> None:
    """Two parts may train an arm with one trainer: a crossed cell is no sample like the other."""
    chunks = [(members(2, part=part), [outcome()]) for part in ("study", "crossed")]
    runs, curves = collect({"own": DATA}, {"own": PROTOCOLS}, chunks, ["crossed"])
    assert runs["part"].tolist() == ["study"] * 2 + ["crossed"] * 2
    assert curves["part"].tolist() == ["crossed"] * 12
    assert (curves["n"] == 2).all()


def test_arms_may_differ_in_epochs(tmp_path: Path) -> None:
    chunks = [
        (members(2), [outcome()]),
        (members(3, arm="b", epochs=20), [outcome(3, 20)]),
        (members(2, arm="c"), [outcome()]),
    ]
    runs, curves = collect({"own": DATA}, {"own": PROTOCOLS}, chunks, ["study"])
    assert runs.groupby("arm")["epochs"].unique().map(list).to_dict() == {
        "a": [12], "b": [20], "c": [12]
    }  # fmt: skip
    assert curves.groupby("arm")["epoch"].max().to_dict() == {"a": 12, "b": 20, "c": 12}
    assert curves.groupby("arm")["n"].unique().map(list).to_dict() == {"a": [2], "b": [3], "c": [2]}
    write_table(runs, tmp_path / "runs.parquet", RUNS)
    write_table(curves, tmp_path / "curves.parquet", CURVES)


def test_protocols_may_differ_in_size(tmp_path: Path) -> None:
    found = outcome()
    official = replace(found, missed=np.array([[1], [2]], np.uint8))
    protocols = {**PROTOCOLS, "official": {"training_rows": 2}}
    chunks = [(members(2), [found]), (members(2, "official"), [official])]
    runs, _ = collect({"own": DATA}, {"own": protocols}, chunks, ["study"])
    assert runs["n_validation"].tolist() == [3, 3, 4, 4]
    assert runs["n_positive"].tolist() == [2, 2, 2, 2]
    write_table(runs, tmp_path / "runs.parquet", RUNS)


def test_each_data_set_is_split_by_its_own_protocols(tmp_path: Path) -> None:
    other = Dataset(np.zeros((4, 1), np.float32), np.array([1, 1, 0, 0], np.uint8))
    found = outcome()
    chunks = [
        (members(2), [found]),
        (members(2, dataset="other"), [replace(found, missed=np.array([[1], [2]], np.uint8))]),
        (members(2, part="crossed"), [found]),
    ]
    protocols = {"own": PROTOCOLS, "other": {"tail": {"validation_fraction": 0.25}}}
    runs, curves = collect({"own": DATA, "other": other}, protocols, chunks, ["study"])
    assert runs["dataset"].tolist() == ["own"] * 4 + ["other"] * 2
    assert runs["n_validation"].tolist() == [3] * 4 + [1] * 2
    assert runs["n_positive"].tolist() == [2] * 4 + [0] * 2
    assert curves["dataset"].tolist() == ["own"] * 12 + ["other"] * 12
    write_table(runs, tmp_path / "runs.parquet", RUNS)
    write_table(curves, tmp_path / "curves.parquet", CURVES)


def test_a_chunk_may_hold_several_groups() -> None:
    """Networks trained alike are those of one outcome, wherever in the chunk they stand."""
    apart = [
        (members(2), [outcome()]),
        (members(3, arm="b", epochs=20), [outcome(3, 20)]),
        (members(2, arm="c"), [outcome()]),
    ]
    rows = pd.concat([rows for rows, _ in apart], ignore_index=True)
    together = [(rows, [concatenate([outcome(), outcome()]), outcome(3, 20)])]
    one = collect({"own": DATA}, {"own": PROTOCOLS}, apart, ["study"])
    other = collect({"own": DATA}, {"own": PROTOCOLS}, together, ["study"])
    for table, expected in zip(other, one, strict=True):
        pd.testing.assert_frame_equal(table, expected)
    with pytest.raises(ValueError, match="shorter"):
        collect({"own": DATA}, {"own": PROTOCOLS}, [(rows, [outcome(4)])], ["study"])


# --- the file between training and collecting ---------------------------------


def test_outcomes_come_back_as_they_were(tmp_path: Path) -> None:
    saved = [outcome(n, n_epochs) for n, n_epochs in enumerate(range(12, 24), 1)]
    save_outcomes(saved, tmp_path / "a.npz")
    for there, here in zip(saved, load_outcomes(tmp_path / "a.npz"), strict=True):
        for field in fields(Outcome):
            one, other = getattr(there, field.name), getattr(here, field.name)
            assert other.dtype == one.dtype
            assert (other == one).all()
    save_outcomes(saved, tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert sorted(x.name for x in tmp_path.iterdir()) == ["a.npz", "b.npz"]


def test_concatenate_keeps_the_order() -> None:
    both = concatenate([outcome(2), outcome(3)])
    assert both.n_correct.shape == (5, 12)
    assert both.diverged.tolist() == [False, True, False, True, False]


@pytest.mark.parametrize("n", [1, 7, 8, 9, 116])
def test_missed_rows_survive_packing(n: int) -> None:
    wrong = np.random.default_rng(n).random((4, n)) < 0.3
    packed = pack_missed(wrong)
    assert packed.shape == (4, -(-n // 8))
    assert (unpack_missed(packed, n) == wrong).all()
    assert (unpack_hex([bits.tobytes().hex() for bits in packed], n) == wrong).all()


def test_low_bit_first() -> None:
    assert pack_missed(np.array([True] + [False] * 8 + [True])).tolist() == [1, 2]
    assert unpack_hex(["0102"], 10).tolist() == [[True] + [False] * 8 + [True]]
