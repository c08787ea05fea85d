"""A study of two arms and one hypothesis, from its data to its PDF; and studies without a part."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.changes import drop
from tests.helpers.checkout import OFFLINE, ROOT, copy_checkout, execute, run

CONFIG = "config/config.yaml"
SHIPPED = yaml.safe_load((ROOT / CONFIG).read_text())
DATA = {**SHIPPED["datasets"]["ionosphere"], "source": "embedded"}
SMALL = {
    "environment": "strict",
    "dataset": "ionosphere",
    "download": SHIPPED["download"],
    "datasets": {
        "ionosphere": {**DATA, "protocols": {"resample": DATA["protocols"]["resample"]}},
    },
    **yaml.safe_load("""
training: { hidden_units: 8, epochs: 6, batch_size: 28 }
initializers: { glorot: { label: Glorot, kind: glorot_uniform } }
first_replicate: 1000000
arms:
  slow: { label: slow, initial_rate: 0.01, momentum: 0, schedule: { name: constant } }
  fast: { label: fast, initial_rate: 0.5, momentum: 0, schedule: { name: constant } }
parts:
  study:
    trainer: kernel
    arms: [slow, fast]
    initializers: [glorot]
    protocols: { resample: { splits: 4, seeds: 2 } }
chunk_size: { kernel: 100 }
analysis:
  parts: [study]
  initializer: glorot
  baseline: slow
  arms: [slow, fast]
  confidence: 0.95
  resamples: 99
  seed: 1
  equivalence_margin: 1
  families: { primary: { method: holm, initializers: each } }
  hypotheses:
    H1:
      label: faster
      family: primary
      protocols: [resample]
      add: [{ arm: fast }]
      subtract: [{ arm: slow }]
  outcomes: [H1]
paper: { date: "2026-11-25", unsupported: stop, repository: ".." }
"""),
}
TEXT = r"""
\documentclass{article}
\usepackage{graphicx,xcolor}
\usepackage[hidelinks]{hyperref}
\input{generated/ledger}
\begin{document}
We trained \claim{networks} networks.
\says{faster}The larger rate was better.
WITH A FIGURE
\end{document}
"""
FIGURE = r"\par\noindent\includegraphics[width=\textwidth]{figures/accuracy}"
SENTENCES = "faster:\n  - effect.H1.resample.glorot.difference > 0\n"


def write_paper(folder: Path, text: str) -> None:
    """Put one source and one guarded sentence in place of the paper."""
    shutil.rmtree(folder / "paper")
    (folder / "paper").mkdir()
    (folder / "paper/main.tex").write_text(text)
    (folder / "paper/sentences.yaml").write_text(SENTENCES)


def write_config(folder: Path, config: Any) -> None:
    (folder / CONFIG).write_text(yaml.safe_dump(config, sort_keys=False))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small study, built."""
    folder = copy_checkout(tmp_path_factory.mktemp("small"))
    write_config(folder, SMALL)
    write_paper(folder, TEXT.replace("WITH A FIGURE", FIGURE))
    result = run(folder, config=CONFIG)
    assert result.returncode == 0, result.stdout
    return folder


def test_two_arms_and_one_hypothesis_make_a_paper(small: Path) -> None:
    assert (small / "paper/paper.pdf").read_bytes().startswith(b"%PDF")
    ledger = json.loads((small / "results/claims.json").read_text())
    assert ledger["networks"]["value"] == 16
    assert ledger["networks"]["pages"] == [1]
    assert ledger["sentence.faster"]["value"] == "supported"
    # Figures and tables are there where what they need is configured, and no other.
    assert {path.stem for path in (small / "figures").glob("*.pdf")} == {
        "accuracy", "curves", "recipes", "repeats",
    }  # fmt: skip
    tables = {path.stem for path in (small / "results").glob("*.parquet")}
    assert tables == {
        "runs", "curves", "arms", "effects", "outcomes", "robustness", "references", "datasets",
        "splits", "crossings", "by_run", "verdicts",
    }  # fmt: skip
    absent = ("tutorial.", "grid.", "tuned.", "agreement.", "returns.", "rate.", "decay_argument.")
    assert not [name for name in ledger if name.startswith(absent) or name.endswith(".reach")]


