r"""What the paper prints of its repeats: claims, and the rows of their table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paperledger.claims.claim import Claim, Claims
from paperledger.claims.gather import found_by

from lrstudy.repeats.record import OWN

SENTENCE = f"{OWN}sentence"
ABREAST = 3
"""Sentences in a row of their table."""


@found_by("write_claims", "results/repeats.json")
def repeat_claims(repeats: Mapping[str, Any]) -> Claims:
    """Count runs, and the sentences that hold in all of them (`judge.judge`).

    Without repeats all counts but that of the runs are 0, and so is the coverage, of no intervals.
    """
    sentences = repeats["sentences"]
    kept = [entry for entry in sentences.values() if not entry["reworded"]]
    before = [entry for entry in kept if entry["frozen_of"]]
    coverage, se = (100.0 * repeats.get(key, 0.0) for key in ("coverage", "coverage_se"))
    claims = {
        "runs": Claim(repeats["runs"], "runs"),
        "others": Claim(repeats["runs"] - 1, "runs"),
        "frozen.runs": Claim(repeats["frozen"], "runs"),
        "coverage": Claim(coverage, "%", 1),
        "coverage.se": Claim(se, "points", 1),
        "coverage.intervals": Claim(repeats.get("intervals", 0), "intervals"),
        "sentences": Claim(len(sentences), "sentences"),
        "all": Claim(_in_all(sentences.values(), "holds", "of"), "sentences"),
        "frozen.sentences": Claim(len(before), "sentences"),
        "frozen.all": Claim(_in_all(before, "frozen_holds", "frozen_of"), "sentences"),
        "frozen.all.later": Claim(_in_all(before, "holds", "of"), "sentences"),
        "reworded": Claim(len(sentences) - len(kept), "sentences"),
    }
    found = {f"{OWN}{name}": claim for name, claim in claims.items()}
    for name, entry in sentences.items():
        found[f"{SENTENCE}.{name}.holds"] = Claim(entry["holds"], "runs")
        found[f"{SENTENCE}.{name}.frozen"] = Claim(entry["frozen_holds"], "runs")
    return found


def _in_all(entries: Any, holds: str, of: str) -> int:
    return sum(entry[holds] == entry[of] for entry in entries)


def repeats_tex(repeats: Mapping[str, Any]) -> str:
    r"""Write the sentences in rows of `ABREAST`, to be read down, then on to the right.

    Each has its name, and in how many runs it held before it was frozen, and holds. A reworded one
    bears a mark in place of the first count. Every number is a ``\claim``.
    """
    cells = []
    for name, entry in repeats["sentences"].items():
        stem = f"{SENTENCE}.{name}"
        frozen = rf"\claim{{{stem}.frozen}}" if entry["frozen_of"] else "---"
        if entry["reworded"]:
            frozen = r"\emph{reworded}"
        cells.append(rf"{name} & {frozen} & \claim{{{stem}.holds}}")
    high = -(-len(cells) // ABREAST)
    lines = ["% Written by the workflow; numbers stand in results/claims.json."]
    lines += [" & ".join(cells[row::high]) + r" \\" for row in range(high)]
    if not cells:
        lines.append(r"\multicolumn{9}{l}{this configuration has no repeats} \\")
    return "\n".join(lines) + "\n"
