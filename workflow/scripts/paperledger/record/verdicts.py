"""How one claim, one table and the PDF of a rebuild are held against the published record."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from paperledger.claims.sentences import SentenceError, failing
from paperledger.io.tables import TableError, read_contract, read_table

IDENTICAL = "identical"
WITHIN = "within tolerance"
UNCHANGED = "conclusion unchanged"
CHANGED = "changed"
VERDICTS = (IDENTICAL, WITHIN, UNCHANGED, CHANGED)
NUMBERED = {f"paper/generated/{name}.tex" for name in ("claims", "sentences", "counts", "origins")}
"""What the text prints from elsewhere; the rows of its tables hold names of claims alone."""

ROUNDING = {"float32": 1e-5, "float64": 1e-9}
"""What another library may do to a number of a table, relative to it."""

Ledger = Mapping[str, Mapping[str, Any]]
Judged = dict[str, Any]


def sentences_on(claim: str, sentences: Mapping[str, list[str]]) -> list[str]:
    """Return the sentences with a condition that names the claim."""
    return [
        name
        for name, conditions in sentences.items()
        if any(claim in str(condition).split() for condition in conditions)
    ]


def broken(name: str, conditions: Iterable[str], ledger: Ledger) -> bool:
    """Tell whether a condition of a sentence does not hold, or cannot be read from this ledger."""
    try:
        return bool(failing(conditions, ledger))
    except SentenceError:
        return True


def judge_claim(
    name: str,
    rebuilt: Ledger,
    published: Ledger,
    sentences: Mapping[str, list[str]],
    *,
    same: bool,
) -> Judged:
    """Hold one claim against the record, with the published tolerance.

    `same` says that both are of the same study, in which nothing random may differ: only of another
    study the conclusion counts.

    Return ``verdict``, ``value``, ``reference``, ``tolerance``, and ``how``, which says why it is
    not identical.
    """
    new, old = (ledger.get(name) for ledger in (rebuilt, published))
    judged: Judged = {
        "verdict": CHANGED,
        "value": new and new["value"],
        "reference": old and old["value"],
        "tolerance": (old or new or {}).get("tolerance"),
    }
    if new is None or old is None:
        return judged | {"how": f"missing in the {'build' if new is None else 'record'}"}
    value, reference = new["value"], old["value"]
    if new["unit"] != old["unit"]:
        return judged | {"how": f"unit {new['unit']!r}, published {old['unit']!r}"}
    if type(value) is type(reference) and repr(value) == repr(reference):
        return judged | {"verdict": IDENTICAL, "how": ""}
    if isinstance(value, str) or isinstance(reference, str):
        return judged | {"how": "another word"}
    distance, allowed = abs(value - reference), old["tolerance"] or 0.0
    if distance <= allowed:
        return judged | {"verdict": WITHIN, "how": f"differs by {distance:.2g}"}
    reason = f"differs by {distance:.2g}, allowed is {allowed:.2g}"
    if same:
        return judged | {"how": f"{reason}; the study is the record's, seeds and all"}
    resting = sentences_on(name, sentences)
    now, then = (entry.get("conclusion", "") for entry in (new, old))
    if not math.isfinite(distance):
        return judged | {"how": reason}
    if not resting and not then:
        return judged | {"how": f"{reason}; no sentence rests on it"}
    failed = [n for n in resting if broken(n, sentences[n], rebuilt)]
    if failed:
        return judged | {"how": f"{reason}; no longer supports {', '.join(failed)}"}
    if now != then:
        return judged | {"how": f"{reason}; {now or 'no conclusion'}, was {then}"}
    return judged | {"verdict": UNCHANGED, "how": f"{reason}; what rests on it holds"}


def judge_table(
    rebuilt: Path, published: Path, *, alike: bool, claims_hold: bool, same: bool
) -> Judged:
    """Hold a rebuilt table against the record's.

    `alike` says whether the bytes are the published ones, and `claims_hold` whether no claim has
    changed: then numbers that differ change no conclusion. `same` is as `judge_claim` takes it:
    another study may have other rows.
    """
    if alike:
        return {"verdict": IDENTICAL, "how": "bytes"}
    for path, place in ((rebuilt, "build"), (published, "record")):
        if not path.is_file():
            return {"verdict": CHANGED, "how": f"missing in the {place}"}
    try:
        contract = read_contract(rebuilt)
        one, other = (
            read_table(path, contract).set_index(list(contract.key))
            for path in (rebuilt, published)
        )
    except TableError as error:
        return {"verdict": CHANGED, "how": str(error)}
    lost, new = len(other.index.difference(one.index)), len(one.index.difference(other.index))
    if lost or new:
        verdict = UNCHANGED if claims_hold and not same else CHANGED
        return {"verdict": verdict, "how": f"{lost} row(s) missing, {new} not in the record"}
    other = other.loc[one.index]
    moved = {name: _moved(one[name], other[name]) for name in one.columns}
    moved = {name: count for name, count in moved.items() if count}
    if not moved:
        return {"verdict": WITHIN, "how": "all values up to rounding"}
    shown = ", ".join(f"{name} ({count:,})" for name, count in moved.items())
    return {
        "verdict": UNCHANGED if claims_hold else CHANGED,
        "how": f"of {len(one):,} rows differ in: {shown}",
    }


def worst(judged: Iterable[Judged]) -> str:
    """Return the worst of some verdicts; of none, identical."""
    return max((found["verdict"] for found in judged), key=VERDICTS.index, default=IDENTICAL)


def _moved(one: pd.Series, other: pd.Series) -> int:
    """Count the values that differ by more than rounding."""
    if one.dtype.kind == "f":
        relative = ROUNDING[str(one.dtype)]
        same = np.isclose(one, other, rtol=relative, atol=1e-12, equal_nan=True)
        return int((~same).sum())
    return int((one.to_numpy() != other.to_numpy()).sum())


def judge_pdf(
    found: Mapping[str, str | None], hashes: Mapping[str, str], *, numbers: str, drawn: bool
) -> Judged:
    """Hold the paper against the published one: by its bytes, else by what it was set from.

    `found` and `hashes` map names to SHA-256, rebuilt (None: not there) and published; `numbers` is
    the worst verdict on a claim, and `drawn` says whether no figure has changed.
    """
    name = "paper/paper.pdf"
    if found.get(name) is None:
        return {"verdict": CHANGED, "how": "missing"}
    if found[name] == hashes.get(name):
        return {"verdict": IDENTICAL, "how": "bytes"}
    sources = {n for n in {*found, *hashes} if n.startswith("paper/") and n != name}
    other = sorted(n for n in sources if found.get(n) != hashes.get(n))
    if not drawn:
        return {"verdict": CHANGED, "how": "a figure in it has changed"}
    if not other:
        return {"verdict": WITHIN, "how": "same text, numbers and figures, set by another TeX"}
    if numbers != CHANGED and set(other) <= NUMBERED:
        verdict = UNCHANGED if numbers == UNCHANGED else WITHIN
        return {"verdict": verdict, "how": f"same text, with another {', '.join(other)}"}
    return {"verdict": CHANGED, "how": f"set from another {', '.join(other)}"}
