"""`make verify`: what it says of a build, and of one claim."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paperledger.commands.verify import main
from paperledger.io.files import write_atomically
from paperledger.record.explain import explain
from paperledger.record.record import HASHES, RecordError, write_record
from paperledger.record.verdicts import CHANGED
from paperledger.record.verify import verify

from tests.helpers.published import EFFECT, Published, claim


@pytest.fixture
def made(tmp_path: Path) -> Published:
    return Published(tmp_path / "checkout")


def verdicts(made: Published) -> dict[str, Any]:
    return verify(made.checkout, made.root, made.record, made.checkout / "build/verify")


def test_without_a_record_or_a_build_nothing_is_verified(made: Published) -> None:
    (made.record / "effects.parquet").rename(made.record / "elsewhere")
    with pytest.raises(RecordError, match=r"not whole: no results/effects\.parquet"):
        verdicts(made)
    (made.record / HASHES).unlink()
    with pytest.raises(RecordError, match="no record in"):
        verdicts(made)


def test_without_a_build_nothing_is_verified(made: Published) -> None:
    (made.root / "results/claims.json").unlink()
    with pytest.raises(RecordError, match=r"nothing to verify in .*: no results/claims\.json"):
        verdicts(made)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    made: Published, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """The command, in the checkout: its exit status, output and errors."""
    monkeypatch.chdir(made.checkout)

    def command(*options: str) -> tuple[int, str, str]:
        status = main(["--folder", "build/x", *options])
        return status, *capsys.readouterr()

    return command


def test_the_build_is_that_of_the_configuration(
    made: Published, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = run()
    (made.checkout / "config").mkdir(exist_ok=True)
    (made.checkout / "config/config.yaml").write_text("folder: build/none\n")
    (made.checkout / "mine.yaml").write_text("folder: build/x\n")
    assert (main(["--configfile", "mine.yaml"]), *capsys.readouterr()) == expected
    assert main([]) == 1
    assert "nothing to verify in build/none" in capsys.readouterr().err


def test_the_command_counts_names_and_fails_on_a_change(made: Published, run: Run) -> None:
    status, out, err = run()
    assert (status, err) == (0, "")
    assert out.endswith("\nverify: nothing has changed\n")
    assert len(out.splitlines()) == 8  # no file is named
    assert "identical: claim networks 100 (record 100)\n" in run("--all")[1]
    made.claims["networks"] = claim(90, 5.0, "networks")
    made.claims["arm.mean"] = claim(97.7, 0.25, "%")
    made.about["settings"]["seeds"]["first"] = 2
    made.build()
    status, out, _ = run()
    assert status == 0
    lines = out.splitlines()
    assert lines[2].split() == ["claims", "5", "1", "1", "."]
    assert "conclusion unchanged: claim networks 90 (record 100), differs by 10" in out
    assert lines[-2].startswith("another study than the record's, by seeds.first: ")
    assert lines[-1].startswith("verify: 1 within tolerance; 1 beyond it with their conclusion")
    made.about["settings"]["seeds"]["first"] = 1
    made.build()
    status, out, _ = run()
    assert status == 1
    lines = out.splitlines()
    assert lines[-2].startswith("changed: claim networks 90 (record 100), differs by 10")
    assert lines[-1] == "verify: 1 changed"
    report = json.loads((made.root / "results/verification.json").read_text())
    assert report["claims"]["networks"]["verdict"] == CHANGED
    kinds = {"build", "claims", "figures", "tables", "pdf", "record", "settings"}
    assert set(report) == kinds


def test_the_last_line_counts_what_is_within_tolerance(made: Published, run: Run) -> None:
    made.claims["arm.mean"] = claim(97.7, 0.25, "%")
    made.build()
    status, out, _ = run()
    assert status == 0
    assert out.endswith("\nverify: nothing beyond its tolerance, 1 within tolerance\n")


def test_a_build_that_contradicts_itself_is_changed(made: Published, run: Run) -> None:
    """Though by what the record allows it would not be."""
    path = made.root / "results/claims.json"
    path.write_text(path.read_text().replace(": 97.5,", ": 97.6,", 1))
    status, out, _ = run()
    assert status == 1
    words = (
        "changed: build results/claims.json, arm.mean: value 97.6, results/numbers.json has 97.5"
    )
    assert words in out
    assert out.endswith("\nverify: 1 changed; the build contradicts itself\n")
    path.write_text("{")
    status, out, err = run()
    assert (status, out) == (1, "")
    assert err.startswith("error: build/x/results/claims.json: expected JSON, found: ")


def test_of_what_has_not_changed_a_few_are_named(made: Published, run: Run) -> None:
    more = {f"arm.{k:02}": claim(1.0, 0.25) for k in range(30)}
    made.claims |= more
    made.build()
    write_record(made.checkout, made.root, made.record)
    for k, name in enumerate(more):
        made.claims[name] = claim(1.1 if k < 12 else 9.0, 0.25)
    made.build()
    status, out, _ = run()
    assert status == 1
    assert out.count("\nwithin tolerance: claim") == 10
    assert "\nwithin tolerance: 2 more; ARGS=--all lists them\n" in out
    assert out.count("\nchanged: claim") == 18
    assert run("--all")[1].count("\nwithin tolerance: claim") == 12


def test_one_claim_is_explained(made: Published, run: Run) -> None:
    script = made.checkout / "workflow/scripts/analyse_runs.py"
    script.parent.mkdir(parents=True)
    script.touch()
    status, out, err = run("--claim", "arm.mean")
    assert (status, err) == (0, "")
    for words in (
        "verdict     identical",
        "value       97.5 %, printed 97.50",
        "tolerance   0.25 %",
        "why         for a test",
        "made by     rule analyse_runs, workflow/scripts/analyse_runs.py",
        "results/arms.parquet",
        ", as in the record",
        "printed on  page 3",
        'make paper ARGS="build/x/results/numbers.json --forcerun analyse_runs"',
    ):
        assert words in out
    assert not (made.root / "results/verification.json").exists()
    assert run("--claim", "arm.means") == (
        1,
        "",
        "error: no claim 'arm.means'; nearest: arm.mean\n",
    )
    assert f"more of its name: {EFFECT}.difference" in run("--claim", EFFECT)[2]
    made.claims["arm.mean"] = claim(99.0, 0.25, "%")
    made.build()
    status, out, _ = run("--claim", "arm.mean")
    assert status == 1
    assert "changed (differs by 1.5, allowed is 0.25; " in out


def test_a_claim_of_a_build_that_contradicts_itself(made: Published, run: Run) -> None:
    made.table("runs").unlink()
    status, out, _ = run("--claim", "arm.mean")
    assert status == 1
    assert "verdict     identical" in out
    assert "but         results/runs.parquet: not there, results/hashes.json names it" in out


def test_a_claim_is_asked_of_what_there_is(
    made: Published, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The paper's own build, one of the same study that a configuration names, or the record."""
    monkeypatch.chdir(made.checkout)
    own = made.checkout / "results"

    def asked(name: str = "arm.mean") -> list[str]:
        assert main(["--claim", name]) == 0
        return capsys.readouterr().out.splitlines()

    def rebuilds(target: str) -> str:
        return f'rebuild     make paper ARGS="{target} --forcerun analyse_runs"'

    assert asked()[0] == "asked of    the record, reference: nothing is built here"
    assert asked()[-1] == rebuilds("results/numbers.json")
    assert asked()[2] == "record      97.5 %, printed 97.50"
    assert main(["--claim", "arm.meen"]) == 1
    assert capsys.readouterr().err == "error: no claim 'arm.meen'; nearest: arm.mean\n"
    (made.checkout / "config").mkdir()
    (made.checkout / "config/x.yaml").write_text("folder: build/x\n")
    (made.checkout / "broken.yaml").write_text("{")
    of = "CONFIG=config/x.yaml"
    by = "build/x/results/numbers.json --forcerun analyse_runs"
    assert asked()[0] == "asked of    the build in build/x, by config/x.yaml"
    assert asked()[-1] == f'rebuild     make paper {of} ARGS="{by}"'
    shutil.copytree(made.root, made.checkout, dirs_exist_ok=True)
    assert asked()[0] == "asked of    the build in this folder"
    assert asked()[-1] == rebuilds("results/numbers.json")
    # Another study's numbers are not the paper's.
    shutil.rmtree(own)
    made.about["settings"] = {}
    made.build()
    assert asked()[0].startswith("asked of    the record")


