"""The published record: what a rebuild is held against, as `reference/` keeps it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lrstudy import git, result_tables, run_tables
from lrstudy.files import write_atomically
from lrstudy.tables import Contract

# The list of members says how training was cut into jobs; the runs table holds all else of it.
CONTRACTS = {
    contract.name: contract
    for module in (run_tables, result_tables)
    for contract in vars(module).values()
    if isinstance(contract, Contract) and contract.name != "members"
}
HASHES = "hashes.json"


class RecordError(Exception):
    """There is no record, or none can be made of this build; the message says why."""


def sha256(path: Path) -> str:
    """Return a file's SHA-256, 64 hexadecimal digits.

    Parameters
    ----------
    path : Path
        A file.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()


def built_files(checkout: Path, root: Path) -> dict[str, Path]:
    """List what a build made and the sources of its paper, by the names that hashes.json uses.

    Parameters
    ----------
    checkout : Path
        Holds the paper's sources.
    root : Path
        Holds what the build made; for the paper itself the checkout.

    Returns
    -------
    dict
        Name to path, files that are not there included where their name is known.
    """
    made = [f"results/{table}.parquet" for table in CONTRACTS]
    made += [f"results/{name}.json" for name in ("literal", "claims", "environment")]
    made += ["paper/paper.pdf"]
    for pattern in ("figures/*.pdf", "figures/*.png", "paper/generated/*.tex"):
        made += sorted(str(path.relative_to(root)) for path in root.glob(pattern))
    sources = [path for kind in ("tex", "bib", "yaml") for path in checkout.glob(f"paper/*.{kind}")]
    return {
        **{name: root / name for name in made},
        **{str(path.relative_to(checkout)): path for path in sorted(sources)},
    }


def kept_as(name: str) -> str | None:
    """Say where the record keeps a file; None where it keeps its hash alone.

    Parameters
    ----------
    name : str
        The file's path below the build's folder.

    Examples
    --------
    >>> kept_as("results/runs.parquet"), kept_as("figures/grid.png"), kept_as("paper/main.tex")
    ('runs.parquet', 'figures/grid.png', None)
    """
    if name.startswith("results/"):
        return name.removeprefix("results/")
    if name == "paper/paper.pdf":
        return "paper.pdf"
    return name if name.startswith("figures/") else None


def check_checkout(checkout: Path, record: Path) -> None:
    """Refuse a checkout with changes that are not committed; the record itself may differ.

    Parameters
    ----------
    checkout : Path
        The git checkout.
    record : Path
        The record's folder.

    Raises
    ------
    RecordError
        Names the first files that differ, or says that there is no git checkout.
    """
    aside = f":(exclude){record.resolve().relative_to(checkout.resolve())}"
    status = git.ask(checkout, "status", "--porcelain", "--", ".", aside)
    if status.returncode:
        raise RecordError(f"{checkout} is no git checkout: {status.stderr.strip()}")
    changed = status.stdout.splitlines()
    if changed:
        shown = _some([line[3:] for line in changed])
        raise RecordError(f"{len(changed)} file(s) are not as committed: {shown}")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


def check_build(checkout: Path, root: Path) -> None:
    """Refuse a build that is not finished, or whose numbers do not support the paper.

    Parameters
    ----------
    checkout : Path
        Holds the paper's sources.
    root : Path
        Holds what was built.

    Raises
    ------
    RecordError
        Names the files that are missing, were changed since, or the sentences that fail.
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
    unsupported = [name for name, failed in json.loads(verdicts.read_text()).items() if failed]
    if unsupported:
        raise RecordError(f"the numbers do not support these sentences: {', '.join(unsupported)}")
    other = stale_inputs(json.loads(files["results/claims.json"].read_text()), root)
    if other:
        raise RecordError(f"claims.json was made from another {', '.join(other)}: build again")


def stale_inputs(ledger: Mapping[str, Mapping[str, Any]], root: Path) -> list[str]:
    """List the files that are not what the ledger's claims were made from, or not there.

    Parameters
    ----------
    ledger : mapping
        The claims.
    root : Path
        Holds what was built.
    """
    inputs = {path: found for claim in ledger.values() for path, found in claim["inputs"].items()}
    return sorted(
        path
        for path, found in inputs.items()
        if not (root / path).is_file() or sha256(root / path) != found
    )


def write_record(checkout: Path, root: Path, record: Path) -> dict[str, str]:
    """Write the record of a build that was checked; what an older record kept besides goes.

    Parameters
    ----------
    checkout : Path
        Holds the paper's sources.
    root : Path
        Holds what was built.
    record : Path
        The record's folder.

    Returns
    -------
    dict
        What hashes.json says: name to SHA-256.
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
    write_atomically(record / HASHES, (json.dumps(hashes, indent=1) + "\n").encode())
    return hashes


def read_hashes(record: Path) -> dict[str, str]:
    """Read what the record says of each file.

    Parameters
    ----------
    record : Path
        The record's folder.

    Raises
    ------
    RecordError
        There is no record.
    """
    path = record / HASHES
    if not path.is_file():
        raise RecordError(f"no record in {record}: no {HASHES}")
    found: dict[str, str] = json.loads(path.read_text())
    return found


def altered(record: Path, hashes: Mapping[str, Any]) -> list[str]:
    """List the files of a record that are not what its hashes say, or not there.

    Parameters
    ----------
    record : Path
        The record's folder.
    hashes : mapping
        Of `read_hashes`.
    """
    kept = {name: record / place for name in hashes if (place := kept_as(name))}
    return [
        name for name, path in kept.items() if not path.is_file() or sha256(path) != hashes[name]
    ]
