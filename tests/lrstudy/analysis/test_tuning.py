"""The grid by hand; what the reported rows would choose must not be chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.analysis.effects import effects_table
from lrstudy.analysis.tuning import choices_table, grid_table, tuned_table, tuning_pairs
from lrstudy.data.random_streams import generator
from lrstudy.statistics.resampling import bootstrap_means, percentile_intervals
from lrstudy.tables.results import EFFECTS, GRID, TUNED
from paperledger.io.tables import write_table

CONFIG: dict[str, Any] = {
    "dataset": "own",
    "grid": {
        "initial_rates": [0.5, 1.0, 0.1],  # in no order
        "momenta": [0.0, 0.9],
        "schedules": {
            "constant": {"label": "fixed", "schedule": {"name": "constant"}},
            "cosine": {"label": "cosine", "schedule": {"name": "cosine", "final_factor": 0.0}},
        },
    },
    "parts": {
        "study": {"arms": ["a"]},
        "ridge": {"arms": "grid"},
        "ridge_normal": {"arms": "grid"},
        "tuning": {"arms": "grid"},
    },
    "analysis": {
        "parts": ["study"],
        "initializer": "g",
        "confidence": 0.9,
        "resamples": 199,
        "seed": 7,
        "equivalence_margin": 0.5,
        "families": {"secondary": {"method": "fdr_bh", "initializers": "each"}},
        "hypotheses": {},
        "tuning": {
            "hypothesis": "T",
            "family": "secondary",
            "part": "ridge",
            "inner_part": "tuning",
            "reference": "constant",
        },
    },
}
ARMS = [
    f"{schedule} {rate:g} {momentum:g}"
    for schedule in ("constant", "cosine")
    for rate in (0.5, 1.0, 0.1)
    for momentum in (0.0, 0.9)
]


def runs(right: Any, loss: Any = 0.5, part: str = "ridge", **where: Any) -> pd.DataFrame:
    """One network for each row (a split) and column (of ARMS)."""
    right = np.asarray(right)
    loss = np.broadcast_to(np.asarray(loss, np.float32), right.shape)
    protocol = {"tuning": "inner"}.get(part, "resample")
    frames = [
        pd.DataFrame(
            {
                "part": part,
                "dataset": "own",
                "protocol": protocol,
                "initializer": "g",
                "arm": arm,
                "replicate": 1000 + np.arange(len(right)),
                "split": 1000 + np.arange(len(right)),
                "n_validation": 50 if protocol == "inner" else 100,
                "n_correct": right[:, i],
                "val_loss": loss[:, i],
                "diverged": False,
            }
        ).assign(**where)
        for i, arm in enumerate(ARMS)
    ]
    return pd.concat(frames, ignore_index=True)


# Three splits; rows right of 50 that choose, and of 100 that are reported.
INNER = [
    [40, 45, 30, 30, 30, 30, 41, 30, 30, 30, 30, 30],  # constant 0.5 0.9; cosine 0.5 0
    [44, 44, 30, 30, 30, 44, 30, 30, 46, 30, 30, 30],  # ties; cosine 1 0
    [40, 45, 30, 30, 30, 30, 30, 30, 46, 30, 30, 30],
]
LOSS = np.full((3, 12), 0.5)
LOSS[1, [0, 1, 5]] = 0.4, 0.3, 0.3  # of those that tie the second and third
LOSS[1, 2] = 0.1  # but that is less accurate
REPORTED = [
    [90, 80, 70, 70, 70, 70, 95, 70, 70, 70, 70, 99],
    [90, 81, 70, 70, 70, 70, 70, 70, 96, 70, 70, 70],
    [90, 82, 70, 70, 70, 70, 70, 70, 60, 70, 70, 70],
]


def both(**where: Any) -> pd.DataFrame:
    return pd.concat([runs(INNER, LOSS, "tuning", **where), runs(REPORTED, **where)])


def of(choices: pd.DataFrame, schedule: str, column: str) -> list[Any]:
    return choices[choices["schedule"] == schedule].sort_values("split")[column].tolist()


# --- the grid -----------------------------------------------------------------


def test_points_of_the_grid_by_hand(tmp_path: Path) -> None:
    table = runs(REPORTED, np.arange(36).reshape(3, 12) / 8)
    table.loc[table["arm"].eq("cosine 0.1 0.9") & table["replicate"].lt(1002), "diverged"] = True
    others = [
        runs(INNER, part="tuning"),
        runs(INNER, part="study"),
        runs(REPORTED, part="ridge_normal", initializer="n"),
    ]
    found = grid_table(pd.concat([table, *others]), CONFIG)
    assert found.groupby("initializer").size().to_dict() == {"g": 12, "n": 12}
    write_table(found, tmp_path / "grid.parquet", GRID)
    rows = found[found["initializer"] == "g"].set_index(["schedule", "initial_rate", "momentum"])
    assert (rows["n"] == 3).all()
    assert rows["n_diverged"].sum() == rows.loc[("cosine", 0.1, 0.9), "n_diverged"] == 2
    assert rows.loc[("cosine", 1.0, 0.0), "mean"] == pytest.approx((70 + 96 + 60) / 3)
    assert rows.loc[("constant", 0.5, 0.9), "sd"] == pytest.approx(1)
    assert rows.loc[("constant", 1.0, 0.0), "log_loss"] == pytest.approx(14 / 8)


# --- what is chosen -----------------------------------------------------------


def test_choices_by_hand() -> None:
    """Most rows right; of equals the least loss; of those the first of the grid."""
    found = choices_table(both(), CONFIG)
    assert of(found, "constant", "cell") == ["constant 0.5 0.9"] * 3
    assert of(found, "constant", "inner") == [90, 88, 90]
    assert of(found, "constant", "score") == [80, 81, 82]
    assert of(found, "constant", "leaky") == [90, 90, 90]
    assert of(found, "cosine", "cell") == ["cosine 0.5 0", "cosine 1 0", "cosine 1 0"]
    assert of(found, "cosine", "score") == [95, 96, 60]
    assert of(found, "cosine", "leaky") == [99, 96, 70]
    assert of(found, "all", "cell") == ["constant 0.5 0.9", "cosine 1 0", "cosine 1 0"]
    assert of(found, "all", "score") == [80, 96, 60]
    assert of(found, "all", "leaky") == [99, 96, 90]


def test_the_reported_rows_choose_nothing() -> None:
    expected = choices_table(both(), CONFIG)
    rng = np.random.default_rng(1)
    for _ in range(5):
        other = runs(rng.integers(0, 101, (3, 12)), rng.random((3, 12)))
        found = choices_table(pd.concat([runs(INNER, LOSS, "tuning"), other]), CONFIG)
        for column in ("cell", "inner"):
            assert found[column].tolist() == expected[column].tolist()


def test_the_order_of_rows_is_irrelevant_and_places_are_tuned_apart() -> None:
    there = choices_table(pd.concat([both(), both(initializer="n")]), CONFIG)
    assert there.groupby("initializer").size().to_dict() == {"g": 9, "n": 9}
    key = ["initializer", "schedule", "replicate"]
    for seed in (1, 2):
        shuffled = pd.concat([both(), both(initializer="n")]).sample(frac=1, random_state=seed)
        here = choices_table(shuffled, CONFIG)
        pd.testing.assert_frame_equal(
            here.sort_values(key).reset_index(drop=True),
            there.sort_values(key).reset_index(drop=True),
        )


def test_only_the_inner_part_on_inner_splits_chooses() -> None:
    others = [
        runs(REPORTED, part="tuning", protocol="tail"),
        runs(REPORTED, part="ridge_normal", protocol="inner"),
        runs(INNER, protocol="tail"),
        runs(INNER, part="ridge_normal"),
    ]
    expected = choices_table(both(), CONFIG)
    pd.testing.assert_frame_equal(choices_table(pd.concat([both(), *others]), CONFIG), expected)


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        (lambda table: table[table["replicate"] < 1002], "36 networks choose and 24 score"),
        (lambda table: table.assign(split=table["split"] + 1), "36 .* 36 score, of which 0 are"),
        (lambda table: table[table["arm"] != "cosine 1 0"], "36 .* 33 score, of which 33 are"),
        (lambda table: table[:0], "36 networks choose and 0 score"),
    ],
)
def test_both_parts_have_the_same_cells_on_the_same_splits(change: Any, counts: str) -> None:
    inner, outer = runs(INNER, LOSS, "tuning"), runs(REPORTED)
    with pytest.raises(ValueError, match=f"tuning on own from g: {counts}.*expected 36 of each"):
        choices_table(pd.concat([inner, change(outer)]), CONFIG)
    with pytest.raises(ValueError, match="tuning"):
        choices_table(pd.concat([change(inner), outer]), CONFIG)


# --- what is told of it -------------------------------------------------------


def test_tuned_by_hand(tmp_path: Path) -> None:
    table = tuned_table(choices_table(both(), CONFIG), CONFIG)
    write_table(table, tmp_path / "tuned.parquet", TUNED)
    rows = table.set_index("schedule")
    assert (rows["n"] == 3).all()
    assert rows["mean"].to_dict() == pytest.approx(
        {"constant": 81, "cosine": 251 / 3, "all": 236 / 3}
    )
    assert rows["inner_mean"].to_dict() == pytest.approx(
        {"constant": 268 / 3, "cosine": (82 + 92 + 92) / 3, "all": (90 + 92 + 92) / 3}
    )
    assert rows["leaky_mean"].to_dict() == pytest.approx(
        {"constant": 90, "cosine": 265 / 3, "all": 95}
    )
    cell = ["cell_schedule", "initial_rate", "momentum", "cell_splits"]
    assert rows.loc["constant", cell].tolist() == ["constant", 0.5, 0.9, 3]
    assert rows.loc["cosine", cell].tolist() == ["cosine", 1.0, 0.0, 2]
    assert rows.loc["all", cell].tolist() == ["cosine", 1.0, 0.0, 2]
    # Rates of 1 and of 0.1 are the grid's edge, and a momentum of 0.9; none is not.
    assert rows["edge"].to_dict() == pytest.approx({"constant": 100, "cosine": 200 / 3, "all": 100})
    scores = np.array([[95.0], [96.0], [60.0]])
    drawn = bootstrap_means(scores, resamples=199, rng=generator("resampling", 7))
    ends = percentile_intervals(drawn, 0.9)[:, 0]
    assert rows.loc["cosine", ["low", "high"]].tolist() == ends.tolist()


def test_of_cells_chosen_as_often_the_first_of_the_grid_is_named() -> None:
    right = np.full((2, 12), 30)
    right[0, 3] = right[1, 2] = 40
    table = pd.concat([runs(right, part="tuning"), runs(right)])
    row = tuned_table(choices_table(table, CONFIG), CONFIG).iloc[0]
    assert (row["initial_rate"], row["momentum"], row["cell_splits"]) == (1.0, 0.0, 1)


def test_what_is_asked_of_tuning(tmp_path: Path) -> None:
    choices = choices_table(both(), CONFIG)
    asked = {
        question.hypothesis: (question, found) for question, found in tuning_pairs(choices, CONFIG)
    }
    found = {name: found.differences.tolist() for name, (_, found) in asked.items()}
    assert list(found.items()) == [
        ("T.reference.leak", [10, 9, 8]),
        ("T.cosine", [15, 15, -22]),
        ("T.cosine.leak", [4, 0, 10]),
        ("T.all", [0, 15, -22]),
        ("T.all.leak", [19, 0, 30]),
    ]
    question, of_cosine = asked["T.cosine"]
    assert question.key == {
        "hypothesis": "T.cosine", "dataset": "own", "protocol": "resample", "initializer": "g"
    }  # fmt: skip
    assert question.setting == {"label": "cosine, tuned", "family": "secondary"}
    assert asked["T.all"][0].setting["label"] == "best of all, tuned"
    assert asked["T.reference.leak"][0].setting["label"] == "leak of tuning, fixed"
    assert of_cosine.clusters.tolist() == of_cosine.replicates.tolist() == [1000, 1001, 1002]
    table = effects_table(both(), None, choices, CONFIG)
    write_table(table, tmp_path / "effects.parquet", EFFECTS)
    assert table["hypothesis"].tolist() == list(found)
    assert table["difference"].tolist() == pytest.approx([np.mean(x) for x in found.values()])
    assert (table["p_adjusted"] >= table["p"]).all()


# --- simulated ----------------------------------------------------------------


def test_honest_tuning_of_equal_cells_has_no_optimism_and_leaky_tuning_has() -> None:
    """1,000 splits, 12 cells that are all right in 90 %: what is chosen is chosen by luck."""
    rng = np.random.default_rng(1)
    inner, outer = rng.binomial(50, 0.9, (1000, 12)), rng.binomial(100, 0.9, (1000, 12))
    loss = rng.random((1000, 12))
    table = pd.concat([runs(inner, loss, "tuning"), runs(outer, loss)])
    rows = tuned_table(choices_table(table, CONFIG), CONFIG).set_index("schedule")
    # A standard error of 0.1.
    assert rows["mean"].to_numpy() == pytest.approx([90, 90, 90], abs=0.4)
    assert (rows["inner_mean"] > 94).all()
    assert (rows["leaky_mean"] > 93).all()
    assert rows.loc["all", "leaky_mean"] > rows.loc["constant", "leaky_mean"] + 0.5
