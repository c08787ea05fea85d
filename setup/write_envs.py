"""Write what conda reads from the lock: environment.yml and workflow/envs/study.yaml.

`make lock` runs it; a test compares the files. From conda's channel come Python, pip and TeX alone:
all Python packages are the lock's, with its hashes, so that conda computes what .venv computes.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from paperledger.io.environment import closure, direct, read_lock

ROOT = Path(__file__).resolve().parents[1]
CONDA = """\
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.12
  - pip
  - tectonic=0.15
  - pip:
"""
ENVIRONMENT = """\
# The same environment with conda, mamba or micromamba, TeX included; docs/reproducing.md has more:
#   CONDA_CHANNEL_PRIORITY=strict conda env create -f environment.yml
#   conda activate four-radar-returns && make
# pip reads the path of the lock relative to this file. Written by setup/write_envs.py (make lock).
name: four-radar-returns
"""
STUDY = """\
# What scripts import, for `snakemake --sdm conda`; channel_priority strict as in environment.yml.
# Snakemake itself is the one that runs. Written by setup/write_envs.py (make lock).
"""


def files(lock_text: str, direct_text: str) -> dict[str, str]:
    """Return what each file holds, by its path in the checkout.

    Snakemake copies study.yaml elsewhere before conda reads it, so it cannot name the lock: it
    repeats the entries, one requirement with its hashes a line of pip's.
    """
    lock = read_lock(lock_text)
    roots = [r.name for r in direct(direct_text) if r.name != "snakemake"]
    lines = []
    for name in closure(lock, roots):
        entry = lock[name]
        requirement, *marker = map(str.strip, str(entry.requirement).split(";"))
        lines.append("      - >-")
        first = " ; ".join([requirement, *marker])
        lines += textwrap.wrap(first, 92, initial_indent=" " * 8, subsequent_indent=" " * 8)
        lines += [f"        --hash={digest}" for digest in entry.hashes]
    return {
        "environment.yml": f"{ENVIRONMENT}{CONDA}      - -r requirements.lock\n",
        "workflow/envs/study.yaml": f"{STUDY}{CONDA}" + "\n".join(lines) + "\n",
    }


if __name__ == "__main__":
    read = (ROOT / "requirements.lock", ROOT / "requirements.in")
    for path, text in files(*(p.read_text(encoding="utf-8") for p in read)).items():
        (ROOT / path).write_text(text, encoding="utf-8")
