"""Networks trained again: the same bits, and a record that was tampered with is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.agreement.spotcheck import FOUND, differences, keras_flips, retrain, sample_runs
from lrstudy.commands.spotcheck import main, read_datasets
from lrstudy.design.plan import plan_members
from lrstudy.tables.runs import RUNS
from paperledger.io.tables import read_table, write_table

# Keras's callback turns a variable into an array in a way that NumPy 2 calls outdated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ARMS = ["constant_m00", "time_based_m08", "plateau_inner", "cosine 0.1 0.8"]
VARIED = ["step_m09 budget 12", "time_based_m08 written 12", "time_based_m08 batch 118"]


@pytest.fixture(scope="module")
def study() -> dict[str, Any]:
    """Filled once: the configuration and the runs of some networks, most of two epochs."""
    return {}


def unheard(done: int) -> None:
    """Take progress, and say nothing."""


def first_of(config: Any, *later: int) -> list[int]:
    """Return numbers of replicates: so many after the first."""
    return [config["first_replicate"] + number for number in later]


@pytest.fixture
def trained(study: dict[str, Any], quick: Any) -> tuple[Any, pd.DataFrame]:
    if not study:
        quick["training"]["epochs"] = 2
        quick["datasets"]["wine"]["hidden_units"] = 8
        members = plan_members(quick)
        numbers = first_of(quick, 0, 1)
        own = members["dataset"].eq("ionosphere") & members["trainer"].eq("kernel")
        chosen = members["arm"].isin(ARMS) & ~members["part"].isin(["crossed", "ridge_normal"])
        varied = members["arm"].isin(VARIED) & members["initializer"].eq("normal_005")
        few = members[own & (chosen | varied) & members["replicate"].isin(numbers)]
        others = members[members["dataset"].isin(["iris", "wine"])]
        others = others[others["replicate"].isin(first_of(quick, 0)) & others["arm"].isin(ARMS)]
        few = pd.concat([few, others]).drop(columns="chunk").reset_index(drop=True)
        zeros = few.assign(**dict.fromkeys(FOUND, 0))
        study["data"] = read_datasets(quick, set(few["dataset"]))
        found = retrain(study["data"], quick, zeros, n_threads=2, progress=unheard)
        study |= {"config": quick, "runs": pd.concat([few, found], axis=1)}
    return study["config"], study["runs"].copy()


def test_training_again_gives_the_same_bits_in_any_order(
    study: dict[str, Any], trained: tuple[Any, pd.DataFrame], tmp_path: Path
) -> None:
    config, runs = trained
    write_table(runs, tmp_path / "runs.parquet", RUNS)
    runs = read_table(tmp_path / "runs.parquet", RUNS)
    kinds = runs.groupby(["dataset", "protocol", "arm"]).sample(1, random_state=1)
    few = kinds.sample(frac=1, random_state=1).reset_index(drop=True)
    assert set(few["protocol"]) == {"tail", "resample", "official", "inner"}
    assert set(few["dataset"]) == {"ionosphere", "iris", "wine"}
    assert {*ARMS, *VARIED} == set(few["arm"])
    assert set(few.loc[few["protocol"] == "inner", "n_validation"]) == {47}
    # In lots of at most five; of one data set and protocol each, as they are trained together.
    lots = {**config, "chunk_size": {"kernel": 5}}
    told: list[int] = []
    found = retrain(study["data"], lots, few, n_threads=1, progress=told.append)
    assert differences(found, few) == [[]] * len(few)
    assert told == sorted(told) and told[-1] == len(few)
    assert max(np.diff([0, *told])) <= 5
    # The losses are of as many epochs as the arm has, not of as many as the study has.
    longer = few["arm"].isin(VARIED[:2])
    assert few.loc[longer, "best_epoch"].gt(2).any() and few.loc[~longer, "best_epoch"].le(2).all()


@pytest.mark.parametrize("column", FOUND)
def test_each_column_that_was_tampered_with_is_found(
    trained: tuple[Any, pd.DataFrame], column: str
) -> None:
    _, runs = trained
    other = runs.copy()
    value = runs.loc[2, column]
    if isinstance(value, str):
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
    study: dict[str, Any], trained: tuple[Any, pd.DataFrame]
) -> None:
    config, runs = trained
    few = runs.iloc[:2].assign(initialisation=first_of(config, 0, 2))
    again = retrain(study["data"], config, few, n_threads=1, progress=unheard)
    found = differences(again, few)
    assert found[0] == []
    assert any(name.startswith("val_loss") for name in found[1])


def test_keras_predicts_what_the_record_says(
    study: dict[str, Any], trained: tuple[Any, pd.DataFrame]
) -> None:
    config, runs = trained
    chosen = runs[runs["arm"].isin(["time_based_m08", "plateau_inner", *VARIED])]
    wine = chosen[chosen["dataset"] == "wine"]  # of another width
    inner = runs[runs["protocol"] == "inner"]
    few = pd.concat([chosen.iloc[::3], wine.iloc[:1], inner.iloc[:1]], ignore_index=True)
    assert set(few["arm"]) > set(VARIED)
    missed = few.loc[1, "missed"]
    few.loc[1, "missed"] = f"{int(missed[0], 16) ^ 5:x}" + missed[1:]  # two rows
    found = keras_flips(study["data"], config, few)
    assert found["flipped"].tolist() == [0, 2] + [0] * (len(few) - 2)
    assert found["stable"].all()
    assert found["predictions"].tolist() == few["n_validation"].tolist()


def test_the_sample_is_of_the_kernel_and_holds_what_keras_can_train() -> None:
    n = 400
    runs = pd.DataFrame(
        {
            "trainer": np.where(np.arange(n) % 4, "kernel", "keras"),
            "dataset": np.where(np.arange(n) % 5, "own", "other"),
            "arm": np.where(np.arange(n) % 3, "step", "cosine 1 0.95"),
            "replicate": np.arange(n),
        }
    )
    compared = {"dataset": ["own"], "arm": ["step"]}
    found = sample_runs(runs, 40, 7, compared, np.random.default_rng(1))
    assert len(found) == 40
    assert found["replicate"].is_monotonic_increasing
    assert found["replicate"].is_unique
    assert set(found["trainer"]) == {"kernel"}
    assert found["keras"].sum() == 7
    assert set(found.loc[found["keras"], "arm"]) == {"step"}
    assert set(found.loc[found["keras"], "dataset"]) == {"own"}
    assert set(found["arm"]) == {"step", "cosine 1 0.95"}
    assert set(found["dataset"]) == {"own", "other"}
    again = sample_runs(runs, 40, 7, compared, np.random.default_rng(1))
    assert again.equals(found)
    assert not sample_runs(runs, 40, 7, compared, np.random.default_rng(2)).equals(found)
    assert len(sample_runs(runs, 999, 999, compared, np.random.default_rng(1))) == 300
    assert sample_runs(runs, 5, 9, compared, np.random.default_rng(1))["keras"].sum() == 5


def test_the_command_fails_on_a_record_that_was_tampered_with(
    root: Path,
    trained: tuple[Any, pd.DataFrame],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    runs = trained[1]
    n = len(runs)
    (tmp_path / "short.yaml").write_text(
        "training: {epochs: 2}\ndatasets: {wine: {hidden_units: 8}}\n"
    )

    def command(seed: str) -> tuple[int, str, str]:
        options = ["--n", "999", "--keras", "0", "--seed", seed, "--record", str(tmp_path)]
        configs = [str(root / "config/quick.yaml"), str(tmp_path / "short.yaml")]
        status = main([*options, "--configfile", *configs])
        return status, *capsys.readouterr()

    write_table(runs, tmp_path / "runs.parquet", RUNS)
    status, out, _ = command("5")
    assert status == 0
    assert f"spotcheck: {n} of {n} networks, SEED=5\n" in out
    assert f"0 of {n} differ with the kernel" in out
    runs.loc[3, "n_correct"] += 1
    runs.loc[n - 1, "n_correct"] -= 1
    write_table(runs, tmp_path / "runs.parquet", RUNS)
    status, out, _ = command("random")
    assert status == 1
    n_correct = runs.loc[3, "n_correct"]
    assert f"differs: n_correct {n_correct - 1} (record {n_correct})\n" in out
    *_, last = [line for line in out.splitlines() if "differs:" in line]
    assert last.split()[1] == "wine"
    assert f"2 of {n} differ with the kernel" in out
    (tmp_path / "runs.parquet").unlink()
    status, _, err = command("5")
    assert status == 1
    assert err.startswith("error: table runs: cannot read")
