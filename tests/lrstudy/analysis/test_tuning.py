"""The grid by hand; what was lucky where nothing is chosen must not be chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.analysis.tuning import grid_table, tuned_table
from lrstudy.tables.results import GRID, TUNED
from paperledger.io.tables import write_table

CONFIG: dict[str, Any] = {
    "grid": {
        "initial_rates": [1.0, 0.1],  # in no order of the alphabet
        "momenta": [0.0, 0.9],
        "schedules": {
            "constant": {"label": "constant", "schedule": {"name": "constant"}},
            "cosine": {"label": "cosine", "schedule": {"name": "cosine", "final_factor": 0.0}},
        },
    },
    "analysis": {
        "tuning": {"part": "grid", "selection_replicates": 2, "protocols": ["tail", "resample"]},
    },
}
# Rows right of 100 by replicate; the first two choose.
CONSTANT = {
    "constant 0.1 0": [90, 91, 99, 99],  # best where nothing is chosen
    "constant 0.1 0.9": [80, 95, 60, 62],
    "constant 1 0": [95, 95, 70, 73],  # chosen
    "constant 1 0.9": [10, 10, 100, 100],
}
COSINE = {
    "cosine 0.1 0": [90, 90, 80, 80],
    "cosine 0.1 0.9": [92, 94, 100, 100],
    "cosine 1 0": [93, 93, 80, 84],  # it ties with two others: the first in the grid
    "cosine 1 0.9": [94, 92, 90, 90],
}


def runs(arms: dict[str, Any], **where: Any) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {
                "part": "grid",
                "dataset": "own",
                "protocol": "tail",
                "initializer": "g",
                "arm": arm,
                "replicate": 1000 + np.arange(len(values)),
                "n_validation": 100,
                "n_correct": values,
                "diverged": False,
            }
        ).assign(**where)
        for arm, values in arms.items()
    ]
    return pd.concat(frames, ignore_index=True)


def test_points_of_the_grid_by_hand(tmp_path: Path) -> None:
    table = runs(CONSTANT | COSINE)
    table.loc[table["arm"].eq("cosine 1 0.9") & table["replicate"].lt(1003), "diverged"] = True
    other = runs({"constant 0.1 0": [0, 0]}, part="study")
    found = grid_table(pd.concat([other, table]), CONFIG)
    assert len(found) == 8
    write_table(found, tmp_path / "grid.parquet", GRID)
    rows = found.set_index(["schedule", "initial_rate", "momentum"])
    assert (rows["n"] == 4).all()
    assert rows.loc[("cosine", 1.0, 0.9), "n_diverged"] == 3
    assert rows["n_diverged"].sum() == 3
    assert rows.loc[("constant", 0.1, 0.9), "mean"] == pytest.approx((80 + 95 + 60 + 62) / 4)
    assert rows.loc[("constant", 1.0, 0.9), "sd"] == pytest.approx(90 / 3**0.5)


def test_each_schedules_best_by_hand(tmp_path: Path) -> None:
    found = tuned_table(runs(CONSTANT | COSINE), CONFIG)
    write_table(found, tmp_path / "tuned.parquet", TUNED)
    rows = found.set_index("schedule")
    # Chosen on 95 and 95; what counts is 70 and 73. Over all replicates it is the worst but one.
    assert rows.loc["constant", ["initial_rate", "momentum"]].tolist() == [1.0, 0.0]
    assert rows.loc["constant", ["chosen_mean", "mean"]].tolist() == [95, 71.5]
    # Three have a mean of 93: the first in the grid's order.
    assert rows.loc["cosine", ["initial_rate", "momentum"]].tolist() == [1.0, 0.0]
    assert rows.loc["cosine", ["chosen_mean", "mean"]].tolist() == [93, 82]


def test_the_later_replicates_choose_nothing() -> None:
    table = runs(CONSTANT | COSINE)
    expected = tuned_table(table, CONFIG).drop(columns="mean")
    rng = np.random.default_rng(1)
    for _ in range(5):
        later = table["replicate"] >= 1002
        table.loc[later, "n_correct"] = rng.integers(0, 101, later.sum())
        found = tuned_table(table, CONFIG).drop(columns="mean")
        pd.testing.assert_frame_equal(found, expected)


def test_the_first_replicates_score_nothing() -> None:
    """More on the first replicates, alike for all, leaves what is reported as it was."""
    table = runs(CONSTANT | COSINE)
    before = tuned_table(table, CONFIG)
    table.loc[table["replicate"] < 1002, "n_correct"] += 5
    after = tuned_table(table, CONFIG)
    assert after["mean"].tolist() == before["mean"].tolist()
    assert after["chosen_mean"].tolist() == (before["chosen_mean"] + 5).tolist()


def test_the_first_are_those_with_the_lowest_numbers() -> None:
    expected = tuned_table(runs(CONSTANT | COSINE), CONFIG).sort_values("schedule")
    for seed in (1, 2, 3):
        found = tuned_table(runs(CONSTANT | COSINE).sample(frac=1, random_state=seed), CONFIG)
        found = found.sort_values("schedule")
        pd.testing.assert_frame_equal(
            found.reset_index(drop=True), expected.reset_index(drop=True), check_exact=True
        )


def test_equal_sums_tie_whatever_their_last_bits() -> None:
    """105 + 113 and 109 + 109 of 116 rows are the same mean: the first in the grid's order."""
    values = [[105, 113, 0], [109, 109, 0]]
    for rows in (values, values[::-1]):
        arms = dict(zip(["constant 1 0", "constant 0.1 0"], rows, strict=True))
        for table in (arms, dict(reversed(arms.items()))):
            found = tuned_table(runs(table, n_validation=116), CONFIG)
            assert found["initial_rate"].tolist() == [1.0]


def test_cells_are_tuned_apart() -> None:
    drawn = {name: values[::-1] for name, values in CONSTANT.items()}
    table = pd.concat(
        [
            runs(CONSTANT),
            runs(drawn, protocol="resample"),
            runs(drawn, initializer="n"),
            runs(drawn, protocol="official"),  # not asked for
            runs(COSINE, part="study"),  # nor this
        ]
    )
    found = tuned_table(table, CONFIG)
    cells = found[["protocol", "initializer", "schedule", "initial_rate", "momentum"]]
    assert sorted(map(tuple, cells.to_numpy().tolist())) == [
        ("resample", "g", "constant", 1.0, 0.9),
        ("tail", "g", "constant", 1.0, 0.0),
        ("tail", "n", "constant", 1.0, 0.9),
    ]
