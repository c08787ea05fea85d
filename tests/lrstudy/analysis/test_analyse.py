"""Arms and returns by hand, whatever the order of the rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.analysis.analyse import arms_table, clusters_of, crossings_table, returns_table
from lrstudy.data.random_streams import generator
from lrstudy.statistics.resampling import bootstrap_means, percentile_intervals
from lrstudy.tables.outcome import pack_missed
from lrstudy.tables.results import ARMS, CROSSINGS, RETURNS
from paperledger.claims.quoted import table_claims
from paperledger.io.tables import write_table

ANALYSIS: dict[str, Any] = {
    "parts": ["study", "official"],
    "confidence": 0.9,
    "resamples": 199,
    "seed": 7,
    "tutorial": {"n_validation": 116, "baseline_correct": 111, "schedule_correct": 115},
}


def runs(n: int = 12, seed: int = 0) -> pd.DataFrame:
    """Three arms on both protocols; on resample two replicates a split."""
    rng = np.random.default_rng(seed)
    frames = []
    for protocol in ("tail", "resample"):
        for arm, shift in (("a", 0), ("b", 2), ("c", 0)):
            number = np.arange(n)
            columns = {
                "part": "study",
                "dataset": "own",
                "protocol": protocol,
                "initializer": "glorot_uniform",
                "arm": arm,
                "trainer": "kernel",
                "replicate": 1000 + number,
                "split": 1000 + number // 2 if protocol == "resample" else 0,
                "n_validation": 116,
                "n_correct": 108 + shift + rng.integers(0, 6, n),
                "n_positive": 107,
                "n_correct_positive": 105,
                "val_loss": rng.random(n).astype(np.float32),
                "epochs": 50,
                "best_n_correct": 116,
                "reached": [f"{epoch:04x}" for epoch in rng.integers(2, 51, n)],
                "last10_n_correct": np.float32(58),
                "diverged": False,
            }
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def counts(**arms: list[int]) -> pd.DataFrame:
    """Runs on the tail with the given numbers of right rows."""
    n = len(next(iter(arms.values())))
    table = runs(n)[lambda x: x["protocol"].eq("tail") & x["arm"].isin(arms)]
    return table.assign(n_correct=np.concatenate(list(arms.values())))


def ordered(table: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    return table.sort_values(list(key)).reset_index(drop=True)


# --- arms ---------------------------------------------------------------------


def test_an_arm_by_hand(tmp_path: Path) -> None:
    table = arms_table(
        counts(a=[111, 115, 116, 111]).assign(
            diverged=[True, False, False, False], val_loss=[0.1, 0.2, 0.3, 1.0]
        ),
        ANALYSIS,
    )
    assert len(table) == 1
    row = table.iloc[0]
    assert (row["n"], row["n_diverged"]) == (4, 1)
    accuracy = np.array([111, 115, 116, 111]) / 1.16
    assert row["mean"] == pytest.approx(accuracy.mean())
    assert row["sd"] == pytest.approx(accuracy.std(ddof=1))
    assert row["iqm"] == pytest.approx(113 / 1.16)  # without one 111 and 116
    assert row[["minimum", "median", "maximum"]].tolist() == pytest.approx(
        [111 / 1.16, 113 / 1.16, 100]
    )
    assert row["reach"] == 50.0  # 115 itself counts
    assert row["low"] <= row["mean"] <= row["high"]
    # 105 of 107 good rows; 6, 10, 11 and 6 of 9 bad ones, were that possible
    assert row["balanced"] == pytest.approx(100 * (105 / 107 + 8.25 / 9) / 2)
    assert row["log_loss"] == pytest.approx(0.4)
    assert (row["last10"], row["best"]) == pytest.approx((50, 100))
    write_table(table, tmp_path / "arms.parquet", ARMS)


def test_the_middle_half_is_not_the_median() -> None:
    row = arms_table(counts(a=[100, 101, 102, 103, 104, 111, 115, 116]), ANALYSIS).iloc[0]
    assert row["iqm"] == pytest.approx((102 + 103 + 104 + 111) / 4 / 1.16)
    assert row["median"] == pytest.approx(103.5 / 1.16)


def test_intervals_of_arms_come_from_whole_replicates_and_whole_splits() -> None:
    table, all_runs = arms_table(runs(), ANALYSIS), runs()
    untold = {key: value for key, value in ANALYSIS.items() if key != "tutorial"}
    other = arms_table(runs(), untold)
    assert other["reach"].isna().all() and other["best"].equals(table["best"])
    for protocol, cluster in (("tail", "replicate"), ("resample", "split")):
        chosen = all_runs[all_runs["arm"].eq("b") & all_runs["protocol"].eq(protocol)]
        row = table[table["arm"].eq("b") & table["protocol"].eq(protocol)].iloc[0]
        assert [row["low"], row["high"]] == pytest.approx(
            interval((chosen["n_correct"] / 1.16).groupby(chosen[cluster]).mean())
        )


def interval(values: pd.Series) -> list[float]:
    rng = generator("resampling", 7)
    drawn = bootstrap_means(values.to_numpy(float)[:, None], resamples=199, rng=rng)
    return percentile_intervals(drawn, 0.9)[:, 0].tolist()


def test_speed_is_told_where_the_baseline_was_trained(tmp_path: Path) -> None:
    """Arm a has a mean of 112 of 116 rows; b is there in epoch 3, 5, 51 and 1, never once."""
    table = counts(a=[111, 113, 112, 112], b=[116, 110, 110, 116])
    of_b = {"best_n_correct": [116, 112, 111, 116], "reached": ["0003", "0005", "", ""]}
    for column, values in of_b.items():
        table.loc[table["arm"] == "b", column] = values
    table.loc[table["replicate"].eq(1000) & table["arm"].eq("b"), "best_n_correct"] = 112
    elsewhere = table[table["arm"] == "b"].assign(dataset="other")
    found = arms_table(pd.concat([table, elsewhere]), ANALYSIS | {"baseline": "a"})
    write_table(found, tmp_path / "arms.parquet", ARMS)
    rows = found.set_index(["dataset", "arm"])
    columns = ["speed", "speed_low", "speed_high", "never"]
    speeds = pd.Series([3, 5, 51, 1])
    assert rows.loc[("own", "b"), columns].tolist() == [15, *interval(speeds), 25]
    assert rows.loc[("other", "b"), columns].isna().all()
    assert rows.loc[("own", "b"), "low"] == rows.loc[("other", "b"), "low"]
    assert arms_table(table, ANALYSIS)[columns].isna().all(axis=None)
    claims = table_claims(found, ARMS)
    assert claims["arm.study.own.tail.glorot_uniform.b.kernel.speed"].text == "15.00"
    assert "arm.study.other.tail.glorot_uniform.b.kernel.speed" not in claims


def curve(arm: str, accuracy: list[float], **where: str) -> pd.DataFrame:
    place = {"dataset": "own", "protocol": "tail", "initializer": "glorot_uniform", "arm": arm}
    columns = {"epoch": np.arange(1, len(accuracy) + 1), "accuracy_mean": accuracy}
    return pd.DataFrame(columns).assign(**place | {"part": "study"} | where)


def test_where_mean_curves_cross_the_baselines_final_accuracy(tmp_path: Path) -> None:
    """A level that the baseline's own mean misses in its last bits; passed by noise; or never."""
    right = np.array([100, 102, 104, 103])
    table = counts(a=right.tolist(), b=[116, 110, 110, 116])
    level, own = (100.0 * right / 116).mean(), float(np.mean(right / 116))
    assert 100.0 * own < level
    curves = pd.concat(
        [
            curve("b", [0.99], dataset="other"),  # where no baseline was trained
            curve("a", [0.5, 0.88, own]),
            curve("b", [0.9, 0.2, 0.1]),
            curve("c", [0.8, 0.88, 0.8814]),
            curve("b", [0.0, 0.0, 0.99], part="official"),
            curve("d", [0.0, 0.0, 0.99], part="official"),
            curve("a", [0.0, 0.0, 0.99], part="budget"),
        ]
    )
    found = crossings_table(curves, table, ANALYSIS | {"baseline": "a"})
    write_table(found, tmp_path / "crossings.parquet", CROSSINGS)
    assert found["level"].tolist() == [level] * 4
    epochs = found.set_index("arm")["epoch"]
    assert epochs.dropna().to_dict() == {"a": 3, "b": 1, "d": 3}
    assert np.isnan(epochs["c"])
    claims = table_claims(found, CROSSINGS)
    assert claims["crossing.own.tail.glorot_uniform.a.epoch"].text == "3"
    assert "crossing.own.tail.glorot_uniform.c.epoch" not in claims
    nowhere = crossings_table(curves, table, ANALYSIS)
    write_table(nowhere, tmp_path / "nowhere.parquet", CROSSINGS)
    assert len(nowhere) == 0


