"""What no file of the project may do, and that what comes from outside runs no code."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lrstudy.tables.outcome import OutcomeError, load_outcomes
from paperledger.commands.build import read_arguments
from paperledger.io.yaml_file import ConfigError, check_files

from tests.helpers.repository import ROOT, listed

# Modules that run code while they read, and functions that do.
MODULES = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
CALLS = {
    "eval", "exec", "os.popen", "os.system", "shutil.unpack_archive", "tempfile.mktemp",
    "pd.read_pickle", "pandas.read_pickle", "urllib.request.urlopen",
    "yaml.full_load", "yaml.full_load_all", "yaml.load_all", "yaml.unsafe_load",
    "ssl._create_unverified_context", "ssl._create_stdlib_context",
}  # fmt: skip
OWN = "download.extract"  # of this project: in memory


def unsafe(text: str) -> list[str]:
    """List what a Python file does that it must not."""
    tree = ast.parse(text)
    safe_loaders = {"yaml.SafeLoader", "yaml.CSafeLoader"}
    safe_loaders |= {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and {ast.unparse(b) for b in node.bases} <= safe_loaders
    }
    return list(_unsafe(tree, safe_loaders))


def _unsafe(tree: ast.AST, safe_loaders: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            yield from (f"import {n}" for n in names if n.split(".")[0] in MODULES)
        elif isinstance(node, ast.Attribute) and node.attr in ("CERT_NONE", "FullLoader"):
            yield node.attr
        elif isinstance(node, ast.Assign) and "check_hostname" in ast.unparse(node.targets[0]):
            yield ast.unparse(node)
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            given = {word.arg: ast.unparse(word.value) for word in node.keywords}
            loader = [*map(ast.unparse, node.args[1:]), given.get("Loader", "none")][0]
            method = called.rpartition(".")[2] if "." in called and called != OWN else ""
            if (
                called in CALLS
                or method == "to_pickle"
                or (method in ("extract", "extractall") and given.get("filter") != "'data'")
                or given.get("allow_pickle", "False") != "False"
                or given.get("shell", "False") != "False"
                or (called == "yaml.load" and loader not in safe_loaders)
            ):
                yield ast.unparse(node)


def test_no_file_reads_what_runs_code_or_trusts_blindly() -> None:
    files = listed("*.py")
    assert len(files) > 100
    found = {name: unsafe((ROOT / name).read_text()) for name in files}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "text",
    [
        "import pickle", "from pickle import loads", "import joblib", "import a, marshal",
        "yaml.load(x)", "yaml.load(x, Loader=yaml.Loader)", "yaml.load(x, yaml.UnsafeLoader)",
        "yaml.unsafe_load(x)", "class L(yaml.Loader): pass\nyaml.load(x, Loader=L)",
        "np.load(x, allow_pickle=True)", "np.load(x, allow_pickle=given)", "pd.read_pickle(x)",
        "frame.to_pickle(x)", "eval(x)", "exec(x)", "os.system(x)",
        "subprocess.run(x, shell=True)", "subprocess.run(x, shell=given)", "tar.extractall(x)",
        "tar.extractall(x, filter='tar')", "zipped.extract(x)", "context.check_hostname = False",
        "context.verify_mode = ssl.CERT_NONE", "urllib.request.urlopen(x)",
    ],
)  # fmt: skip
def test_each_of_these_is_found(text: str) -> None:
    assert unsafe(text)


@pytest.mark.parametrize(
    "text",
    [
        "yaml.safe_load(x)", "yaml.load(x, Loader=yaml.SafeLoader)", "import picklewick",
        "class L(yaml.SafeLoader): pass\nyaml.load(x, Loader=L)", "np.load(x)",
        "np.load(x, allow_pickle=False)", "subprocess.run(['a'], shell=False)", "extract(x)",
        "tar.extractall(x, filter='data')", "re.compile(x)",
    ],
)  # fmt: skip
def test_none_of_these_is(text: str) -> None:
    assert unsafe(text) == []


def test_rules_run_no_code_in_the_snakefiles() -> None:
    """Snakefiles are no Python files: by their words."""
    for path in [ROOT / "Snakefile", *(ROOT / "workflow").rglob("*.smk")]:
        assert not re.search(r"\b(pickle|eval|exec|yaml\.load|shell=True)\b", path.read_text())


# --- a chunk that would run code ----------------------------------------------


class Trap:
    """Opened as a pickle, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_a_pickle_in_a_chunk_is_not_opened(tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    chunk = tmp_path / "chunk.npz"
    names = ("n_correct", "validation_loss", "training_loss", "missed", "diverged")
    np.savez(chunk, **{f"0/{name}": np.array([[Trap(sprung)]], dtype=object) for name in names})
    with pytest.raises(OutcomeError, match=r"chunk\.npz: Object arrays cannot be loaded"):
        load_outcomes(chunk)
    assert not sprung.exists()
    # It is a trap: who allows pickles springs it.
    trusting = {"allow_pickle": True}
    np.load(chunk, **trusting)["0/missed"]
    assert sprung.exists()


# --- a configuration that would run code --------------------------------------


def test_every_configuration_file_is_found() -> None:
    """Each option once at the end, as Snakemake heeds the last one alone."""
    for given, files, rest in (
        ("-n a/target", [], "-n a/target"),
        ("--configfile a b --cores 2", ["a", "b"], "--cores 2 --configfile a b"),
        ("--configfiles=a", ["a"], "--configfile a"),
        ("--configfile=a b --configfile c", ["a", "c"], "b --configfile a c"),
        ("--config x=1 -C y=2 --configfile a", ["a"], "--config x=1 y=2 --configfile a"),
        ("--workflow-profile my.yaml", [], "--workflow-profile my.yaml"),
    ):
        assert read_arguments(given.split()) == (files, rest.split())
    with pytest.raises(ConfigError, match=r"CONFIG=my\.yaml"):
        read_arguments(["-n", "my.yaml"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"__use_yte__: true\nfolder: ?open('sprung', 'w').name\n",
            "found the key '__use_yte__', expected a file without code to run",
        ),
        (b"[" * 1000, "line 1: expected at most 50 levels, found more"),
        ("a: é".encode("latin-1"), "expected UTF-8 text, found byte 3"),
        (b"", "expected keys and values, found nothing"),
        (b"- a\n", "expected keys and values, found a list"),
        (b"a: &a [1]\nb: *a\n", "line 2: found the alias *a"),
    ],
)
def test_such_a_configuration_never_reaches_snakemake(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "given.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=re.escape(f"{file}: {said}")):
        check_files([ROOT / "config/config.yaml", file])
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text("a: 1\n")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "paperledger",
            "build",
            "-n",
            "--configfile",
            file,
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "workflow/scripts")},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {file}: {said}")
    assert done.stderr.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"given.yaml", "config"}
