"""Write build/report.html: Snakemake's report of a finished build, with its claims and verdicts."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from lrstudy import result_tables  # noqa: E402
from lrstudy.config import read_yaml  # noqa: E402
from lrstudy.files import WriteError, write_atomically  # noqa: E402
from lrstudy.report_page import ReportError, split_report, write_page  # noqa: E402
from lrstudy.tables import TableError, read_table  # noqa: E402


def snakemake_report(configfile: Path | None) -> str:
    """Let Snakemake write its own report, and return it.

    Raises
    ------
    ReportError
        It does not; Snakemake has said why.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.html"
        command = [sys.executable, "tools/build.py", "--quiet", "all", "--report", str(path)]
        if configfile:
            command += ["--configfile", str(configfile)]
        run = subprocess.run(command, check=False, capture_output=True, text=True)
        if run.returncode or not path.is_file():
            raise ReportError(f"Snakemake wrote no report:\n{run.stderr.strip()[-2000:]}")
        return path.read_text(encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file; None where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def main() -> int:
    """Write the report and return 0, or say why there is none and return 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--configfile", type=Path, help="of another study than the paper's")
    options = parser.parse_args()
    config = read_yaml(Path("config/config.yaml"))
    top = read_yaml(options.configfile) if options.configfile else {}
    root = Path(top.get("folder", config.get("folder", ".")))
    results = root / "results"
    try:
        ledger, sentences = (read_json(results / f"{n}.json") for n in ("claims", "sentences"))
        if ledger is None or sentences is None:
            raise ReportError(f"there is no finished build in {root}: make paper")
        inner, shown = split_report(snakemake_report(options.configfile))
        html = write_page(
            inner,
            shown,
            ledger=ledger,
            sentences=sentences,
            verification=read_json(results / "verification.json"),
            tables={
                result.stem: read_table(result.path, getattr(result_tables, result.stem.upper()))
                for result in shown
                if result.path.endswith(".parquet")
            },
            arms=top.get("analysis", {}).get("arms", config["analysis"]["arms"]),
            templates=ROOT / "workflow/report",
        )
        path = root / "build/report.html"
        write_atomically(path, html.encode())
    except (ReportError, TableError, WriteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"report: {path}, {path.stat().st_size / 1e6:.1f} MB, {len(ledger)} claims")
    return 0


if __name__ == "__main__":
    sys.exit(main())
