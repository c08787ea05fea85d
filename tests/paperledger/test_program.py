"""A package's program knows the modules of its `commands` by name, and hands the rest on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from paperledger.program import CUT_SHORT, run_program

COMMAND = """
import argparse

def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--status", type=int, default=0)
    print(parser.prog, arguments)
    return parser.parse_args(arguments).status
"""


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with two commands, one of which cannot even be imported."""
    folder = tmp_path / "ofnostudy/commands"
    folder.mkdir(parents=True)
    (folder / "show.py").write_text(COMMAND)
    (folder / "broken.py").write_text("import nothing_of_that_name\n")
    monkeypatch.syspath_prepend(tmp_path)


def test_a_command_gets_what_follows_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_program("ofnostudy", ["show", "--status", "3"]) == 3
    # The other command is not imported.
    assert capsys.readouterr().out == "ofnostudy show ['--status', '3']\n"


def test_without_arguments_those_of_the_process_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["ofnostudy", "show", "--status", "4"])
    assert run_program("ofnostudy") == 4


@pytest.mark.parametrize("given", [["nonesuch"], []])
def test_an_unknown_command_is_told_the_known_ones(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        run_program("ofnostudy", given)
    assert end.value.code == 2
    err = capsys.readouterr().err
    assert "COMMAND" in err
    assert "show" in err or not given


def test_help_lists_the_commands_and_a_commands_help_is_its_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for given, said in ((["--help"], "broken, show"), (["show", "--help"], "--status")):
        with pytest.raises(SystemExit) as end:
            run_program("ofnostudy", given)
        assert end.value.code == 0
        assert said in capsys.readouterr().out


@pytest.mark.parametrize(("n", "status"), [(1, 3), (200_000, CUT_SHORT)])
def test_output_that_nobody_reads_to_its_end_is_no_error(
    tmp_path: Path, n: int, status: int
) -> None:
    """As `| head` leaves it; what it came to is told where all of it was said."""
    reader, writer = os.pipe()
    os.close(reader)
    program = (
        "import sys; from paperledger.program import run_program\n"
        f"sys.exit(run_program('ofnostudy', ['show', '--status', '3', *['--status=3'] * {n}]))"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command,
        stdout=writer,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": ""},
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (status, b"")
