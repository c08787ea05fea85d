"""What the script finds by itself: every table that says how it is quoted, every function."""

from __future__ import annotations

import json
import runpy
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from lrstudy.claims import results
from lrstudy.tables import results as result_tables
from lrstudy.tables.repeats import BY_RUN, VERDICTS
from lrstudy.tables.results import EFFECTS, TUNED
from lrstudy.tables.runs import RUNS
from paperledger.claims.claim import Claim, Claims
from paperledger.claims.gather import found_by
from paperledger.claims.quoted import row_id
from paperledger.io import joblog
from paperledger.io.tables import Column, Contract, read_table, write_table

from tests.lrstudy.tables.test_tables import example

PONDS = Contract(
    "ponds",
    ("pond",),
    {
        "pond": Column(pa.string(), "", "a pond"),
        "ducks": Column(pa.int32(), "ducks", "ducks on it", "plain"),
        "depth": Column(pa.float64(), "m", "its depth"),
    },
    stem="pond",
    rule="count_ponds",
)


@found_by("count_ponds", "results/ponds.parquet")
def pond_claims(ponds: pd.DataFrame) -> Claims:
    return {"ducks": Claim(int(ponds["ducks"].sum()), "ducks")}


@pytest.fixture(autouse=True)
def _no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's process keeps its output: pytest has it already."""
    monkeypatch.setattr(joblog, "job_log", lambda path, **options: nullcontext(print))


class Named(SimpleNamespace):
    """Files by name, as Snakemake hands them to a script."""

    def items(self) -> Any:
        return vars(self).items()

    def __getitem__(self, name: str) -> Any:
        return vars(self)[name]


WRITTEN = ("numbers", "settings", "tex", "primary", "hypotheses", "tuned", "judged", "by_run",
           "verdicts", "repeats", "counts")  # fmt: skip


def write_claims(folder: Path, config: Any, *more: tuple[Contract, pd.DataFrame]) -> Any:
    """Run the script on tables of one row and others, and return the numbers that it writes."""
    given = [*((contract, example(contract, 1)) for contract in (RUNS, EFFECTS, TUNED)), *more]
    for contract, table in given:
        write_table(table, folder / f"{contract.name}.parquet", contract)
    (folder / "sentences.yaml").write_text("many: [all.networks > 0]\nfew: [all.networks > 1]\n")
    (folder / "abstract.tex").write_text(r"\says{many}")
    snakemake = SimpleNamespace(
        input=Named(
            **{c.name: folder / f"{c.name}.parquet" for c, _ in given},
            sentences=folder / "sentences.yaml",
            paper=[folder / "abstract.tex"],
        ),
        output=Named(**{name: folder / name for name in WRITTEN}),
        params=SimpleNamespace(settings=config, n_train=235, home={"pond": ["home"]}, repeats=[]),
        log=[str(folder / "log")],
    )
    script = Path(__file__).parents[3] / "workflow/scripts/write_claims.py"
    runpy.run_path(str(script), {"snakemake": snakemake})
    return json.loads((folder / "numbers").read_text())


def test_a_new_table_and_a_new_function_need_no_other_change(
    tmp_path: Path, config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = write_claims(tmp_path, config)
    monkeypatch.setattr(result_tables, "PONDS", PONDS, raising=False)
    monkeypatch.setattr(results, "pond_claims", pond_claims, raising=False)
    # Without its table a function makes no claim.
    assert write_claims(tmp_path, config) == before
    ponds = pd.DataFrame({"pond": ["home", "north"], "ducks": [3, 1200], "depth": 2.5})
    after = write_claims(tmp_path, config, (PONDS, ponds))
    new = {
        name: (after[name]["text"], after[name]["rule"]) for name in after.keys() - before.keys()
    }
    assert new == {
        "pond.ducks": ("3", "count_ponds"),
        "pond.north.ducks": ("1{,}200", "count_ponds"),
        "ducks": ("1{,}203", "count_ponds"),
    }
    assert all(after[name] == claim for name, claim in before.items())


def test_the_claims_of_functions_and_tables_are_all_there(tmp_path: Path, config: Any) -> None:
    claims = write_claims(tmp_path, config)
    rules = {name: claims[name]["rule"] for name in ("networks", "resamples", "tutorial.gain")}
    assert rules == {
        "networks": "collect_runs", "resamples": "write_claims", "tutorial.gain": "write_claims"
    }  # fmt: skip
    assert claims["updates.per.epoch"]["value"] == 9
    assert claims["repeats.runs"]["value"] == json.loads((tmp_path / "judged").read_text())["runs"]
    assert r"\defineclaim" in (tmp_path / "tex").read_text()
    assert json.loads((tmp_path / "settings").read_text()) == config
    for name in ("primary", "hypotheses", "tuned"):
        assert (tmp_path / name).read_text().startswith("% Written by the workflow")


def test_a_study_without_repeats_has_one_run_of_effects_and_of_verdicts(
    tmp_path: Path, config: Any
) -> None:
    claims = write_claims(tmp_path, config)
    (effect,) = read_table(tmp_path / "by_run", BY_RUN).to_dict("records")
    name = row_id(EFFECTS, effect, {})
    assert effect["run"] == 0
    for end in ("difference", "low", "high"):
        assert effect[end] == claims[f"{name}.{end}"]["value"]
    verdicts = read_table(tmp_path / "verdicts", VERDICTS)
    asked = verdicts[["run", "sentence", "place", "holds"]]
    assert asked.to_numpy().tolist() == [[0, "many", "abstract", True], [0, "few", "", False]]