def test_clusters() -> None:
    table = runs(4)
    assert clusters_of(table[table["protocol"] == "tail"][:4]).tolist() == [1000, 1001, 1002, 1003]
    drawn = table[table["protocol"] == "resample"][:4]
    assert clusters_of(drawn).tolist() == [1000, 1000, 1001, 1001]
    # one split alone is as good as fixed
    assert clusters_of(drawn[:2]).tolist() == [1000, 1001]


def test_only_the_parts_that_are_analysed() -> None:
    other = runs().assign(part="crossed", n_correct=0)
    official = runs().query("protocol == 'tail'").assign(part="official", protocol="official")
    table = arms_table(pd.concat([other, runs(), official]), ANALYSIS)
    assert table["part"].tolist() == ["study"] * 6 + ["official"] * 3
    assert table["mean"].min() > 90
    pd.testing.assert_frame_equal(table[:6], arms_table(runs(), ANALYSIS))


def test_rows_are_ordered_by_their_numbers_not_by_position() -> None:
    there = ordered(arms_table(runs(), ANALYSIS), ARMS.key)
    for seed in (1, 2, 3):
        here = arms_table(runs().sample(frac=1, random_state=seed), ANALYSIS)
        pd.testing.assert_frame_equal(ordered(here, ARMS.key), there, check_exact=True)


