"""One source of versions: what conda reads is the lock, and the lock serves each platform."""

from __future__ import annotations

import ast
import asyncio
import importlib.metadata
import json
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import rattler
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from paperledger.io.environment import locked, read_lock, runtime

FILES = ("environment.yml", "workflow/envs/study.yaml")
SUBDIRS = ("linux-64", "linux-aarch64", "osx-arm64")
PLATFORMS = {
    "Linux x86-64": ("linux", "Linux", "x86_64"),
    "Linux aarch64": ("linux", "Linux", "aarch64"),
    "macOS arm64": ("darwin", "Darwin", "arm64"),
}


def conda_part(path: Path) -> tuple[list[str], list[str], list[str]]:
    """Return the channels, the specs for conda and the lines for pip."""
    content = yaml.safe_load(path.read_text())
    *specs, pip = content["dependencies"]
    return content["channels"], specs, pip["pip"]


# ---- drift


def test_what_conda_reads_is_written_from_the_lock(root: Path) -> None:
    files = runpy.run_path(str(root / "setup/write_envs.py"))["files"]
    expected = files(*((root / f"requirements.{kind}").read_text() for kind in ("lock", "in")))
    assert set(expected) == set(FILES)
    for path, text in expected.items():
        assert (root / path).read_text() == text, f"{path} is not as `make lock` writes it"
    assert {str(p.relative_to(root)) for p in (root / "workflow/envs").iterdir()} < set(FILES)


def test_pip_installs_the_lock_with_all_its_hashes(root: Path) -> None:
    assert conda_part(root / FILES[0])[2] == ["-r requirements.lock"]  # beside environment.yml
    lock = read_lock((root / "requirements.lock").read_text())
    for line in conda_part(root / FILES[1])[2]:
        requirement, *hashes = line.split(" --hash=")
        entry = lock[Requirement(requirement).name]
        assert Requirement(requirement) == entry.requirement
        assert tuple(hashes) == entry.hashes
        assert hashes


def test_while_condas_environment_is_active_make_runs_in_it(root: Path) -> None:
    """And sets up no other; its name is that of environment.yml."""
    name = yaml.safe_load((root / FILES[0]).read_text())["name"]
    for prefix, ours in ((f"/opt/envs/{name}", True), ("/opt/envs/base", False)):
        words = ["make", "--no-print-directory", "-n", "quick", f"CONDA_PREFIX={prefix}"]
        said = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True).stdout
        assert (f'"{prefix}/bin/python" -s -m paperledger build' in said) == ours
        guard = said.splitlines()[0].removesuffix("; \\")
        run = subprocess.run(["sh", "-c", f"{guard}; exit 9"], cwd=root, check=False)
        assert run.returncode == (0 if ours else 9)


def test_whatever_a_script_imports_is_in_its_environment(root: Path) -> None:
    scripts = root / "workflow/scripts"
    queue = [*scripts.glob("*.py"), *scripts.glob("paperledger/rules/*.py")]
    seen, modules = set(), set()
    while queue:
        path = queue.pop()
        seen.add(path)
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
            for name in names:
                own = scripts.joinpath(*name.split(".")).with_suffix(".py")
                if own.is_file() and own not in seen:
                    queue.append(own)
                modules.add(name.split(".")[0])
    offered = importlib.metadata.packages_distributions()
    outside = modules - set(sys.stdlib_module_names) - {"lrstudy", "paperledger", "snakemake"}
    needed = {canonicalize_name(offered[name][0]) for name in outside}
    assert {"numpy", "keras", "numba", "matplotlib", "packaging", "pyyaml"} <= needed
    lines = conda_part(root / FILES[1])[2]
    assert needed <= {re.split("[=;]", line)[0] for line in lines}


# ---- conda's part


@pytest.mark.parametrize("file", FILES)
def test_specs_are_strict_and_admit_no_python_that_the_lock_does_not(root: Path, file: str) -> None:
    channels, specs, _ = conda_part(root / file)
    assert channels == ["conda-forge", "nodefaults"]
    parsed = {str(s.name.normalized): s for s in (rattler.MatchSpec(t, strict=True) for t in specs)}
    assert set(parsed) == {"python", "pip", "tectonic"}
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    allowed = SpecifierSet(project["requires-python"])
    admitted = {
        minor
        for minor in range(6, 20)
        if parsed["python"].matches(record("python", f"3.{minor}.4"))
    }
    assert len(admitted) == 1
    assert all(allowed.contains(f"3.{minor}") for minor in admitted)


def test_a_loose_spec_is_noticed() -> None:
    assert rattler.MatchSpec("python=3.12.*", strict=False)
    with pytest.raises(Exception, match="incompatible with '='"):
        rattler.MatchSpec("python=3.12.*", strict=True)


