"""One claim, explained: its value and the record's, what made it, and what rests on it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from paperledger.claims.sentences import nearest
from paperledger.io.files import sha256
from paperledger.io.yaml_file import ConfigError, read_yaml
from paperledger.record.record import RecordError, read_json
from paperledger.record.verdicts import CHANGED, broken, sentences_on
from paperledger.record.verify import other_settings, read_record, verify

SCRIPTS = ("", "paperledger/rules/")
"""Below workflow/scripts: where the script with the name of a rule lies, a paper's or any's."""


def unknown_claim(name: str, ledger: Iterable[str]) -> str:
    """Say that no claim has this id, and which ones are meant by a part of it or come close.

    Examples
    --------
    >>> unknown_claim("effect.H1", ["effect.H1.low", "effect.H2.low"])
    "no claim 'effect.H1'; with more of its name: effect.H1.low"
    """
    longer = [known for known in ledger if known.startswith(f"{name}.")]
    if longer:
        return f"no claim {name!r}; with more of its name: {', '.join(longer)}"
    return f"no claim {name!r}{nearest(name, ledger)}"


def configured(checkout: Path) -> dict[Path, Path | None]:
    """Return the folders that the checkout's configurations build in, each with its file.

    The paper's own comes first, and has none.
    """
    folders: dict[Path, Path | None] = {Path(): None}
    for path in sorted([*checkout.glob("config/*.yaml"), *checkout.glob("*.yaml")]):
        with contextlib.suppress(ConfigError):
            found = read_yaml(path)
            if isinstance(found, dict) and isinstance(found.get("folder"), str):
                folders.setdefault(Path(found["folder"]), path.relative_to(checkout))
    return folders


def answer(
    name: str, checkout: Path, folder: Path | None, record: Path, differences: Path
) -> tuple[list[str], bool]:
    """Explain one claim in lines for the terminal, from the first there is: a build, the record.

    `folder` is that of the build that is asked; with None it is the paper's, or else another of the
    same study. The other folders are as `verify.verify` takes them. Return also whether the claim
    has changed, or the build contradicts itself.

    Raises
    ------
    RecordError
        Neither the build nor the record has such a claim, or there is no record.
    """
    folders = configured(checkout)
    root = folder
    if root is None:
        finished = (f for f in folders if (checkout / f / "results/claims.json").is_file())
        alike = (f for f in finished if f == Path() or not other_settings(checkout / f, record))
        root = next(alike, None)
    if root is None:
        read_record(record)
        told = [_line("asked of", f"the record, {record}: nothing is built here")]
        return [*told, *explain(name, {}, checkout, Path("nowhere"), record)], False
    report = verify(checkout, checkout / root, record, differences)
    by = folders.get(root)
    where = "this folder" if root == Path() else str(root)
    told = [_line("asked of", f"the build in {where}" + (f", by {by}" if by else ""))]
    told += explain(name, report["claims"], checkout, root, record, by)
    contradicted = {n: j["how"] for n, j in report["build"].items() if j["verdict"] == CHANGED}
    told += [_line("but", f"{file}: {how}") for file, how in contradicted.items()]
    return told, bool(contradicted) or report["claims"][name]["verdict"] == CHANGED


def explain(
    name: str,
    judged: Mapping[str, Any],
    checkout: Path,
    root: Path,
    record: Path,
    configuration: Path | None = None,
) -> list[str]:
    """Explain one claim in lines for the terminal.

    `judged` is the verdict on every claim, empty where nothing was built; `root` was built by the
    `configuration`, the folders are as `verify.verify` takes them.

    Raises
    ------
    RecordError
        Neither the build nor the record has such a claim.
    """
    published = read_json(record / "claims.json")
    rebuilt = read_json(checkout / root / "results/claims.json") if judged else {}
    if name not in {**published, **rebuilt}:
        raise RecordError(unknown_claim(name, {**published, **rebuilt}))
    new, old = rebuilt.get(name, {}), published.get(name, {})
    entry, unit = new or old, (new or old)["unit"]
    rows = {"claim": name}
    if verdict := judged.get(name):
        how = f" ({verdict['how']})" if verdict["how"] else ""
        rows |= {"verdict": verdict["verdict"] + how, "value": _number(new)}
    rows["record"] = _number(old)
    if (old or new)["tolerance"] is not None:
        rows["tolerance"] = f"{(old or new)['tolerance']:g} {unit}".rstrip()
    rows["why"] = entry["why"]
    scripts = (f"workflow/scripts/{folder}{entry['rule']}.py" for folder in SCRIPTS)
    there = [script for script in scripts if (checkout / script).is_file()]
    rows["made by"] = ", ".join([f"rule {entry['rule']}", *there])
    lines = [_line(key, value) for key, value in rows.items()]
    for path, stated in {**new.get("inputs", {}), **old.get("inputs", {})}.items():
        if not judged:
            lines.append(_line("from", f"{path}\n{stated}"))
            continue
        place = checkout / root / path
        found = sha256(place) if place.is_file() else "not there"
        expected = old.get("inputs", {}).get(path, "not in the record")
        same = "as in the record" if found == expected else f"in the record {expected}"
        lines.append(_line("from", f"{path}\n{found}, {same}"))
    sentences = read_yaml(checkout / "paper/sentences.yaml")
    for sentence in sentences_on(name, sentences):
        holds = not broken(sentence, sentences[sentence], rebuilt or published)
        conditions = "\n".join(map(str, sentences[sentence]))
        state = "holds" if holds else "DOES NOT HOLD"
        lines.append(_line("supports", f"{sentence}, which {state}:\n{conditions}"))
    if "conditions" in entry:
        lines.append(_line("rests on", "\n".join(map(str, entry["conditions"]))))
    pages = ", ".join(map(str, entry["pages"]))
    lines.append(
        _line("printed on", f"page {pages}" if pages else "no page; a sentence rests on it")
    )
    target = f"{root / 'results/numbers.json'}" if judged else "results/numbers.json"
    by = f"CONFIG={configuration} " if configuration else ""
    lines.append(_line("rebuild", f'make paper {by}ARGS="{target} --forcerun {entry["rule"]}"'))
    return lines


def _number(entry: Mapping[str, Any]) -> str:
    if not entry:
        return "not there"
    said = f"{entry['value']} {entry['unit']}".rstrip()
    return said + (f", printed {entry['text']}" if entry["pages"] else "")


def _line(key: str, value: str) -> str:
    return f"{key:<12}" + value.replace("\n", "\n" + " " * 12)