def test_a_cell_does_not_depend_on_the_others() -> None:
    everything = arms_table(runs(), ANALYSIS)
    alone = arms_table(runs()[lambda x: x["arm"] == "c"], ANALYSIS)
    kept = everything[everything["arm"] == "c"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, alone, check_exact=True)


# --- returns ------------------------------------------------------------------


def answers(wrong: list[list[int]], **where: Any) -> pd.DataFrame:
    """Networks that miss the given rows of 10 that validate."""
    bits = np.zeros((len(wrong), 10), bool)
    for i, rows in enumerate(wrong):
        bits[i, rows] = True
    columns = {
        "part": "study",
        "dataset": "own",
        "protocol": "tail",
        "initializer": "g",
        "arm": "a",
        "n_validation": 10,
        "missed": [packed.tobytes().hex() for packed in pack_missed(bits)],
    }
    return pd.DataFrame(columns | where)


LABELS = np.array([0, 0] + [1, 0, 1, 1, 1, 1, 1, 1, 0, 1], np.uint8)  # the last ten validate


def test_returns_by_hand(tmp_path: Path) -> None:
    table = returns_table(answers([[0], [0, 9], [], [0, 8]]), LABELS, ANALYSIS)
    assert table["row"].tolist() == list(range(2, 12))
    assert table["positive"].tolist() == [bool(label) for label in LABELS[2:]]
    assert table["missed"].tolist() == [0.75, 0, 0, 0, 0, 0, 0, 0, 0.25, 0.25]
    assert (table["n"] == 4).all()
    write_table(table, tmp_path / "returns.parquet", RETURNS)


def test_returns_of_each_arm_on_the_tail_alone() -> None:
    table = pd.concat(
        [
            answers([[0], [1]]),
            answers([[2], [2], [2]], arm="b"),
            answers([[3]], initializer="n"),
            answers([[4]], protocol="resample"),
            answers([[5]], part="crossed"),
        ]
    )
    found = returns_table(table, LABELS, ANALYSIS)
    assert found.index.equals(pd.RangeIndex(len(found)))
    missed = found.loc[found["missed"] > 0, ["initializer", "arm", "row", "missed"]]
    assert list(missed.itertuples(index=False, name=None)) == [
        ("g", "a", 2, 0.5), ("g", "a", 3, 0.5), ("g", "b", 4, 1.0), ("n", "a", 5, 1.0)
    ]  # fmt: skip
    shuffled = returns_table(table.sample(frac=1, random_state=1), LABELS, ANALYSIS)
    pd.testing.assert_frame_equal(ordered(shuffled, RETURNS.key), ordered(found, RETURNS.key))


def test_returns_add_up_to_the_accuracy() -> None:
    rng = np.random.default_rng(2)
    wrong = [rng.choice(10, rng.integers(0, 5), replace=False).tolist() for _ in range(50)]
    table = returns_table(answers(wrong), LABELS, ANALYSIS)
    assert table["missed"].sum() == pytest.approx(np.mean([len(rows) for rows in wrong]))
