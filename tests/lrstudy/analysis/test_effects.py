"""The table of effects: estimates, and the whole."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy.analysis.effects import effects_table
from lrstudy.analysis.estimates import estimate
from lrstudy.analysis.pairing import BOTH, Pairs
from lrstudy.analysis.tuning import choices_table
from lrstudy.data.random_streams import generator
from lrstudy.statistics.multiplicity import adjust
from lrstudy.statistics.resampling import bootstrap_means, percentile_intervals, sign_flip_p
from lrstudy.tables.results import EFFECTS
from paperledger.io.tables import write_table

from tests.helpers.effects_runs import (
    BASE,
    GRID,
    analysis,
    cell,
    config_of,
    found,
    hypothesis,
    ones,
    runs,
    table_of,
)

# --- estimates ----------------------------------------------------------------


def test_an_effect_by_hand(tmp_path: Path) -> None:
    table = table_of(
        runs(a=[95, 91, 96, 90], b=[91, 91, 92, 92]), H1=hypothesis("a", "b", label="up")
    )
    write_table(table, tmp_path / "effects.parquet", EFFECTS)
    row = table.iloc[0]
    assert (row["family"], row["label"]) == ("primary", "up")
    assert (row["n"], row["clusters"], row["ties"], row["ties_share"]) == (4, 4, 1, 25.0)
    assert row["difference"] == pytest.approx((4 + 0 + 4 - 2) / 4)
    assert row["superiority"] == pytest.approx((2 + 0.5) / 4)
    # Sums of +-4, +-4, +-2: 4 of 8 reach 6 upwards or downwards
    assert row["p"] == pytest.approx(0.5)
    assert row["p_adjusted"] == row["p"]
    assert row["low"] < 1.5 < row["high"]
    # se = sd / 2 with sd = 3; t(3) at 0.9 one-sided is 1.6377
    assert row["tost_low"] == pytest.approx(1.5 - 1.5 * 1.637744, abs=1e-5)
    assert row["tost_high"] == pytest.approx(1.5 + 1.5 * 1.637744, abs=1e-5)
    assert row["tost_p"] == pytest.approx(0.724, abs=1e-3)  # t = -1 / 1.5 against the margin
    assert not row["equivalent"]
    assert row["direction"] == "unclear"


@pytest.mark.parametrize(
    ("step", "direction", "equivalent"),
    [(1, "higher", False), (-1, "lower", False), (0, "unclear", True)],
)
def test_words(step: int, direction: str, equivalent: bool) -> None:
    base = np.array([90, 91, 95, 92, 93, 90])
    row = table_of(runs(a=base + step, b=base), H1=hypothesis("a", "b")).iloc[0]
    assert row["p"] == (1.0 if step == 0 else 2 / 2**6)
    assert row["direction"] == direction
    assert (row["low"], row["high"]) == (step, step)
    assert bool(row["equivalent"]) is equivalent


def test_a_classifier_is_compared_like_an_arm() -> None:
    references = pd.DataFrame({"split": [0], "n_correct": [88], "n_validation": [100]})
    references = references.assign(dataset="own", protocol="tail", classifier="svm")
    config = config_of(analysis(K1=hypothesis("a", "svm")))
    row = effects_table(runs(a=[90, 91]), references, None, config).iloc[0]
    assert (row["n"], row["difference"]) == (2, pytest.approx(2.5))


def test_ties_of_unequal_sums() -> None:
    """105 + 110 and 107 + 108 of 116 rows are equal, though the sums of shares are not."""
    arms = {"a": [105, 105], "b": [110, 113], "c": [107, 109], "d": [108, 109]}
    table = pd.concat([cell(arm, values, n_validation=116) for arm, values in arms.items()])
    sums = found(table, hypothesis("a, b", "c, d"))
    assert (sums.treatment != sums.control).all()
    row = table_of(table, H4=hypothesis("a, b", "c, d")).iloc[0]
    assert (row["ties"], row["difference"], row["p"], row["superiority"]) == (2, 0, 1, 0.5)
    assert row["tost_p"] == 0


def test_sums_that_tie_with_what_was_observed_count() -> None:
    """Shares of 116 rows lie on a lattice: many sign patterns reach the observed sum exactly."""
    rng = np.random.default_rng(0)
    signs = np.array(list(itertools.product([1, -1], repeat=7)))  # 128: exact below 199
    compared = 0
    for _ in range(30):
        a, b = rng.integers(105, 117, (2, 7))
        sums = signs @ (a - b)
        exact = 2 * np.mean(sums >= abs((a - b).sum()))
        if exact > 0.3:
            continue
        table = pd.concat([cell("a", a, n_validation=116), cell("b", b, n_validation=116)])
        row = table_of(table, H1=hypothesis("a", "b")).iloc[0]
        assert row["p"] == pytest.approx(exact)
        compared += 1
    assert compared > 5


# --- the whole table ----------------------------------------------------------


def study(seed: int = 3) -> pd.DataFrame:
    """Three arms, two initializers, both protocols, a grid of four arms."""
    rng = np.random.default_rng(seed)
    cells = [
        cell(arm, rng.integers(100, 117, 24), n_validation=116, **where)
        for arm in "abz"
        for where in (
            {"initializer": "g"},
            {"initializer": "n"},
            {"initializer": "g", "protocol": "resample", "seeds": 3},
            {"initializer": "n", "protocol": "resample", "seeds": 3},
        )
    ]
    cells += [
        cell(f"{schedule} {rate:g} {momentum:g}", rng.integers(100, 117, 24), **where)
        for schedule in GRID["schedules"]
        for rate in GRID["initial_rates"]
        for momentum in GRID["momenta"]
        for where in (
            {"part": "grid", "n_validation": 116},
            {"part": "grid", "n_validation": 116, "protocol": "resample"},
            {"part": "inner", "n_validation": 118, "protocol": "inner"},
        )
    ]
    for table in cells:
        if table["protocol"].eq("inner").any():
            table["split"] = table["replicate"]
        table["val_loss"] = rng.random(24).astype(np.float32)
    return pd.concat(cells, ignore_index=True)


EVERYTHING = {
    "H1": hypothesis("a", "z") | {"protocols": ["tail", "resample", "tail-resample"]},
    "H2": hypothesis("a, z", "b, z", family="secondary"),
    "H3": hypothesis("* 0.2 0", "* 0.1 0", family="secondary", part="grid"),
    "H4": hypothesis(
        [{"arm": "a", "initializer": "n"}], [{"arm": "a", "initializer": "g"}], family="secondary"
    ),
    "H5": hypothesis([{"arm": "a", "outcome": "best"}], "a", family="other"),
}


def whole(table: pd.DataFrame, **changes: Any) -> pd.DataFrame:
    config = config_of(analysis(**EVERYTHING) | changes)
    answer = effects_table(table, None, choices_table(table, config), config)
    return answer.sort_values(list(EFFECTS.key)).reset_index(drop=True)


def test_the_order_of_the_rows_is_irrelevant(tmp_path: Path) -> None:
    there = whole(study())
    assert len(there) == 6 + 2 + 1 + 1 + 2 + 7
    write_table(there, tmp_path / "effects.parquet", EFFECTS)
    for seed in (1, 2):
        here = whole(study().sample(frac=1, random_state=seed))
        pd.testing.assert_frame_equal(here, there, check_exact=True)


def test_parts_that_nobody_asks_for_do_not_matter() -> None:
    other = study(4).assign(part="crossed")
    other = other[other["protocol"] != "inner"]
    pd.testing.assert_frame_equal(whole(pd.concat([other, study()])), whole(study()))


def test_adjusted_within_family_and_initializer() -> None:
    table = whole(study())
    for family, method in (("primary", "holm"), ("secondary", "fdr_bh")):
        for initializer in ("g", "n"):
            rows = table[
                (table["family"] == family) & table["initializer"].isin([initializer, BOTH])
            ]
            own = (rows["initializer"] == initializer).to_numpy()
            expected = np.array(adjust(rows["p"].tolist(), method))  # type: ignore[arg-type]
            assert own.sum() > 0
            assert rows["p_adjusted"].to_numpy()[own] == pytest.approx(expected[own])
    rest = table[table["family"] == "other"]
    assert rest["p_adjusted"].equals(rest["p"])


def test_a_row_does_not_depend_on_the_others() -> None:
    everything = whole(study()).set_index(list(EFFECTS.key))
    config = config_of(analysis(H2=EVERYTHING["H2"]))
    alone = effects_table(study(), None, None, config).set_index(list(EFFECTS.key))
    columns = ["n", "difference", "low", "high", "p", "tost_p", "superiority"]
    pd.testing.assert_frame_equal(alone[columns], everything.loc[alone.index, columns])


def test_a_share_does_not_change_the_rest() -> None:
    table = pd.concat([study(), *(cell("y", [99] * 24, initializer=i) for i in "gn")])
    without, with_shares = (
        effects_table(table, None, None, config_of(analysis(**EVERYTHING) | changes))
        for changes in ({}, {"baseline": "y"})
    )
    assert with_shares["share"].notna().sum() == 2 + 2 + 1 + 2  # on the tail
    kept = [name for name in without if not name.startswith("share")]
    pd.testing.assert_frame_equal(with_shares[kept], without[kept], check_exact=True)


def test_sides_that_change_places_change_the_sign() -> None:
    def turned(setting: dict[str, Any]) -> dict[str, Any]:
        return setting | {"add": setting["subtract"], "subtract": setting["add"]}

    there = table_of(study(), **EVERYTHING)
    back = table_of(study(), **{name: turned(asked) for name, asked in EVERYTHING.items()})
    assert back["difference"].to_numpy() == pytest.approx(-there["difference"].to_numpy())
    assert back["tost_low"].to_numpy() == pytest.approx(-there["tost_high"].to_numpy())
    assert back["superiority"].to_numpy() == pytest.approx(1 - there["superiority"].to_numpy())
    assert back["p"].to_numpy() == pytest.approx(there["p"].to_numpy())
    assert back["p_adjusted"].to_numpy() == pytest.approx(there["p_adjusted"].to_numpy())


def test_below_alpha_is_significant_and_alpha_itself_is_not() -> None:
    table = runs(z=BASE, a=BASE + ones(4), b=BASE - ones(4), c=BASE + ones(3))
    asked = {f"H{arm}": hypothesis(arm, "z", family="other") for arm in "abc"}
    setting = analysis(**asked) | {"confidence": 0.75}
    found = effects_table(table, None, None, config_of(setting))
    assert found["p_adjusted"].tolist() == [0.125, 0.125, 0.25]
    assert found["direction"].tolist() == ["higher", "lower", "unclear"]


def test_the_resampling_is_that_of_the_seed_after_the_configured_one() -> None:
    rng = np.random.default_rng(3)
    number = np.arange(40)
    asked = Pairs(rng.normal(size=40), rng.normal(size=40), number, number)
    draws = generator("resampling", 8)
    drawn = bootstrap_means(asked.means[:, None], resamples=199, rng=draws)
    expected = percentile_intervals(drawn, 0.9)[:, 0].tolist()
    p = sign_flip_p(asked.means[:, None], resamples=199, rng=draws)
    found = estimate([asked], {"confidence": 0.9, "resamples": 199, "seed": 7})[0]
    assert [found.interval.low, found.interval.high] == expected
    assert found.p == p[0]


def test_one_pair_is_too_few() -> None:
    expected = r"^paired values need a length of at least 2, found 1 or none$"
    with pytest.raises(ValueError, match=expected):
        table_of(runs(a=[90], b=[91]), H1=hypothesis("a", "b"))
