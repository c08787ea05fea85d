"""A question of the reader's own: the answer is the paper's, and each run is asked."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from lrstudy.analysis.effects import effects_table
from lrstudy.commands import compare
from lrstudy.repeats.compare import CompareError, answer_of, paired, question_of
from lrstudy.repeats.moments import moments_table
from lrstudy.repeats.settings import settings_hash
from lrstudy.tables.results import EFFECTS
from lrstudy.tables.runs import RUNS
from paperledger.claims.claim import Claim
from paperledger.io.tables import write_table
from scipy import stats

from tests.helpers.effects_runs import analysis, hypothesis
from tests.helpers.ponds import ARMS, CONFIG, record, study


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished build of a small study, without repeats."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(compare, "check_config", lambda config: None)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text(json.dumps(CONFIG))
    write_table(study(), tmp_path / "results/runs.parquet", RUNS)
    return tmp_path


def asked(a: str, b: str, *more: str) -> list[str]:
    return ["--a", a, "--b", b, "--protocol", "tail", *more]


def test_the_difference_is_the_papers_to_the_printed_digit(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare.main(asked("time_based", "baseline")) == 0
    setting = analysis(H1=hypothesis("time_based_m08", "constant_m00"))
    effects = effects_table(study(), None, None, {"dataset": "ponds", "analysis": setting})
    (row,) = effects.to_dict("records")
    column = EFFECTS.columns["difference"]
    assert isinstance(column.decimals, int)
    text = Claim(row["difference"], "points", column.decimals, "signed").text
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "time_based_m08 less constant_m00"
    assert lines[2] == f"difference  {text} points"
    assert lines[3].endswith(" (95 %, Student's t over 60 replicates)")
    higher = 100 * row["superiority"] - row["ties_share"] / 2
    assert lines[4].startswith(f"pairs       60: A higher in {higher:.1f} %, ")
    assert f"tied in {row['ties_share']:.1f} %, " in lines[4]
    assert lines[5:] == [
        "networks    results/runs.parquet",
        "runs        in 1 of 1 the sign is this one's and the interval excludes zero: this one",
    ]


@pytest.mark.parametrize("seed", range(10))
def test_a_random_contrast_is_the_librarys_pairing(seed: int) -> None:
    draw = random.Random(seed)
    a, b = (draw.choices([*ARMS, "adam"], k=seed % 3 + 1) for _ in range(2))
    protocol = "resample" if seed % 2 and "adam" not in a + b else "tail"
    config = {**CONFIG, "analysis": CONFIG["analysis"] | {"parts": ["study", "other"]}}
    runs = study()
    here = runs[(runs["protocol"] == protocol) & (runs["part"] != "crossed")]
    question = question_of(" + ".join(a), "+".join(b), protocol, "", "accuracy", config)
    found = paired(runs[runs["protocol"] == protocol], question, config)
    setting = hypothesis(", ".join(a), ", ".join(b), protocol=protocol)
    asked = {**analysis(H1=setting), "parts": ["study", "other"]}
    effects = effects_table(here, None, None, {"dataset": "ponds", "analysis": asked})
    answer = answer_of(found, 0.95)
    assert answer.difference == effects["difference"].iloc[0]
    assert len(found.means) == effects["clusters"].iloc[0]
    # And by hand, with nothing of the library.
    wide = here.pivot(index="replicate", columns="arm", values="n_correct")
    sides = [wide[side].sum(axis=1, skipna=False) for side in (a, b)]
    by_hand = (100 / 116 * (sides[0] - sides[1])).dropna()
    assert answer.difference == pytest.approx(by_hand.mean(), abs=1e-12)
    if by_hand.std() > 0:
        ends = stats.t.interval(0.95, len(by_hand) - 1, by_hand.mean(), stats.sem(by_hand))
        assert tuple(vars(answer.interval).values()) == pytest.approx(ends)


def test_each_repeat_that_counts_is_asked(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(1, study(seed=1))
    swapped = {"time_based_m08": "constant_m00", "constant_m00": "time_based_m08"}
    record(2, study(seed=2).replace({"arm": swapped}))
    assert compare.main(asked("time_based", "baseline")) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("runs        in 2 of 3 the sign is this one's")
    assert last.endswith(": this one, repeat 1")
    for outcome, why in (("balanced", "repeats keep accuracy, "), ("log_loss", "in 0 of 3 ")):
        assert compare.main(asked("step_m09", "baseline", "--outcome", outcome)) == 0
        assert why in capsys.readouterr().out.splitlines()[-1]
    assert compare.main(asked("adam", "baseline")) == 0
    assert "across parts (other, study)" in capsys.readouterr().out.splitlines()[-1]
    about = Path("reference/repeats/1/about.json")
    about.write_text(about.read_text().replace(settings_hash(CONFIG), "another"))
    assert compare.main(asked("time_based", "baseline")) == 0
    assert " in 1 of 2 " in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("outcome", ["accuracy", "best", "inflation", "last10", "log_loss"])
def test_a_repeat_of_the_same_networks_gives_the_same_answer(checkout: Path, outcome: str) -> None:
    runs = study()
    sides = "step_m09+baseline", "constant_m09+time_based"
    question = question_of(*sides, "tail", "", outcome, CONFIG)
    own = answer_of(paired(runs[runs["protocol"] == "tail"], question, CONFIG), 0.95)
    kept = compare.answer_of_repeat(moments_table(runs), question, "study", "ponds", 0.95)
    assert kept.difference == pytest.approx(own.difference, abs=1e-6)
    assert kept.interval.low == pytest.approx(own.interval.low, abs=1e-6)
    assert kept.interval.high == pytest.approx(own.interval.high, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (asked("", "baseline"), r"A: expected an arm, .* with \+ between, .*found ''"),
        (asked("stepm09", "baseline"), "A: found 'stepm09', .*step_m09"),
        (asked("step_m09", "baseline+adam"), r"as many arms in B as in A \(1\), found 'basel"),
        (asked("step_m09", "one", "--initializer", "x"), "INITIALIZER: found 'x', .* g, n"),
        (asked("step_m09", "one", "--outcome", "x"), "OUTCOME: found 'x', .* accuracy, bal"),
        (asked("step_m09", "one", "--protocol", "x"), "PROTOCOL: found 'x', .* tail, resample"),
        (asked("step_m09", "one", "--protocol", "inner"), "step_m09: expected networks on inner"),
        (asked("step_m09", "late"), "60 and 60 replicates, of which 10 are shared"),
        (asked("one", "one"), "at least 2 replicates or splits, found 1"),
    ],
)
def test_what_cannot_be_answered_is_said(
    checkout: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert compare.main(arguments) == 1
    found = capsys.readouterr()
    assert found.out == ""
    assert re.match(f"error: .*{said}", found.err), found.err


def test_of_many_arms_the_nearest_are_named(config: Any) -> None:
    with pytest.raises(CompareError, match=r"A: found 'step_m10'.*; nearest: step_m09"):
        question_of("step_m10", "step", "random", "", "accuracy", config)
    found = question_of("step", "cosine 0.1 0.9", "random", "normal_005", "speed", config)
    assert found == (("step_m09",), ("cosine 0.1 0.9",), "resample", "normal_005", "speed")


def test_networks_are_the_builds_or_the_records(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = Path("reference/runs.parquet")
    reference.parent.mkdir()
    Path("results/runs.parquet").rename(reference)
    assert compare.main(asked("step_m09", "baseline")) == 0
    assert "networks    reference/runs.parquet" in capsys.readouterr().out
    write_table(study().assign(replicate=lambda runs: runs["replicate"] - 900_000), reference, RUNS)
    assert compare.main(asked("step_m09", "baseline")) == 1
    assert "expected replicates from 1,000,000, found 100,000" in capsys.readouterr().err
    reference.unlink()
    assert compare.main(asked("step_m09", "baseline")) == 1
    assert "found neither: make paper" in capsys.readouterr().err
