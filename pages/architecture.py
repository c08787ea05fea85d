"""Renew the picture of the rule graph in docs/architecture.md from the Snakefile."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/architecture.md"
BLOCK = re.compile(r"(?<=<!-- rules -->\n).*?(?=<!-- end -->)", re.DOTALL)


def rule_graph() -> str:
    """Ask Snakemake for the graph of all rules, whatever has been built, as mermaid text."""
    command = [sys.executable, "-m", "snakemake", "--rulegraph", "mermaid-js", "--forceall"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    if run.returncode:
        raise SystemExit(f"error: Snakemake drew no rule graph:\n{run.stdout}{run.stderr}")
    return run.stdout


def block(graph: str) -> str:
    r"""Return the page's picture: names in place of numbers, no colours, sorted.

    The target asks for nearly everything; an arrow to it shows only from what nothing else reads.

    Examples
    --------
    >>> print(block("id0[all]\nid1[fetch]\nstyle id0 fill:#D95757\nid1 --> id0"), end="")
    ```mermaid
    flowchart TB
        fetch --> all
    ```
    """
    names = dict(re.findall(r"(id\d+)\[(\w+)\]", graph))
    found = re.findall(r"(id\d+) --> (id\d+)", graph)
    arrows = [(names[one], names[next_]) for one, next_ in found]
    read = {one for one, next_ in arrows if next_ != "all"}
    lines = sorted(f"    {one} --> {to}" for one, to in arrows if to != "all" or one not in read)
    return "\n".join(["```mermaid", "flowchart TB", *lines, "```", ""])


if __name__ == "__main__":
    picture = block(rule_graph())
    PAGE.write_text(BLOCK.sub(lambda _: picture, PAGE.read_text("utf-8")), "utf-8")
    print("docs/architecture.md: the rule graph as in the Snakefile")
