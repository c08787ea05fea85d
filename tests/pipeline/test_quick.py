"""The quick study, from the data to the PDF, in temporary copies of the checkout."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import yaml
from lrstudy.design.arms import hypotheses_of

from tests.helpers.checkout import (
    QUICK,
    planned,
    rerun,
    run,
)

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
    """Allow no difference at all, and the gate must close; for that nothing is trained again."""
    text = (spoilt / "config/quick.yaml").read_text()
    assert "agreement:\n" in text
    strict = text.replace("agreement:\n", "agreement:\n  weight_tolerance: 1.0e-9\n")
    (spoilt / "strict.yaml").write_text(strict)
    agreement = f"{QUICK}/results/agreement.json"
    compared = spoilt / QUICK / "results/agreement.parquet"
    before = compared.stat().st_mtime_ns
    result = run(spoilt, agreement, config="strict.yaml")
    assert compared.stat().st_mtime_ns == before
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

    words = {"arms": {"step_m09": {"label": "in steps"}}, "agreement": {"weight_tolerance": 0.5}}
    (built / "words.yaml").write_text(yaml.safe_dump(words))
    called = planned(built, "config/quick.yaml", "words.yaml")
    assert {"draw_figures", "check_agreement"} <= called
    assert not called & (trains | {"plan_members", "compare_trainers", "collect_runs"})

    # What a plan says of one that is edited indeed; that of the build tells its sources' hash.
    path = scripts / "lrstudy/analysis/tuning.py"
    text = path.read_text()
    path.write_text(text + "# edited\n")
    try:
        assert planned(built) == tuned | {"describe_build", "all"}
    finally:
        path.write_text(text)


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
