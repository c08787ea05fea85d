"""The sentences as frozen: reference/repeats/frozen.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from paperledger.claims.provenance import uncommitted
from paperledger.io import git
from paperledger.io.files import write_atomically
from paperledger.io.yaml_file import read_yaml

from lrstudy.repeats.judge import Frozen, asked
from lrstudy.repeats.settings import RepeatError

FROZEN = "frozen.json"


def read_frozen(record: Path) -> Frozen | None:
    """Read what was frozen; None where nothing was.

    Raises
    ------
    RepeatError
        The file is damaged.
    """
    path = record / FROZEN
    if not path.is_file():
        return None
    try:
        return Frozen(**json.loads(path.read_bytes()))
    except (TypeError, ValueError) as error:
        raise RepeatError(f"{path}: expected what `make freeze` writes, found {error}") from None


def freeze(checkout: Path, record: Path, repeats: Sequence[int]) -> Frozen:
    """Freeze the sentences of a checkout, after some repeats.

    Raises
    ------
    RepeatError
        They are frozen already, no repeat was run, or the sources are not as committed.
    WriteError
        The file cannot be written.
    """
    if found := read_frozen(record):
        raise RepeatError(
            f"{record / FROZEN}: expected none, found the sentences as frozen after commit "
            f"{found.commit[:12]}; counts of then would mean nothing after another freeze"
        )
    if not repeats:
        raise RepeatError(f"{record}: expected repeats of this configuration, found none")
    if not git.knows(checkout) or uncommitted(checkout):
        raise RepeatError("expected sources as committed, found changes, or no git checkout")
    commit = git.ask(checkout, "rev-parse", "HEAD").stdout.strip()
    sentences = asked(read_yaml(checkout / "paper/sentences.yaml"))
    frozen = Frozen(commit, list(repeats), sentences)
    write_atomically(record / FROZEN, (json.dumps(frozen._asdict(), indent=1) + "\n").encode())
    return frozen
