"""The published record: what a rebuild is held against, as `reference/` keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from paperledger.claims.provenance import source_hash
from paperledger.io import git
from paperledger.io.files import read_unpacked, sha256, write_atomically

HASHES = "hashes.json"
REPEATS = "results/repeats.json"
"""Which other runs of the study a build counts: ``files``, name in the checkout to SHA-256, is of
them, and ``sentences`` says in how many each sentence holds. Not every paper has it."""
STEPS = ("numbers", "printed", "typed_numbers")
"""Names in results/ of what led to the ledger, which holds it all: no record keeps them."""


class RecordError(Exception):
    """There is no record, or none can be made of this build; the message says why."""


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises
    ------
    RecordError
        There is none, or it is damaged.
    """
    try:
        return json.loads(read_unpacked(path))
    except FileNotFoundError:
        raise RecordError(f"expected {path}, found none") from None
    except ValueError as error:
        raise RecordError(f"{path}: expected JSON, found: {error}") from None


def built_files(checkout: Path, root: Path) -> dict[str, Path]:
    """List what a build made and the sources of its paper, by the names that hashes.json uses.

    The checkout holds the sources, and `root` what the build made; for the paper itself they are
    the same folder. Files that are not there are included where their name is known.
    """
    ledger, about = (
        read_json(path) if path.is_file() else {}
        for path in (root / "results/claims.json", root / "results/about.json")
    )
    inputs = stated_inputs(ledger)
    made = ["results/claims.json", "results/about.json", "paper/paper.pdf"]
    made += sorted(path for path in inputs if path.startswith("results/") and path.count("/") == 1)
    # Not all that lies there: a build leaves tables behind that a later one has no more.
    made += [f"results/{name}.parquet" for name in sorted(about.get("tables", []))]
    for pattern in ("figures/*.pdf", "figures/*.png", "paper/generated/*.tex"):
        made += sorted(str(path.relative_to(root)) for path in root.glob(pattern))
    repeats = counted_files(root)
    made += [] if repeats is None else [REPEATS]
    sources = [path for kind in ("tex", "bib", "yaml") for path in checkout.glob(f"paper/*.{kind}")]
    sources += [checkout / name for name in repeats or ()]
    return {
        **{name: root / name for name in dict.fromkeys(made)},
        **{str(path.relative_to(checkout)): path for path in sorted(sources)},
    }


def counted_files(root: Path) -> dict[str, str] | None:
    """Return the files of the runs that a build counts (`REPEATS`); None where it counts none.

    Raises
    ------
    RecordError
        The build's file is damaged.
    """
    path = root / REPEATS
    if not path.is_file():
        return None
    found = read_json(path)
    files, sentences = (
        found.get(key) if isinstance(found, dict) else None for key in ("files", "sentences")
    )
    if not isinstance(files, dict) or not isinstance(sentences, dict):
        raise RecordError(f"{path}: expected files and sentences of the runs it counts, found none")
    return files


def all_files(checkout: Path, root: Path) -> dict[str, Path]:
    """List the files of `built_files` and what led to them, by the names that hashes.json uses."""
    steps = (f"results/{step}.json" for step in STEPS)
    return {**built_files(checkout, root), **{name: root / name for name in steps}}


def build_hashes(checkout: Path, root: Path) -> dict[str, str]:
    """Hash `all_files` of a build, as its own hashes.json states it; those that are there."""
    files = all_files(checkout, root)
    return {name: sha256(path) for name, path in sorted(files.items()) if path.is_file()}


def hashes_json(hashes: Mapping[str, str]) -> bytes:
    """Write hashes as a build and a record keep them."""
    return (json.dumps(hashes, indent=1) + "\n").encode()


def kept_as(name: str) -> str | None:
    """Say where the record keeps a file of the build's folder; None where it keeps its hash alone.

    Examples
    --------
    >>> kept_as("results/runs.parquet"), kept_as("figures/grid.png"), kept_as("paper/main.tex")
    ('runs.parquet', 'figures/grid.png', None)
    >>> kept_as("reference/repeats/1/values.json.gz")
    'repeats/1/values.json.gz'
    """
    for folder in ("results/", "reference/"):
        if name.startswith(folder):
            return name.removeprefix(folder)
    if name == "paper/paper.pdf":
        return "paper.pdf"
    return name if name.startswith("figures/") else None


