"""The set-up: which Python it uses, and TeX."""

import ast
import os
import re
import runpy
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.specifiers import SpecifierSet

from tests.helpers.places import BASE, HERE, SCRIPTS, TOP, command, error_line, make, variables

# ---- Python


def old_python(folder: Path, name: str, version: str) -> None:
    """Put a Python into a folder that says what it is, and fails at anything else."""
    body = f"""case "$*" in *version_info*) echo {version} ;; *) echo ran >&2; exit 1 ;; esac"""
    command(folder, name, body)


def test_an_old_python_or_none_is_told(checkout: Path, tmp_path: Path) -> None:
    env = {"PATH": str(tmp_path)}
    assert "python3 does not run" in make(checkout, env).stderr
    old_python(tmp_path, "python3", "3.9")
    run = make(checkout, env)
    assert run.returncode and not run.stdout
    error, tail = run.stderr.splitlines()
    assert error.startswith("error: ") and "python3 is 3.9" in error and tail.startswith("make:")
    assert "PYTHON=" in error


def test_a_newer_python_beside_an_old_one_is_used(
    place: Path, finished: tuple[Path, list[str]], tmp_path: Path
) -> None:
    env = variables(place)
    env["PATH"] = os.pathsep.join((str(tmp_path), *env["PATH"].split(os.pathsep)[1:]))
    old_python(tmp_path, "python3", "3.10")
    command(tmp_path, f"python{HERE}", f"exec '{BASE}' \"$@\"")
    command(tmp_path, "tectonic", "exit 0")
    run = make(finished[0], env)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    # One that is named is the only one tried.
    for name, said in (("python3", "python3 is 3.10"), ("nonesuch", "nonesuch does not run")):
        run = make(finished[0], {**env, "PYTHON": name})
        assert run.returncode and said in run.stderr


def test_an_environment_that_is_there_needs_no_other_python(
    place: Path, finished: tuple[Path, list[str]], tmp_path: Path
) -> None:
    old_python(tmp_path, "python3", "3.10")
    command(tmp_path, "tectonic", "exit 0")
    run = make(finished[0], {**variables(place), "PATH": str(tmp_path)})
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_the_python_below_an_activated_environment_is_used(bootstrap: ModuleType) -> None:
    assert Path(bootstrap.BASE).resolve() == BASE
    assert not Path(bootstrap.BASE).is_relative_to(sys.prefix)


def test_one_set_of_versions() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    allowed = SpecifierSet(project["requires-python"])
    versions = {v for minor in range(30) if allowed.contains(v := f"3.{minor}")}
    script = (SCRIPTS / "bootstrap.py").read_text()
    (guard,) = re.findall(r"^if HERE not in \((.*)\):$", script, re.MULTILINE)
    # The newest has no TensorFlow; what trains nothing takes it, too.
    assert set(ast.literal_eval(f"({guard})")) == {*versions, "3.14"}
    (tried,) = re.findall(r"set -- python3 (.*) \.venv/bin/python", (TOP / "Makefile").read_text())
    assert {name.removeprefix("python") for name in tried.split()} == versions
    accepted = f"\n\t        {'|'.join(sorted(versions))}$(if $(PART),|3.14)) "
    assert accepted in (TOP / "Makefile").read_text()


def test_an_old_python_can_read_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    ast.parse((SCRIPTS / "bootstrap.py").read_text(), feature_version=(3, 6))
    monkeypatch.setattr(sys, "version_info", (3, 6, 8))
    with pytest.raises(SystemExit, match=r"needed.* 3\.6"):
        runpy.run_path(str(SCRIPTS / "bootstrap.py"))


