"""Any contrast from sums and products: the same as from the networks themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lrstudy.repeats import moments
from lrstudy.repeats.moments import MOMENTS, OUTCOMES, contrast, moments_table
from paperledger.io.tables import read_contract, read_table, write_table

GROUP = ("factorial", "ponds", "tail")


def runs_of(cells: list[tuple[str, str]], n: int, part: str = "factorial") -> pd.DataFrame:
    """Networks of some cells on shared replicates, in an order of their own."""
    rng = np.random.default_rng(len(cells) + n)
    easy = rng.normal(size=n)
    frames = []
    for initializer, arm in cells:
        right = np.clip(105 + 2 * easy + 2 * rng.normal(size=n), 0, 116).astype(np.int16)
        frame = pd.DataFrame(
            {
                "part": part,
                "dataset": GROUP[1],
                "protocol": GROUP[2],
                "initializer": initializer,
                "arm": arm,
                "replicate": np.arange(n) + 1_000_000,
                "n_validation": np.int16(116),
                "n_correct": right,
                "n_correct_positive": (right * 0.6).astype(np.int16),
                "best_n_correct": (right + rng.integers(0, 3, n)).astype(np.int16),
                "last10_n_correct": (right - rng.integers(0, 20, n) / 10).astype(np.float32),
                "val_loss": rng.gamma(2, 0.1, n).astype(np.float32),
                "speed": rng.integers(1, 52, n).astype(np.int16),
            }
        )
        frames.append(frame.sample(frac=1, random_state=1))
    return pd.concat(frames, ignore_index=True)


CELLS = [(initializer, arm) for initializer in ("a", "b") for arm in ("slow", "fast", "step")]
WEIGHTS = {("b", "step"): 1.0, ("a", "slow"): -1.0, ("a", "fast"): 0.5, ("b", "slow"): -0.5}


def direct(runs: pd.DataFrame, outcome: str) -> tuple[float, float, int]:
    values = runs["best_n_correct"] - runs["n_correct"]
    if outcome != "best_less_last":
        values = runs[outcome].astype(float) * (10 if outcome == "last10_n_correct" else 1)
    table = runs.assign(value=values).pivot(
        index="replicate", columns=["initializer", "arm"], values="value"
    )
    difference = sum(weight * table[cell] for cell, weight in WEIGHTS.items())
    return difference.mean(), difference.std(ddof=1) / np.sqrt(len(difference)), len(difference)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_contrast_is_that_of_the_networks(outcome: str, tmp_path: Path) -> None:
    runs = runs_of(CELLS, 400)
    write_table(moments_table(runs), tmp_path / "m", MOMENTS)
    kept = read_table(tmp_path / "m", MOMENTS)
    found = contrast(kept, GROUP, outcome, WEIGHTS)
    assert found == pytest.approx(
        direct(runs, outcome), rel=1e-5
    )  # of float32, tenths are not whole
    (alone,) = {cell: 1.0 for cell in CELLS[:1]}.items()
    values = runs[(runs["initializer"] == "a") & (runs["arm"] == "slow")]
    assert contrast(kept, GROUP, "n_correct", dict([alone])).mean == values["n_correct"].mean()
    assert read_contract(tmp_path / "m") == MOMENTS


def test_counts_are_exact() -> None:
    kept = moments_table(runs_of(CELLS, 400))
    counts = kept[kept["outcome"] != "val_loss"]
    assert (counts["total"] % 1 == 0).all()
    assert all((products % 1 == 0).all() for products in counts["products"])


def test_products_are_what_the_table_says() -> None:
    """A reader with other tools starts from that."""
    runs = runs_of(CELLS, 40)
    kept = moments_table(runs)
    (row,) = kept[(kept["outcome"] == "n_correct") & (kept["arm"] == "fast")].index[:1]
    table = runs.pivot(index="replicate", columns=["initializer", "arm"], values="n_correct")
    off = table - (table.sum() / 40).round()
    own, later = off[("a", "fast")], [("a", "fast"), ("a", "step"), ("b", "slow")]
    expected = [float((own * off[cell]).sum()) for cell in later]
    assert kept.loc[row, "products"][:3].tolist() == expected
    assert len(kept.loc[row, "products"]) == 5


def test_a_column_that_the_runs_lack_is_left_out() -> None:
    kept = moments_table(runs_of(CELLS, 4).drop(columns="speed"))
    assert set(kept["outcome"]) == set(OUTCOMES) - {"speed"}


def test_a_grid_keeps_pairs_of_one_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moments, "WIDE", 5)
    runs = runs_of(CELLS, 50)
    kept = moments_table(runs)
    found = contrast(kept, GROUP, "n_correct", WEIGHTS)
    assert found == pytest.approx(direct(runs, "n_correct"), abs=1e-9)
    one = contrast(kept, GROUP, "val_loss", {("b", "fast"): 2.0})
    assert one.se > 0
    with pytest.raises(ValueError, match="products of two cells are kept for n_correct"):
        contrast(kept, GROUP, "val_loss", WEIGHTS)


@pytest.mark.parametrize(
    ("group", "outcome", "cell"),
    [
        (GROUP, "n_correct", ("a", "none")),
        (GROUP, "none", ("a", "slow")),
        (("none", *GROUP[1:]), "n_correct", ("a", "slow")),
    ],
)
def test_what_was_not_kept_is_named(
    group: tuple[str, str, str], outcome: str, cell: tuple[str, str]
) -> None:
    kept = moments_table(runs_of(CELLS, 4))
    with pytest.raises(ValueError, match=f"{' '.join(group)}, {outcome}: .*{' '.join(cell)}"):
        contrast(kept, group, outcome, {cell: 1.0})


def test_cells_of_other_replicates_are_refused() -> None:
    runs = runs_of(CELLS, 4)
    with pytest.raises(ValueError, match="factorial ponds tail: expected the same replicates"):
        moments_table(runs.drop(index=3))
    runs.loc[3, "replicate"] += 100
    with pytest.raises(ValueError, match="expected the same replicates"):
        moments_table(runs)


def test_a_whole_study_takes_less_than_two_megabytes(tmp_path: Path) -> None:
    """The second study's factorial, and its two grids of 420 arms on two protocols, and tuning."""
    factorial = [(i, f"arm{k}") for i in ("a", "b") for k in range(9)]
    grid = [("a", f"arm{k}") for k in range(420)]
    parts = [runs_of(factorial, 5000, f"factorial {k}") for k in range(2)]
    parts += [runs_of(factorial, 1000, "official")]
    parts += [runs_of(grid, 20, f"ridge {k}") for k in range(5)]
    write_table(moments_table(pd.concat(parts)), tmp_path / "m", MOMENTS)
    assert (tmp_path / "m").stat().st_size < 2_000_000
