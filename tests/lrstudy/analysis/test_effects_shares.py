"""Effects as shares of the baseline's error, and what the draws of a test resolve."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.analysis.effects import effects_table
from lrstudy.tables.results import EFFECTS
from paperledger.claims.quoted import table_claims
from paperledger.io.tables import write_table

from tests.helpers.effects_runs import (
    BASE,
    analysis,
    both_initializers,
    cell,
    config_of,
    hypothesis,
    runs,
    table_of,
)

# --- shares of the baseline's error -------------------------------------------


def shares(table: pd.DataFrame, setting: dict[str, Any], **changes: Any) -> pd.DataFrame:
    config = config_of(analysis(H1=setting) | {"baseline": "z"} | changes)
    return effects_table(table, None, None, config)


def test_a_share_is_of_the_baselines_error_on_the_same_replicates() -> None:
    """Errors of 5 and 15, whose replicates alone the arms share: a quarter of 10."""
    table = runs(z=[95, 85, 0, 0], a=[96, 87], b=[94, 84])
    row = shares(table, hypothesis("a", "b")).iloc[0]
    assert (row["difference"], row["share"]) == (2.5, pytest.approx(25))
    # Resamples: 2 of 5, 3 of 15, or 5 of 20.
    assert (row["share_low"], row["share_high"]) == pytest.approx((20, 40))
    assert shares(table, hypothesis("a", "z")).iloc[0]["share"] == pytest.approx(15)


def test_shares_of_several_differences_are_each_its_own() -> None:
    """Of errors of 10 and 30 in two places, which are estimated together; and of none at all."""
    table = pd.concat(
        [
            runs(a=[96, 88], b=[94, 86], z=[95, 85]),
            runs(a=[81, 66], b=[78, 63], z=[75, 65]).assign(initializer="n"),
            runs(a=[81, 66], b=[78, 63], z=[100, 100]).assign(initializer="o"),
        ]
    )
    found = shares(table, hypothesis("a", "b")).set_index("initializer")["share"]
    assert found.to_dict() == pytest.approx({"g": 20, "n": 10, "o": np.nan}, nan_ok=True)


def test_where_there_is_no_share() -> None:
    ends = ["share", "share_low", "share_high"]
    table = pd.concat(
        [
            both_initializers(a=[90, 91], b=[80, 80]),
            runs(z=[95, 85]),
            *(cell(arm, [80, 81], protocol="resample") for arm in "abz"),
        ]
    )
    found = shares(table, hypothesis("a", "b")).set_index("initializer")[ends]
    assert found.loc["g"].notna().all() and found.loc["n"].isna().all()
    across = shares(table, hypothesis("a", "b", "tail-resample"))
    assert across["difference"].notna().any() and across[ends].isna().all(axis=None)
    sides = [{"arm": "a", "initializer": "n"}], [{"arm": "a", "initializer": "g"}]
    assert shares(table, hypothesis(*sides))[ends].isna().all(axis=None)
    # A baseline that some resamples find without error; and one of fewer replicates.
    perfect = runs(a=[90, 91], b=[80, 80], z=[100, 90])
    assert shares(perfect, hypothesis("a", "b"))[ends].isna().all(axis=None)
    fewer = runs(a=[90, 91, 92], b=[80, 80, 80], z=[95, 85])
    assert shares(fewer, hypothesis("a", "b"))[ends].isna().all(axis=None)
    assert shares(table, hypothesis("a", "b"), baseline="y")[ends].isna().all(axis=None)
    # Nor is one of another part on other splits.
    drawn = pd.concat([cell(arm, [80, 81], protocol="resample", part="ridge") for arm in "ab"])
    asked = hypothesis("a", "b", "resample", part="ridge")
    on_the_same = cell("z", [90, 91], protocol="resample")
    apart = on_the_same.assign(split=on_the_same["split"] + 7)
    assert shares(pd.concat([drawn, on_the_same]), asked)[ends].notna().all(axis=None)
    assert shares(pd.concat([drawn, apart]), asked)[ends].isna().all(axis=None)


# --- what the draws resolve ---------------------------------------------------


def test_a_p_at_the_resolution_of_its_draws_is_a_bound(tmp_path: Path) -> None:
    base = np.tile(BASE, 3)
    table = runs(a=base + 1, b=base, c=base + (np.arange(18) < 3))
    answer = table_of(table, H1=hypothesis("a", "b"), H2=hypothesis("c", "b"))
    assert answer["resolved"].tolist() == [False, True]
    assert answer["p"].tolist() == [0.01, pytest.approx(0.25, abs=0.1)]  # 2 / 200
    write_table(answer, tmp_path / "effects.parquet", EFFECTS)
    claims = table_claims(answer, EFFECTS)
    printed = {name: claim.text for name, claim in claims.items() if ".g.p" in name}
    assert printed["effect.H1.own.tail.g.p"] == "$<$0.01"
    assert printed["effect.H1.own.tail.g.p_adjusted"] == "$<$0.02"
    assert printed["effect.H2.own.tail.g.p"] == f"{answer['p'][1]:.2f}"
    # Listed in full, the smallest p is what it is.
    assert table_of(runs(a=BASE + 1, b=BASE), H1=hypothesis("a", "b"))["resolved"].all()


def test_the_smallest_margin_is_the_larger_end() -> None:
    row = table_of(runs(a=[95, 91, 96, 90], b=[91, 91, 92, 92]), H1=hypothesis("a", "b")).iloc[0]
    assert row["margin"] == row["tost_high"] == max(abs(row["tost_low"]), row["tost_high"])
    row = table_of(runs(a=[91, 91, 92, 92], b=[95, 91, 96, 90]), H1=hypothesis("a", "b")).iloc[0]
    assert row["margin"] == -row["tost_low"] > 0
