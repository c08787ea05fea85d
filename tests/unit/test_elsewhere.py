"""The second question: which networks are trained, what is estimated, what is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy import elsewhere_runs
from lrstudy.data import Dataset
from lrstudy.elsewhere import elsewhere_arms, elsewhere_effects
from lrstudy.elsewhere_runs import elsewhere_members, setting_of, train_elsewhere
from lrstudy.fig_elsewhere import beside_the_study, draw_elsewhere
from lrstudy.result_tables import ELSEWHERE_ARMS, ELSEWHERE_EFFECTS
from lrstudy.run_tables import ELSEWHERE
from lrstudy.tables import read_table, write_table


@pytest.fixture
def small() -> Dataset:
    rng = np.random.default_rng(1)
    features = rng.uniform(-1, 1, (40, 3)).astype(np.float32)
    return Dataset(features=features, labels=(features[:, 0] > 0.2).astype(np.uint8))


@pytest.fixture
def study(config: Any) -> Any:
    config["training"]["epochs"] = 3
    config["elsewhere"].update(splits=3, seeds=2)
    config["elsewhere"]["datasets"] = {"small": {"hidden_units": 5, "validation_rows": 12}}
    return config


def test_members_share_their_streams_across_arms(study: Any) -> None:
    members = elsewhere_members("small", study["elsewhere"])
    assert len(members) == 4 * 3 * 2
    assert set(members["part"]) == {"small"}
    streams = ["replicate", "initialisation", "shuffle", "split"]
    baseline, *others = (rows[streams].to_numpy() for _, rows in members.groupby("arm"))
    assert all((other == baseline).all() for other in others)
    assert baseline[:, 0].tolist() == [1000, 1001, 1002, 1003, 1004, 1005]
    assert baseline[:, 3].tolist() == [1000, 1000, 1001, 1001, 1002, 1002]


def test_a_data_set_has_its_own_width_and_split(study: Any) -> None:
    setting = setting_of("small", study)
    assert setting["training"] == {**study["training"], "hidden_units": 5}
    assert study["training"]["hidden_units"] == 34
    assert setting["protocols"] == {"resample": {"validation_rows": 12}}
    assert (setting["arms"], setting["initializers"]) == (study["arms"], study["initializers"])


def test_a_network_does_not_depend_on_what_is_trained_with_it(
    study: Any, small: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    done: list[int] = []
    whole = train_elsewhere("small", small, study, n_threads=1, progress=done.append)
    assert done[-1] == len(whole) == 24
    assert set(whole["n_validation"]) == {12}
    monkeypatch.setattr(elsewhere_runs, "BLOCK", 1)
    done.clear()
    single = train_elsewhere("small", small, study, n_threads=2, progress=done.append)
    assert done == sorted(done)
    assert done[-1] == 24
    keys = list(ELSEWHERE.key)
    assert single.set_index(keys).sort_index().equals(whole.set_index(keys).sort_index())
    write_table(whole, tmp_path / "t.parquet", ELSEWHERE)
    assert len(read_table(tmp_path / "t.parquet", ELSEWHERE)) == 24


def runs_of(dataset: str, right: dict[str, list[int]]) -> pd.DataFrame:
    """Two seeds on each of two splits of 10 rows; `right` by arm."""
    frames = [
        pd.DataFrame(
            {
                "dataset": dataset, "initializer": "glorot_uniform", "arm": arm,
                "replicate": [1000, 1001, 1002, 1003], "initialisation": 1, "shuffle": 1,
                "split": [1000, 1000, 1001, 1001], "n_validation": 10, "n_correct": n_correct,
                "n_positive": 5, "n_correct_positive": 2, "diverged": [True, False, False, False],
            }
        )
        for arm, n_correct in right.items()
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


@pytest.fixture
def runs() -> pd.DataFrame:
    one = {"baseline": [5, 6, 5, 6], "constant_m08": [7, 8, 7, 8]}
    other = {"baseline": [9, 9, 8, 8], "constant_m08": [9, 9, 8, 8]}
    arms = {"time_based": [7, 8, 8, 9], "time_m0": [5, 5, 5, 5]}
    return pd.concat([runs_of("one", one | arms), runs_of("other", other | arms)])


def test_effects_are_differences_within_each_data_set(config: Any, runs: pd.DataFrame) -> None:
    config["analysis"]["resamples"] = 99
    table = elsewhere_effects(runs, config["elsewhere"], config["analysis"])
    found = table.set_index(["dataset", "hypothesis"])["difference"]
    assert found["one", "S1"] == pytest.approx(25.0)  # 8 less 5.5 of 10 rows
    assert found["one", "S2"] == pytest.approx(20.0)
    assert found["one", "S3"] == pytest.approx(5.0)
    assert found["one", "S4"] == pytest.approx(80 + 55 - 75 - 50)
    assert found["other", "S2"] == 0
    assert set(table["clusters"]) == {2}
    # Eight p-values are corrected together: twice as many as one data set has.
    lowest = table["p"].min()
    assert table["p_adjusted"].min() == pytest.approx(min(1.0, 8 * lowest))
    assert list(table.columns) != [] and set(table.columns) == set(ELSEWHERE_EFFECTS.columns)


def test_significance_is_judged_after_the_correction(config: Any) -> None:
    """One in 2,048 sign-flips is significant alone, and after eight; one in 32 only alone."""
    n = 12
    arms = ["baseline", "constant_m08", "time_based", "time_m0"]
    frame = pd.concat(
        pd.DataFrame(
            {
                "dataset": name, "initializer": "glorot_uniform", "arm": arm,
                "replicate": range(n), "split": range(n), "n_validation": 100,
                "n_correct": 50 + (np.arange(n) < shifted) * (arm == "time_based"),
            }
        )
        for name, shifted in (("clear", 12), ("doubtful", 6))
        for arm in arms
    )  # fmt: skip
    config["analysis"]["resamples"] = 9999
    table = elsewhere_effects(frame, config["elsewhere"], config["analysis"])
    found = table.set_index(["dataset", "hypothesis"])
    assert found.loc[("clear", "S1"), "direction"] == "higher"
    assert found.loc[("doubtful", "S1"), "p"] < 0.05
    assert found.loc[("doubtful", "S1"), "direction"] == "unclear"


def test_arms_stand_beside_the_larger_class(
    config: Any, runs: pd.DataFrame, small: Dataset, tmp_path: Any
) -> None:
    config["analysis"]["resamples"] = 99
    labels = np.array([1] * 30 + [0] * 10, np.uint8)
    data = {"one": Dataset(small.features, labels), "other": Dataset(small.features, 1 - labels)}
    table = elsewhere_arms(runs, data, config["analysis"])
    assert set(table["majority"]) == {75.0}
    assert set(table["n_rows"]) == {40} and set(table["n_features"]) == {3}
    row = table.set_index(["dataset", "arm"]).loc[("one", "baseline")]
    assert row["mean"] == pytest.approx(55.0)
    assert (row["n"], row["n_diverged"]) == (4, 1)
    write_table(table, tmp_path / "t.parquet", ELSEWHERE_ARMS)


def test_the_figure_puts_the_studys_own_answer_first(config: Any, runs: pd.DataFrame) -> None:
    config["analysis"]["resamples"] = 99
    asked, analysis = config["elsewhere"], config["analysis"]
    table = elsewhere_effects(runs, asked, analysis)
    own = pd.concat(
        table[table["hypothesis"] == "S1"].head(1).drop(columns="dataset").assign(hypothesis=name)
        for name in ("D4", "D6", "H2b")
    )
    drawn = beside_the_study(table, own, asked["hypotheses"], analysis["hypotheses"], "here")
    order = list(zip(drawn["hypothesis"], drawn["protocol"], strict=True))
    assert order[:3] == [("S1", "here"), ("S1", "one"), ("S1", "other")]
    assert ("S4", "here") not in order  # asked on the tail alone
    assert len(order) == 11
    places = {"here": "Here", "one": "One", "other": "Other"}
    figure = draw_elsewhere(drawn, {"glorot_uniform": "Glorot"}, places, margin=0.5)
    words = [text.get_text() for text in figure.texts]
    assert words.count("One") == 4
    assert words.count("Here") == 3
    assert sum(word.startswith("+25.00 [") for word in words) == 4
