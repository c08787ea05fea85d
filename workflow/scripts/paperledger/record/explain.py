"""One claim, explained: its value and the record's, what made it, and what rests on it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paperledger.io.yaml_file import read_yaml
from paperledger.record.record import RecordError, sha256
from paperledger.record.verdicts import broken, sentences_on

SCRIPTS = ("", "paperledger/rules/")
"""Below workflow/scripts: where the script with the name of a rule lies, a paper's or any's."""


def unknown_claim(name: str, ledger: Mapping[str, Any]) -> str:
    """Say that no claim has this id, and which ones are meant by a part of it or come close.

    Examples
    --------
    >>> unknown_claim("effect.H1", ["effect.H1.low", "effect.H2.low"])
    "no claim 'effect.H1'; with more of its name: effect.H1.low"
    """
    longer = [known for known in ledger if known.startswith(f"{name}.")]
    if longer:
        return f"no claim {name!r}; with more of its name: {', '.join(longer)}"
    close = difflib.get_close_matches(name, ledger, n=5)
    return f"no claim {name!r}" + (f"; close to it: {', '.join(close)}" if close else "")


def explain(
    name: str, judged: Mapping[str, Any], checkout: Path, root: Path, record: Path
) -> list[str]:
    """Explain one claim in lines for the terminal.

    `judged` is the verdict on every claim, and the folders are as `verify.verify` takes them.

    Raises
    ------
    RecordError
        Neither the build nor the record has such a claim.
    """
    if name not in judged:
        raise RecordError(unknown_claim(name, judged))
    rebuilt, published = (
        json.loads(path.read_text()).get(name, {})
        for path in (root / "results/claims.json", record / "claims.json")
    )
    entry, verdict = rebuilt or published, judged[name]
    unit = entry["unit"]
    rows = {
        "claim": name,
        "verdict": verdict["verdict"] + (f" ({verdict['how']})" if verdict["how"] else ""),
        "value": _number(verdict["value"], unit, rebuilt),
        "record": _number(verdict["reference"], unit, published),
    }
    if verdict["tolerance"] is not None:
        rows["tolerance"] = f"{verdict['tolerance']:g} {unit}".rstrip()
    rows["why"] = entry["why"]
    scripts = (f"workflow/scripts/{folder}{entry['rule']}.py" for folder in SCRIPTS)
    there = [script for script in scripts if (checkout / script).is_file()]
    rows["made by"] = ", ".join([f"rule {entry['rule']}", *there])
    lines = [_line(key, value) for key, value in rows.items()]
    for path in {**published.get("inputs", {}), **rebuilt.get("inputs", {})}:
        found = sha256(root / path) if (root / path).is_file() else "not there"
        expected = published.get("inputs", {}).get(path, "not in the record")
        same = "as in the record" if found == expected else f"in the record {expected}"
        lines.append(_line("from", f"{path}\n{found}, {same}"))
    ledger = json.loads((root / "results/claims.json").read_text())
    sentences = read_yaml(checkout / "paper/sentences.yaml")
    for sentence in sentences_on(name, sentences):
        state = "DOES NOT HOLD" if broken(sentence, sentences[sentence], ledger) else "holds"
        conditions = "\n".join(map(str, sentences[sentence]))
        lines.append(_line("supports", f"{sentence}, which {state}:\n{conditions}"))
    if "conditions" in entry:
        lines.append(_line("rests on", "\n".join(map(str, entry["conditions"]))))
    pages = ", ".join(map(str, entry["pages"]))
    lines.append(
        _line("printed on", f"page {pages}" if pages else "no page; a sentence rests on it")
    )
    target = f"results/numbers.json --forcerun {entry['rule']}"
    lines.append(_line("rebuild", f'make paper ARGS="{target}"'))
    return lines


def _number(value: Any, unit: str, entry: Mapping[str, Any]) -> str:
    if not entry:
        return "not there"
    return f"{value} {unit}".rstrip() + (f", printed {entry['text']}" if entry["pages"] else "")


def _line(key: str, value: str) -> str:
    return f"{key:<12}" + value.replace("\n", "\n" + " " * 12)
