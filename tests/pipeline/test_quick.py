"""The quick study, from the data to the PDF, in temporary copies of the checkout."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest
import yaml
from lrstudy.design.arms import hypotheses_of

from tests.helpers.checkout import (
    OFFLINE,
    QUICK,
    ROOT,
    command,
    copy_checkout,
    digest,
    environment,
    execute,
    planned,
    rerun,
    run,
)
from tests.helpers.shells import hostile_shell

TABLES = ("primary", "hypotheses")


def sources(folder: Path) -> str:
    """Return the paper's TeX, all files in one."""
    return "\n".join(path.read_text() for path in sorted((folder / "paper").glob("*.tex")))


def test_builds_the_paper_in_its_own_folders(built: Path) -> None:
    assert (built / QUICK / "paper/paper.pdf").read_bytes().startswith(b"%PDF")
    drawn = re.findall(r"includegraphics.*?\{figures/(\w+)\}", sources(built))
    assert {"rates", "readings", "accuracy"} <= set(drawn)
    for name in drawn:
        assert (built / QUICK / f"figures/{name}.pdf").is_file()
        assert (built / QUICK / f"figures/{name}.png").is_file()
    assert [path.name for path in (built / "results").iterdir()] == ["README.md"]
    assert [path.name for path in (built / "figures").iterdir()] == ["README.md"]
    assert not (built / "paper/paper.pdf").exists()


def test_names_that_others_rely_on(built: Path) -> None:
    runs = pd.read_parquet(built / QUICK / "results/runs.parquet")
    assert set(runs["part"]) == set(
        yaml.safe_load((built / "config/config.yaml").read_text())["parts"]
    )
    assert set(runs["protocol"]) == {"tail", "resample", "official", "inner"}
    assert set(runs["initializer"]) == {"glorot_uniform", "normal_005"}
    arms = {"constant_m00", "time_based_m08", "step_m09", "cosine 0.1 0.9", "step_m00 budget 100"}
    assert arms <= set(runs["arm"])
    assert set(runs["trainer"]) == {"keras", "kernel"}
    own = runs[runs["dataset"] == "ionosphere"]
    rows = own["protocol"].map({"tail": 116, "resample": 116, "official": 151, "inner": 47})
    assert (own["n_validation"] == rows).all()
    assert (runs["n_correct"] <= runs["n_validation"]).all()
    assert (runs["best_n_correct"] >= runs["n_correct"]).all()
    assert runs["val_loss"].gt(0).all()
    cells = runs.groupby(["part", "dataset", "protocol", "initializer", "arm", "trainer"])
    assert cells["replicate"].nunique().min() > 1
    assert cells["replicate"].nunique().equals(cells.size())
    claims = json.loads((built / QUICK / "results/claims.json").read_text())
    assert claims["tutorial.mcnemar.p"]["value"] == 0.125
    assert claims["reference.tail.majority"]["text"] == "92.24"
    source = json.loads((built / QUICK / "results/data/ionosphere.json").read_text())
    assert source["source"] == "embedded"


def test_every_hypothesis_is_answered_and_every_conclusion_judged(built: Path) -> None:
    folder = built / QUICK
    config = yaml.safe_load((built / "config/config.yaml").read_text())
    asked = hypotheses_of(config["analysis"])
    effects = pd.read_parquet(folder / "results/effects.parquet")
    found = set(zip(effects["hypothesis"], effects["protocol"], strict=True))
    assert {(name, p) for name, setting in asked.items() for p in setting["protocols"]} <= found
    # One table has the primary ones, one the others; both are of the study's own data.
    tables = {name: (folder / f"paper/generated/{name}.tex").read_text() for name in TABLES}
    for name, setting in asked.items():
        own = "datasets" not in config["parts"].get(setting.get("part"), {})
        kind = "primary" if setting["family"] == "primary" else "hypotheses"
        row = f"\n{name.partition('.')[0]} & "
        assert {table: row in text for table, text in tables.items()} == {
            table: own and table == kind for table in TABLES
        }
    said = set(re.findall(r"\\says\{([^{}#]+)\}", re.sub(r"(?<!\\)%.*", "", sources(built))))
    verdicts = json.loads((folder / "results/sentences.json").read_text())
    assert set(verdicts) == said
    # A tiny study supports few of them: the paper marks the others, one by one.
    printed = (folder / "paper/generated/sentences.tex").read_text()
    for name, failed in verdicts.items():
        word = "unsupported" if failed else "supported"
        assert rf"\definesentence{{{name}}}{{{word}}}" in printed


