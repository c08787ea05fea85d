"""The archive is the same bytes each time, says of each file what it is, and holds what belongs."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from lrstudy.commands import archive
from paperledger.io.yaml_file import read_yaml
from paperledger.record.record import write_record

from tests.helpers.published import CONTRACTS, Published
from tests.helpers.repository import ROOT, commit

COPIED = ("CITATION.cff", "pyproject.toml", "data/ionosphere.data", "checks/light.sh")
ENVIRONMENT = {
    "python": "3.11.2",
    "system": "Linux",
    "machine": "x86_64",
    "packages": {"snakemake": "9.0"},
}

OTHERS = "reference/about.json: expected a build of the sources as committed, "


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A committed checkout of a small paper with the record of it."""
    checkout = tmp_path_factory.mktemp("release") / "checkout"
    made = Published(checkout)
    config = read_yaml(ROOT / "config/config.yaml")
    name = config["dataset"]
    config = {"dataset": name, "datasets": {name: config["datasets"][name]}, "first_replicate": 7}
    made.about |= {"title": "Small", "settings": json.loads(json.dumps(config))}
    (made.root / "results/environment.json").write_text(json.dumps(ENVIRONMENT))
    texts = {
        "config/config.yaml": yaml.safe_dump(config),
        "README.md": "# Small\n",
        "Snakefile": 'include: "workflow/rules/one.smk"\n',
        "workflow/rules/one.smk": "rule one:\n    output: 1\nif True:\n    rule two:\n",
        "requirements.lock": "",
        ".gitignore": "/build/\n",
    }
    for name in ("config", "data", "checks", "workflow/rules"):
        (checkout / name).mkdir(parents=True)
    for name, text in texts.items():
        (checkout / name).write_text(text)
    for name in COPIED:
        shutil.copy(ROOT / name, checkout / name)
    made.build()
    write_record(checkout, made.root, made.record)
    shutil.rmtree(checkout / "build")
    commit(checkout)
    return checkout