N = "99"
"""A number that no repeat of the paper's own study has; of this one none of those counts."""


def study(folder: Path, *arguments: str) -> Any:
    command = [sys.executable, "-m", "lrstudy", *arguments]
    return execute([*OFFLINE, *command], folder)


def test_a_repeat_of_a_small_study_is_counted(small: Path, tmp_path: Path) -> None:
    """A repeat, built, counted by the paper, and trained again."""
    folder = Path(shutil.copytree(small, tmp_path / "checkout"))
    result = study(folder, "repeat", "--n", N, "--base", "2500000", "--cores", "2")
    assert result.returncode == 0, result.stdout
    assert f"repeat {N}: " in result.stdout
    record = folder / "reference/repeats" / N
    about = json.loads((record / "about.json").read_text())
    assert (about["base"], about["of"]) == (2_500_000, 1_000_000)
    # Neither a figure nor the PDF was made for it.
    assert not list((folder / "build/repeats" / N).rglob("*.p[dn][fg]"))
    before = {path.name: path.read_bytes() for path in record.iterdir() if path.suffix != ".md"}
    result = run(folder, "results/repeats.json", config=CONFIG)
    assert result.returncode == 0, result.stdout
    judged = json.loads((folder / "results/repeats.json").read_text())
    assert (judged["runs"], judged["sentences"]["faster"]["of"]) == (2, 2)
    # Other seeds, so another number of it.
    other = json.loads(gzip.decompress(before["values.json.gz"]))
    numbers = json.loads((folder / "results/numbers.json").read_text())
    name = "effect.H1.resample.glorot.difference"
    assert other[name] != numbers[name]["value"]
    # The same bits when it is trained again, and not from other seeds.
    result = study(folder, "spotcheck", "--repeat", N)
    assert result.returncode == 0, result.stdout
    assert "16 networks, same bits" in result.stdout
    # A second call finds everything built, and writes the same but for the time it took.
    result = study(folder, "repeat", "--n", N, "--cores", "2")
    assert result.returncode == 0, result.stdout
    after = {path.name: path.read_bytes() for path in record.iterdir()}
    assert [name for name in after if after[name] != before[name]] in ([], ["about.json"])
    (record / "values.json.gz").write_text("{}")
    result = run(folder, "results/repeats.json", config=CONFIG)
    assert result.returncode != 0
    assert f"reference/repeats/{N}/values.json.gz: expected the file of SHA-256" in result.stdout


def test_a_text_that_includes_what_cannot_be_made_stops_before_training(tmp_path: Path) -> None:
    folder = copy_checkout(tmp_path)
    write_config(folder, SMALL)
    result = run(folder, config=CONFIG)
    assert result.returncode != 0
    # The first that the shipped text includes.
    assert re.search(r"appendix\.tex.* figure rates\b.*lacks figures\.rates$", result.stdout, re.M)
    write_paper(folder, TEXT.replace("WITH A FIGURE", r"\tablerows{generated/tuned}"))
    result = run(folder, config=CONFIG)
    assert result.returncode != 0
    assert re.search(r"main\.tex.* table tuned\b.*lacks analysis\.tuning$", result.stdout, re.M)
    assert not (folder / "results/chunks").exists()


def without(*paths: str) -> Any:
    """Return what leaves keys of the shipped configuration out."""
    return lambda config: [drop(config, path) for path in paths]


def without_questions(config: Any, gone: Callable[[str, Any], bool]) -> None:
    """Leave out the hypotheses of which `gone` says so, by name and content."""
    analysis = config["analysis"]
    asked = analysis["hypotheses"].items()
    kept = {name: content for name, content in asked if not gone(name, content)}
    assert 0 < len(kept) < len(asked)
    analysis["hypotheses"] = kept
    analysis["outcomes"] = [name for name in analysis["outcomes"] if name in kept]