def test_the_script_of_a_rule_that_any_paper_has(made: Published) -> None:
    script = "workflow/scripts/paperledger/rules/check_sentences.py"
    made.claims["networks"]["rule"] = "check_sentences"
    made.build()
    args = verdicts(made)["claims"], made.checkout, made.root, made.record
    assert "made by     rule check_sentences" in explain("networks", *args)
    (made.checkout / script).parent.mkdir(parents=True)
    (made.checkout / script).touch()
    assert f"made by     rule check_sentences, {script}" in explain("networks", *args)


def test_an_explanation_tells_a_changed_input_and_a_broken_sentence(made: Published) -> None:
    write_atomically(made.table("arms"), made.table("runs").read_bytes())
    made.sentences["high"] = ["arm.mean > 98"]
    (made.checkout / "paper/sentences.yaml").write_text(json.dumps(made.sentences))
    lines = "\n".join(
        explain("arm.mean", verdicts(made)["claims"], made.checkout, made.root, made.record)
    )
    assert ", in the record " in lines
    assert "high, which DOES NOT HOLD:\n            arm.mean > 98" in lines


def test_an_explanation_of_what_the_build_lacks(made: Published) -> None:
    made.claims["arm.mean"]["conditions"] = ["arm.mean > 90"]
    made.build()
    write_record(made.checkout, made.root, made.record)
    judged = verdicts(made)["claims"]
    del made.claims["arm.mean"]
    made.build()
    lines = explain("arm.mean", judged, made.checkout, made.root, made.record)
    assert "value       not there" in lines
    assert "record      97.5 %, printed 97.50" in lines
    assert "rests on    arm.mean > 90" in lines


def test_an_explanation_of_a_claim_that_may_not_differ(made: Published) -> None:
    made.claims["arm.mean"] |= {"tolerance": None, "pages": []}
    made.sentences["high"] = ["arm.mean > 90"]
    made.build()
    write_record(made.checkout, made.root, made.record)
    lines = explain("arm.mean", verdicts(made)["claims"], made.checkout, made.root, made.record)
    assert not any(line.startswith("tolerance") for line in lines)
    assert "value       97.5 %" in lines
    assert "printed on  no page; a sentence rests on it" in lines