@pytest.fixture
def checkout(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copied = shutil.copytree(release, tmp_path / "checkout")
    monkeypatch.chdir(copied)
    return copied


def made(folder: str, *options: str) -> Path:
    assert archive.main(["--folder", folder, *options]) == 0
    [found] = Path(folder).glob("*.zip")
    return found


@pytest.fixture
def unpacked(checkout: Path, tmp_path: Path) -> Path:
    """The archive's one folder, in a place without git."""
    with zipfile.ZipFile(made("build/archive")) as opened:
        for name in opened.namelist():
            (tmp_path / "unpacked" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "unpacked" / name).write_bytes(opened.read(name))
    [folder] = (tmp_path / "unpacked").iterdir()
    return folder


def test_twice_the_same_bytes_and_from_the_archive_too(
    checkout: Path, unpacked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made("build/archive").read_bytes()
    assert made("build/again").read_bytes() == first
    monkeypatch.chdir(unpacked)
    assert made("build/archive").read_bytes() == first
    version = read_yaml(ROOT / "CITATION.cff")["version"]
    assert unpacked.name == f"four-radar-returns-{version}"


def test_every_file_has_its_sum_and_its_entry_in_the_crate(unpacked: Path) -> None:
    there = {str(p.relative_to(unpacked)): p for p in unpacked.rglob("*") if p.is_file()}
    lines = (unpacked / archive.SUMS).read_text().splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    hashes = {n: hashlib.sha256(p.read_bytes()).hexdigest() for n, p in there.items()}
    assert sums == {name: found for name, found in hashes.items() if name != archive.SUMS}
    assert {"reference/paper.pdf", "paper/main.tex", ".gitignore", *COPIED} <= set(sums)
    things = json.loads((unpacked / archive.CRATE).read_text())["@graph"]
    files = {thing["@id"]: thing for thing in things if "File" in thing["@type"]}
    assert set(files) == set(there) - {archive.SUMS, archive.CRATE}
    for name, thing in files.items():
        assert thing["sha256"] == hashes[name]
        assert thing["contentSize"] == str(there[name].stat().st_size)


def test_the_crate_tells_of_workflow_and_run(unpacked: Path) -> None:
    graph = json.loads((unpacked / archive.CRATE).read_text())["@graph"]
    things = {thing["@id"]: thing for thing in graph}
    assert len(things) == len(graph)
    named = set(re.findall(r'"@id": "([^"]*)"', json.dumps(graph)))
    assert {name for name in named - set(things) if not name.startswith("https://")} == set()
    workflow = things[things["./"]["mainEntity"]["@id"]]
    assert [things[step["@id"]]["name"] for step in workflow["step"]] == ["one", "two"]
    assert workflow["softwareRequirements"] == ["python==3.11.2", "snakemake==9.0"]
    results = {result["@id"] for result in things["#run"]["result"]}
    record = {str(p.relative_to(unpacked)) for p in unpacked.glob("reference/**/*") if p.is_file()}
    assert results == record


def test_the_tables_are_described_as_their_contracts_say(unpacked: Path) -> None:
    said = json.loads((unpacked / archive.TABLES).read_text())
    found = {records["name"]: records for records in said["recordSet"]}
    assert set(found) == set(CONTRACTS)
    for name, contract in CONTRACTS.items():
        assert [field["name"] for field in found[name]["field"]] == list(contract.columns)
    types = {field["name"]: field["dataType"] for field in found["effects"]["field"]}
    assert (types["label"], types["n"]) == ("sc:Text", "sc:Integer")
    assert (types["low"], types["equivalent"]) == ("sc:Float", "sc:Boolean")
    [mean] = (field for field in found["arms"]["field"] if field["name"] == "mean")
    assert mean["description"] == "mean accuracy; unit: %"


def test_the_fields_of_the_data_are_its_columns(unpacked: Path) -> None:
    said = json.loads((unpacked / archive.CARD).read_text())
    [file], [rows] = said["distribution"], said["recordSet"]
    header, data = (unpacked / file["contentUrl"]).read_bytes().split(b"\n", 1)
    assert data == (unpacked / "data/ionosphere.data").read_bytes()
    assert header.decode().split(",") == [field["name"] for field in rows["field"]]
    assert len(data.splitlines()[0].split(b",")) == len(rows["field"])
    assert file["sha256"] == hashlib.sha256(header + b"\n" + data).hexdigest()
    assert [field["dataType"] for field in rows["field"]] == 34 * ["sc:Float"] + ["sc:Text"]
    assert rows["field"][-1]["description"] == "class: g (good) or b (bad)"


def edit(name: str, text: str, old: str = "", *, committed: bool = False) -> Callable[[Path], None]:
    """Return what replaces `old` in a file, or adds the text to its end."""

    def change(root: Path) -> None:
        file = root / name
        now = file.read_text() if file.is_file() else ""
        file.write_text(now.replace(old, text) if old else now + text)
        if committed:
            commit(root)

    return change


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (edit("Snakefile", "# more"), "as committed, found 1 that are not: Snakefile"),
        (edit("new.txt", "new"), "as committed, found 1 that are not: new.txt"),
        (edit("reference/claims.json", " ", committed=True), "found others: results/claims.json"),
        (edit("paper/main.tex", "%", committed=True), OTHERS),
        (edit("paper/more.tex", "%", committed=True), OTHERS),
        (edit("workflow/rules/one.smk", "# more", committed=True), OTHERS),
        (edit("requirements.lock", "# more", committed=True), OTHERS),
        (
            edit("config/config.yaml", "first_replicate: 8", "first_replicate: 7", committed=True),
            OTHERS,
        ),
        (lambda root: shutil.rmtree(root / ".git"), "SHA256SUMS of an archive, found neither"),
    ],
)
def test_it_refuses_what_does_not_belong_together(
    checkout: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Path], None],
    expected: str,
) -> None:
    change(checkout)
    assert archive.main([]) == 1
    assert expected in capsys.readouterr().err
    assert not (checkout / "build").exists()


def test_it_refuses_an_edit_of_what_was_unpacked(
    unpacked: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(unpacked)
    edit("Snakefile", "# more")(unpacked)
    assert archive.main([]) == 1
    assert "as archived, found 1 that are not: Snakefile" in capsys.readouterr().err


@pytest.mark.parametrize("right", [True, False])
def test_wheels_are_held_against_the_lock(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, right: bool
) -> None:
    wheel = tmp_path / "index/one-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr(
            "one-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: one\nVersion: 1.0\n"
        )
        packed.writestr("one-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest() if right else 64 * "0"
    (checkout / "requirements.lock").write_text(f"one==1.0 --hash=sha256:{digest}\n")
    commit(checkout)
    monkeypatch.setattr(archive, "check_record", lambda *_: None)  # it is of another lock
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    assert archive.main(["--wheels"]) == (0 if right else 1)
    found: list[Any] = list(Path("build/archive").glob("*.zip"))
    assert len(found) == right
    if right:
        with zipfile.ZipFile(found[0]) as opened:
            names = [name for name in opened.namelist() if "/wheels/" in name]
        assert [Path(name).name for name in names] == [wheel.name]