def without_protocol(config: Any, protocol: str) -> None:
    """Leave a split of the study's own data out, and what is asked on nothing else."""
    del config["datasets"]["ionosphere"]["protocols"][protocol]
    for part in config["parts"].values():
        part["protocols"].pop(protocol, None)
    for asked in config["analysis"]["hypotheses"].values():
        asked["protocols"] = [place for place in asked["protocols"] if protocol not in place]
    without_questions(config, lambda _, asked: not asked["protocols"])


def without_the_grid(config: Any) -> None:
    parts = ("ridge", "ridge_normal", "tuning")
    for path in ("grid", "analysis.tuning", *(f"parts.{name}" for name in parts)):
        drop(config, path)
    without_questions(config, lambda _, asked: asked.get("part") in parts)
    arms = config["agreement"]["arms"]
    arms[:] = [name for name in arms if " " not in name]


def without_variants(config: Any) -> None:
    parts = ("budget", "budget_long", "batch")
    for path in ("variants", *(f"parts.{name}" for name in parts)):
        drop(config, path)
    without_questions(config, lambda _, asked: asked.get("part") in parts)


def without_plateaus(config: Any) -> None:
    without_questions(config, lambda name, _: name.startswith("P"))
    arms = config["arms"]
    for name in [name for name in arms if "plateau" in arms[name]]:
        del arms[name]
        config["parts"]["readings"]["arms"].remove(name)
        config["agreement"]["arms"].remove(name)


def without_the_official_split(config: Any) -> None:
    without_protocol(config, "official")


def without_the_tail(config: Any) -> None:
    for path in ("analysis.tutorial", "agreement", "parts.framework", "parts.crossed"):
        drop(config, path)
    without_protocol(config, "tail")


SMALLER = {
    # name: what is changed, files and rules that are gone with it, figures that are gone
    "grid": (without_the_grid, ["grid.parquet", "tuned.parquet", "tuned.tex"], ["grid", "ridge"]),
    "tuning": (without("analysis.tuning"), ["grid.parquet", "tuned.parquet"], ["grid", "ridge"]),
    "tutorial": (without("analysis.tutorial"), ["decay_argument"], []),
    "variants": (without_variants, [], ["budget"]),
    "plateaus": (without_plateaus, [], []),
    "official": (without_the_official_split, [], []),
    "tail": (
        without_the_tail,
        ["returns.parquet", "components.parquet", "decay_argument"],
        ["returns", "components"],
    ),
    "elsewhere": (
        without("parts.elsewhere", "analysis.parts.3",
                *(f"analysis.hypotheses.{recipe}{i}" for recipe in "XY" for i in (1, 2, 3))),
        ["iris.data"],
        ["elsewhere"],
    ),
    "agreement": (
        without("agreement", "parts.framework", "chunk_size.keras"),
        ["agreement.", "rule train_keras", "rule compare_trainers"],
        [],
    ),
    "figures": (without("figures"), ["rates.parquet"], ["rates", "readings"]),
    "plan": (without("plan"), [], []),
}  # fmt: skip


@pytest.fixture(scope="module")
def figureless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose text includes no figure."""
    folder = copy_checkout(tmp_path_factory.mktemp("figureless"))
    write_paper(folder, TEXT.replace("WITH A FIGURE", ""))
    return folder


@pytest.mark.parametrize("name", SMALLER)
def test_the_study_can_be_planned_without(name: str, figureless: Path) -> None:
    change, gone, figures = SMALLER[name]
    config = yaml.safe_load((ROOT / CONFIG).read_text())
    change(config)
    write_config(figureless, config)
    result = run(figureless, "--dry-run", "--quiet", "host", config=CONFIG)
    assert result.returncode == 0, result.stdout
    made = [*gone, *(f"figures/{figure}.pdf" for figure in figures)]
    assert [word for word in made if word in result.stdout] == []
    assert "paper.pdf" in result.stdout
    assert "results/effects.parquet" in result.stdout
