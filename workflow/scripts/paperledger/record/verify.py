"""Hold a rebuilt paper against the published record: every claim, figure and table, and the PDF."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paperledger.io.yaml_file import read_yaml
from paperledger.record.figures import compare_figures
from paperledger.record.record import (
    RecordError,
    altered,
    built_files,
    kept_as,
    read_hashes,
    sha256,
    stale_inputs,
)
from paperledger.record.verdicts import (
    CHANGED,
    IDENTICAL,
    WITHIN,
    Judged,
    judge_claim,
    judge_pdf,
    judge_table,
)


def verify(checkout: Path, root: Path, record: Path, differences: Path) -> dict[str, Any]:
    """Hold a build against a record.

    The checkout holds the paper's sources, `root` what was rebuilt; `differences` is the folder for
    pictures of figures that differ.

    Returns
    -------
    dict
        ``claims``, ``figures`` and ``tables``: name to verdict and what it rests on; ``pdf``,
        ``ledger`` and ``record``: the verdict on the paper, on whether the claims are made from the
        files beside them, and on whether the record is what its hashes say.

    Raises
    ------
    RecordError
        There is no record, or nothing was rebuilt.
    """
    hashes = read_hashes(record)
    if not (root / "results/claims.json").is_file():
        raise RecordError(f"nothing to verify in {root}: no results/claims.json")
    other = altered(record, hashes)
    lost = [name for name in other if not (record / str(kept_as(name))).is_file()]
    if lost:
        raise RecordError(f"the record in {record} is not whole: no {', '.join(lost)}")
    files = built_files(checkout, root)
    found = {name: sha256(path) if path.is_file() else None for name, path in files.items()}
    rebuilt, published = (
        json.loads(path.read_text())
        for path in (root / "results/claims.json", record / "claims.json")
    )
    stale = stale_inputs(rebuilt, root)
    sentences = read_yaml(checkout / "paper/sentences.yaml")
    claims = {
        name: judge_claim(name, rebuilt, published, sentences)
        for name in sorted({*rebuilt, *published})
    }
    holds = all(judged["verdict"] != CHANGED for judged in claims.values())
    figures = _judge_figures(found, hashes, root, record, differences)
    drawn = all(judged["verdict"] != CHANGED for judged in figures.values())
    files |= {name: root / name for name in hashes if name.startswith("results/")}
    tables = {
        Path(name).stem: judge_table(
            path,
            record / Path(name).name,
            same=name in found and found[name] == hashes.get(name),
            claims_hold=holds,
        )
        for name, path in sorted(files.items())
        if name.endswith(".parquet")
    }
    return {
        "claims": claims,
        "figures": figures,
        "tables": tables,
        "pdf": judge_pdf(found, hashes, holds=holds, drawn=drawn),
        "ledger": {
            "verdict": CHANGED if stale else IDENTICAL,
            "how": f"made from another {', '.join(stale)}" if stale else "made from these files",
        },
        "record": {
            "verdict": CHANGED if other else IDENTICAL,
            "how": f"not as its hashes say: {', '.join(other)}" if other else "bytes",
        },
    }


def _judge_figures(
    found: Mapping[str, str | None],
    hashes: Mapping[str, str],
    root: Path,
    record: Path,
    differences: Path,
) -> dict[str, Judged]:
    names = sorted(n for n in {*found, *hashes} if n.startswith("figures/") and n.endswith(".pdf"))
    judged = {}
    for old in differences.glob("*.png"):  # of an earlier comparison
        old.unlink()
    for name in names:
        stem = Path(name).stem
        absent = [where for where, of in (("build", found), ("record", hashes)) if name not in of]
        if absent:
            judged[stem] = {"verdict": CHANGED, "how": f"missing in the {absent[0]}"}
        elif found[name] == hashes[name]:
            judged[stem] = {"verdict": IDENTICAL, "how": "bytes"}
        else:
            alike, how = compare_figures(stem, root / "figures", record / "figures", differences)
            judged[stem] = {"verdict": WITHIN if alike else CHANGED, "how": how}
    return judged