def test_every_claim_comes_from_files_of_the_rule_that_it_names(built: Path) -> None:
    """Of all that the paper may print, as Snakemake tells which rule wrote which file."""
    table = run(built, "--summary").stdout.splitlines()
    written = {tuple(line.split("\t")[k] for k in (2, 0)) for line in table if "\t" in line}
    claims = json.loads((built / QUICK / "results/numbers.json").read_text())
    named = {(claim["rule"], path) for claim in claims.values() for path in claim["inputs"]}
    assert {rule for rule, _ in named} >= {"analyse_runs", "collect_runs", "write_claims"}
    assert {(rule, f"{QUICK}/{path}") for rule, path in named} - written == set()
    assert [name for name, claim in claims.items() if not claim["inputs"]] == []


@pytest.fixture
def spoilt(built: Path, tmp_path: Path) -> Path:
    """A copy of the build, to spoil."""
    return Path(shutil.copytree(built, tmp_path / "spoilt"))


def test_a_conclusion_that_the_numbers_contradict_stops_the_build(spoilt: Path) -> None:
    sentences = spoilt / "paper/sentences.yaml"
    names = list(yaml.safe_load(sentences.read_text()))
    strict = (spoilt / "config/quick.yaml").read_text().replace(": mark", ": stop")
    assert "unsupported: stop" in strict
    (spoilt / "stop.yaml").write_text(strict)
    verdicts = str(Path(QUICK) / "results/sentences.json")
    sentences.write_text("".join(f"{name}: [networks > 0]\n" for name in names))
    result = run(spoilt, verdicts, config="stop.yaml")
    assert result.returncode == 0, result.stdout
    assert set(json.loads((spoilt / verdicts).read_text())) == set(names)
    sentences.write_text(sentences.read_text().replace("networks > 0", "networks < 9", 1))
    typed = f"{QUICK}/results/typed_numbers.json"
    result = run(spoilt, verdicts, typed, "--keep-going", "--force", config="stop.yaml")
    assert result.returncode != 0
    # The settings are those of the tiny study; where such things are marked, they passed.
    assert "50 (in '50 epochs') quotes training.epochs, which is 12" in result.stdout
    assert "error: the numbers no longer support what the paper says" in result.stdout
    assert re.search(rf"{names[0]}: networks < 9 \(found \d+\.0 < 9\.0\)", result.stdout)
    assert not (spoilt / verdicts).exists()


def test_trainers_that_disagree_stop_the_build(spoilt: Path) -> None:
    """Allow no difference at all, and the gate must close."""
    text = (spoilt / "config/quick.yaml").read_text()
    assert "agreement:\n" in text
    strict = text.replace("agreement:\n", "agreement:\n  weight_tolerance: 1.0e-9\n")
    (spoilt / "strict.yaml").write_text(strict)
    agreement = f"{QUICK}/results/agreement.json"
    result = run(spoilt, agreement, config="strict.yaml")
    assert result.returncode != 0
    assert "error: kernel and Keras disagree: 0 of 26 networks stable" in result.stdout
    assert not (spoilt / agreement).exists()


def test_nothing_to_do_after_a_build_and_edits_run_what_depends(built: Path) -> None:
    """Of code the content counts, not the date: also in the scripts that rules name."""
    scripts = built / "workflow/scripts"
    for path in scripts.rglob("*.py"):
        path.touch()
    assert planned(built) == set()
    summary = run(built, "--detailed-summary").stdout

    def edited(name: str) -> set[str]:
        return rerun(summary, f"workflow/scripts/{name}")

    trains = {"train_keras", "train_kernel"}
    plot = edited("lrstudy/figures/recipes.py")
    assert "draw_figures" in plot
    assert not plot & (trains | {"analyse_runs"})
    assert trains <= edited("lrstudy/schedules/step_code.py")
    assert edited("lrstudy/kernel/assembly.py") & trains == {"train_kernel"}
    assert edited("train_keras.py") & trains == {"train_keras"}
    effects = edited("lrstudy/analysis/pairing.py")
    assert {"analyse_runs", "analyse_further", "write_claims"} <= effects
    assert not effects & (trains | {"collect_runs", "check_agreement", "fit_references"})
    tuned = edited("lrstudy/analysis/tuning.py")
    assert "analyse_runs" in tuned
    assert "analyse_further" not in tuned
    words = edited("paperledger/claims/sentences.py")
    assert "check_sentences" in words
    # Sentences are asked of every run where claims are made, and a figure shows what came of it.
    assert not words & (trains | {"collect_runs", "analyse_runs", "analyse_further"})

    # What a plan says of one that is edited indeed; that of the build tells its sources' hash.
    path = scripts / "lrstudy/analysis/tuning.py"
    text = path.read_text()
    path.write_text(text + "# edited\n")
    try:
        assert planned(built) == tuned | {"describe_build", "all"}
    finally:
        path.write_text(text)


