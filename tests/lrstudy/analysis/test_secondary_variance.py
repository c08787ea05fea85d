"""Where the variance comes from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lrstudy.analysis.secondary import components_table
from lrstudy.data.random_streams import generator
from lrstudy.statistics.variance import variance_components
from lrstudy.tables.results import COMPONENTS
from paperledger.io.tables import write_table

ANALYSIS = {"confidence": 0.9, "resamples": 199, "seed": 7, "parts": ["study"]}

PARTS = {
    "study": {"protocols": {"tail": {"seeds": 4}, "resample": {"splits": 2, "seeds": 2}}},
    "crossed": {
        "protocols": {
            "official": {"seeds": 4},
            "tail": {"initialisations": 3, "shuffles": 4},
            "resample": {"splits": 3, "seeds": 4, "crossed": True},
        }
    },
    "nested": {"protocols": {"resample": {"splits": 3, "seeds": 4, "crossed": False}}},
}


def crossed(effects: np.ndarray, protocol: str = "tail", **where: str) -> pd.DataFrame:
    """Rows right of 100 by row and column of a crossed cell of 3 x 4."""
    row, column = np.divmod(np.arange(12), 4)
    columns = {
        "part": "crossed",
        "dataset": "own",
        "protocol": protocol,
        "initializer": "g",
        "arm": "a",
        "replicate": 1000 + np.arange(12),
        "initialisation": 1000 + (row if protocol == "tail" else column),
        "shuffle": 1000 + column,
        "split": 1000 + row if protocol == "resample" else 0,
        "n_validation": 100,
        "n_correct": effects.ravel(),
    }
    return pd.DataFrame(columns).assign(**where)


BY_ROW = 90 + np.array([[-4], [0], [4]]) + np.zeros((3, 4), int)
BY_COLUMN = 90 + np.array([-3, -1, 1, 3]) + np.zeros((3, 4), int)


def by_source(table: pd.DataFrame) -> dict[str, float]:
    assert len(table) == 3
    return dict(zip(table["source"], table["variance"], strict=True))


def test_components_are_named_after_what_varies(tmp_path: Path) -> None:
    """Only the row matters, or only the column: the variance is that of its levels."""
    for protocol, names in (
        ("tail", ["initialisation", "shuffle"]),
        ("resample", ["split", "seed"]),
    ):
        for effects, source, variance in (
            (BY_ROW, names[0], 16),
            (BY_COLUMN, names[1], 20 / 3),
        ):
            table = components_table(crossed(effects, protocol), PARTS, ANALYSIS)
            expected = dict.fromkeys([*names, "residual"], 0.0) | {source: variance}
            assert by_source(table) == pytest.approx(expected, abs=1e-9)
            assert table["share"].tolist() == pytest.approx(
                [100.0 * (name == source) for name in (*names, "residual")], abs=1e-9
            )
            write_table(table, tmp_path / "components.parquet", COMPONENTS)


def test_components_are_those_of_the_crossed_cell() -> None:
    rng = np.random.default_rng(5)
    effects = rng.integers(80, 100, (3, 4))
    table = components_table(crossed(effects, "resample"), PARTS, ANALYSIS).set_index("source")
    expected = variance_components(
        effects.astype(float), confidence=0.9, resamples=199, rng=generator("resampling", 9)
    )
    for name, component in (
        ("split", expected.rows), ("seed", expected.columns), ("residual", expected.residual)
    ):  # fmt: skip
        found = table.loc[name, ["variance", "low", "high", "share"]].tolist()
        known = [component.variance, component.low, component.high, 100 * component.share]
        assert found == pytest.approx(known)


def test_only_crossed_cells_are_divided() -> None:
    table = pd.concat(
        [
            crossed(BY_ROW),
            crossed(BY_COLUMN, arm="b"),
            crossed(BY_ROW, initializer="n"),
            crossed(BY_COLUMN, "resample"),
            crossed(BY_ROW, "resample", part="nested"),
            crossed(BY_ROW, part="study"),
        ]
    )
    found = components_table(table, PARTS, ANALYSIS)
    cells = found.groupby(["protocol", "initializer", "arm"]).size().to_dict()
    assert cells == {
        ("tail", "g", "a"): 3,
        ("tail", "g", "b"): 3,
        ("tail", "n", "a"): 3,
        ("resample", "g", "a"): 3,
    }
    one = components_table(crossed(BY_COLUMN, "resample"), PARTS, ANALYSIS)
    mixed = found[found["protocol"] == "resample"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mixed, one)


def test_a_cell_without_any_variance_has_no_shares() -> None:
    table = components_table(crossed(np.full((3, 4), 90)), PARTS, ANALYSIS)
    columns = ["variance", "low", "high", "share", "sd_low", "sd_high"]
    assert table[columns].to_numpy().tolist() == [[0.0] * 6] * 3
