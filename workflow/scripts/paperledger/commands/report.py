"""Write build/report.html, a finished build on one page, and Snakemake's own report beside it."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from paperledger.claims.quoted import Home
from paperledger.io.files import WriteError, write_atomically
from paperledger.io.tables import TableError, read_contract, read_table
from paperledger.io.yaml_file import ConfigError, add_configfile, build_folder
from paperledger.report.page import Embedded, Figure, Paper, Tab, embed, write_page
from paperledger.report.rows import TableView, view_table


class ReportError(Exception):
    """The report cannot be made; the message says why."""


def figures(about: Mapping[str, Any], folder: Path) -> list[Figure]:
    """Read the figures that the build has drawn, in the order of the page."""
    return [
        Figure(
            name,
            said["question"],
            said["reading"],
            embed(folder / f"{name}.png", "image/png"),
            embed(folder / f"{name}.pdf", "application/pdf"),
        )
        for name, said in about["figures"].items()
        if (folder / f"{name}.png").is_file()
    ]


def tables(folder: Path, home: Home) -> list[tuple[TableView, str, Embedded]]:
    """Read the tables that say what they are for, each with its caption and its file."""
    found = []
    for path in sorted(folder.glob("*.parquet")):
        contract = read_contract(path)
        if contract.caption:
            view = view_table(read_table(path, contract), contract, home)
            found.append((view, contract.caption, embed(path, "application/vnd.apache.parquet")))
    return found


def write_workflow(path: Path, configfiles: Sequence[str]) -> None:
    """Let Snakemake write its own report.

    Raises
    ------
    ReportError
        It does not; Snakemake has said why.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / path.name
        command = [
            sys.executable,
            "-m",
            "paperledger",
            "build",
            "--quiet",
            "all",
            "--report",
            str(made),
        ]
        if configfiles:
            command += ["--configfile", *configfiles]
        engine = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        run = subprocess.run(command, env=engine, check=False, capture_output=True, text=True)
        if run.returncode or not made.is_file():
            raise ReportError(f"Snakemake wrote no report:\n{run.stderr.strip()[-2000:]}")
        write_atomically(path, made.read_bytes())


def read_json(path: Path) -> Any:
    """Read a JSON file; None where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def main(
    arguments: list[str], tabs: Callable[[Path, Sequence[str]], Sequence[Tab]] | None = None
) -> int:
    """Write the report and return 0, or say why there is none and return 1.

    `tabs` makes what a study adds to the page, of the build's folder and the configuration files;
    it may raise `ReportError`.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    add_configfile(parser)
    options = parser.parse_args(arguments)
    try:
        root = build_folder(options.configfile)
        results, path = root / "results", root / "build/report.html"
        ledger, sentences, about = (
            read_json(results / f"{name}.json") for name in ("claims", "sentences", "about")
        )
        if ledger is None or sentences is None or about is None:
            raise ReportError(f"there is no finished build in {root}: make paper")
        write_workflow(path.with_name("workflow.html"), options.configfile)
        html = write_page(
            Paper(about["title"], about["facts"], tuple(about["examples"])),
            ledger=ledger,
            sentences=sentences,
            verification=read_json(results / "verification.json"),
            figures=figures(about, root / "figures"),
            tables=tables(results, about["home"]),
            pdf=embed(root / "paper/paper.pdf", "application/pdf"),
            numbers=embed(results / "claims.json", "application/json"),
            shows={name: said["claims"] for name, said in about["figures"].items()},
            tabs=tabs(root, options.configfile) if tabs else (),
        )
        write_atomically(path, html.encode())
    except (ReportError, ConfigError, TableError, WriteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"report: {path}, {path.stat().st_size / 1e6:.1f} MB, {len(ledger)} claims")
    return 0