def turkish(folder: Path) -> str:
    """Make a locale where 1.5 is written 1,5, and i is no lower-case I; not in UTF-8."""
    folder.mkdir()
    name = "tr_TR.ISO-8859-9"
    make = ["localedef", "-i", "tr_TR", "-f", "ISO-8859-9", "--no-archive", str(folder / name)]
    # Where its sources are not installed, the name remains, of a locale that is not there.
    with contextlib.suppress(FileNotFoundError):
        subprocess.run(make, check=False, capture_output=True)
    return name


def test_killed_on_one_core_with_other_chunks_in_an_odd_place_it_gives_the_same_bytes(
    built: Path, tmp_path: Path
) -> None:
    """Odd are path, file modes, and each variable of the shell that a table speaks of."""
    odd = hostile_shell(tmp_path / "shell") | {
        "LC_ALL": turkish(tmp_path / "locales"),
        "LOCPATH": str(tmp_path / "locales"),
    }
    folder = tmp_path / "ein Ordner mit Leerzeichen, äöü"
    folder.mkdir()
    copy_checkout(folder)
    (folder / "chunks.yaml").write_text("chunk_size: { keras: 14, kernel: 1500 }\n")
    kill_while_it_trains(command("--configfile", "chunks.yaml", cores=1), folder, umask=0o077)
    assert not (folder / QUICK / "paper/paper.pdf").exists()
    (folder / QUICK / "results/.runs.parquet.0123abcd.part").write_bytes(b"half")
    words = ["quick", "CONFIG=chunks.yaml", "CORES=1", f"BIN={Path(sys.executable).parent}"]
    again = partial(execute, [*OFFLINE, "make", *words], folder, variables=odd, umask=0o077)
    result = again()
    # The lock is free when the last process of the group has died, not when the first has.
    deadline = time.monotonic() + 300
    while "another build runs" in result.stdout and time.monotonic() < deadline:
        time.sleep(0.2)
        result = again()
    assert result.returncode == 0, result.stdout
    assert (folder / QUICK / "results/runs.parquet").stat().st_mode & 0o777 == 0o600
    # keras: 24 networks; kernel: 4,400
    chunks = list((folder / QUICK / "results/chunks").glob("*.npz"))
    assert len(chunks) == 2 + 3
    # The list of members names each one's chunk; all else must not show how they were cut.
    cut = {name for name in digest(folder) | digest(built) if "/chunks/" in name}
    expected = {name: value for name, value in digest(built).items() if name not in cut}
    assert {"results/runs.parquet", "figures/curves.pdf", "paper/paper.pdf"} <= set(expected)
    assert {n: value for n, value in digest(folder).items() if n not in cut} == expected


def test_plain_snakemake_does_not_heed_the_shell_either(spoilt: Path, tmp_path: Path) -> None:
    """But for what Python and Snakemake read before they read any file of the checkout."""
    variables = hostile_shell(tmp_path / "shell")
    for name in ("PYTHONOPTIMIZE", "PYTHONWARNINGS", "SNAKEMAKE_PROFILE"):
        del variables[name]
    before = digest(spoilt)
    # The figure first: all that networks feed would come before it.
    for made in (f"{QUICK}/figures/rates.pdf", f"{QUICK}/results/chunks/kernel_0.npz"):
        (spoilt / made).unlink()
        plain = [sys.executable, "-m", "snakemake", made, "--configfile", "config/quick.yaml"]
        result = execute(plain, spoilt, variables=variables)
        assert result.returncode == 0, result.stdout
    assert digest(spoilt) == before


