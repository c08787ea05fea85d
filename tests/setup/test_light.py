"""The light way in: what recheck and verify install where nothing is there to train with."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from paperledger.io.environment import closure, direct, read_lock

from tests.helpers.places import HERE, TOP, command, error_line, make


def at(bootstrap: ModuleType, name: str) -> int:
    """Set up for a command; return the exit status."""
    return int(bootstrap.main(lambda: bootstrap.set_up(name)))


def modules(python: Path, *names: str) -> list[str]:
    """List which of these an environment's Python finds."""
    query = f"import importlib.util as u; print(*(n for n in {names} if u.find_spec(n)))"
    run = [str(python), "-I", "-c", query]
    return subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()


def test_it_is_the_lock_entry_for_entry_without_what_trains(bootstrap: ModuleType) -> None:
    """The set-up finds it without packages; what judges the environment finds the same."""
    whole = read_lock(bootstrap.read_lock("requirements.lock"))
    roots = direct((TOP / "requirements.in").read_text(), training=False)
    names = closure(whole, [r.name for r in roots])
    assert read_lock(bootstrap.read_lock(bootstrap.LIGHT)) == {name: whole[name] for name in names}
    assert not {"tensorflow-cpu", "keras", "numba", "pytest"} & set(names)


def test_it_is_installed_beside_no_trainer_and_needs_tex_for_the_pdf_alone(
    checkout: Path,
    tmp_path: Path,
    bootstrap: ModuleType,
    no_root: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no TeX
    assert at(bootstrap, "recheck") == 1
    assert "TeX lacks" in error_line(capsys)
    assert not (checkout / ".venv-light").exists()
    assert at(bootstrap, "verify") == 0
    assert ".venv-light" in capsys.readouterr().out
    python = checkout / ".venv-light/bin/python"
    assert modules(python, "tiny", "heavy") == ["tiny"]
    assert not (checkout / ".venv").exists()
    # Now it is there for both.
    monkeypatch.setattr(bootstrap, "run", pytest.fail)
    command(tmp_path, "tectonic", "exit 0")
    assert (at(bootstrap, "verify"), at(bootstrap, "recheck")) == (0, 0)
    assert capsys.readouterr() == ("", "")


def test_the_whole_environment_is_used_and_replaces_it(
    checkout: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = []

    def install(lock: str, mark: str, log: object) -> None:
        installed.append(lock)
        (checkout / mark).parent.mkdir()
        (checkout / mark).write_bytes(bootstrap.fingerprint(lock, HERE))
        command_folder = checkout / Path(mark).parent / "bin"
        command_folder.mkdir()
        command(command_folder, "python", f"exec '{sys.executable}' \"$@\"")

    monkeypatch.setattr(bootstrap, "install", install)
    assert at(bootstrap, "recheck") == 0
    assert (checkout / ".venv-light").is_dir()
    assert at(bootstrap, "") == 0
    assert not (checkout / ".venv-light").exists()
    assert (at(bootstrap, "recheck"), at(bootstrap, "verify")) == (0, 0)
    assert installed == [bootstrap.LIGHT, "requirements.lock"]
    # Its lock has changed: it is made anew, as the Makefile would run what it holds.
    with open(checkout / "requirements.lock", "a") as stream:
        stream.write("# another\n")
    assert at(bootstrap, "verify") == 0
    assert installed[2:] == ["requirements.lock"]


@pytest.mark.parametrize("whole", [True, False])
def test_make_runs_in_the_environment_that_is_there(tmp_path: Path, whole: bool) -> None:
    shutil.copy(TOP / "Makefile", tmp_path)
    for name in (".venv", ".venv-light"):
        (tmp_path / name / "bin").mkdir(parents=True)
        command(tmp_path / name / "bin", "python", f'echo {name} "$3"')
    if whole:
        (tmp_path / ".venv/complete").touch()
    run = ["make", "-s", "-o", "setup-recheck", "-o", "setup-verify", "recheck", "verify"]
    said = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    name = ".venv" if whole else ".venv-light"
    assert said.splitlines() == [f"{name} build", f"{name} verify", f"{name} verify"]


# ---- Python 3.14


def test_make_takes_it_for_what_trains_nothing(checkout: Path, tmp_path: Path) -> None:
    body = """case "$*" in *version_info*) echo "3.14 $0" ;; *) echo "ran $*" ;; esac"""
    command(tmp_path, "python3", body)
    run = make(checkout, {"PATH": str(tmp_path)})
    error, _ = run.stderr.splitlines()
    assert run.returncode and "python3 is 3.14" in error and "TensorFlow" in error
    for name in ("recheck", "verify"):
        run = make(checkout, {"PATH": str(tmp_path)}, f"setup-{name}")
        assert run.stdout == f"ran -E setup/bootstrap.py {name}\n", run.stderr


def test_tensorflow_is_refused_and_the_light_part_may_need_a_compiler(
    checkout: Path,
    bootstrap: ModuleType,
    no_root: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bootstrap, "HERE", "3.14")
    monkeypatch.setattr(bootstrap, "run", pytest.fail)
    with open(checkout / "requirements.lock", "a") as stream:
        stream.write("tensorflow==2.0\nimmutables==0.21\n    # via tiny\n")
    assert at(bootstrap, "") == 1
    line = error_line(capsys)
    assert "TensorFlow" in line and "make recheck" in line
    monkeypatch.setattr(bootstrap, "which", lambda name: name == "apt-get")
    assert at(bootstrap, "verify") == 1
    assert "immutables" in (line := error_line(capsys))
    assert line.endswith("--no-install-recommends gcc libc6-dev python3.14-dev\n".strip())
    assert not list(checkout.glob(".venv*"))
