"""A tiny finished build of no study in particular, and the record of it, for tests."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pyarrow as pa
from matplotlib.figure import Figure
from paperledger.claims.claim import Claim
from paperledger.claims.ledger import build_ledger, ledger_json
from paperledger.claims.macros import macros_tex
from paperledger.claims.provenance import origins_tex, source_hash
from paperledger.claims.sentences import SentenceError, failing, sentences_tex
from paperledger.io.tables import Column, Contract, write_table
from paperledger.record.itself import state_build
from paperledger.record.record import write_record

EFFECT = "effect.H1"
_N = Column(pa.int32(), "replicates", "how many")
CONTRACTS = {
    contract.name: contract
    for contract in (
        Contract(
            "runs",
            ("arm", "replicate"),
            {
                "arm": Column(pa.string(), "", "what was tried"),
                "replicate": Column(pa.int32(), "", "its number"),
                "accuracy": Column(pa.float32(), "%", "how good it was"),
            },
            rule="collect_runs",
        ),
        Contract(
            "arms",
            ("arm",),
            {
                "arm": Column(pa.string(), "", "what was tried"),
                "n": _N,
                "mean": Column(pa.float64(), "%", "mean accuracy", "plain", 2),
            },
            stem="arm",
            rule="analyse_runs",
            caption="Each arm.",
        ),
        Contract(
            "effects",
            ("hypothesis",),
            {
                "hypothesis": Column(pa.string(), "", "name"),
                "label": Column(pa.string(), "", "what it says"),
                "n": _N,
                "difference": Column(
                    pa.float64(), "points", "mean difference", "signed", 2, ("low", "high")
                ),
                "low": Column(
                    pa.float64(), "points", "lower end of its interval", "signed", 2,
                    ("low", "high"),
                ),
                "high": Column(
                    pa.float64(), "points", "upper end of its interval", "signed", 2,
                    ("low", "high"),
                ),
                "p": Column(pa.float64(), "", "p-value", "p", optional=True),
                "equivalent": Column(pa.bool_(), "", "within the margin", "plain", concludes=True),
                "direction": Column(pa.string(), "", "which is better", "plain", concludes=True),
            },
            stem="effect",
            rule="analyse_runs",
            caption="Each hypothesis.",
        ),
    )
}  # fmt: skip
"""Tables that a paper might have."""


def rows_of(contract: Contract, n: int = 3) -> pd.DataFrame:
    """Make a table that keeps a contract: words a, b, c and numbers 1, 2, 3."""
    columns: dict[str, Any] = {}
    for name, column in contract.columns.items():
        numbers = np.arange(1, n + 1)
        if pa.types.is_boolean(column.type):
            columns[name] = numbers > 1
        elif pa.types.is_string(column.type):
            columns[name] = [chr(97 + k % 26) * (1 + k // 26) for k in range(n)]
        else:
            columns[name] = numbers.astype(column.type.to_pandas_dtype())
    return pd.DataFrame(columns)


def claim(value: Any, tolerance: float | None = 0.0, unit: str = "points") -> dict[str, Any]:
    """Make one entry of a ledger."""
    return {
        "value": value,
        "unit": unit,
        "text": Claim(value, unit, None if isinstance(value, int) else 2).text,
        "decimals": None if isinstance(value, int) else 2,
        "tolerance": tolerance,
        "why": "for a test",
        "style": "plain",
        "rule": "analyse_runs",
        "inputs": ["results/settings.json"],
        "conclusion": "",
        "pages": [3],
    }


def draw(
    folder: Path,
    name: str = "line",
    *,
    heights: tuple[float, float] = (1.0, 2.0),
    label: str = "one",
) -> None:
    """Draw a small figure of two points as PDF and PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"pdf.fonttype": 42, "savefig.dpi": 100}):
        figure = Figure((2, 2))
        axis = figure.add_axes((0.2, 0.2, 0.7, 0.7), ylim=(0, 3), xlim=(-1, 2))
        axis.plot([0, 1], heights, "o")
        axis.set_title(label)
        save(figure, folder, name)


