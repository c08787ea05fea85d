"""What `make test` installs for the tests alone, and what it says where it may not."""

from __future__ import annotations

import importlib
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
ALL = ("git", "latexdiff", "openssl", "pdftotext", "chromium")


class Machine:
    """A machine whose commands are those of one folder."""

    def __init__(self, top: Path, script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bin, self.checkout, self.calls = top / "bin", top / "checkout", top / "calls"
        self.bin.mkdir()
        self.checkout.mkdir()
        self.script = script
        self.root, self.system = True, "debian"
        monkeypatch.setenv("PATH", str(self.bin))
        monkeypatch.setattr(sys.modules["commands"], "ROOT", self.checkout)
        monkeypatch.setattr(script, "administrator", lambda: [] if self.root else None)
        monkeypatch.setattr(script.platform, "freedesktop_os_release", lambda: {"ID": self.system})

    def has(self, *names: str, body: str = "exit 0") -> None:
        """Put commands on PATH."""
        for name in names:
            (self.bin / name).write_text(f"#!/bin/sh\n{body}\n")
            (self.bin / name).chmod(0o755)

    def can_install(self, *names: str) -> None:
        """Put an apt-get on PATH that brings these commands."""
        brings = "".join(f"echo '#!/bin/sh' >{self.bin}/{name}\n" for name in names)
        ready = "".join(f"/bin/chmod +x {self.bin}/{name}\n" for name in names)
        self.has("apt-get", body=f'echo "$*" >>{self.calls}\n{brings}{ready}')
        self.has("sh", body='exec /bin/sh "$@"')

    def set_up(self) -> int:
        """Run the script."""
        return int(self.script.main(self.script.set_up))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.syspath_prepend(ROOT / "setup")
    for name in ("commands", "bootstrap_tests"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    script = importlib.import_module("bootstrap_tests")
    return Machine(tmp_path, script, monkeypatch)


def test_silent_where_all_is_there(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.can_install()
    machine.has(*ALL)
    assert machine.set_up() == 0
    assert capsys.readouterr() == ("", "")
    assert not machine.calls.exists()


def test_installs_what_is_missing(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.can_install("chromium", "git", "pdftotext")
    machine.has("latexdiff", "openssl")
    assert machine.set_up() == 0
    update, install = machine.calls.read_text().splitlines()
    assert update.endswith(" update")
    assert install.endswith("install -y --no-install-recommends chromium git poppler-utils")
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("set-up: Debian packages chromium git poppler-utils for the tests")


def test_says_what_stays_missing_where_it_may_not_install(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.can_install(*ALL)
    machine.root = False
    machine.has("git", "latexdiff", "pdftotext")
    assert machine.set_up() == 0
    line = "set-up: no chromium, openssl: the tests that need it will be skipped\n"
    assert capsys.readouterr() == (line, "")
    assert not machine.calls.exists()


def test_a_name_without_a_browser_behind_it(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.can_install()
    machine.has(*ALL[:-1])
    machine.has("chromium-browser", body="exit 1")
    machine.system = "ubuntu"
    assert machine.set_up() == 0
    assert capsys.readouterr().out.startswith("set-up: no chromium: ")
    assert not machine.calls.exists()


def test_a_failed_install_ends_nothing(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.has(*ALL[:-1])
    machine.has("sh", body='exec /bin/sh "$@"')
    machine.has("apt-get", body="echo \"W: Temporary failure resolving 'x'\"; exit 100")
    assert machine.set_up() == 0
    _, line = capsys.readouterr().out.splitlines()
    assert line.startswith(
        "set-up: no chromium: the tests that need it will be skipped (no network"
    )


@pytest.mark.parametrize("root", [True, False])
def test_no_git_is_an_error(
    machine: Machine, root: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.can_install()
    machine.root = root
    machine.has(*ALL[1:])
    assert machine.set_up() == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and "git" in error and error.count("\n") == 1


def test_the_tests_look_for_the_same_browsers(machine: Machine) -> None:
    names = runpy.run_path(str(ROOT / "tests/helpers/browser.py"))["NAMES"]
    assert names == machine.script.BROWSERS
    assert "chromium" in names


def test_make_test_calls_it() -> None:
    make = shutil.which("make")
    assert make
    listed = subprocess.run(
        [make, "-n", "test"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    calls = [number for number, line in enumerate(listed) if "setup/bootstrap_tests.py" in line]
    assert len(calls) == 1
    assert calls[0] < next(number for number, line in enumerate(listed) if "pytest" in line)
