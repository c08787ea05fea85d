"""The set-up: which Python it uses, and TeX."""

import ast
from pathlib import Path
from types import ModuleType

import pytest

from .places import (
    SCRIPT,
    command,
    error_line,
    fake_python,
)

# ---- Python


def test_old_python_is_told(
    checkout: Path,
    tmp_path: Path,
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_python(tmp_path, "python3", "3.9")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.main() == 1
    assert "python3 is Python 3.9. Install one" in error_line(capsys)


def test_newer_python_beside_an_old_one_is_used(
    tmp_path: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_python(tmp_path, "python3", "3.10")
    fake_python(tmp_path, "python3.12", "3.12")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PYTHON", raising=False)
    assert bootstrap.find_python("/nowhere") == ("/usr/bin/python3.12", (3, 12), True)
    monkeypatch.setenv("PYTHON", str(tmp_path / "python3"))
    with pytest.raises(bootstrap.SetupError, match=r"is Python 3\.10"):
        bootstrap.find_python("/nowhere")
    monkeypatch.setenv("PYTHON", "nonesuch")
    with pytest.raises(bootstrap.SetupError, match="PYTHON=nonesuch does not run"):
        bootstrap.find_python("/nowhere")


def test_python_of_the_old_environment_is_not_used(
    checkout: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = checkout / ".venv/bin"
    own.mkdir(parents=True)
    fake_python(own, "python3", "3.12")
    monkeypatch.setenv("PATH", str(own))
    with pytest.raises(bootstrap.SetupError, match="no python3 is on PATH"):
        bootstrap.find_python(str(checkout))


def test_very_old_python_is_told(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (2, 7, 18))
    assert bootstrap.main() == 1
    assert capsys.readouterr().out.startswith("error: Python 3.11, 3.12 or 3.13 is needed")


def test_old_python_can_parse_the_script() -> None:
    source = SCRIPT.read_bytes().decode("ascii")
    modern = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.YieldFrom, ast.Await)
    for node in ast.walk(ast.parse(source)):
        assert not isinstance(node, modern)
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
            assert not node.args.kwonlyargs and not node.args.posonlyargs
            assert all(argument.annotation is None for argument in node.args.args)
        if isinstance(node, ast.Raise):
            assert node.cause is None
        if isinstance(node, (ast.List, ast.Tuple)):
            assert not any(isinstance(item, ast.Starred) for item in node.elts)


@pytest.mark.usefixtures("no_root")
def test_no_venv_module(
    tmp_path: Path,
    checkout: Path,
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_python(tmp_path, "python3", "3.12", venv="no venv")
    command(tmp_path, "apt-get", "exit 1")
    command(tmp_path, "tectonic", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.main() == 1
    line = error_line(capsys)
    assert "venv module: sudo apt-get install --no-install-recommends python3.12-venv" in line
    with pytest.raises(bootstrap.SetupError, match="install a complete Python"):
        bootstrap.plan_packages(("/opt/python3", (3, 12), False), [])


# ---- TeX


def test_tex_missing_without_root(
    tmp_path: Path,
    checkout: Path,
    bootstrap: ModuleType,
    no_root: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_python(tmp_path, "python3", "3.12")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.main() == 1
    assert "TeX lacks latexmk, pdflatex, bibtex, ...: install TeX Live" in error_line(capsys)
    command(tmp_path, "apt-get", "exit 1")
    assert bootstrap.main() == 1
    assert "sudo apt-get install --no-install-recommends latexmk" in error_line(capsys)
    assert not (checkout / ".venv").exists()


def test_tex_of_every_kind(
    tmp_path: Path, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in bootstrap.TEX_COMMANDS:
        command(tmp_path, name, "exit 0")
    assert bootstrap.tex_gap() == list(bootstrap.TEX_FILES)
    body = 'for f; do [ $f = natbib.sty ] || echo "/tree with space/$f"; done; exit 1'
    command(tmp_path, "kpsewhich", body)
    assert bootstrap.tex_gap() == ["natbib.sty"]
    command(tmp_path, "tectonic", "exit 0")
    assert bootstrap.tex_gap() == ["natbib.sty"]
    (tmp_path / "latexmk").unlink()
    assert bootstrap.tex_gap() == []


def test_root_installs_packages(
    tmp_path: Path,
    checkout: Path,
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("DEBIAN_FRONTEND", raising=False)
    calls = tmp_path / "calls"
    command(tmp_path, "apt-get", f"echo \"$DEBIAN_FRONTEND $*\" >> '{calls}'")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bootstrap, "administrator", list)
    monkeypatch.setattr(bootstrap, "environment_is_ready", lambda root: True)
    # The apt-get of this test installs nothing, so that the set-up still finds no TeX.
    assert bootstrap.main() == 1
    assert "still lacks latexmk" in error_line(capsys)
    update, install = calls.read_text().splitlines()
    assert update.startswith("noninteractive ") and update.endswith(" update")
    assert "install -y --no-install-recommends latexmk texlive-latex-rec" in install
    command(tmp_path, "apt-get", "echo \"W: Temporary failure resolving 'x'\"; exit 100")
    assert bootstrap.main() == 1
    assert "no network: the Debian package server" in error_line(capsys)
