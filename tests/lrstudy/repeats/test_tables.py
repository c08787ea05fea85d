"""What each run found, as tables: effects run by run, and sentences asked of every run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lrstudy.repeats.settings import RepeatError
from lrstudy.repeats.tables import effects_by_run, verdicts_by_run
from lrstudy.tables.repeats import BY_RUN, VERDICTS
from paperledger.io.tables import read_table, write_table

HOME = {"dataset": ["own"]}
EFFECTS = pd.DataFrame(
    [
        {"hypothesis": "H1", "dataset": "own", "protocol": "tail", "initializer": "g"},
        {"hypothesis": "X1", "dataset": "wine", "protocol": "resample", "initializer": "g"},
    ]
)


def interval(name: str, difference: float, half_width: float = 0.5) -> dict[str, Any]:
    ends = {"difference": 0.0, "low": -half_width, "high": half_width}
    return {f"{name}.{end}": difference + value for end, value in ends.items()}


# --- effects ------------------------------------------------------------------


def test_each_effect_is_looked_up_in_each_run(tmp_path: Path) -> None:
    """Another data set is part of a claim's name; what a repeat lacks is left out."""
    own = interval("effect.H1.tail.g", 1.0) | interval("effect.X1.wine.resample.g", -2.0)
    runs = {0: own, 3: interval("effect.H1.tail.g", 0.25), 10: {"networks": 4}}
    found = effects_by_run(EFFECTS, runs, HOME)
    told = found[["run", "hypothesis", "dataset", "difference", "low", "high"]]
    assert told.to_numpy().tolist() == [
        [0, "H1", "own", 1.0, 0.5, 1.5],
        [0, "X1", "wine", -2.0, -2.5, -1.5],
        [3, "H1", "own", 0.25, -0.25, 0.75],
    ]
    write_table(found, tmp_path / "by_run.parquet", BY_RUN)
    assert len(read_table(tmp_path / "by_run.parquet", BY_RUN)) == 3


# --- sentences ----------------------------------------------------------------


def verdicts(sentences: dict[str, list[str]], *runs: dict[str, Any]) -> list[list[Any]]:
    """Ask of runs 0, 1, ...: run, sentence, whether it holds, its margin."""
    found = verdicts_by_run(sentences, {}, dict(enumerate(runs)))
    return found[["run", "sentence", "holds", "margin"]].to_numpy().tolist()


def margin(*conditions: str, **more: Any) -> float:
    """Return the margin of a sentence on e, 1.5 with an interval from 1 to 2, and on f, 0 to 4."""
    values = interval("e", 1.5) | interval("f", 2.0, 2.0) | {"e.sd": 9.0, "word": "yes"} | more
    return float(verdicts({"said": list(conditions)}, values)[0][3])


def test_every_sentence_is_asked_of_every_run(tmp_path: Path) -> None:
    sentences = {"rises": ["e.low > 0"], "many": ["networks >= 10"]}
    runs = [interval("e", 1.0) | {"networks": 10}, interval("e", 0.25) | {"networks": 9}]
    places = {"rises": ["abstract", "text"]}
    found = verdicts_by_run(sentences, places, dict(enumerate(runs)))
    assert found[["run", "sentence", "place", "holds"]].to_numpy().tolist() == [
        [0, "rises", "abstract, text", True],
        [0, "many", "", True],
        [1, "rises", "abstract, text", False],
        [1, "many", "", False],
    ]
    assert found["margin"].isna().tolist() == [False, True, False, True]
    write_table(found, tmp_path / "verdicts.parquet", VERDICTS)
    assert read_table(tmp_path / "verdicts.parquet", VERDICTS)["holds"].sum() == 2


def test_a_sentence_that_cannot_be_asked_is_named() -> None:
    with pytest.raises(
        RepeatError, match=r"this build: sentence 'said': no claim 'e\.hihg' .*e\.high"
    ):
        margin("e.hihg < 2")
    with pytest.raises(RepeatError, match="repeat 1: sentence 'many' rests on networks"):
        verdicts({"many": ["networks > 9"]}, {"networks": 10}, {})


def test_a_text_without_sentences_has_a_table_without_rows(tmp_path: Path) -> None:
    found = verdicts_by_run({}, {}, {0: {}})
    write_table(found, tmp_path / "verdicts.parquet", VERDICTS)
    assert read_table(tmp_path / "verdicts.parquet", VERDICTS).empty


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("e.low > 0", 2.0),  # half the interval is 0.5 wide
        ("e.low >= 1", 0.0),
        ("e.high < 3", 2.0),
        ("e.high <= 1.5", -1.0),
        ("e.difference > f.low", 3.0),
        ("f.low < e.low", 0.5),  # the left one's interval counts: its half is 2 wide
    ],
)
def test_a_margin_counts_half_widths_of_the_interval_on_the_left(
    condition: str, expected: float
) -> None:
    assert margin(condition) == expected


def test_the_margin_of_a_sentence_is_that_of_its_tightest_condition() -> None:
    assert margin("e.low > 0", "e.high < 2.25", "word == yes") == 0.5


@pytest.mark.parametrize(
    "condition", ["word == yes", "n > 3", "e.sd > 2", "0 < e.low", "g.low > 0"]
)
def test_without_an_interval_there_is_no_margin(condition: str) -> None:
    """A spread has none, though the mean beside it has one; nor has an interval without a width."""
    assert pd.isna(margin(condition, n=4, **interval("g", 1.0, 0.0)))
