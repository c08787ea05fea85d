"""Keras beside the kernel: no flip, tiny differences; and a kernel that errs is caught."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.agreement import comparison
from lrstudy.agreement.comparison import compare_networks, comparison_members
from lrstudy.agreement.gate import AgreementError, check_agreement
from lrstudy.data.dataset import Dataset
from lrstudy.design.arms import all_arms, setting_of
from lrstudy.kernel.inputs import Ingredients, Members
from lrstudy.tables.runs import AGREEMENT
from paperledger.io.tables import read_table, write_table

from tests.helpers.networks import with_gaps

# Keras's callback turns a variable into an array in a way that NumPy 2 calls outdated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

NO_RUNS = pd.DataFrame(
    columns=[
        "part",
        "dataset",
        "protocol",
        "initializer",
        "arm",
        "trainer",
        "n_correct",
        "n_validation",
    ]
)


def shorten(config: Any, arms: list[str], epochs: int = 2, **agreement: Any) -> Any:
    config["training"]["epochs"] = epochs
    config |= setting_of(config, config["dataset"])
    config["agreement"].pop("beside")
    config["agreement"] |= {"arms": arms, "seeds": 1, "perturbations": 2, **agreement}
    for name in arms:
        if "plateau" in config["arms"][name]:  # so strict that the rate falls after each epoch
            config["arms"][name]["plateau"] |= {"patience": 1, "min_delta": 10.0}
    return config


def ignore(done: int) -> None:
    pass


def test_both_trainers_agree(dataset: Dataset, config: Any, tmp_path: Path) -> None:
    arms = [
        "constant_m00",
        "time_based_m08",
        "plateau_inner",
        "plateau_training",
        "one_cycle 0.1 0.8",
    ]
    study = shorten(config, arms, epochs=3)
    seen: list[int] = []
    networks = compare_networks(dataset, study, n_threads=2, progress=seen.append)
    assert seen == list(range(1, 11))
    assert (networks["predictions"] == 116).all()
    assert (networks["flipped"] == 0).all()
    assert (networks["rate_difference"] == 0).all()
    assert networks["weight_difference"].between(1e-12, 3e-6).all()  # equal would be suspicious
    assert networks["sensitivity"].between(1e-9, 1e-5, inclusive="neither").all()
    found = check_agreement(networks, NO_RUNS, study["agreement"])
    assert (found.networks, found.stable, found.predictions) == (10, 10, 10 * 116)
    write_table(networks, tmp_path / "agreement.parquet", AGREEMENT)
    assert len(read_table(tmp_path / "agreement.parquet", AGREEMENT)) == 10
    assert set(zip(networks["initializer"], networks["arm"], strict=True)) == {
        (initializer, arm) for initializer in ("glorot_uniform", "normal_005") for arm in arms
    }


# --- kernels that err ---------------------------------------------------------

Change = Callable[[Ingredients, Members], tuple[Ingredients, Members]]


def other_momentum(given: Ingredients, members: Members) -> tuple[Ingredients, Members]:
    return given, replace(members, momentum=members.momentum * np.float32(0.99))


def rates_one_update_late(given: Ingredients, members: Members) -> tuple[Ingredients, Members]:
    return replace(given, rates=np.roll(given.rates, 1, axis=1)), members


def rates_off_by_a_bit(given: Ingredients, members: Members) -> tuple[Ingredients, Members]:
    rates = np.nextafter(given.rates.astype(np.float32), np.float32(1)).astype(np.float64)
    return replace(given, rates=rates), members


def two_rows_swapped(given: Ingredients, members: Members) -> tuple[Ingredients, Members]:
    orders = given.orders.copy()
    orders[:, 0, [27, 28]] = orders[:, 0, [28, 27]]  # across the border of two batches
    return replace(given, orders=orders), members


def other_validation_rows(given: Ingredients, members: Members) -> tuple[Ingredients, Members]:
    return replace(given, validation_rows=given.validation_rows - 1), members


def no_plateau(given: Ingredients, members: Members) -> tuple[Ingredients, Members]:
    return given, replace(members, plateau=None)


ERRORS: dict[str, tuple[str, Change, str]] = {
    "momentum": ("time_based_m08", other_momentum, "weights differ"),
    "rates late": (
        "time_based_m08",
        rates_one_update_late,
        "weights differ .*learning rates differ",
    ),
    "rates by a bit": ("time_based_m08", rates_off_by_a_bit, "learning rates differ"),
    "batches": ("time_based_m08", two_rows_swapped, "weights differ"),
    "validation": ("time_based_m08", other_validation_rows, "predictions differ"),
    "plateau": ("plateau_inner", no_plateau, "learning rates differ"),
}


@pytest.mark.parametrize(("arm", "change", "message"), ERRORS.values(), ids=ERRORS)
def test_a_kernel_that_errs_is_caught(
    dataset: Dataset,
    config: Any,
    monkeypatch: pytest.MonkeyPatch,
    arm: str,
    change: Change,
    message: str,
) -> None:
    study = shorten(config, [arm], epochs=3, initializers=["glorot_uniform"])

    def erring(train: Callable[..., Any]) -> Callable[..., Any]:
        return lambda given, members, *rest, **more: train(*change(given, members), *rest, **more)

    for name in ("train_many", "train_one_weights"):
        monkeypatch.setattr(comparison, name, erring(getattr(comparison, name)))
    networks = compare_networks(dataset, study, n_threads=1, progress=ignore)
    with pytest.raises(AgreementError, match=message):
        check_agreement(networks, NO_RUNS, study["agreement"])


# --- which networks, from which split -----------------------------------------


def test_members_of_the_comparison(config: Any) -> None:
    members = comparison_members(config)
    agreement = config["agreement"]
    arms = [*agreement["arms"], *agreement["beside"]]
    assert len(members) == len(arms) * 2 * agreement["seeds"]
    assert not members.duplicated(["initializer", "arm", "replicate"]).any()
    assert list(members["arm"].unique()) == arms
    assert set(members["split"]) == {0}
    for stream in ("initialisation", "shuffle"):
        assert members[stream].equals(members["replicate"])
    config["agreement"].pop("beside")
    config["agreement"] |= {"arms": ["step_m09"], "protocol": "resample", "seeds": 2}
    drawn = comparison_members(config)
    assert drawn["replicate"].tolist() == [1_000_000, 1_000_001] * 2
    assert drawn["split"].equals(drawn["replicate"])
    assert set(drawn["arm"]) == {"step_m09"}
    config["agreement"]["protocol"] = "inner"
    assert comparison_members(config)["split"].equals(drawn["split"])


def test_every_schedule_is_compared(config: Any) -> None:
    arms = all_arms(config)
    compared = {arms[name]["schedule"]["name"] for name in config["agreement"]["arms"]}
    assert compared == {arm["schedule"]["name"] for arm in arms.values()}
    for part in ("factorial", "readings", "crossed"):
        for name in config["parts"][part]["arms"]:
            schedule, plateau = arms[name]["schedule"], arms[name].get("plateau")
            assert any(
                (arms[other]["schedule"], arms[other].get("plateau")) == (schedule, plateau)
                for other in config["agreement"]["arms"]
            )


def test_what_the_kernel_can_do_is_compared(config: Any) -> None:
    arms, beside = all_arms(config), config["agreement"]["beside"].values()
    compared = [*beside, *(arms[name] for name in config["agreement"]["arms"])]
    assert {arm.get("batch_size") for arm in beside} == {None, 7, 118, 235}
    assert any(arm.get("epochs", 0) >= 100 for arm in beside)
    assert [arm["adam"] for arm in compared if "adam" in arm] == [
        {"beta_1": 0.8, "beta_2": 0.99, "epsilon": 0.001},
        {},
    ]
    assert any(arm.get("plateau", {}).get("measure") == "accuracy" for arm in compared)


def test_arms_beside_the_studys_agree(dataset: Dataset, config: Any) -> None:
    """Each in two epochs; with other batches the schedule is stretched."""
    beside = config["agreement"]["beside"]
    study = shorten(config, [], beside=beside, initializers=["normal_005"])
    beside["epochs_100"]["epochs"] = 4
    networks = compare_networks(dataset, study, n_threads=1, progress=ignore)
    assert set(networks["arm"]) == set(beside)
    assert (networks["rate_difference"] == 0).all()
    assert networks["weight_difference"].between(1e-12, 3e-6).all()
    assert (networks["flipped"] == 0).all()


def test_replicates_are_compared_on_their_own_splits(dataset: Dataset, config: Any) -> None:
    """And on what is learned of the data there: gaps and scale."""
    dataset = with_gaps(replace(dataset, features=3 * dataset.features))
    study = shorten(config, ["constant_m00", "plateau_inner"], protocol="resample", seeds=2)
    study["agreement"]["initializers"] = ["glorot_uniform"]
    networks = compare_networks(dataset, study, n_threads=1, progress=ignore)
    assert networks["replicate"].tolist() == [1_000_000, 1_000_001] * 2
    assert check_agreement(networks, NO_RUNS, study["agreement"]).flipped == 0
