"""A record of the quick study, and the paper from it without training."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import yaml

from tests.helpers.checkout import PROGRAM, QUICK, execute, python_with, run
from tests.helpers.repository import commit

TRAINERS = {
    "tensorflow": "tensorflow-cpu",
    "keras": "keras",
    "numba": "numba",
    "llvmlite": "llvmlite",
}
"""What trains: module and package."""


def without_trainers(folder: Path) -> Path:
    """Return a folder where no trainer can be imported, and each has a version of no lock."""
    for module, package in TRAINERS.items():
        info = folder / f"{package}-0.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.0\n")
        (folder / f"{module}.py").write_text(f"raise ModuleNotFoundError({module!r})\n")
    return folder


def test_a_record_is_rechecked_without_training(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    shutil.copytree(built, folder)
    record = ["--record", "build/record"]

    def tool(name: str, *options: str) -> tuple[int, str]:
        done = execute([*PROGRAM, name, *record, *options], folder)
        return done.returncode, done.stdout

    commit(folder)
    # The tiny study supports few sentences: no record is made of it.
    assert tool("record", "--folder", QUICK)[0] == 1
    sentences = folder / "paper/sentences.yaml"
    names = yaml.safe_load(sentences.read_text())
    sentences.write_text("".join(f"{name}: [networks > 0]\n" for name in names))
    status, said = tool("record", "--folder", QUICK)
    assert (status, said) == (1, "error: 1 file(s) are not as committed: paper/sentences.yaml\n")
    commit(folder)
    result = run(folder)
    assert result.returncode == 0, result.stdout
    status, said = tool("record", "--folder", QUICK)
    assert status == 0, said

    quick = (folder / "config/quick.yaml").read_text()
    again = quick.replace(f"folder: {QUICK}\n", "folder: build/again\nreuse: build/record\n")
    (folder / "again.yaml").write_text(again)
    python = python_with(without_trainers(tmp_path / "none"), tmp_path / "environment")
    result = run(folder, config="again.yaml", python=python)
    assert result.returncode == 0, result.stdout
    logs = {path.name for path in (folder / "build/again/logs").iterdir()}
    assert {"reuse_runs.parquet.log", "analyse_runs.log", "compile_paper.log"} <= logs
    assert not [name for name in logs if name.startswith(("train_", "compare_", "follow_"))]
    status, said = tool("verify", "--folder", "build/again")
    assert status == 0, said
    report = json.loads((folder / "build/again/results/verification.json").read_text())
    assert report.pop("settings") == []
    singles = {kind: {kind: report[kind]} for kind in ("pdf", "record")}
    for kind, members in (report | singles).items():
        other = {name: found for name, found in members.items() if found["verdict"] != "identical"}
        assert members, kind
        assert not other, kind

    # One number of the record, and one run of it, are not what was built.
    path = folder / "build/record/claims.json"
    ledger = json.loads(path.read_text())
    ledger["split.tail.n_train"]["value"] += 1
    path.write_text(json.dumps(ledger))
    status, said = tool("verify", "--folder", "build/again")
    assert status == 1
    assert (
        "\nchanged: claim split.tail.n_train 235 (record 236), differs by 1, allowed is 0;" in said
    )
    assert "\nverify: 2 changed\n" in said  # the other is the record itself
