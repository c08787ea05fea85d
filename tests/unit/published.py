"""A tiny finished build and the record of it, for tests."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pyarrow as pa
from lrstudy.figures import save_figure
from lrstudy.record import CONTRACTS, sha256, write_record
from lrstudy.tables import Contract, write_table
from matplotlib.figure import Figure

EFFECT = "effect.H1.tail.glorot_uniform"


def rows_of(contract: Contract, n: int = 3) -> pd.DataFrame:
    """Make a table that keeps a contract: words a, b, c and numbers 1, 2, 3."""
    columns: dict[str, Any] = {}
    for name, column in contract.columns.items():
        numbers = np.arange(1, n + 1)
        if pa.types.is_boolean(column.type):
            columns[name] = numbers > 1
        elif pa.types.is_string(column.type):
            columns[name] = list("abcdefgh"[:n])
        else:
            columns[name] = numbers.astype(column.type.to_pandas_dtype())
    return pd.DataFrame(columns)


def effects_of(direction: str = "higher", equivalent: bool = False) -> pd.DataFrame:
    """Make an effects table of one row, `EFFECT`."""
    words = {"hypothesis": "H1", "protocol": "tail", "initializer": "glorot_uniform"}
    said = {"direction": direction, "equivalent": equivalent}
    return rows_of(CONTRACTS["effects"], 1).assign(**words, **said)


def claim(value: Any, tolerance: float | None = 0.0, unit: str = "points") -> dict[str, Any]:
    """Make one entry of a ledger."""
    return {
        "value": value,
        "unit": unit,
        "text": str(value),
        "decimals": 2,
        "tolerance": tolerance,
        "why": "for a test",
        "rule": "analyse_runs",
        "script": "analyse_runs.py",
        "inputs": {},
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
        save_figure(figure, folder / f"{name}.pdf", folder / f"{name}.png")


def tool(name: str, function: str = "main") -> Callable[..., Any]:
    """Return the main function of one of the tools, or another."""
    path = Path(__file__).parents[2] / f"tools/{name}.py"
    before = list(sys.path)
    found: Callable[..., Any] = runpy.run_path(str(path))[function]
    sys.path[:] = before
    return found


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
        self.claims["arm.mean"]["inputs"] = {"results/arms.parquet": ""}
        (checkout / "paper").mkdir(parents=True)
        for name in ("main.tex", "references.bib"):
            (checkout / "paper" / name).write_text(f"% {name}\n")
        for name in ("results", "paper/generated"):
            (self.root / name).mkdir(parents=True)
        for name, contract in CONTRACTS.items():
            frame = effects_of() if name == "effects" else rows_of(contract)
            write_table(frame, self.table(name), contract)
        self.claims["arm.mean"]["inputs"] = {"results/arms.parquet": sha256(self.table("arms"))}
        for name in ("literal", "environment"):
            (self.root / f"results/{name}.json").write_text("{}\n")
        (self.root / "results/sentences.json").write_text('{"rises": [], "many": []}\n')
        (self.root / "paper/paper.pdf").write_bytes(b"%PDF-1.5 paper")
        (self.root / "paper/generated/claims.tex").write_text("% claims\n")
        draw(self.root / "figures")
        self.write_claims()
        write_record(self.checkout, self.root, self.record)

    def table(self, name: str) -> Path:
        """Return the path of a rebuilt table."""
        return self.root / f"results/{name}.parquet"

    def write_claims(self) -> None:
        """Write the rebuilt ledger, and the sentences."""
        path = self.root / "results/claims.json"
        path.write_text(json.dumps(self.claims))
        # JSON is YAML.
        (self.checkout / "paper/sentences.yaml").write_text(json.dumps(self.sentences))
