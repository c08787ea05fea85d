"""A build's sentences, asked of the build and of the repeats that belong to its study."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from paperledger.io.files import sha256
from paperledger.io.yaml_file import read_yaml

from lrstudy.repeats.frozen import read_frozen
from lrstudy.repeats.judge import asked, check_places, failures, judge, places_of
from lrstudy.repeats.record import Values, files_of, numbers, read_values
from lrstudy.repeats.settings import REPEATS


def judge_build(
    own: Values,
    sentences: str | Path,
    sources: Iterable[str | Path],
    counted: Sequence[int],
    *,
    stop: bool,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Return what results/repeats.json holds.

    `own` are the values of this build's claims, `sentences` and `sources` the paper's files, and
    `counted` the repeats of its study (`record.counted`). With `stop`, what abstract and tips say
    has to hold in every run.

    Raises
    ------
    RepeatError
        A repeat is damaged or lacks a claim, or a sentence stands where it must not.
    """
    runs = read_values(counted, REPEATS)
    wanted = asked(read_yaml(sentences)) if runs else {}
    frozen = read_frozen(REPEATS) if runs else None
    if frozen and set(frozen.repeats) <= set(numbers(REPEATS)) - set(counted):
        frozen = None  # of another study than the one that is built here
    found = failures(wanted, own, runs)
    places = places_of({str(path): Path(path).read_text("utf-8") for path in sources})
    judged = judge(found, wanted, places, runs, own, frozen)
    judged["files"] = {path.as_posix(): sha256(path) for path in files_of(REPEATS, counted)}
    if stop:
        check_places(judged, found)
    if others := len(numbers(REPEATS)) - len(counted):
        say(f"repeats: {others} of {others + len(counted)} are of other settings, and do not count")
    return judged
