"""Hold a rebuilt paper against itself, then against the published record: every claim and file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paperledger.io.files import sha256
from paperledger.io.yaml_file import read_yaml
from paperledger.record.figures import compare_figures
from paperledger.record.itself import contradictions
from paperledger.record.record import (
    RecordError,
    altered,
    built_files,
    kept_as,
    read_hashes,
    read_json,
)
from paperledger.record.verdicts import (
    CHANGED,
    IDENTICAL,
    UNCHANGED,
    WITHIN,
    Judged,
    judge_claim,
    judge_pdf,
    judge_table,
    worst,
)

NAMED = 3
"""Contradictions of one file that are told; of the others, how many."""


def verify(checkout: Path, root: Path, record: Path, differences: Path) -> dict[str, Any]:
    """Hold a build against itself and against a record.

    The checkout holds the paper's sources, `root` what was rebuilt; `differences` is the folder for
    pictures of figures that differ.

    Returns
    -------
    dict
        ``build``: each file of the build, changed where another contradicts it; ``claims``,
        ``figures`` and ``tables``: name to verdict and what it rests on; ``pdf`` and ``record``:
        the verdict on the paper, and on whether the record is what its hashes say; ``settings``:
        those that differ from the record's, empty for the same study.

    Raises
    ------
    RecordError
        There is no record, or nothing was rebuilt.
    """
    hashes, other = read_record(record)
    if not (root / "results/claims.json").is_file():
        raise RecordError(
            f"nothing to verify in {root}: no results/claims.json; make paper builds it"
        )
    files = built_files(checkout, root)
    found = {name: sha256(path) if path.is_file() else None for name, path in files.items()}
    rebuilt, published = (read_json(f / "claims.json") for f in (root / "results", record))
    sentences = read_yaml(checkout / "paper/sentences.yaml")
    settings = other_settings(root, record)
    claims = {
        name: judge_claim(name, rebuilt, published, sentences, same=not settings)
        for name in sorted({*rebuilt, *published})
    }
    numbers = worst(claims.values())
    other_picture = UNCHANGED if settings and numbers != CHANGED else CHANGED
    figures = _judge_figures(found, hashes, root, record, differences, other_picture)
    files |= {name: root / name for name in hashes if name.startswith("results/")}
    tables = {
        Path(name).stem: judge_table(
            path,
            record / Path(name).name,
            alike=name in found and found[name] == hashes.get(name),
            claims_hold=numbers != CHANGED,
            same=not settings,
        )
        for name, path in sorted(files.items())
        if name.startswith("results/") and name.endswith(".parquet")
    }
    return {
        "build": {
            name: {"verdict": CHANGED if told else IDENTICAL, "how": _some(told)}
            for name, told in sorted(contradictions(checkout, root).items())
        },
        "claims": claims,
        "figures": figures,
        "tables": tables,
        "pdf": judge_pdf(found, hashes, numbers=numbers, drawn=worst(figures.values()) != CHANGED),
        "record": {
            "verdict": CHANGED if other else IDENTICAL,
            "how": f"not as its hashes say: {', '.join(other)}" if other else "bytes",
        },
        "settings": settings,
    }


def read_record(record: Path) -> tuple[dict[str, str], list[str]]:
    """Read the hashes of a record, and name its files that are not what these say.

    Raises
    ------
    RecordError
        There is no record, or a file of it is not there.
    """
    hashes = read_hashes(record)
    other = altered(record, hashes)
    lost = [name for name in other if not (record / str(kept_as(name))).is_file()]
    if lost:
        raise RecordError(f"the record in {record} is not whole: no {', '.join(lost)}")
    return hashes, other


def other_settings(root: Path, record: Path) -> list[str]:
    """Name the settings in which a build is of another study than the record's.

    What its results depend on is said by each of them, in about.json; where one does not say it,
    they are held to be the same.
    """
    now, then = (
        read_json(folder / "about.json").get("settings") for folder in (root / "results", record)
    )
    return [] if None in (now, then) else _differing(now, then)


def _differing(one: Any, other: Any, name: str = "") -> list[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return [
            path
            for key in sorted({*one, *other})
            for path in _differing(one.get(key), other.get(key), f"{name}.{key}".strip("."))
        ]
    return [] if one == other else [name]


def _some(told: list[str]) -> str:
    more = [f"and {len(told) - NAMED:,} more"] if len(told) > NAMED else []
    return "; ".join([*told[:NAMED], *more])


def _judge_figures(
    found: Mapping[str, str | None],
    hashes: Mapping[str, str],
    root: Path,
    record: Path,
    differences: Path,
    other_picture: str,
) -> dict[str, Judged]:
    names = sorted(n for n in {*found, *hashes} if n.startswith("figures/") and n.endswith(".pdf"))
    judged = {}
    for old in differences.glob("*.png"):  # of an earlier comparison
        old.unlink()
    for name in names:
        stem = Path(name).stem
        absent = [where for where, of in (("build", found), ("record", hashes)) if name not in of]
        files = (name, f"figures/{stem}.png")
        if absent:
            judged[stem] = {"verdict": CHANGED, "how": f"missing in the {absent[0]}"}
        elif all(found.get(file) == hashes.get(file) for file in files):
            judged[stem] = {"verdict": IDENTICAL, "how": "bytes"}
        else:
            alike, how = compare_figures(stem, root / "figures", record / "figures", differences)
            judged[stem] = {"verdict": WITHIN if alike else other_picture, "how": how}
    return judged
