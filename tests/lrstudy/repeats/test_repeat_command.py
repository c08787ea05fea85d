"""`make repeat` with a build that is faked: its base, its record, and a second call."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from lrstudy.agreement.spotcheck import FOUND
from lrstudy.commands import freeze as freeze_command
from lrstudy.commands import repeat, spotcheck
from lrstudy.repeats.chunks import groups_of
from lrstudy.repeats.record import counted, read_repeat
from lrstudy.tables.outcome import save_outcomes
from lrstudy.tables.runs import MEMBERS, RUNS
from paperledger.io.tables import write_table
from paperledger.io.yaml_file import read_yaml

from tests.helpers.repository import commit
from tests.lrstudy.repeats.test_chunks import outcome_of

CONFIG: dict[str, Any] = {
    "first_replicate": 1_000_000,
    "dataset": "ponds",
    "datasets": {"ponds": {"source": "auto", "sha256": "0"}},
    "chunk_size": {"kernel": 100},
    "analysis": {
        "hypotheses": {"H1": {"family": "primary"}, "H2": {"family": "secondary"}},
    },
    "paper": {"unsupported": "stop"},
}
VERDICTS = {"rises": [], "small": ["effect.H1.tail.high < 2 (found 3 < 2)"]}


def claim(value: float) -> dict[str, Any]:
    return {"value": value}


def claims(difference: float) -> dict[str, Any]:
    ends = {"difference": 0.0, "low": -0.25, "high": 0.25}
    return {
        f"effect.{name}.tail.{end}": claim(difference + away)
        for name in ("H1", "H2")
        for end, away in ends.items()
    }


class Builds:
    """Stands for Snakemake: finishes the study of the configuration files that it is given."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.status = 0
        self.first: int | None = None

    def __call__(self, arguments: list[str]) -> int:
        self.calls.append(arguments)
        if self.status or "--dry-run" in arguments:
            return self.status
        over = read_yaml(arguments[-1])
        results = Path(over["folder"]) / "results"
        first = self.first or over["first_replicate"]
        members = planned(first)
        write_table(members, results / "chunks/members.parquet", MEMBERS)
        for job, groups in groups_of(members):
            saved = [outcome_of(len(rows)) for rows in groups]
            save_outcomes(saved, results / f"chunks/{job}.npz")
        write_table(runs_of(members), results / "runs.parquet", RUNS)
        for name, content in {
            "numbers": claims(1.5),
            "sentences": VERDICTS,
            "environment": {"python": "3.11"},
        }.items():
            (results / f"{name}.json").write_text(json.dumps(content))
        return 0


def planned(first: int) -> pd.DataFrame:
    cell = {"part": "study", "dataset": "ponds", "protocol": "tail", "initializer": "glorot"}
    number = first + np.arange(6)
    streams = {"replicate": number, "initialisation": number, "shuffle": number, "split": 0}
    sizes = {"epochs": 3, "batch_size": 28, "chunk": 0}
    cells = [
        pd.DataFrame({**cell, "arm": arm, "trainer": "kernel", **sizes, **streams})
        for arm in ("slow", "fast")
    ]
    return pd.concat(cells, ignore_index=True)