@pytest.mark.usefixtures("no_root")
def test_no_venv_module(
    tmp_path: Path,
    checkout: Path,
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command(tmp_path, "apt-get", "exit 1")
    command(tmp_path, "tectonic", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bootstrap, "find_spec", lambda name: name == "venv" or None)
    monkeypatch.setattr(bootstrap, "BASE", "/usr/bin/python3")
    assert bootstrap.main(bootstrap.set_up) == 1
    assert f"--no-install-recommends python{HERE}-venv" in error_line(capsys)
    monkeypatch.setattr(bootstrap, "BASE", "/opt/python3")
    assert bootstrap.main(bootstrap.set_up) == 1
    assert "/opt/python3 lacks" in error_line(capsys)


# ---- TeX


def test_tex_missing_without_root(
    tmp_path: Path,
    checkout: Path,
    bootstrap: ModuleType,
    no_root: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.main(bootstrap.set_up) == 1
    assert "TeX lacks latexmk, pdflatex, bibtex, ...: install TeX Live" in error_line(capsys)
    command(tmp_path, "apt-get", "exit 1")
    assert bootstrap.main(bootstrap.set_up) == 1
    assert "sudo apt-get install --no-install-recommends latexmk" in error_line(capsys)
    assert not (checkout / ".venv").exists()


def test_tex_of_every_kind(
    tmp_path: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in bootstrap.TEX_COMMANDS:
        command(tmp_path, name, "exit 0")
    assert bootstrap.tex_gap() == bootstrap.TEX_FILES
    body = 'for f; do [ $f = natbib.sty ] || echo "/tree with space/$f"; done; exit 1'
    command(tmp_path, "kpsewhich", body)
    assert bootstrap.tex_gap() == ["natbib.sty"]
    command(tmp_path, "tectonic", "exit 0")
    assert bootstrap.tex_gap() == ["natbib.sty"]
    (tmp_path / "latexmk").unlink()
    assert bootstrap.tex_gap() == []


@pytest.mark.parametrize("prefix", [[], ["sudo", "-n"]])
def test_packages_are_installed_by_the_administrator(
    tmp_path: Path,
    checkout: Path,
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    prefix: list[str],
) -> None:
    monkeypatch.delenv("DEBIAN_FRONTEND", raising=False)
    calls = tmp_path / "calls"
    command(tmp_path, "apt-get", f"echo \"$DEBIAN_FRONTEND $*\" >> '{calls}'")
    command(tmp_path, "sh", 'exec /bin/sh "$@"')
    command(tmp_path, "sudo", 'shift; DEBIAN_FRONTEND= exec "$@"')
    monkeypatch.setenv("PATH", str(tmp_path))
    for module in (bootstrap, sys.modules["commands"]):
        monkeypatch.setattr(module, "administrator", lambda: prefix)
    monkeypatch.setattr(bootstrap, "is_ready", lambda *lock: True)
    # The apt-get of this test installs nothing, so that the set-up still finds no TeX.
    assert bootstrap.main(bootstrap.set_up) == 1
    assert "still lacks latexmk" in error_line(capsys)
    update, install = calls.read_text().splitlines()
    assert update.startswith("noninteractive ") and update.endswith(" update")
    assert "install -y --no-install-recommends latexmk texlive-latex-rec" in install
    command(tmp_path, "apt-get", "echo \"W: Temporary failure resolving 'x'\"; exit 100")
    assert bootstrap.main(bootstrap.set_up) == 1
    assert "no network" in error_line(capsys)


@pytest.mark.parametrize("paper", ["paper", "docs/examples/paper"])
def test_tex_is_asked_for_what_the_papers_load(paper: str, bootstrap: ModuleType) -> None:
    """A package that TeX lacks is then told by the set-up, not by the last job of a build."""
    text = next((TOP / paper).rglob("main.tex")).read_text("utf-8")
    loaded = re.findall(r"\\usepackage(?:\[[^]]*\])?\{([^}]*)\}", text)
    names = {f"{name}.sty" for group in loaded for name in group.split(",")}
    part_of_latex = {"fontenc.sty", "inputenc.sty"}
    assert names - part_of_latex <= set(bootstrap.TEX_FILES)
