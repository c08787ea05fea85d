"""The scripts that check the artifact on other systems: what can be told without running them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "checks").glob("*.sh"))


def test_bash_reads_all_scripts() -> None:
    assert {"container.sh", "fresh.sh"} <= {path.name for path in SCRIPTS}
    for script in SCRIPTS:
        run = subprocess.run(["bash", "-n", script], capture_output=True, text=True, check=False)
        assert (run.returncode, run.stderr) == (0, "")


def test_fresh_takes_the_commands_from_the_readme() -> None:
    run = subprocess.run(
        [ROOT / "checks/fresh.sh", "--only", "nonesuch"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    others = "make paper make test"
    assert run.stderr == f"error: README.md says other commands than 'make nonesuch': {others}\n"


def test_one_debian_for_all() -> None:
    (suite,) = re.findall("^SUITE=(.*)$", (ROOT / "checks/common.sh").read_text(), re.M)
    (base,) = re.findall("^FROM (.*)$", (ROOT / "Dockerfile").read_text(), re.M)
    assert base == f"debian:{suite}-slim"


def test_the_image_gets_nothing_that_git_ignores() -> None:
    ignored = []
    for line in (ROOT / ".gitignore").read_text().splitlines():
        if line and not line.startswith("#"):
            sign, pattern = ("!", line[1:]) if line.startswith("!") else ("", line)
            # Here a pattern without a slash at its start holds in every folder; there in the top.
            anchored = pattern.startswith("/") or pattern.startswith(".")
            ignored.append(sign + ("" if anchored else "**/") + pattern.strip("/"))
    given = (ROOT / ".dockerignore").read_text().splitlines()
    assert {*given} - {*ignored} == {given[0], ".git"}
    assert [line for line in given if line in ignored] == ignored


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_check_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    apart = ["unshare", "--mount", "--pid", "--fork", "true"]
    if (
        os.geteuid()
        or "ID=debian" not in Path("/etc/os-release").read_text()
        or subprocess.run(apart, check=False, capture_output=True).returncode
    ):
        pytest.skip("needs Debian and its administrator, with the right to mount")
    code = f"""
        . {ROOT}/checks/common.sh
        begin stopped {tmp_path}
        echo "$work"
        show "${{APART[@]}}" sh -c 'echo $$; sleep 600; true'
    """
    # The tests themselves may run in the background, where a shell has Ctrl-C ignored for good.
    heard = ["env", f"--default-signal={number.name.removeprefix('SIG')}", "bash", "-c", code]
    with subprocess.Popen(heard, stdout=subprocess.PIPE, text=True) as check:
        assert check.stdout
        work = Path(check.stdout.readline().strip())
        assert check.stdout.readline() == "1\n"  # the first process of its own machine
        assert work.is_dir()
        check.send_signal(number)
        # The pipe ends when all who could write into it have.
        assert check.communicate(timeout=30)[0] == ""
    assert check.returncode == 128 + number
    assert list(tmp_path.iterdir()) == []
