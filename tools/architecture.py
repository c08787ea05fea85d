"""Draw the rule graph into docs/architecture.md, as Snakemake gives it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow/scripts"))

from lrstudy.files import write_atomically

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/architecture.md"
FENCE = "```mermaid\n"


def with_picture(page: str, graph: str) -> str:
    """Return the page with its picture replaced; rules and arrows only, as colours say nothing."""
    lines = graph[graph.index("flowchart") :].splitlines()
    kept = [line for line in lines if line.strip() and not line.strip().startswith("style")]
    before, _, rest = page.partition(FENCE)
    return before + FENCE + "\n".join(kept) + "\n" + rest[rest.index("```") :]


def main() -> int:
    """Renew the picture, and return 0."""
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--rulegraph", "mermaid-js"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    write_atomically(PAGE, with_picture(PAGE.read_text(), run.stdout).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