def check_checkout(checkout: Path, record: Path) -> None:
    """Refuse a checkout with changes that are not committed; the record itself may differ.

    Raises
    ------
    RecordError
        Names the first files that differ, or says that there is no git checkout.
    """
    aside = f":(exclude){record.resolve().relative_to(checkout.resolve())}"
    changed = git.changes(checkout, ".", aside)
    if changed is None:
        raise RecordError(f"expected a git checkout, but git knows none in {checkout.absolute()}")
    if changed:
        shown = _some([line[3:] for line in changed])
        raise RecordError(f"{len(changed)} file(s) are not as committed: {shown}")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


def check_build(checkout: Path, root: Path) -> None:
    """Refuse a build that is not finished, or whose numbers do not support the paper.

    The checkout holds the paper's sources, and `root` what was built.

    Raises
    ------
    RecordError
        Names the files that are missing, or the sentences that fail.
    """
    files = built_files(checkout, root)
    verdicts = root / "results/sentences.json"
    missing = [name for name, path in files.items() if not path.is_file()]
    for folder in ("figures", "paper/generated"):
        if not any(name.startswith(folder) for name in files):
            missing.append(f"{folder}/*")
    if missing or not verdicts.is_file():
        missing += [] if verdicts.is_file() else ["results/sentences.json"]
        raise RecordError(f"no finished build in {root}: no {_some(missing)}")
    unsupported = [name for name, failed in read_json(verdicts).items() if failed]
    if unsupported:
        raise RecordError(f"the numbers do not support these sentences: {', '.join(unsupported)}")


def check_sources(checkout: Path, about: Path) -> None:
    """Refuse a build, or a record, of other sources than those of the checkout.

    ``about`` is its about.json; the checkout is as committed (`check_checkout`).

    Raises
    ------
    RecordError
        It was built from others, or before they were committed.
    """
    sources, stated = source_hash(checkout), read_json(about)
    if stated.get("sources") != sources or stated.get("changed"):
        found = str(stated.get("sources", "none"))[:16]
        mark = ", before they were committed" if stated.get("changed") else ""
        raise RecordError(
            f"{about}: expected a build of the sources as committed, {sources[:16]}, found one of "
            f"{found}{mark}; `make paper record` renews it"
        )


def stated_inputs(ledger: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the files that the ledger's claims come from, with the SHA-256 of each."""
    return {path: found for claim in ledger.values() for path, found in claim["inputs"].items()}


def write_record(checkout: Path, root: Path, record: Path) -> dict[str, str]:
    """Write the record of a build that was checked; what an older record kept besides goes.

    The folders are as in `built_files`. Return what hashes.json says: name to SHA-256.
    """
    files = built_files(checkout, root)
    kept = {name: place for name in files if (place := kept_as(name))}
    for name, place in kept.items():
        write_atomically(record / place, files[name].read_bytes())
    for old in [*record.glob("*"), *record.glob("figures/*")]:
        known = {HASHES, "README.md", *kept.values()}
        if old.is_file() and str(old.relative_to(record)) not in known:
            old.unlink()
    hashes = {name: sha256(path) for name, path in sorted(files.items())}
    write_atomically(record / HASHES, hashes_json(hashes))
    return hashes


def read_hashes(record: Path) -> dict[str, str]:
    """Read what the record says of each file: name to SHA-256.

    Raises
    ------
    RecordError
        There is no record.
    """
    path = record / HASHES
    if not path.is_file():
        raise RecordError(f"no record in {record}: no {HASHES}")
    found: dict[str, str] = read_json(path)
    return found


def altered(record: Path, hashes: Mapping[str, Any]) -> list[str]:
    """List the files of a record that are not what its hashes (`read_hashes`) say, or not there."""
    kept = {name: record / place for name in hashes if (place := kept_as(name))}
    return [
        name for name, path in kept.items() if not path.is_file() or sha256(path) != hashes[name]
    ]
