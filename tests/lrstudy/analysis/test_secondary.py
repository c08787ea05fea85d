"""Other outcomes, second opinions and sources of variance: each where it belongs, by hand."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.analysis.measures import MEASURES
from lrstudy.analysis.secondary import outcomes_table, robustness_table
from lrstudy.data.random_streams import generator
from lrstudy.statistics.robustness import mixed_model, nadeau_bengio, wilcoxon_p
from lrstudy.statistics.stats import bootstrap_mean
from lrstudy.tables.results import OUTCOMES, ROBUSTNESS
from paperledger.io.tables import write_table

SIZES = {"n_train": 235, "n_validation": 116}


def hypothesis(add: Any, subtract: Any, *protocols: str, family: str = "primary") -> dict[str, Any]:
    add, subtract = ([{"arm": t}] if isinstance(t, str) else t for t in (add, subtract))
    setting = {"label": "?", "family": family, "protocols": list(protocols)}
    return {**setting, "add": add, "subtract": subtract}


ANALYSIS: dict[str, Any] = {
    "parts": ["study"],
    "initializer": "g",
    "confidence": 0.9,
    "resamples": 199,
    "seed": 7,
    "equivalence_margin": 0.5,
    "families": {"primary": "holm", "secondary": "fdr_bh"},
    "hypotheses": {
        "H1": hypothesis("a", "b", "tail", "resample"),
        "H5": hypothesis("a", "b", "tail-resample"),
        "H6": hypothesis("c", "a", "resample", "official", family="secondary"),
        "H7": hypothesis("a", "d", "tail"),  # nobody trained d
        "H13": hypothesis(
            [{"arm": "a", "initializer": "n"}],
            [{"arm": "a", "initializer": "g"}],
            "resample",
            family="secondary",
        ),
    },
    "tuning": {"part": "grid"},
    "tutorial": {"n_validation": 116, "baseline_correct": 111, "schedule_correct": 115},
}
ASKED = [
    ("H1", "tail", "g"), ("H1", "tail", "n"), ("H1", "resample", "g"), ("H1", "resample", "n"),
    ("H5", "tail-resample", "g"), ("H5", "tail-resample", "n"),
    ("H6", "resample", "g"), ("H6", "resample", "n"), ("H6", "official", "g"),
    ("H6", "official", "n"), ("H13", "resample", "both"),
]  # fmt: skip


def runs(seeds: int = 3, seed: int = 1) -> pd.DataFrame:
    """Three arms, two initializers, 12 replicates; on resample `seeds` of them a split."""
    rng, number = np.random.default_rng(seed), np.arange(12)
    frames = []
    for protocol in ("tail", "resample", "official"):
        for initializer in "gn":
            for arm in "abc":
                good = rng.integers(60, 75, 12)
                correct = good + rng.integers(20, 43, 12)
                columns = {
                    "part": "study",
                    "dataset": "own",
                    "protocol": protocol,
                    "initializer": initializer,
                    "arm": arm,
                    "replicate": 1000 + number,
                    "split": 1000 + number // seeds if protocol == "resample" else 0,
                    "n_validation": 116,
                    "n_correct": correct,
                    "n_positive": 74,
                    "n_correct_positive": good,
                    "val_loss": rng.random(12).astype(np.float32),
                    "best_n_correct": np.minimum(correct + rng.integers(0, 5, 12), 116),
                    "last10_n_correct": (correct - rng.random(12)).astype(np.float32),
                }
                frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def values(table: pd.DataFrame, arm: str, column: str = "n_correct", **where: str) -> np.ndarray:
    where = {"protocol": "resample", "initializer": "g"} | where
    chosen = table[table["arm"].eq(arm)]
    for name, value in where.items():
        chosen = chosen[chosen[name] == value]
    return chosen.sort_values("replicate")[column].to_numpy(float)


# --- other outcomes -----------------------------------------------------------


def test_every_other_outcome_of_one_family(tmp_path: Path) -> None:
    table = outcomes_table(runs(), ANALYSIS, "own", "primary")
    write_table(table, tmp_path / "outcomes.parquet", OUTCOMES)
    others = [name for name in MEASURES if name != "accuracy"]
    assert others == ["balanced", "last10", "best", "reach", "log_loss"]
    key = ["hypothesis", "protocol", "initializer", "outcome"]
    assert list(table[key].itertuples(index=False, name=None)) == [
        (*asked, name) for asked in ASKED[:6] for name in others
    ]
    units = table.groupby("outcome")["unit"].unique().map(list).to_dict()
    assert units == {name: ["points"] for name in others} | {"log_loss": ["nat/row"]}
    secondary = outcomes_table(runs(), ANALYSIS, "own", "secondary")
    assert set(secondary["hypothesis"]) == {"H6", "H13"}


def test_outcomes_by_hand() -> None:
    table = runs()
    found = outcomes_table(table, ANALYSIS, "own", "primary").set_index(
        ["hypothesis", "protocol", "initializer", "outcome"]
    )["difference"]
    loss = values(table, "a", "val_loss") - values(table, "b", "val_loss")
    assert found["H1", "resample", "g", "log_loss"] == pytest.approx(loss.mean())
    best = values(table, "a", "best_n_correct") - values(table, "b", "best_n_correct")
    assert found["H1", "resample", "g", "best"] == pytest.approx(best.mean() / 1.16)
    good = values(table, "a", "n_correct_positive") - values(table, "b", "n_correct_positive")
    bad = values(table, "a") - values(table, "b") - good
    expected = 100 * (good.mean() / 74 + bad.mean() / 42) / 2
    assert found["H1", "resample", "g", "balanced"] == pytest.approx(expected)
    where = {"protocol": "tail", "initializer": "n"}
    reach = [(values(table, arm, **where) >= 115).mean() for arm in "ab"]
    assert found["H1", "tail", "n", "reach"] == pytest.approx(100 * (reach[0] - reach[1]))


# --- second opinions ----------------------------------------------------------

SEVERAL = ["whole_splits", "mixed", "mixed_paired"]
"""Methods that need several replicates a split."""


def opinions_table(table: pd.DataFrame) -> pd.DataFrame:
    return robustness_table(table, ANALYSIS, "own", **SIZES)


def opinions(table: pd.DataFrame) -> dict[tuple[str, ...], dict[str, float]]:
    """Return what each method found, without what it does not estimate."""
    key = ["hypothesis", "protocol", "initializer", "method"]
    found = opinions_table(table).set_index(key).drop(columns="dataset")
    return {name: dict(row.dropna()) for name, row in found.iterrows()}  # type: ignore[misc]


def in_points(fitted: Any) -> dict[str, float]:
    """Return a mixed model whose components are standard deviations."""
    spreads = ("split", "split_arm", "pair", "residual")
    return asdict(fitted) | {name: getattr(fitted, name) ** 0.5 for name in spreads}


def test_which_methods_are_asked_where(tmp_path: Path) -> None:
    write_table(opinions_table(runs()), tmp_path / "x.parquet", ROBUSTNESS)
    expected = []
    for asked in ASKED:
        methods = ["wilcoxon"]
        if asked[1] == "resample":
            methods += ["nadeau_bengio", *SEVERAL]
        expected += [(*asked, method) for method in methods]
    assert list(opinions(runs())) == expected
    # One seed a split leaves a mixed model nothing to tell the residual from split:arm.
    assert list(opinions(runs(seeds=1))) == [name for name in expected if name[3] not in SEVERAL]


def test_second_opinions_are_those_of_their_functions() -> None:
    table = runs()
    found = opinions(table)
    a, b = (values(table, arm) / 1.16 for arm in "ab")
    means = (a - b).reshape(4, 3).mean(axis=1)
    splits = np.repeat(np.arange(4), 3)
    asked = ("H1", "resample", "g")
    assert found[*asked, "wilcoxon"] == pytest.approx({"p": wilcoxon_p(means)})
    corrected = nadeau_bengio(means, **SIZES, confidence=0.9)
    assert found[*asked, "nadeau_bengio"] == pytest.approx(asdict(corrected))
    for method, paired in (("mixed", False), ("mixed_paired", True)):
        mixed = mixed_model(a, b, splits, confidence=0.9, paired=paired)
        assert found[*asked, method] == pytest.approx(in_points(mixed))
    whole = bootstrap_mean(
        a - b,
        splits,
        confidence=0.9,
        resamples=199,
        rng=generator("resampling", 8),
        nested=False,
    )
    assert found[*asked, "whole_splits"] == pytest.approx(asdict(whole))
    on_tail = [values(table, arm, protocol="tail") / 1.16 for arm in "ab"]
    expected = wilcoxon_p(on_tail[0] - on_tail[1])
    assert found["H1", "tail", "g", "wilcoxon"] == pytest.approx({"p": expected})
    # Where one side of a difference has splits, their means are what Wilcoxon's test sees.
    both = ((on_tail[0] - on_tail[1]) - (a - b)).reshape(4, 3).mean(axis=1)
    expected = wilcoxon_p(both)
    assert found["H5", "tail-resample", "g", "wilcoxon"] == pytest.approx({"p": expected})
    # Between initializers
    other = values(table, "a", initializer="n") / 1.16
    mixed = mixed_model(other, a, splits, confidence=0.9)
    assert found["H13", "resample", "both", "mixed"] == pytest.approx(in_points(mixed))


def test_the_order_of_the_rows_is_irrelevant() -> None:
    shuffled = runs().sample(frac=1, random_state=2)
    for make in (
        lambda table: outcomes_table(table, ANALYSIS, "own", "primary"),
        opinions_table,
    ):
        there, here = make(runs()), make(shuffled)
        key = [name for name in there if there[name].dtype == there["hypothesis"].dtype]
        pd.testing.assert_frame_equal(
            here.sort_values(key).reset_index(drop=True),
            there.sort_values(key).reset_index(drop=True),
            check_exact=True,
        )