def kill_while_it_trains(words: list[str], folder: Path, umask: int) -> None:
    """Start a build, in a locale of ASCII alone, and kill it with all its jobs."""
    build = subprocess.Popen(
        words,
        cwd=folder,
        env={**environment(), "LC_ALL": "C"},
        umask=umask,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 300
    while not list((folder / QUICK / "logs").glob("train_k*.log")):
        assert build.poll() is None, "the build ended before training"
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(3)  # into the training itself
    os.killpg(build.pid, signal.SIGKILL)
    build.wait()


def test_a_second_build_in_the_same_folder_is_refused(built: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import fcntl, sys; f = open('.snakemake/build.lock', 'r+');"
            "fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()",
        ],
        cwd=built,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout and holder.stdin
    holder.stdout.readline()
    try:
        result = run(built)
    finally:
        holder.stdin.close()
        holder.wait()
        holder.stdout.close()
    assert result.returncode == 1
    assert result.stdout.strip() == (
        "error: another build runs in this folder: wait for it, or end it"
    )


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which nothing has been built."""
    return copy_checkout(tmp_path_factory.mktemp("pristine"))


def test_a_bad_configuration_stops_before_anything_runs(pristine: Path) -> None:
    """With all that is wrong with it; each message is tested with the models."""
    (pristine / "bad.yaml").write_text(
        "folder: build/quick\narms: {step: {momentum: 1}}\ntrainig: {epochs: 3}\n"
    )
    result = run(pristine, config="bad.yaml")
    assert result.returncode != 0
    assert "arms.step.momentum" in result.stdout
    assert "unknown key 'trainig'" in result.stdout
    assert "Traceback" not in result.stdout
    assert not (pristine / "build").exists()


def test_plain_snakemake_lays_files_over_one_another_alike(pristine: Path) -> None:
    """By the same reader: null takes a part away, and what only that part needs."""
    (pristine / "less.yaml").write_text("agreement: null\nparts: { framework: null }\n")
    plain = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "host"]
    result = execute([*plain, "--configfile", "config/quick.yaml", "less.yaml"], pristine)
    assert result.returncode == 0, result.stdout
    rules = set(re.findall(r"^(?:local)?rule (\w+):$", result.stdout, re.MULTILINE))
    assert "train_kernel" in rules
    assert not rules & {"train_keras", "compare_trainers", "check_agreement"}


@pytest.fixture
def address() -> Iterator[str]:
    """Address of the data file on a server of this machine."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(ROOT / "data"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/ionosphere.data"
        server.shutdown()
        thread.join()


needs_namespace = pytest.mark.skipif(
    not OFFLINE, reason="this machine makes no network namespaces (unshare --net): built with one"
)


@needs_namespace
def test_builds_run_where_no_network_is(address: str) -> None:
    """All builds of these tests, that of the whole quick study among them."""
    assert command()[: len(OFFLINE)] == OFFLINE
    program = "import sys, urllib.request as r; print(len(r.urlopen(sys.argv[1]).read()))"
    ask = [sys.executable, "-c", program, address]
    without = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    alone, beside = (
        subprocess.run([*prefix, *ask], env=without, capture_output=True, text=True)
        for prefix in (OFFLINE, [])
    )
    assert "Network is unreachable" in alone.stderr
    assert beside.stdout == "76467\n"


@needs_namespace
def test_nothing_but_the_data_needs_a_network(pristine: Path, address: str) -> None:
    quick = (pristine / "config/quick.yaml").read_text()
    online = quick.replace("build/quick", "build/uci")
    online = online.replace("source: embedded", f"source: download, urls: ['{address}']")
    (pristine / "online.yaml").write_text(online)
    results = pristine / "build/uci/results"
    data = "build/uci/results/data/ionosphere.data"
    result = run(pristine, data, config="online.yaml", online=True)
    assert result.returncode == 0, result.stdout
    result = run(pristine, "build/uci/results/chunks/kernel_0.npz", config="online.yaml")
    assert result.returncode == 0, result.stdout
    assert (results / "chunks/kernel_0.npz").is_file()
    assert json.loads((results / "data/ionosphere.json").read_text())["url"] == address