def record(name: str, version: str) -> rattler.PackageRecord:
    return rattler.PackageRecord(name, version, rattler.BuildString("0"), 0, "noarch")


def channel(folder: Path, packages: dict[str, list[str]]) -> str:
    """Write a channel of empty packages, name to versions, and return its address."""
    for subdir in (*SUBDIRS, "noarch"):
        listed: dict[str, Any] = {}
        for name, versions in packages.items() if subdir != "noarch" else ():
            for version in versions:
                listed[f"{name}-{version}-0.conda"] = {
                    "name": name,
                    "version": version,
                    "build": "0",
                    "build_number": 0,
                    "depends": ["python >=3.10"] if name == "pip" else [],
                    "subdir": subdir,
                    "sha256": "0" * 64,
                }
        content = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": listed}
        (folder / subdir).mkdir(parents=True)
        (folder / subdir / "repodata.json").write_text(json.dumps(content))
    return folder.as_uri()


@pytest.mark.parametrize("subdir", SUBDIRS)
@pytest.mark.parametrize("file", FILES)
def test_a_channel_with_these_versions_solves(
    root: Path, tmp_path: Path, file: str, subdir: str
) -> None:
    """With strict priority: a later channel's newer package is left alone."""
    pythons = ["3.11.14", "3.12.9", "3.13.2", "3.14.0"]
    first = {"python": pythons, "pip": ["25.3"], "tectonic": ["0.14.1", "0.15.0", "0.16.9"]}
    channels = [
        channel(tmp_path / "conda-forge", first),
        channel(tmp_path / "other", {"tectonic": ["0.15.3"], "python": ["3.12.99"]}),
    ]

    def solve(priority: rattler.ChannelPriority) -> dict[str, str]:
        records = asyncio.run(
            rattler.solve(
                channels,
                [rattler.MatchSpec(spec, strict=True) for spec in conda_part(root / file)[1]],
                platforms=[subdir, "noarch"],
                channel_priority=priority,
                gateway=rattler.Gateway(cache_dir=tmp_path / "cache"),
            )
        )
        return {r.name.normalized: str(r.version) for r in records}

    expected = {"python": "3.12.9", "pip": "25.3", "tectonic": "0.15.0"}
    assert solve(rattler.ChannelPriority.Strict) == expected
    loose = solve(rattler.ChannelPriority.Disabled)
    assert loose["tectonic"] == "0.15.3"  # so it is the priority that kept it out


# ---- the lock on other machines


def target(platform: str, python: str) -> dict[str, str]:
    """Return what markers are evaluated with."""
    sys_platform, system, machine = PLATFORMS[platform]
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.4",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": system,
        "platform_version": "",
        "python_full_version": f"{python}.4",
        "python_version": python,
        "sys_platform": sys_platform,
        "extra": "",
    }


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_lock_has_one_version_of_all_that_is_needed(
    root: Path, platform: str, python: str
) -> None:
    where = target(platform, python)
    lock = read_lock((root / "requirements.lock").read_text())  # refuses a name that comes twice
    asked = (root / "requirements.in").read_text()
    light = python == "3.14"  # for which TensorFlow is not made: what trains nothing has to do
    lines = (
        runtime((root / "requirements.lock").read_text(), asked, training=False)
        if light
        else [str(entry.requirement) for entry in lock.values()]
    )
    chosen = locked(lines, where)
    assert len(chosen) > (70 if light else 100)
    right = "tensorflow-cpu" if platform == "Linux x86-64" else "tensorflow"
    trainers = {name for name in chosen if name.startswith("tensorflow")}
    assert trainers == (set() if light else {right})

    def needs(lines: list[str]) -> set[str]:
        """Which of these hold here and are not met by the lock."""
        unmet = set()
        for requirement in map(Requirement, lines):
            if requirement.marker is None or requirement.marker.evaluate(where):
                name = canonicalize_name(requirement.name)
                version = chosen.get(name)
                if (
                    version is None
                    or not requirement.specifier.contains(version, prereleases=True)
                    or not requirement.extras <= lock[name].requirement.extras
                ):
                    unmet.add(f"{requirement} (locked: {version})")
        return unmet

    asked = asked.split("\n# training")[0] if light else asked
    assert needs([line for line in asked.splitlines() if not line.startswith("#")]) == set()
    # What a package needs is told by its metadata; those of the two TensorFlows are the same.
    asking = {("tensorflow-cpu" if n == "tensorflow" else n) for n in chosen} - {"py-rattler"}
    for name in asking:
        try:
            lines = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            lines = importlib.metadata.requires("tensorflow") or []
        assert needs(lines) == set(), name
