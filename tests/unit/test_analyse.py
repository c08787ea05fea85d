"""Arms and contrasts by hand; joined by key, whatever the order of the rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.analyse import arms_table, contrasts_table
from lrstudy.stats import bootstrap_mean, holm
from lrstudy.streams import generator
from lrstudy.tables import ARMS, CONTRASTS, write_table

ANALYSIS: dict[str, Any] = {
    "confidence": 0.9,
    "resamples": 199,
    "seed": 7,
    "contrasts": {
        "b_vs_a": {"treatment": "b", "control": "a", "protocols": ["tail", "resample"]},
        "c_vs_a": {"treatment": "c", "control": "a", "protocols": ["tail"]},
    },
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
                "protocol": protocol,
                "initializer": "glorot_uniform",
                "arm": arm,
                "trainer": "keras",
                "replicate": 1000 + number,
                "split": 1000 + number // 2 if protocol == "resample" else 0,
                "n_validation": 116,
                "n_correct": 108 + shift + rng.integers(0, 6, n),
                "diverged": False,
            }
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def counts(**arms: list[int]) -> pd.DataFrame:
    """Runs on the tail with the given numbers of right rows."""
    n = len(next(iter(arms.values())))
    table = runs(n)[lambda x: x["protocol"].eq("tail") & x["arm"].isin(arms)]
    return table.assign(n_correct=np.concatenate(list(arms.values())))


def shuffled(table: pd.DataFrame) -> pd.DataFrame:
    return table.sample(frac=1, random_state=3)


def sorted_by(table: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    return table.sort_values(list(key)).reset_index(drop=True)


def test_an_arm_by_hand(tmp_path: Path) -> None:
    table = arms_table(
        counts(a=[111, 115, 116, 111]).assign(diverged=[True, False, False, False]), ANALYSIS
    )
    assert len(table) == 1
    row = table.iloc[0]
    assert (row["n"], row["n_diverged"]) == (4, 1)
    accuracy = np.array([111, 115, 116, 111]) / 1.16
    assert row["mean"] == pytest.approx(accuracy.mean())
    assert row["sd"] == pytest.approx(accuracy.std(ddof=1))
    assert row[["minimum", "median", "maximum"]].tolist() == pytest.approx(
        [111 / 1.16, 113 / 1.16, 100]
    )
    assert row["reach"] == 50.0  # 115 itself counts
    assert row["low"] <= row["mean"] <= row["high"]
    write_table(table, tmp_path / "arms.parquet", ARMS)


def test_intervals_of_arms_come_from_whole_replicates_and_whole_splits() -> None:
    table, all_runs = arms_table(runs(), ANALYSIS), runs()
    for protocol, cluster in (("tail", "replicate"), ("resample", "split")):
        chosen = all_runs[all_runs["arm"].eq("b") & all_runs["protocol"].eq(protocol)]
        expected = bootstrap_mean(
            (chosen["n_correct"] / 1.16).to_numpy(),
            chosen[cluster].to_numpy(),
            confidence=0.9,
            resamples=199,
            rng=generator("resampling", 7),
        )
        row = table[table["arm"].eq("b") & table["protocol"].eq(protocol)].iloc[0]
        assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high))


def test_a_contrast_by_hand(tmp_path: Path) -> None:
    table = contrasts_table(
        counts(a=[111, 111, 112], b=[115, 111, 116], c=[110, 112, 112]), ANALYSIS
    )
    assert table["contrast"].tolist() == ["b_vs_a", "c_vs_a"]
    first = table.iloc[0]
    assert (first["treatment"], first["control"], first["n"], first["ties"]) == ("b", "a", 3, 1)
    assert first["difference"] == pytest.approx(100 * (4 + 0 + 4) / 3 / 116)
    assert first["superiority"] == pytest.approx(5 / 6)
    assert first["p"] == pytest.approx(0.5)  # of 8 sign patterns, 2 reach 8 returns: 2 * 2/8
    assert table["p_holm"].tolist() == pytest.approx(holm(table["p"].tolist()))
    write_table(table, tmp_path / "contrasts.parquet", CONTRASTS)


def test_each_contrast_stands_for_its_protocols_only() -> None:
    table = contrasts_table(runs(), ANALYSIS)
    found = set(zip(table["contrast"], table["protocol"], strict=True))
    assert found == {("b_vs_a", "tail"), ("c_vs_a", "tail"), ("b_vs_a", "resample")}
    alone = table[table["protocol"] == "resample"]
    assert alone["p_holm"].tolist() == alone["p"].tolist()  # a family of one


def test_rows_are_joined_by_key_not_by_position() -> None:
    for make, contract in ((contrasts_table, CONTRASTS), (arms_table, ARMS)):
        there = sorted_by(make(runs(), ANALYSIS), contract.key)
        here = sorted_by(make(shuffled(runs()), ANALYSIS), contract.key)
        pd.testing.assert_frame_equal(here, there, check_exact=True)


def test_a_pair_is_the_same_replicate() -> None:
    # b beats a by one return in every replicate; read by position it would not.
    table = counts(a=[100, 105, 110], b=[101, 106, 111])
    reversed_b = pd.concat([table[table["arm"] == "a"], table[table["arm"] == "b"][::-1]])
    row = contrasts_table(reversed_b, {**ANALYSIS, "contrasts": {
        "b_vs_a": ANALYSIS["contrasts"]["b_vs_a"]}}).iloc[0]  # fmt: skip
    assert (row["low"], row["high"]) == pytest.approx((100 / 116, 100 / 116))
    assert row["superiority"] == 1.0


def test_other_cells_do_not_move_a_result() -> None:
    everything = contrasts_table(runs(), ANALYSIS)
    resample = contrasts_table(runs()[lambda x: x["protocol"].eq("resample")], ANALYSIS)
    kept = everything[everything["protocol"] == "resample"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, resample, check_exact=True)


def test_swapped_labels_change_the_sign() -> None:
    swapped = runs().replace({"arm": {"a": "b", "b": "a"}})
    analysis = {**ANALYSIS, "contrasts": {"b_vs_a": ANALYSIS["contrasts"]["b_vs_a"]}}
    there = sorted_by(contrasts_table(runs(), analysis), CONTRASTS.key)
    back = sorted_by(contrasts_table(swapped, analysis), CONTRASTS.key)
    assert there["difference"].gt(0).all()
    assert back["difference"].to_numpy() == pytest.approx(-there["difference"].to_numpy())
    assert back["low"].to_numpy() == pytest.approx(-there["high"].to_numpy())
    assert back["p"].tolist() == there["p"].tolist()
    assert back["superiority"].to_numpy() == pytest.approx(1 - there["superiority"].to_numpy())


def test_a_missing_replicate_is_an_error() -> None:
    table = runs()
    lost = table.drop(table[table["arm"].eq("b") & table["replicate"].eq(1003)].index[0])
    with pytest.raises(
        ValueError, match=r"contrast b_vs_a in \('tail', .*: 11 and 12 replicates, 11"
    ):
        contrasts_table(lost, ANALYSIS)


def test_another_replicate_is_an_error() -> None:
    table = runs()
    table.loc[table["arm"].eq("b") & table["replicate"].eq(1003), "replicate"] = 1999
    with pytest.raises(ValueError, match=r"12 and 12 replicates, 11 of them shared"):
        contrasts_table(table, ANALYSIS)


def test_another_split_is_an_error() -> None:
    table = runs()
    chosen = table["arm"].eq("b") & table["protocol"].eq("resample") & table["replicate"].eq(1003)
    table.loc[chosen, "split"] = 1005
    with pytest.raises(ValueError, match=r"\('resample', .*11 of them shared"):
        contrasts_table(table, ANALYSIS)


def test_a_replicate_given_twice_is_an_error() -> None:
    table = counts(a=[111, 112], b=[113, 114])
    with pytest.raises(pd.errors.MergeError):
        contrasts_table(pd.concat([table, table[:1]]), ANALYSIS)
