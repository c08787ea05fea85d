"""A finished build held against itself: what one of its files says of another has to be so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from paperledger.claims.claim import Claim, described
from paperledger.claims.ledger import LedgerError, build_ledger, stale_macros
from paperledger.claims.quoted import table_claims
from paperledger.claims.sentences import SentenceError, counts_tex, failing
from paperledger.io.files import sha256, write_atomically
from paperledger.io.tables import TableError, read_contract, read_table
from paperledger.io.yaml_file import ConfigError, read_yaml
from paperledger.record.record import (
    HASHES,
    REPEATS,
    RecordError,
    build_hashes,
    counted_files,
    hashes_json,
    read_json,
)

STATED = f"results/{HASHES}"
ABOUT = "results/about.json"
LEDGER = "results/claims.json"
NUMBERS = "results/numbers.json"
PRINTED = "results/printed.json"
VERDICTS = "results/sentences.json"
SENTENCES = "paper/sentences.yaml"
VALUES = "values.json.gz"
"""Name of the file with the claims of another run that is counted, each with its value."""

Told = Iterator[tuple[str, str]]
"""A file, and what contradicts it there: the other file, and how."""


def state_build(checkout: Path, root: Path) -> None:
    """Write down the hashes of a build that is finished; the folders are as in `built_files`."""
    write_atomically(root / STATED, hashes_json(build_hashes(checkout, root)))


def contradictions(checkout: Path, root: Path) -> dict[str, list[str]]:
    """Hold every file of a build against what others say of it.

    The folders are as in `built_files`. What is computed from files that are there is computed
    again: the ledger from numbers, pages and sentences, the numbers from the tables that they
    quote, what is printed from the numbers. Of all else, the hash has to be the one stated.

    Returns
    -------
    dict
        The name of a file to what contradicts it, which names the other file; nothing in a build
        that was left as it was made.
    """
    hashes = build_hashes(checkout, root)
    found: dict[str, list[str]] = {name: [] for name in hashes}
    try:
        ledger, numbers, printed, verdicts, about = (
            read_json(root / name) for name in (LEDGER, NUMBERS, PRINTED, VERDICTS, ABOUT)
        )
        sentences = read_yaml(checkout / SENTENCES)
    except (RecordError, ConfigError) as error:
        told: list[Told] = [iter([(NUMBERS, str(error))])]
    else:
        told = [
            _ledger(ledger, numbers, printed, sentences, verdicts, root),
            _tables(about, numbers, root),
            _texts(numbers),
            _sentences(sentences, verdicts, numbers),
            _macros(numbers, verdicts, root),
            _repeats(checkout, root, sentences, numbers),
        ]
    for one in (*told, _hashes(hashes, root)):
        for name, words in one:
            if words not in found.setdefault(name, []):
                found[name].append(words)
    return found


def check_whole(checkout: Path, root: Path) -> None:
    """Refuse a build that `contradictions` finds something in.

    Raises
    ------
    RecordError
        Names the first file, and what contradicts it.
    """
    for name, told in contradictions(checkout, root).items():
        if told:
            raise RecordError(f"the build contradicts itself: {name}, {told[0]}: build again")


def _hashes(hashes: Mapping[str, str], root: Path) -> Told:
    try:
        stated = read_json(root / STATED)
    except RecordError as error:
        yield STATED, f"{error}: build again"
        return
    for name in sorted({*hashes, *stated}):
        if name not in stated:
            yield name, f"{STATED} does not name it"
        elif name not in hashes:
            yield name, f"not there, {STATED} names it"
        elif hashes[name] != stated[name]:
            yield name, f"not the file that {STATED} states"


def _differing(one: Mapping[str, Any], other: Mapping[str, Any], keys: Iterable[str]) -> list[str]:
    # By what is written: 1 is not 1.0 there.
    return [key for key in keys if repr(one.get(key)) != repr(other.get(key))]


def _differs(
    claim: str, key: str, one: Mapping[str, Any], other: Mapping[str, Any], file: str
) -> str:
    found, has = one.get(key), other.get(key)
    if isinstance(found, float) and isinstance(has, float) and f"{found:.5g}" != f"{has:.5g}":
        found, has = f"{found:.5g}", f"{has:.5g}"
    return f"{claim}: {key} {found}, {file} has {has}"


def _ledger(
    ledger: Mapping[str, Any],
    numbers: Mapping[str, Any],
    printed: Mapping[str, Any],
    sentences: Mapping[str, list[str]],
    verdicts: Mapping[str, list[str]],
    root: Path,
) -> Told:
    try:
        made = build_ledger(numbers, printed, sentences, verdicts, root)
    except LedgerError as error:
        yield LEDGER, str(error)
        return
    for claim in sorted({*ledger, *made}):
        if claim not in ledger:
            yield LEDGER, f"no {claim}, which {PRINTED} or {SENTENCES} asks for"
            continue
        if claim not in made:
            yield LEDGER, f"{claim}, which neither {PRINTED} nor {SENTENCES} asks for"
            continue
        found, expected = ledger[claim], made[claim]
        inputs, now = found.get("inputs", {}), expected["inputs"]
        for path in _differing(inputs, now, {**inputs, **now}):
            yield path, f"not the file that {LEDGER} was made from"
        source = VERDICTS if claim.startswith("sentence.") else NUMBERS
        of_key = {"pages": PRINTED, "conditions": SENTENCES}
        for key in _differing(found, expected, {**found, **expected}):
            if key != "inputs":
                yield LEDGER, _differs(claim, key, found, expected, of_key.get(key, source))


def _tables(about: Mapping[str, Any], numbers: Mapping[str, Any], root: Path) -> Told:
    for table in about["tables"]:
        name = f"results/{table}.parquet"
        if not (root / name).is_file():
            continue
        try:
            contract = read_contract(root / name)
            frame = read_table(root / name, contract) if contract.stem else None
            claims = {} if frame is None else table_claims(frame, contract, about["home"])
            made = {claim: described(entry) for claim, entry in claims.items()}
        except (TableError, ValueError, KeyError) as error:
            yield name, str(error)
            continue
        for claim in made.keys() & numbers.keys():
            for key in _differing(made[claim], numbers[claim], made[claim]):
                yield name, _differs(claim, key, made[claim], numbers[claim], NUMBERS)


def _texts(numbers: Mapping[str, Any]) -> Told:
    for claim, entry in numbers.items():
        try:
            text = Claim(entry["value"], entry["unit"], entry["decimals"], entry["style"]).text
        except (ArithmeticError, KeyError, TypeError, ValueError) as error:
            yield NUMBERS, f"{claim} cannot be printed: {type(error).__name__} {error}"
            continue
        if text != entry["text"]:
            yield NUMBERS, f"{claim}: text {entry['text']}, its value prints as {text}"


def _sentences(
    sentences: Mapping[str, list[str]],
    verdicts: Mapping[str, list[str]],
    numbers: Mapping[str, Any],
) -> Told:
    for name in sorted({*sentences, *verdicts}):
        if (name in sentences) != (name in verdicts):
            place, other = (SENTENCES, VERDICTS) if name in verdicts else (VERDICTS, SENTENCES)
            yield VERDICTS, f"{name} is not in {place}, but in {other}"
            continue
        try:
            failed = failing(sentences[name], numbers)
        except SentenceError as error:
            yield SENTENCES, f"{name}: {error} ({NUMBERS})"
            continue
        if failed != verdicts[name]:
            now = "; ".join(failed) or "all conditions hold"
            yield VERDICTS, f"{name}: by {NUMBERS} {now}"


def _repeats(
    checkout: Path,
    root: Path,
    sentences: Mapping[str, list[str]],
    numbers: Mapping[str, Any],
) -> Told:
    files = counted_files(root)
    if files is None:
        return
    others = []
    for name, stated in files.items():
        path = checkout / name
        if not path.is_file():
            yield name, f"not there, {REPEATS} counts it"
        elif sha256(path) != stated:
            yield name, f"not the file that {REPEATS} was made from"
        elif path.name == VALUES:
            others.append(read_json(path))
    counted = read_json(root / REPEATS)["sentences"]
    if len(others) == sum(Path(name).name == VALUES for name in files):
        try:
            ledgers = [{c: {"value": v} for c, v in values.items()} for values in others]
            yield from _counts(counted, sentences, [numbers, *ledgers])
        except (AttributeError, KeyError, TypeError) as error:
            yield REPEATS, f"cannot be read: {type(error).__name__} {error}"
            return
    counts = root / "paper/generated/counts.tex"
    if counts.is_file() and counts.read_text(errors="replace") != counts_tex(counted):
        yield "paper/generated/counts.tex", f"not made from {REPEATS}"


def _counts(
    counted: Mapping[str, Mapping[str, int]],
    sentences: Mapping[str, list[str]],
    ledgers: list[Mapping[str, Any]],
) -> Told:
    for name, entry in counted.items():
        try:
            holds = sum(not failing(sentences[name], ledger) for ledger in ledgers)
        except SentenceError as error:
            yield SENTENCES, f"{name}: {error} ({REPEATS})"
            continue
        if (entry["holds"], entry["of"]) != (holds, len(ledgers)):
            now = f"by {NUMBERS} and the other runs {holds} of {len(ledgers)}"
            yield REPEATS, f"{name}: holds in {entry['holds']} of {entry['of']}, {now}"


def _macros(numbers: Mapping[str, Any], verdicts: Mapping[str, list[str]], root: Path) -> Told:
    files = {name: root / f"paper/generated/{name}.tex" for name in ("claims", "sentences")}
    if all(path.is_file() for path in files.values()):
        texts = {name: path.read_text(errors="replace") for name, path in files.items()}
        for file, words in stale_macros(numbers, verdicts, **texts).items():
            yield f"paper/generated/{file}", words
