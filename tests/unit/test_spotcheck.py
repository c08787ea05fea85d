"""Networks trained again: the same bits, and a record that was tampered with is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.arms import all_arms
from lrstudy.data import Dataset
from lrstudy.elsewhere_runs import train_elsewhere
from lrstudy.plan import plan_members
from lrstudy.run_tables import ELSEWHERE, RUNS
from lrstudy.spotcheck import FOUND, differences, keras_flips, retrain, sample_runs
from lrstudy.tables import read_table, write_table

from .published import tool

# Keras's callback turns a variable into an array in a way that NumPy 2 calls outdated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ARMS = ["baseline", "time_based", "plateau_inner"]


@pytest.fixture(scope="module")
def study() -> dict[str, Any]:
    """Filled once: the configuration and the runs of 24 networks of two epochs."""
    return {}


@pytest.fixture
def trained(study: dict[str, Any], dataset: Dataset, quick: Any) -> tuple[Any, pd.DataFrame]:
    if not study:
        quick["training"]["epochs"] = 2
        config = {**quick, "arms": all_arms(quick)}
        members = plan_members(quick)
        kernel = members["trainer"].eq("kernel") & members["part"].isin(["study", "official"])
        few = members[kernel & members["arm"].isin(ARMS) & members["replicate"].isin([1000, 1002])]
        few = few.drop(columns="chunk").reset_index(drop=True)
        zeros = few.assign(**dict.fromkeys(FOUND, 0))
        found = retrain(dataset, config, zeros, n_threads=2)
        study |= {"config": config, "runs": pd.concat([few, found], axis=1)}
    return study["config"], study["runs"].copy()


def test_training_again_gives_the_same_bits_in_any_order(
    dataset: Dataset, trained: tuple[Any, pd.DataFrame], tmp_path: Path
) -> None:
    config, runs = trained
    write_table(runs, tmp_path / "runs.parquet", RUNS)
    runs = read_table(tmp_path / "runs.parquet", RUNS)
    few = runs.sample(9, random_state=1).reset_index(drop=True)
    assert few["protocol"].nunique() == 3
    assert differences(retrain(dataset, config, few, n_threads=1), few) == [[]] * 9


@pytest.mark.parametrize("column", FOUND)
def test_each_column_that_was_tampered_with_is_found(
    dataset: Dataset, trained: tuple[Any, pd.DataFrame], column: str
) -> None:
    _, runs = trained
    other = runs.copy()
    value = runs.loc[2, column]
    if column == "missed":
        other.loc[2, column] = f"{int(value[0], 16) ^ 1:x}" + value[1:]
    elif runs[column].dtype.kind == "f":
        other.loc[2, column] = np.nextafter(value, np.float32(9))  # the last bit
    else:
        other.loc[2, column] = not value if column == "diverged" else value + 1
    other = other.astype(runs.dtypes)
    found = differences(runs, other)
    assert [i for i, names in enumerate(found) if names] == [2]
    assert [name.split()[0] for name in found[2]] == [column]


def test_another_stream_in_the_record_is_found(
    dataset: Dataset, trained: tuple[Any, pd.DataFrame]
) -> None:
    config, runs = trained
    few = runs.iloc[:2].assign(initialisation=[1000, 1001])
    found = differences(retrain(dataset, config, few, n_threads=1), few)
    assert found[0] == []
    assert any(name.startswith("val_loss") for name in found[1])


def test_keras_predicts_what_the_record_says(
    dataset: Dataset, trained: tuple[Any, pd.DataFrame]
) -> None:
    config, runs = trained
    few = runs[runs["arm"].isin(["time_based", "plateau_inner"])].iloc[::3].reset_index(drop=True)
    missed = few.loc[1, "missed"]
    few.loc[1, "missed"] = f"{int(missed[0], 16) ^ 5:x}" + missed[1:]  # two rows
    found = keras_flips(dataset, config, few)
    assert found["flipped"].tolist() == [0, 2] + [0] * (len(few) - 2)
    assert found["stable"].all()
    assert found["predictions"].tolist() == few["n_validation"].tolist()


def test_the_sample_is_of_the_kernel_and_holds_what_keras_can_train() -> None:
    n = 400
    runs = pd.DataFrame(
        {
            "trainer": np.where(np.arange(n) % 4, "kernel", "keras"),
            "arm": np.where(np.arange(n) % 3, "step", "cosine 1 0.95"),
            "replicate": np.arange(n),
        }
    )
    found = sample_runs(runs, 40, 7, ["step"], np.random.default_rng(1))
    assert len(found) == 40
    assert found["replicate"].is_monotonic_increasing
    assert found["replicate"].is_unique
    assert set(found["trainer"]) == {"kernel"}
    assert found["keras"].sum() == 7
    assert set(found.loc[found["keras"], "arm"]) == {"step"}
    assert set(found["arm"]) == {"step", "cosine 1 0.95"}
    again = sample_runs(runs, 40, 7, ["step"], np.random.default_rng(1))
    assert again.equals(found)
    assert not sample_runs(runs, 40, 7, ["step"], np.random.default_rng(2)).equals(found)
    assert len(sample_runs(runs, 999, 999, ["step"], np.random.default_rng(1))) == 300
    assert sample_runs(runs, 5, 9, ["step"], np.random.default_rng(1))["keras"].sum() == 5


@pytest.fixture
def others(trained: tuple[Any, pd.DataFrame]) -> pd.DataFrame:
    """Networks of two epochs on the packaged data of the second question."""
    config = trained[0]
    read = tool("spotcheck", "read_elsewhere")
    runs = [
        train_elsewhere(name, dataset, config, n_threads=2, progress=lambda done: None)
        for name, dataset in read(config, {"iris", "wine"}).items()
    ]
    return pd.concat(runs, ignore_index=True)


def test_the_command_fails_on_a_record_that_was_tampered_with(
    root: Path,
    trained: tuple[Any, pd.DataFrame],
    others: pd.DataFrame,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    runs = trained[1]
    n = len(runs) + len(others)
    (tmp_path / "short.yaml").write_text("training: {epochs: 2}\n")
    main = tool("spotcheck")

    def command(seed: str) -> tuple[int, str, str]:
        options = ["--n", "999", "--keras", "0", "--seed", seed, "--record", str(tmp_path)]
        configs = [str(root / "config/quick.yaml"), str(tmp_path / "short.yaml")]
        status = main([*options, "--configfile", *configs])
        return status, *capsys.readouterr()

    write_table(runs, tmp_path / "runs.parquet", RUNS)
    write_table(others, tmp_path / "elsewhere.parquet", ELSEWHERE)
    status, out, _ = command("5")
    assert status == 0
    assert f"spotcheck: {n} of {n} networks, SEED=5\n" in out
    assert f"0 of {n} differ with the kernel" in out
    runs.loc[3, "n_correct"] += 1
    others.loc[n - len(runs) - 1, "n_correct"] -= 1
    write_table(runs, tmp_path / "runs.parquet", RUNS)
    write_table(others, tmp_path / "elsewhere.parquet", ELSEWHERE)
    status, out, _ = command("random")
    assert status == 1
    n_correct = runs.loc[3, "n_correct"]
    assert f"differs: n_correct {n_correct - 1} (record {n_correct})\n" in out
    *_, last = [line for line in out.splitlines() if "differs:" in line]
    assert last.startswith("wine")
    assert f"2 of {n} differ with the kernel" in out
    (tmp_path / "runs.parquet").unlink()
    status, _, err = command("5")
    assert status == 1
    assert err.startswith("error: table runs: cannot read")
