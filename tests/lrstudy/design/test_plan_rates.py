"""The learning rates of arms, as written and stretched, and those that figures draw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lrstudy.design.plan import (
    arm_rates,
    clock_of,
    rates_table,
)
from lrstudy.schedules import Clock
from lrstudy.tables.runs import RATES
from paperledger.io.tables import write_table


def test_clock_counts_the_short_last_batch() -> None:
    training = {"batch_size": 28, "epochs": 50}
    assert clock_of(training, 235) == Clock(9, 50)  # 8 batches of 28 and one of 11
    assert clock_of(training, 224) == Clock(8, 50)
    assert clock_of(training, 225) == Clock(9, 50)
    assert clock_of(training, 235, 100) == Clock(9, 100)


def test_rates_of_an_arm() -> None:
    arm = {"initial_rate": 0.5, "schedule": {"name": "time_per_update", "decay": 1.0}}
    training = {"epochs": 2, "batch_size": 28}
    assert arm_rates(arm, training, 56) == pytest.approx([0.5, 0.25, 0.5 / 3, 0.125])
    # As written, a smaller batch or more epochs mean more updates by the same formula.
    smaller = arm_rates({**arm, "batch_size": 14}, training, 56)
    assert smaller == pytest.approx(0.5 / np.arange(1, 9))
    assert arm_rates({**arm, "epochs": 4}, training, 56) == pytest.approx(0.5 / np.arange(1, 9))


SCHEDULES_BY_EPOCH = [
    {"name": "step_code", "drop": 0.5, "epochs_per_drop": 10},
    {"name": "time_per_epoch", "decay": 0.002},
    {"name": "constant"},
]


@pytest.mark.parametrize("batch_size", [7, 118, 235])
def test_a_schedule_by_epoch_is_the_same_stretched_over_other_batches(
    config: Any, batch_size: int
) -> None:
    """Stretched to a fifth of the updates or to four times as many, each in the epoch it was in."""
    for schedule in SCHEDULES_BY_EPOCH:
        arm = {"initial_rate": 0.1, "schedule": schedule, "batch_size": batch_size}
        written = arm_rates(arm, config["training"], 235)
        stretched = arm_rates({**arm, "stretch": True}, config["training"], 235)
        assert len(written) == 50 * -(-235 // batch_size)
        assert stretched.tolist() == written.tolist()


@pytest.mark.parametrize("epochs", [12, 25, 50, 100, 200, 400])
def test_a_stretched_rate_is_a_function_of_the_share_of_updates_done(
    config: Any, epochs: int
) -> None:
    for schedule in (
        {"name": "time_per_update", "decay": 0.002},
        {"name": "step_code", "drop": 0.5, "epochs_per_drop": 10},
        {"name": "cosine", "final_factor": 0.0},
    ):
        arm = {"initial_rate": 0.1, "schedule": schedule}
        written = arm_rates(arm, config["training"], 235)
        found = arm_rates({**arm, "epochs": epochs, "stretch": True}, config["training"], 235)
        done = np.arange(9 * epochs) / (9 * epochs)
        # A hair more, so that rounding puts no share before the update that it begins.
        assert found.tolist() == [written[int(450 * share + 1e-9)] for share in done]


def test_rates_table(config: Any, tmp_path: Path) -> None:
    table = rates_table(config["figures"], config["training"], 235)
    write_table(table, tmp_path / "rates.parquet", RATES)
    for figure, drawn in config["figures"].items():
        for panel, curves in drawn["panels"].items():
            for curve in curves:
                rows = table[(table["figure"] == figure) & (table["panel"] == panel)]
                rows = rows[rows["curve"] == curve]
                assert rows["update"].tolist() == list(range(9 * drawn["epochs"]))
                assert rows["epoch"].to_numpy() == pytest.approx(np.arange(len(rows)) / 9)
                assert rows["rate"].max() <= drawn["initial_rate"]
    readings = table[(table["figure"] == "readings") & (table["epoch"] == 49)]
    rates = sorted(readings["rate"].round(5))
    assert rates == [0.002, 0.00932, 0.05313, 0.09107]
