"""Other outcomes, second opinions and sources of variance: each where it belongs, by hand."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.analysis.estimates import mean_intervals
from lrstudy.analysis.measures import MEASURES
from lrstudy.analysis.secondary import outcomes_table, robustness_table
from lrstudy.statistics.robustness import mixed_model, nadeau_bengio, wilcoxon_p
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
    "baseline": "b",
    "outcomes": ["H1", "H5", "H7"],
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
    "tutorial": {"n_validation": 116, "baseline_correct": 111, "schedule_correct": 115},
}
CONFIG: dict[str, Any] = {
    "dataset": "own",
    "analysis": ANALYSIS,
    "parts": {
        "study": {"protocols": {"resample": {"splits": 12, "seeds": 1}}},
        "nested": {"protocols": {"resample": {"splits": 4, "seeds": 3}}},
        "shuffled": {"protocols": {"tail": {"initialisations": 4, "shuffles": 3}}},
        "other": {"protocols": {"resample": {"splits": 4, "seeds": 3, "crossed": True}}},
        "crossed": {"protocols": {"resample": {"splits": 4, "seeds": 3, "crossed": True}}},
    },
}
ASKED = [
    ("H1", "tail", "g"), ("H1", "tail", "n"), ("H1", "resample", "g"), ("H1", "resample", "n"),
    ("H5", "tail-resample", "g"), ("H5", "tail-resample", "n"),
    ("H6", "resample", "g"), ("H6", "resample", "n"), ("H6", "official", "g"),
    ("H6", "official", "n"), ("H13", "resample", "both"),
]  # fmt: skip


def runs(seeds: int = 3, seed: int = 1, part: str = "study") -> pd.DataFrame:
    """Three arms, two initializers, 12 replicates; on resample `seeds` of them a split."""
    rng, number = np.random.default_rng(seed), np.arange(12)
    frames = []
    for protocol in ("tail", "resample", "official"):
        for initializer in "gn":
            for arm in "abc":
                good = rng.integers(60, 75, 12)
                correct = good + rng.integers(20, 43, 12)
                columns = {
                    "part": part,
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
                    "epochs": 50,
                    "reached": "00070009",
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


def test_every_other_outcome_of_the_named(tmp_path: Path) -> None:
    table = outcomes_table(runs(), ANALYSIS, "own")
    write_table(table, tmp_path / "outcomes.parquet", OUTCOMES)
    others = [name for name in MEASURES if name != "accuracy"]
    assert others == [
        "balanced", "last10", "best", "inflation", "reach", "log_loss", "speed", "never"
    ]  # fmt: skip
    key = ["hypothesis", "protocol", "initializer", "outcome"]
    assert list(table[key].itertuples(index=False, name=None)) == [
        (*asked, name) for asked in ASKED[:6] for name in others
    ]
    units = table.groupby("outcome")["unit"].unique().map(list).to_dict()
    expected = {name: ["points"] for name in others}
    assert units == expected | {"log_loss": ["nat/row"], "speed": ["epoch"]}
    assert table["resolved"].all()  # 4 splits and 12 replicates: 2**12 exceed 199
    secondary = outcomes_table(runs(), ANALYSIS | {"outcomes": ["H6", "H13"]}, "own")
    assert set(secondary["hypothesis"]) == {"H6", "H13"}


def test_a_p_of_an_outcome_at_the_resolution_is_a_bound() -> None:
    table = runs()
    table.loc[table["arm"] == "a", "val_loss"] += 9
    table = outcomes_table(table, ANALYSIS, "own").set_index(["outcome", "protocol"])
    rows = table[table["hypothesis"] == "H1"].loc["log_loss"]
    assert rows.loc["tail", "p"].tolist() == [2 / 200] * 2
    assert rows.loc["tail", "resolved"].tolist() == [False] * 2
    assert rows.loc["resample", "p"].tolist() == [2 / 2**4] * 2
    assert rows.loc["resample", "resolved"].all()


def test_outcomes_by_hand() -> None:
    table = runs()
    found = outcomes_table(table, ANALYSIS, "own").set_index(
        ["hypothesis", "protocol", "initializer", "outcome"]
    )["difference"]
    loss = values(table, "a", "val_loss") - values(table, "b", "val_loss")
    assert found["H1", "resample", "g", "log_loss"] == pytest.approx(loss.mean())
    best = values(table, "a", "best_n_correct") - values(table, "b", "best_n_correct")
    assert found["H1", "resample", "g", "best"] == pytest.approx(best.mean() / 1.16)
    last = values(table, "a") - values(table, "b")
    assert found["H1", "resample", "g", "inflation"] == pytest.approx((best - last).mean() / 1.16)
    good = values(table, "a", "n_correct_positive") - values(table, "b", "n_correct_positive")
    bad = last - good
    expected = 100 * (good.mean() / 74 + bad.mean() / 42) / 2
    assert found["H1", "resample", "g", "balanced"] == pytest.approx(expected)
    where = {"protocol": "tail", "initializer": "n"}
    reach = [(values(table, arm, **where) >= 115).mean() for arm in "ab"]
    assert found["H1", "tail", "n", "reach"] == pytest.approx(100 * (reach[0] - reach[1]))
    # Two rows more than after epoch 1 in epoch 9, one more in epoch 7.
    level = values(table, "b", **where).mean()
    speeds = []
    for arm in "ab":
        most = values(table, arm, "best_n_correct", **where)
        first = np.select([most - 2 >= level, most - 1 >= level, most >= level], [1, 7, 9], 51)
        speeds.append(first)
    difference = (speeds[0] - speeds[1]).mean()
    assert found["H1", "tail", "n", "speed"] == pytest.approx(difference)
    never = [100 * (speed == 51).mean() for speed in speeds]
    assert found["H1", "tail", "n", "never"] == pytest.approx(never[0] - never[1])


def test_an_interval_of_an_outcome_is_over_whole_splits() -> None:
    table = runs()
    rows = outcomes_table(table, ANALYSIS, "own").set_index(
        ["hypothesis", "protocol", "initializer", "outcome"]
    )
    loss = values(table, "a", "val_loss") - values(table, "b", "val_loss")
    expected = mean_intervals([loss.reshape(4, 3).mean(axis=1)], ANALYSIS, stream=1)[0]
    row = rows.loc[("H1", "resample", "g", "log_loss")]
    assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high))


# --- second opinions ----------------------------------------------------------


def with_crossed() -> pd.DataFrame:
    """One seed a split; a and b on tail and random splits crossed as well, c in another part."""
    crossed = pd.concat([runs(seed=2, part="crossed"), runs(seed=2, part="other")])
    trained = crossed["part"].eq("other") == crossed["arm"].eq("c")
    return pd.concat([runs(seeds=1), crossed[trained]])


def opinions_table(table: pd.DataFrame, **more: Any) -> pd.DataFrame:
    return robustness_table(table, None, CONFIG | more, **SIZES)


def opinions(table: pd.DataFrame, **more: Any) -> dict[tuple[str, ...], dict[str, float]]:
    """Return what each method found, without what it does not estimate."""
    key = ["hypothesis", "protocol", "initializer", "method"]
    found = opinions_table(table, **more).set_index(key).drop(columns="dataset")
    return {name: dict(row.dropna()) for name, row in found.iterrows()}  # type: ignore[misc]


def in_points(fitted: Any) -> dict[str, float]:
    """Return a mixed model whose components are standard deviations."""
    spreads = ("split", "split_arm", "pair", "residual")
    return asdict(fitted) | {name: getattr(fitted, name) ** 0.5 for name in spreads}


def test_which_methods_are_asked_where(tmp_path: Path) -> None:
    write_table(opinions_table(with_crossed()), tmp_path / "x.parquet", ROBUSTNESS)
    expected = []
    for asked in ASKED:
        methods = ["wilcoxon"]
        if asked[1] == "resample":
            methods.append("nadeau_bengio")
            # H6 compares c, which was not crossed, and H13 is not among the outcomes' hypotheses.
            methods += ["mixed", "mixed_paired"] if asked[0] == "H1" else []
        expected += [(*asked, method) for method in methods]
    assert list(opinions(with_crossed())) == expected
    mixed = [name for name in expected if name[3].startswith("mixed")]
    plain = [name for name in expected if name not in mixed]
    # Several seeds a split do not cross them.
    assert list(opinions(runs())) == plain
    nested = with_crossed().assign(part=lambda x: x["part"].replace("crossed", "nested"))
    assert list(opinions(nested)) == plain
    unasked = {key: value for key, value in ANALYSIS.items() if key != "outcomes"}
    assert list(opinions(with_crossed(), analysis=unasked)) == plain


def test_second_opinions_are_those_of_their_functions() -> None:
    table = runs()
    found = opinions(table)
    a, b = (values(table, arm) / 1.16 for arm in "ab")
    means = (a - b).reshape(4, 3).mean(axis=1)
    asked = ("H1", "resample", "g")
    assert found[*asked, "wilcoxon"] == pytest.approx({"p": wilcoxon_p(means)})
    corrected = nadeau_bengio(means, **SIZES, confidence=0.9)
    assert found[*asked, "nadeau_bengio"] == pytest.approx(asdict(corrected))
    on_tail = [values(table, arm, protocol="tail") / 1.16 for arm in "ab"]
    expected = wilcoxon_p(on_tail[0] - on_tail[1])
    assert found["H1", "tail", "g", "wilcoxon"] == pytest.approx({"p": expected})
    # Where one side of a difference has splits, their means are what Wilcoxon's test sees.
    both = ((on_tail[0] - on_tail[1]) - (a - b)).reshape(4, 3).mean(axis=1)
    expected = wilcoxon_p(both)
    assert found["H5", "tail-resample", "g", "wilcoxon"] == pytest.approx({"p": expected})


def test_the_mixed_models_see_the_crossed_cells_alone() -> None:
    table = with_crossed()
    crossed = table[table["part"] == "crossed"]
    a, b = (values(crossed, arm) / 1.16 for arm in "ab")
    found = opinions(table)
    for method, paired in (("mixed", False), ("mixed_paired", True)):
        mixed = mixed_model(a, b, np.repeat(np.arange(4), 3), confidence=0.9, paired=paired)
        assert found["H1", "resample", "g", method] == pytest.approx(in_points(mixed))


def test_a_classifier_has_second_opinions_too() -> None:
    table = runs()
    splits = np.arange(1000, 1004)
    references = pd.DataFrame({"split": splits, "n_correct": [100, 110, 105, 116]}).assign(
        dataset="own", protocol="resample", classifier="svm", n_validation=116
    )
    asked = {"K1": hypothesis("svm", "a", "resample", family="secondary")}
    config = CONFIG | {"analysis": ANALYSIS | {"hypotheses": asked}}
    found = robustness_table(table, references, config, **SIZES).set_index(
        ["initializer", "method"]
    )
    own = values(table, "a").reshape(4, 3).mean(axis=1)
    expected = (np.array([100, 110, 105, 116]) - own).mean() / 1.16
    assert found.loc[("g", "nadeau_bengio"), "difference"] == pytest.approx(expected)


def test_the_order_of_the_rows_is_irrelevant() -> None:
    shuffled = with_crossed().sample(frac=1, random_state=2)
    for make in (
        lambda table: outcomes_table(table, ANALYSIS, "own"),
        opinions_table,
    ):
        there, here = make(with_crossed()), make(shuffled)
        key = [name for name in there if there[name].dtype == there["hypothesis"].dtype]
        pd.testing.assert_frame_equal(
            here.sort_values(key).reset_index(drop=True),
            there.sort_values(key).reset_index(drop=True),
            check_exact=True,
        )
