"""Copies of the checkout, and builds of the quick study in them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from tests.helpers.repository import ROOT, listed

PYTHON = Path(sys.executable)
PROGRAM = (sys.executable, "-m", "paperledger")
QUICK = "build/quick"
KERNEL = "workflow/scripts/lrstudy/kernel"
COMPARED = ("results", "figures", "paper")


def _offline() -> list[str]:
    """Return what runs a command in a network namespace of its own, which has no network.

    Not even this machine can be reached from there. Empty where the machine makes none.
    """
    for given in (["unshare", "--net"], ["unshare", "--net", "--map-root-user"]):
        if (
            shutil.which("unshare")
            and not subprocess.run([*given, "true"], capture_output=True).returncode
        ):
            return given
    return []


OFFLINE = _offline()


def copy_checkout(target: Path) -> Path:
    """Copy what a clone would hold: files that git tracks or would track.

    And the kernel as it was compiled here, if it was: that takes longer than to train with it.
    """
    compiled = [str(path.relative_to(ROOT)) for path in ROOT.glob(f"{KERNEL}/__pycache__/*.nb?")]
    for name in listed() + compiled:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)
    return target


def python_with(modules: Path, folder: Path) -> Path:
    """Make an environment that is this one, but for `modules`, which it finds first."""
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "these.pth").write_text(f"{modules}\n{sysconfig.get_path('purelib')}\n")
    return folder / "bin/python"


def digest(folder: Path) -> dict[str, str]:
    """Hash every generated file that a reader could compare."""
    return {
        str(path.relative_to(folder / QUICK)): hashlib.sha256(path.read_bytes()).hexdigest()
        for part in COMPARED
        for path in sorted((folder / QUICK / part).rglob("*"))
        if path.is_file()
    }


def command(
    *arguments: str,
    cores: int = 2,
    config: str = "config/quick.yaml",
    online: bool = False,
    python: Path = PYTHON,
) -> list[str]:
    """Return the command of a build; without a network where the machine can do that."""
    # Targets first: --configfile takes all that follows it.
    build = [str(python), *PROGRAM[1:], "build", *arguments, "--cores", str(cores)]
    return [*([] if online else OFFLINE), *build, "--configfile", config]


def environment() -> dict[str, str]:
    """Return the environment of a build: this Python's tools, and the modules of the checkout."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    modules = ["workflow/scripts", *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PATH": path, "PYTHONPATH": os.pathsep.join(modules)}


def execute(
    arguments: list[str], folder: Path, *, variables: dict[str, str] | None = None, umask: int = -1
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder; its output, errors among it, is `stdout`."""
    return subprocess.run(
        arguments,
        cwd=folder,
        env={**environment(), **(variables or {})},
        umask=umask,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


def run(
    folder: Path,
    *arguments: str,
    cores: int = 2,
    config: str = "config/quick.yaml",
    online: bool = False,
    variables: dict[str, str] | None = None,
    umask: int = -1,
    python: Path = PYTHON,
) -> subprocess.CompletedProcess[str]:
    """Build in a copy of the checkout."""
    build = command(*arguments, cores=cores, config=config, online=online, python=python)
    return execute(build, folder, variables=variables, umask=umask)


def planned(folder: Path, config: str = "config/quick.yaml", *above: str) -> set[str]:
    """Return the rules that a dry run would run; configurations `above` are laid over the first."""
    laid = [word for path in above for word in ("--configfile", path)]
    result = execute([*command("--dry-run", "--quiet", "host", config=config), *laid], folder)
    assert result.returncode == 0, result.stdout
    if "Nothing to be done" in result.stdout:
        return set()
    rules = re.findall(r"^(?:local)?rule (\w+):$", result.stdout, re.MULTILINE)
    assert rules, result.stdout
    return set(rules)


def rerun(summary: str, edited: str) -> set[str]:
    """Return the rules that run when a file has changed: those that read it, and what they feed."""
    rows = [line.split("\t") for line in summary.splitlines() if line.count("\t") > 4]
    table = {row[0]: (row[2], {*row[4].split(",")}) for row in rows}
    changed, before = {edited}, 0
    while len(changed) > before:
        before = len(changed)
        changed |= {output for output, (_, inputs) in table.items() if inputs & changed}
    return {table[output][0] for output in changed - {edited}}