def save(figure: Figure, folder: Path, name: str) -> None:
    """Write a figure as PDF and PNG with the same bytes each time."""
    nameless = {"CreationDate": None, "Producer": None, "Creator": None}
    figure.savefig(folder / f"{name}.pdf", metadata=nameless)
    figure.savefig(folder / f"{name}.png", metadata={"Software": None})


class Published:
    """A checkout, a build in it, and the record of that build."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self.root = checkout / "build/x"
        self.record = checkout / "reference"
        self.sentences = {"rises": [f"{EFFECT}.difference > 0"], "many": ["networks >= 90"]}
        self.claims = {
            f"{EFFECT}.difference": claim(1.0, 0.25),
            f"{EFFECT}.p": claim(0.01, 0.001, ""),
            f"{EFFECT}.direction": claim("higher", None, ""),
            "networks": claim(100, 5.0, "networks"),
            "arm.mean": claim(97.5, 0.25, "%"),
        }
        (checkout / "paper").mkdir(parents=True)
        for name in ("main.tex", "references.bib"):
            (checkout / "paper" / name).write_text(f"% {name}\n")
        for name in ("results", "paper/generated"):
            (self.root / name).mkdir(parents=True)
        for name, contract in CONTRACTS.items():
            write_table(rows_of(contract), self.table(name), contract)
        self.claims["arm.mean"]["inputs"] = ["results/arms.parquet"]
        self.about: dict[str, Any] = {
            "tables": list(CONTRACTS),
            "figures": {"line": {"claims": ["effect"]}},
            "home": {},
            "settings": {"seeds": {"first": 1, "n": 3}},
        }
        for name in ("settings", "environment", "typed_numbers"):
            (self.root / f"results/{name}.json").write_text("{}\n")
        (self.root / "paper/paper.pdf").write_bytes(b"%PDF-1.5 paper")
        draw(self.root / "figures")
        self.build()
        write_record(self.checkout, self.root, self.record)

    def copied(self, checkout: Path) -> Published:
        """Return a copy in another place, to be edited."""
        made = copy.deepcopy(self)
        made.checkout = shutil.copytree(self.checkout, checkout)
        made.root, made.record = (
            checkout / path.relative_to(self.checkout) for path in (self.root, self.record)
        )
        return made

    def table(self, name: str) -> Path:
        """Return the path of a rebuilt table."""
        return self.root / f"results/{name}.parquet"

    def build(self) -> None:
        """Write what a build makes of its tables, figures and these claims."""
        # JSON is YAML.
        (self.checkout / "paper/sentences.yaml").write_text(json.dumps(self.sentences))
        numbers = {
            name: {key: value for key, value in entry.items() if key != "pages"}
            for name, entry in self.claims.items()
        }
        printed = {name: entry["pages"] for name, entry in self.claims.items() if entry["pages"]}
        verdicts = {name: self.failed(name, numbers) for name in self.sentences}
        self.about |= {"sources": source_hash(self.checkout), "changed": False}
        for name, content in {
            "about": self.about,
            "numbers": numbers,
            "printed": printed,
            "sentences": verdicts,
        }.items():
            (self.root / f"results/{name}.json").write_text(json.dumps(content) + "\n")
        texts = {name: entry["text"] for name, entry in numbers.items()}
        generated = {
            "claims": macros_tex(texts),
            "sentences": sentences_tex(verdicts),
            "origins": origins_tex(
                {}, repository="..", sources=self.about["sources"], changed=False
            ),
        }
        for name, text in generated.items():
            (self.root / f"paper/generated/{name}.tex").write_text(text)
        ledger = build_ledger(numbers, printed, self.sentences, verdicts, self.root)
        (self.root / "results/claims.json").write_text(ledger_json(ledger))
        state_build(self.checkout, self.root)

    def failed(self, name: str, numbers: dict[str, Any]) -> list[str]:
        """Return the conditions of a sentence that do not hold."""
        try:
            return failing(self.sentences[name], numbers)
        except SentenceError as error:
            return [str(error)]