def runs_of(members: pd.DataFrame) -> pd.DataFrame:
    found: dict[str, Any] = dict.fromkeys(FOUND, 1)
    found |= {"reached": "", "missed": "00", "diverged": False}
    return members.drop(columns="chunk").assign(**found)[list(RUNS.columns)]


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builds:
    """A checkout with a configuration, in which a build is faked."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text(yaml.safe_dump(CONFIG))
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference/claims.json").write_text(json.dumps(claims(1.0)))
    monkeypatch.setattr(repeat, "check_config", lambda config: None)
    return Builds()


def record(n: int = 1) -> Path:
    return Path(f"reference/repeats/{n}")


def test_a_repeat_is_built_and_recorded(builds: Builds, capsys: pytest.CaptureFixture[str]) -> None:
    assert repeat.main(["--n", "1", "--base", "2500000", "--cores", "2"], builds) == 0
    (call,) = builds.calls
    results = "build/repeats/1/results"
    assert call == [
        f"{results}/sentences.json", f"{results}/runs.parquet", "--cores", "2",
        "--configfile", "build/repeats/1.yaml",
    ]  # fmt: skip
    assert read_yaml("build/repeats/1.yaml") == {
        "folder": "build/repeats/1",
        "first_replicate": 2_500_000,
        "paper": {"unsupported": "mark"},
    }
    found = read_repeat(record())
    said = {key: found.about[key] for key in ("n", "base", "of", "chunk_size", "versions")}
    assert said == {
        "n": 1, "base": 2_500_000, "of": 1_000_000, "chunk_size": {"kernel": 100},
        "versions": {"python": "3.11"},
    }  # fmt: skip
    assert 0 <= found.about["seconds"] < 600
    assert found.values == {name: entry["value"] for name, entry in claims(1.5).items()}
    assert counted(record().parent, CONFIG) == [1]
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:-1] == [
        "repeat 1: 1 of 2 sentences hold",
        "  does not hold: small: effect.H1.tail.high < 2 (found 3 < 2)",
        "primary effect                    here               published",
        "effect.H1.tail    +1.50 [+1.25, +1.75]    +1.00 [+0.75, +1.25]",
    ]


def test_a_configuration_is_laid_below_the_repeat(builds: Builds) -> None:
    Path("my.yaml").write_text("training: { epochs: 9 }\n")
    assert repeat.main(["--n", "2", "--configfile=my.yaml", "--profile", "slurm"], builds) == 0
    assert builds.calls[0][2:] == [
        "--profile", "slurm", "--configfile", "my.yaml", "build/repeats/2.yaml",
    ]  # fmt: skip
    assert counted(record().parent, CONFIG) == []
    assert counted(record().parent, {**CONFIG, "training": {"epochs": 9}}) == [2]


@pytest.mark.parametrize("status", [1, 137])
def test_after_a_kill_it_goes_on_from_its_base(builds: Builds, status: int) -> None:
    builds.status = status
    assert repeat.main(["--n", "1"], builds) == status
    base = read_yaml("build/repeats/1.yaml")["first_replicate"]
    assert not record().exists()
    builds.status = 0
    begun = Path("build/repeats/1.yaml").stat().st_mtime - 5000
    os.utime("build/repeats/1.yaml", (begun, begun))
    assert repeat.main(["--n", "1"], builds) == 0
    assert read_repeat(record()).about["base"] == base
    assert 5000 <= read_repeat(record()).about["seconds"] < 5600
    assert builds.calls[0] == builds.calls[1]
    # Once more, and by its number.
    assert repeat.main(["--n", "1", "--base", str(base)], builds) == 0
    # The build is gone, but not the record.
    Path("build/repeats/1.yaml").unlink()
    assert repeat.main(["--n", "1"], builds) == 0
    assert read_yaml("build/repeats/1.yaml")["first_replicate"] == base


@pytest.mark.parametrize("gone", [None, "build/repeats/1.yaml"])
def test_another_base_for_a_repeat_that_was_begun_is_refused(
    builds: Builds, capsys: pytest.CaptureFixture[str], gone: str | None
) -> None:
    assert repeat.main(["--n", "1", "--base", "2500000"], builds) == 0
    if gone:
        Path(gone).unlink()
    assert repeat.main(["--n", "1", "--base", "3500000"], builds) == 1
    assert "BASE=3500000: repeat 1 has the base 2500000 already" in capsys.readouterr().err
    assert len(builds.calls) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--n", "0"], "N=0: expected the repeat's number"),
        (["--n", "2", "--base", "1050000"], "BASE=1050000: expected random, or a number"),
        (["--n", "2", "--base", "2590000"], "found build/repeats/1.yaml (2,500,000)"),
        (["--n", "2", "--configfile", "none.yaml"], "none.yaml: no such file"),
        (["--n", "2", "--configfile", "reuse.yaml"], "reuse: a repeat trains its networks"),
        (["--n", "2", "--configfile", "less.yaml"], "first_replicate: expected the number"),
    ],
)
def test_what_cannot_be_repeated_is_refused_before_work(
    builds: Builds, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert repeat.main(["--n", "1", "--base", "2500000"], builds) == 0
    Path("reuse.yaml").write_text("reuse: reference\n")
    Path("less.yaml").write_text("first_replicate: null\n")
    assert repeat.main(arguments, builds) == 1
    assert told in capsys.readouterr().err
    assert len(builds.calls) == 1
    assert not Path("build/repeats/2.yaml").exists()


def test_the_number_of_another_study_is_refused(
    builds: Builds, capsys: pytest.CaptureFixture[str]
) -> None:
    assert repeat.main(["--n", "1"], builds) == 0
    Path("build/repeats/1.yaml").unlink()
    Path("my.yaml").write_text("training: { epochs: 9 }\n")
    assert repeat.main(["--n", "1", "--configfile", "my.yaml"], builds) == 1
    assert "expected a number not taken, found reference/repeats/1" in capsys.readouterr().err


def test_a_dry_run_leaves_no_record(builds: Builds, capsys: pytest.CaptureFixture[str]) -> None:
    assert repeat.main(["--n", "1", "--dry-run"], builds) == 0
    assert "nothing was built" in capsys.readouterr().out
    assert not record().exists()


def test_networks_of_other_seeds_are_no_record(
    builds: Builds, capsys: pytest.CaptureFixture[str]
) -> None:
    builds.first = 1000
    assert repeat.main(["--n", "1", "--base", "2500000"], builds) == 1
    assert "expected replicates from 2500000, found 1000" in capsys.readouterr().err
    assert not record().exists()


def test_the_command_freezes_what_it_finds(
    builds: Builds, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("paper").mkdir()
    Path("paper/sentences.yaml").write_text("rises: [networks > 1]\n")
    assert freeze_command.main([]) == 1
    assert repeat.main(["--n", "1"], builds) == 0
    commit(Path())
    assert freeze_command.main([]) == 0
    assert "1 sentences, after repeats 1" in capsys.readouterr().out


# --- trained again ------------------------------------------------------------


def test_a_piece_of_a_repeat_is_trained_again(
    builds: Builds, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its base and its chunks, whatever the configuration has."""
    assert repeat.main(["--n", "1", "--base", "2500000"], builds) == 0
    other = {**CONFIG, "chunk_size": {"kernel": 7}}
    Path("config/config.yaml").write_text(yaml.safe_dump(other))

    def plan(config: Any) -> pd.DataFrame:
        assert config["chunk_size"] == {"kernel": 100}
        return planned(config["first_replicate"])

    trained, more = [], iter((0, 1))

    def train(dataset: Any, setting: Any, rows: pd.DataFrame, **options: Any) -> Any:
        trained.extend(rows["replicate"])
        return outcome_of(len(rows) + next(more))

    monkeypatch.setattr(spotcheck, "check_config", lambda config: None)
    monkeypatch.setattr(spotcheck, "plan_members", plan)
    monkeypatch.setattr(spotcheck, "train_chunk", train)
    monkeypatch.setattr(spotcheck, "setting_of", lambda config, name: {})
    monkeypatch.setattr(spotcheck, "read_datasets", lambda config, names: dict.fromkeys(names))
    for status, words in ((0, "12 networks, same bits"), (1, "12 networks, differs")):
        assert spotcheck.main(["--repeat", "1", "--n", "3"]) == status
        assert words in capsys.readouterr().out
    assert set(trained) == {2_500_000 + k for k in range(6)}
    Path("config/config.yaml").write_text(yaml.safe_dump({**CONFIG, "training": {"epochs": 1}}))
    assert spotcheck.main(["--repeat", "1"]) == 1
    assert "expected a repeat of these settings" in capsys.readouterr().err
    assert spotcheck.main(["--repeat", "2"]) == 1
    assert "reference/repeats/2/about.json: expected" in capsys.readouterr().err
