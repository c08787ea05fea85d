"""A study of two arms and one hypothesis, from its data to its PDF; and studies without a part."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.changes import drop
from tests.helpers.checkout import ROOT, copy_checkout, run

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
arms:
  slow: { label: slow, initial_rate: 0.01, momentum: 0, schedule: { name: constant } }
  fast: { label: fast, initial_rate: 0.5, momentum: 0, schedule: { name: constant } }
parts:
  study:
    trainer: kernel
    arms: [slow, fast]
    initializers: [glorot]
    first_replicate: 0
    protocols: { resample: { splits: 4, seeds: 2 } }
chunk_size: { kernel: 100 }
analysis:
  parts: [study]
  initializer: glorot
  arms: [slow, fast]
  confidence: 0.95
  resamples: 99
  seed: 1
  equivalence_margin: 1
  families: { primary: holm }
  hypotheses:
    H1:
      label: faster
      family: primary
      protocols: [resample]
      add: [{ arm: fast }]
      subtract: [{ arm: slow }]
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


def test_two_arms_and_one_hypothesis_make_a_paper(tmp_path: Path) -> None:
    folder = copy_checkout(tmp_path)
    write_config(folder, SMALL)
    write_paper(folder, TEXT.replace("WITH A FIGURE", FIGURE))
    result = run(folder, config=CONFIG)
    assert result.returncode == 0, result.stdout
    assert (folder / "paper/paper.pdf").read_bytes().startswith(b"%PDF")
    ledger = json.loads((folder / "results/claims.json").read_text())
    assert ledger["networks"]["value"] == 16
    assert ledger["networks"]["pages"] == [1]
    assert ledger["sentence.faster"]["value"] == "supported"
    # Figures and tables are there where what they need is configured, and no other.
    assert {path.stem for path in (folder / "figures").glob("*.pdf")} == {"accuracy", "curves"}
    tables = {path.stem for path in (folder / "results").glob("*.parquet")}
    assert tables == {
        "runs", "curves", "arms", "effects", "outcomes", "robustness", "references", "datasets",
        "splits",
    }  # fmt: skip
    absent = ("tutorial.", "grid.", "tuned.", "agreement.", "returns.", "rate.", "decay_argument.")
    assert not [name for name in ledger if name.startswith(absent) or name.endswith(".reach")]


def test_a_text_that_includes_what_cannot_be_made_stops_before_training(tmp_path: Path) -> None:
    folder = copy_checkout(tmp_path)
    write_config(folder, SMALL)
    result = run(folder, config=CONFIG)
    assert result.returncode != 0
    # The first that the shipped text includes.
    assert re.search(r"claim\.tex.* figure rates\b.*lacks figures\.rates$", result.stdout, re.M)
    write_paper(folder, TEXT.replace("WITH A FIGURE", r"\tablerows{generated/tuned}"))
    result = run(folder, config=CONFIG)
    assert result.returncode != 0
    assert re.search(r"main\.tex.* table tuned\b.*lacks analysis\.tuning$", result.stdout, re.M)
    assert not (folder / "results/chunks").exists()


def without(*paths: str) -> Any:
    """Return what leaves keys of the shipped configuration out."""
    return lambda config: [drop(config, path) for path in paths]


def without_the_grid(config: Any) -> None:
    for path in ("grid", "parts.grid", "analysis.tuning"):
        drop(config, path)
    for name in ("H9a", "H9b"):
        drop(config, f"analysis.hypotheses.{name}")
    arms = config["agreement"]["arms"]
    arms[:] = [name for name in arms if " " not in name]


def without_plateaus(config: Any) -> None:
    for name in ("H10", "D1", "D2"):
        drop(config, f"analysis.hypotheses.{name}")
    arms = config["arms"]
    for name in [name for name in arms if "plateau" in arms[name]]:
        del arms[name]
        config["parts"]["study"]["arms"].remove(name)
        config["agreement"]["arms"].remove(name)


def without_the_official_split(config: Any) -> None:
    for path in ("parts.official", "datasets.ionosphere.protocols.official", "analysis.parts.1"):
        drop(config, path)
    hypotheses = config["analysis"]["hypotheses"]
    del hypotheses["D5"]
    for name in ("D4", "D6"):
        hypotheses[name]["protocols"].remove("official")


def without_the_tail(config: Any) -> None:
    """Leave the tutorial's own split out, and what is asked on nothing else."""
    for path in (
        "analysis.tutorial", "datasets.ionosphere.protocols.tail", "parts.crossed", "agreement",
        "parts.framework",
    ):  # fmt: skip
        drop(config, path)
    for part in config["parts"].values():
        part["protocols"].pop("tail", None)
    config["analysis"]["tuning"]["protocols"] = ["resample"]
    hypotheses = config["analysis"]["hypotheses"]
    for name, asked in list(hypotheses.items()):
        asked["protocols"] = [place for place in asked["protocols"] if "tail" not in place]
        if not asked["protocols"]:
            del hypotheses[name]


SMALLER = {
    # name: what is changed, files and rules that are gone with it, figures that are gone
    "grid": (without_the_grid, ["grid.parquet", "tuned.parquet", "tuned.tex"], ["grid", "ridge"]),
    "tuning": (without("analysis.tuning"), ["grid.parquet", "tuned.parquet"], ["grid", "ridge"]),
    "tutorial": (without("analysis.tutorial"), ["decay_argument"], []),
    "plateaus": (without_plateaus, [], []),
    "official": (without_the_official_split, [], []),
    "tail": (
        without_the_tail,
        ["returns.parquet", "components.parquet", "decay_argument"],
        ["returns", "components"],
    ),
    "elsewhere": (
        without("parts.elsewhere", "analysis.parts.2",
                *(f"analysis.hypotheses.S{i}" for i in range(1, 5))),
        ["iris.data"],
        ["elsewhere"],
    ),
    "agreement": (
        without("agreement", "parts.framework", "chunk_size.keras"),
        ["agreement.", "rule train_keras", "rule compare_trainers"],
        [],
    ),
    "figures": (without("figures"), ["rates.parquet"], ["rates", "readings"]),
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
