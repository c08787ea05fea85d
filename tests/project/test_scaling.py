"""docs/scaling.md prints what docs/bench.json says; its arithmetic is that of a worked example."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pages.scaling import MEASURED, PAGE, SIZES, page, sizes_table, study


@pytest.fixture
def measured() -> dict[str, Any]:
    """A machine of four cores that trains 2,000 networks a second, and round numbers besides."""
    each = {"kib": 2.0, "seconds": 0.001}
    return {
        "dollars_per_core_hour": 0.1,
        "bench": {
            "machine": {"cores": 4},
            "networks_per_second": {"kernel": 2000.0, "keras": 0.5},
            "scaling": [{"members": 1000, "seconds": 0.5, "peak_mib": 250.0}],
            "dag_overhead_seconds": {"nothing_to_do": 2.5, "one_job": 1.0},
        },
        "size": {"chunks": 500.0, "members": 0.5, "runs": 16.0},
        **{part: dict(each) for part in ("plan", "collect", "read", "streams")},
        "jobs": [
            {"jobs": 1000, "seconds": 3.0, "peak_mib": 300.0},
            {"jobs": 5000, "seconds": 9.0, "peak_mib": 500.0},
        ],
    }


def test_a_study_worked_by_hand(measured: dict[str, Any]) -> None:
    need = study(measured, 1_000_000, 8, 10_000)
    # A job: 2 * 2.5 + 1 s, and 10,000 times 1 ms to draw and 2 ms / 2 threads to train: 26 s.
    assert need["jobs"] == 100
    assert need["job_minutes"] == pytest.approx(26 / 60)
    # Four at a time: 25 rounds; then 1 ms each to gather.
    assert need["hours"] == pytest.approx((25 * 26 + 1000) / 3600)
    assert need["core_hours"] == pytest.approx(100 * 2 * 26 / 3600)
    assert need["dollars"] == pytest.approx(0.1 * 100 * 2 * 26 / 3600)
    assert need["disk_gb"] == pytest.approx(0.5)
    assert need["memory_gb"] == pytest.approx(2.048)


def test_the_last_round_counts_whole(measured: dict[str, Any]) -> None:
    # 101 chunks of 9,901 networks, four at a time: 26 rounds.
    need = study(measured, 1_000_001, 8, 10_000)
    job = 6 + 1_000_001 / 101 * 0.002
    assert need["hours"] == pytest.approx((26 * job + 1000.001) / 3600)


def test_every_study_has_a_row(measured: dict[str, Any]) -> None:
    rows = sizes_table(measured).splitlines()
    assert len(rows) == 2 + len(SIZES)
    assert len({row.count("|") for row in rows}) == 1
    assert "| 1,000,000,000 |" in rows[-1]


def test_the_page_gets_its_numbers(measured: dict[str, Any]) -> None:
    text = "1<!-- speed --> a second, 9<!-- cores --> cores\n<!-- sizes -->\nold\n<!-- end -->\n"
    renewed, changes = page(text, measured)
    assert renewed.startswith("2,000<!-- speed --> a second, 4<!-- cores --> cores\n")
    assert "old" not in renewed
    assert changes == [
        "speed: found 1, expected 2,000",
        "cores: found 9, expected 4",
        "the table of sizes",
    ]
    assert page(renewed, measured) == (renewed, [])


def test_an_unknown_number_is_named(measured: dict[str, Any]) -> None:
    with pytest.raises(SystemExit, match="speeed"):
        page("1<!-- speeed -->\n<!-- sizes -->\n<!-- end -->\n", measured)


def test_the_page_is_up_to_date() -> None:
    _, changes = page(PAGE.read_text(encoding="utf-8"), json.loads(MEASURED.read_text()))
    assert changes == []
