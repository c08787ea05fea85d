"""Every schedule against values worked by hand, and its edges to one update on either side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lrstudy.schedules
import numpy as np
import pytest
from lrstudy.schedules import SCHEDULES, Clock, parameters, rate_table

CLOCK = Clock(updates_per_epoch=9, n_epochs=50)


def rates(name: str, initial: float = 0.1, clock: Clock = CLOCK, **given: float) -> Any:
    return rate_table({"name": name, **given}, initial, clock)


def by_epoch(name: str, initial: float, n_epochs: int, **given: float) -> list[float]:
    """The table at three updates an epoch, one value an epoch; all three must agree."""
    table = rates(name, initial, Clock(3, n_epochs), **given).reshape(n_epochs, 3)
    assert (table == table[:, :1]).all()
    return list(table[:, 0])


# --- the tutorial's own numbers -----------------------------------------------


def test_tutorials_printed_table_is_the_recursion() -> None:
    printed = [0.1, 0.0999000999, 0.0997006985, 0.09940249103, 0.09900646517]
    assert by_epoch("time_recursion", 0.1, 5, decay=0.001) == pytest.approx(printed, abs=5e-12)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("time_per_update", 0.05313, 0.05269),
        ("time_per_epoch", 0.09107, 0.09107),
        ("time_recursion", 0.00932, 0.00932),
        ("time_subtraction", 0.00200, 0.00200),
    ],
)
def test_four_readings_in_epoch_50(name: str, first: float, last: float) -> None:
    epoch_50 = rates(name, decay=0.002)[-9:]
    assert epoch_50[[0, -1]] == pytest.approx([first, last], abs=5e-6)


def test_the_codes_step_has_plateaus_of_9_10_10_10_10_and_1_epochs() -> None:
    values = by_epoch("step_code", 0.1, 50, drop=0.5, epochs_per_drop=10)
    expected = [0.1] * 9 + [0.05] * 10 + [0.025] * 10 + [0.0125] * 10 + [0.00625] * 10 + [0.003125]
    assert values == expected


def test_the_proses_step_has_five_plateaus_of_10_epochs() -> None:
    values = by_epoch("step_prose", 0.1, 50, drop=0.5, epochs_per_drop=10)
    assert values == list(np.repeat([0.1, 0.05, 0.025, 0.0125, 0.00625], 10))


# --- values worked by hand ----------------------------------------------------


def test_constant() -> None:
    table = rates("constant", 0.3)
    assert table.shape == (450,)
    assert table.dtype == np.float64
    assert (table == 0.3).all()


def test_time_per_update() -> None:
    # decay 1: 6, 6/2, 6/3, 6/4, across the border of an epoch
    assert list(rates("time_per_update", 6.0, Clock(3, 2), decay=1)) == pytest.approx(
        [6, 3, 2, 1.5, 1.2, 1]
    )


def test_time_per_epoch() -> None:
    assert by_epoch("time_per_epoch", 6.0, 4, decay=1) == pytest.approx([6, 3, 2, 1.5])


def test_time_recursion() -> None:
    # divided by 1, by 2, by 3, by 4
    assert by_epoch("time_recursion", 24.0, 4, decay=1) == pytest.approx([24, 12, 4, 1])


@pytest.mark.parametrize("name", ["time_per_update", "time_per_epoch", "time_recursion"])
@pytest.mark.parametrize(("initial", "n_epochs"), [(0.1, 50), (1.0, 4), (0.03, 7)])
def test_the_tutorials_rule_for_the_decay(name: str, initial: float, n_epochs: int) -> None:
    """It divides the initial rate by the number of epochs: 0.1 / 50 = 0.002."""
    clock = Clock(3, n_epochs)
    table = rate_table({"name": name, "decay": "rate/epochs"}, initial, clock)
    assert np.array_equal(table, rates(name, initial, clock, decay=initial / n_epochs))
    assert table[-1] < table[0]


def test_subtraction_by_the_tutorials_rule_ends_one_step_above_zero() -> None:
    schedule = {"name": "time_subtraction", "decay": "rate/epochs"}
    assert rate_table(schedule, 1.0, Clock(1, 4)) == pytest.approx([1, 0.75, 0.5, 0.25])


def test_time_subtraction_stops_at_zero() -> None:
    assert by_epoch("time_subtraction", 1.0, 5, decay=0.375) == [1.0, 0.625, 0.25, 0.0, 0.0]


def test_step_forms_differ_by_one_epoch() -> None:
    given = {"drop": 0.5, "epochs_per_drop": 2}
    assert by_epoch("step_code", 8.0, 6, **given) == [8, 4, 4, 2, 2, 1]
    assert by_epoch("step_prose", 8.0, 6, **given) == [8, 8, 4, 4, 2, 2]


def test_step_that_drops_every_epoch() -> None:
    given = {"drop": 0.5, "epochs_per_drop": 1}
    assert by_epoch("step_code", 8.0, 3, **given) == [4, 2, 1]
    assert by_epoch("step_prose", 8.0, 3, **given) == [8, 4, 2]


def test_exponential() -> None:
    # exp(-log 2) halves
    assert by_epoch("exponential", 8.0, 4, decay=np.log(2)) == pytest.approx([8, 4, 2, 1])


def test_linear() -> None:
    table = rates("linear", 1.0, Clock(2, 2), final_factor=0.0)
    assert list(table) == [1.0, 0.75, 0.5, 0.25]
    assert list(rates("linear", 1.0, Clock(2, 2), final_factor=0.5)) == [1.0, 0.875, 0.75, 0.625]


def test_polynomial() -> None:
    # (1 - t/4) squared: 1, 9/16, 4/16, 1/16; half of the way to 0.5: (1 + that) / 2
    squares = [1.0, 0.5625, 0.25, 0.0625]
    assert list(rates("polynomial", 1.0, Clock(2, 2), power=2, final_factor=0.0)) == squares
    half = [(1 + x) / 2 for x in squares]
    assert list(rates("polynomial", 1.0, Clock(2, 2), power=2, final_factor=0.5)) == half


def test_cosine() -> None:
    # cos of 0, 60, 120 degrees at updates 0, 2, 4 of 6: 1, 1/2, -1/2
    table = rates("cosine", 1.0, Clock(3, 2), final_factor=0.0)
    assert table[[0, 2, 4]] == pytest.approx([1.0, 0.75, 0.25])
    assert table[3] == pytest.approx(0.5)
    table = rates("cosine", 1.0, Clock(3, 2), final_factor=0.2)
    assert table[[0, 3]] == pytest.approx([1.0, 0.6])


def test_cosine_restarts_runs_the_cosine_again() -> None:
    table = rates("cosine_restarts", 1.0, Clock(6, 2), cycles=2, final_factor=0.2)
    once = rates("cosine", 1.0, Clock(6, 1), final_factor=0.2)
    assert table == pytest.approx(np.tile(once, 2))


def test_one_cycle() -> None:
    # peak at update 2 of 4: from 0.5 up to 1, then towards 0
    table = rates(
        "one_cycle", 1.0, Clock(2, 2), warmup_fraction=0.5, start_factor=0.5, final_factor=0.0
    )
    assert list(table) == [0.5, 0.75, 1.0, 0.5]


# --- one update on either side of a change ------------------------------------


@pytest.mark.parametrize(
    ("name", "update", "before", "after"),
    [
        ("time_per_epoch", 9, 0.1, 0.1 / 1.5),
        ("time_recursion", 18, 0.1 / 1.5, 0.1 / 3),
        ("time_subtraction", 9, 0.1, 0.0),
        ("exponential", 9, 0.1, 0.1 * np.exp(-0.5)),
    ],
)
def test_rates_by_epoch_change_with_its_first_update(
    name: str, update: int, before: float, after: float
) -> None:
    table = rates(name, decay=0.5)
    assert table[[update - 1, update]] == pytest.approx([before, after])


@pytest.mark.parametrize(
    ("name", "epoch"), [("step_code", 9), ("step_code", 19), ("step_prose", 10), ("step_prose", 20)]
)
def test_a_drop_falls_on_the_first_update_of_its_epoch(name: str, epoch: int) -> None:
    table = rates(name, drop=0.5, epochs_per_drop=10)
    first = epoch * 9
    assert table[first] == table[first - 1] / 2
    assert table[first - 2] == table[first - 1]
    assert table[first + 1] == table[first]


def test_a_restart_falls_on_the_right_update() -> None:
    table = rates("cosine_restarts", 1.0, cycles=5, final_factor=0.0)
    for start in (90, 180, 270, 360):
        assert table[start] == 1.0
        assert table[start - 1] == pytest.approx((1 - np.cos(np.pi / 90)) / 2)
        assert table[start + 1] == pytest.approx((1 + np.cos(np.pi / 90)) / 2)


@pytest.mark.parametrize(("n_updates", "cycles"), [(10, 3), (450, 7), (7, 7), (450, 450)])
def test_cycles_that_do_not_divide_the_updates(n_updates: int, cycles: int) -> None:
    table = rates("cosine_restarts", 1.0, Clock(n_updates, 1), cycles=cycles, final_factor=0.0)
    cycle = np.arange(n_updates) * cycles // n_updates
    # The rate falls inside a cycle and rises with the next one, nowhere else.
    assert ((np.diff(table) > 0) == (np.diff(cycle) > 0))[np.diff(table) != 0].all()
    assert table[0] == 1.0
    assert cycle.max() == cycles - 1


def test_the_peak_of_one_cycle() -> None:
    table = rates("one_cycle", 1.0, warmup_fraction=0.3, start_factor=0.1, final_factor=0.01)
    assert table.argmax() == 135  # 0.3 * 450
    assert table[135] == 1.0
    assert table[134] == pytest.approx(1 - 0.9 / 135)
    assert table[136] == pytest.approx(1 - 0.99 / 315)
    assert table[0] == pytest.approx(0.1)
    assert table[-1] == pytest.approx(0.01 + 0.99 / 315)


def test_one_cycle_without_warm_up_starts_at_the_peak() -> None:
    table = rates("one_cycle", 1.0, warmup_fraction=0.0, start_factor=0.1, final_factor=0.0)
    assert table == pytest.approx(rates("linear", 1.0, final_factor=0.0))


def test_the_end_value_would_come_one_update_past_the_last() -> None:
    for name, given in [("linear", {}), ("polynomial", {"power": 1.0})]:
        table = rates(name, 1.0, final_factor=0.1, **given)
        assert table[-1] == pytest.approx(0.1 + 0.9 / 450)
    table = rates("cosine", 1.0, final_factor=0.1)
    assert table[-1] == pytest.approx(0.1 + 0.9 * (1 - np.cos(np.pi / 450)) / 2)


# --- small clocks and properties of all ---------------------------------------

EXAMPLES: dict[str, dict[str, float]] = {
    name: {word: schema["examples"][0] for word, schema in parameters(name).items()}
    for name in SCHEDULES
}
LIBRARY = Path(lrstudy.schedules.__file__).parent
# A schedule may warm up, or drop in its first epoch.
BEGIN_AT_THE_INITIAL_RATE = {
    "constant",
    "time_per_update",
    "time_per_epoch",
    "time_recursion",
    "time_subtraction",
    "step_prose",
    "exponential",
    "linear",
    "polynomial",
    "cosine",
    "cosine_restarts",
}


def test_every_schedule_is_a_file_and_shows_values_worked_by_hand() -> None:
    files = {path.stem for path in LIBRARY.glob("*.py")} - {"__init__", "base"}
    assert files == set(SCHEDULES)
    for name, schedule in SCHEDULES.items():
        assert f">>> {name}(" in (schedule.__doc__ or ""), name


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("clock", [Clock(1, 1), Clock(1, 7), Clock(7, 1), Clock(9, 50)])
def test_any_clock_gives_finite_rates_up_to_the_initial_one(name: str, clock: Clock) -> None:
    table = rates(name, 0.1, clock, **EXAMPLES[name])
    assert table.shape == (clock.n_updates,)
    assert table.dtype == np.float64
    assert (table >= 0).all()
    assert (table <= 0.1).all()
    if name in BEGIN_AT_THE_INITIAL_RATE:
        assert table[0] == 0.1


@pytest.mark.parametrize("name", sorted(BEGIN_AT_THE_INITIAL_RATE | {"one_cycle", "step_code"}))
def test_rates_scale_with_the_initial_one(name: str) -> None:
    if name == "time_subtraction":  # subtracts an absolute amount
        twice = rates(name, 0.4, decay=0.004)
    else:
        twice = rates(name, 0.4, **EXAMPLES[name])
    assert twice == pytest.approx(2 * rates(name, 0.2, **EXAMPLES[name]))


def test_one_update_an_epoch_makes_both_closed_forms_the_same() -> None:
    clock = Clock(1, 50)
    per_update = rates("time_per_update", 0.1, clock, decay=0.002)
    assert (per_update == rates("time_per_epoch", 0.1, clock, decay=0.002)).all()


def test_one_epoch_is_the_first_epoch_of_many() -> None:
    for name in ("time_per_update", "time_per_epoch", "time_recursion", "step_code", "step_prose"):
        alone = rates(name, 0.1, Clock(9, 1), **EXAMPLES[name])
        assert (alone == rates(name, 0.1, CLOCK, **EXAMPLES[name])[:9]).all()


def test_clock() -> None:
    assert Clock(9, 50).n_updates == 450
    assert list(Clock(9, 50).epoch(np.array([0, 8, 9, 449]))) == [0, 0, 1, 49]
    for broken in ((0, 1), (1, 0), (-1, 5)):
        with pytest.raises(ValueError, match="at least one update and one epoch"):
            Clock(*broken)


def test_a_warm_up_of_one_update_has_its_peak_there() -> None:
    schedule = {"name": "one_cycle", "warmup_fraction": 0.25, "start_factor": 0.5,
                "final_factor": 0.0}  # fmt: skip
    assert rate_table(schedule, 0.6, Clock(1, 4)) == pytest.approx([0.3, 0.6, 0.4, 0.2])
