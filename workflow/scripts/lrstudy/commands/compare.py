"""Compare two arms of the study, or two sums of arms, network by network, in all its runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from paperledger.claims.claim import Claim
from paperledger.io.tables import TableError, read_table
from paperledger.io.yaml_file import CONFIG, ConfigError, add_configfile, build_folder, read_merged

from lrstudy.analysis.measures import MEASURES
from lrstudy.analysis.pairing import Pairs
from lrstudy.design.config import check_config
from lrstudy.repeats.compare import (
    Answer,
    CompareError,
    Question,
    answer_of,
    answer_of_repeat,
    paired,
    parts_asked,
    question_of,
    rows_asked,
)
from lrstudy.repeats.moments import MOMENTS
from lrstudy.repeats.record import MOMENTS as MOMENTS_FILE
from lrstudy.repeats.record import counted, read_repeat
from lrstudy.repeats.settings import APART, REPEATS, RepeatError, base_of
from lrstudy.tables.results import OUTCOMES
from lrstudy.tables.runs import RUNS

EXAMPLE = "make compare A=step B=constant_m09 PROTOCOL=random"


def read_runs(
    folder: Path, rows: Sequence[tuple[str, str, Any]], config: Mapping[str, Any]
) -> tuple[Path, pd.DataFrame]:
    """Read some networks (as `read_table` does): of the build, else of the record, and from where.

    Raises
    ------
    CompareError
        There are none, or they are of another study: they count from another replicate.
    """
    places = [folder / "results/runs.parquet", Path("reference/runs.parquet")]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise CompareError(f"expected {places[0]} or {places[1]}, found neither: make paper")
    runs = read_table(path, RUNS, rows)
    first, base = runs["replicate"].min() if len(runs) else None, base_of(config)
    if first is not None and not base <= first < base + APART:
        raise CompareError(f"{path}: expected replicates from {base:,}, found {first:,}")
    return path, runs


def read_moments(n: int, config: Mapping[str, Any]) -> pd.DataFrame:
    """Read what a repeat kept of the study's own data.

    Raises
    ------
    RepeatError
        It is damaged.
    """
    read_repeat(REPEATS / str(n))  # which holds its files against their hashes
    own = [("dataset", "==", config["dataset"])]
    return read_table(REPEATS / str(n) / MOMENTS_FILE, MOMENTS, own)


def in_repeats(
    runs: pd.DataFrame, found: Pairs, question: Question, config: Mapping[str, Any]
) -> dict[int, Answer]:
    """Answer the question from each repeat that counts.

    Raises
    ------
    CompareError
        They cannot tell: what they keep is of one part, and of independent replicates.
    RepeatError
        A repeat is damaged.
    """
    counting = counted(REPEATS, config)
    parts = sorted(set(parts_asked(runs, question, config)))
    if counting and len(parts) > 1:
        raise CompareError(f"repeats keep no products across parts ({', '.join(parts)})")
    if counting and len(found.means) < len(found.replicates):
        raise CompareError("repeats keep no splits that replicates share")
    dataset, confidence = config["dataset"], config["analysis"]["confidence"]
    return {
        n: answer_of_repeat(read_moments(n, config), question, parts[0], dataset, confidence)
        for n in counting
    }


def printed(value: float, unit: str) -> str:
    """Return a difference as the paper prints it, without TeX."""
    decimals = OUTCOMES.columns["difference"].decimals
    assert isinstance(decimals, Mapping)
    return Claim(value, unit, decimals[unit], "signed").text.replace("$-$", "-")


def told(question: Question, found: Pairs, answer: Answer, confidence: float) -> list[str]:
    """Say what was compared, and how it came out in this run."""
    measure, differences = MEASURES[question.outcome], found.differences
    unit = "points" if measure.unit == "%" else measure.unit
    drawn, n = len(set(found.clusters)), len(differences)
    kind = "replicates" if (found.clusters == found.replicates).all() else "splits"
    kind = "splits" if question.protocol == "resample" else kind
    low, high = (printed(end, unit) for end in (answer.interval.low, answer.interval.high))
    shares = [
        Claim(100 * share.mean(), "%", 1).text
        for share in (differences > 0, differences == 0, differences < 0)
    ]
    return [
        f"{' + '.join(question.a)} less {' + '.join(question.b)}",
        f"{measure.label}, {question.protocol}, {question.initializer}",
        f"difference  {printed(answer.difference, unit)} {unit}",
        f"interval    {low} to {high} ({100 * confidence:g} %, Student's t over {drawn:,} {kind})",
        f"pairs       {n:,}: A higher in {shares[0]} %, tied in {shares[1]} %, "
        f"lower in {shares[2]} %",
    ]


def main(arguments: list[str]) -> int:
    """Print the answer and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLE)
    parser.add_argument("--a", default="", help="an arm, an alias, or several with + between")
    parser.add_argument("--b", default="", help="what is subtracted")
    parser.add_argument("--protocol", default="random", help="tail, random, official, ...")
    parser.add_argument("--initializer", default="", help="default: the study's primary one")
    parser.add_argument("--outcome", default="accuracy", help=", ".join(MEASURES))
    add_configfile(parser)
    options = parser.parse_args(arguments)
    try:
        config = read_merged([CONFIG, *options.configfile])
        check_config(config)
        asked = (options.protocol, options.initializer, options.outcome)
        question = question_of(options.a, options.b, *asked, config)
        path, runs = read_runs(
            build_folder(options.configfile), rows_asked(question, config), config
        )
        found = paired(runs, question, config)
        confidence = config["analysis"]["confidence"]
        answer = answer_of(found, confidence)
        print("\n".join([*told(question, found, answer, confidence), f"networks    {path}"]))
        try:
            repeats = in_repeats(runs, found, question, config)
        except CompareError as error:
            print(f"runs        this one alone: {error}")
            return 0
    except (CompareError, ConfigError, TableError, RepeatError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    every = {"this one": answer} | {f"repeat {n}": one for n, one in repeats.items()}
    agree = [name for name, one in every.items() if one.agrees(answer)]
    print(
        f"runs        in {len(agree)} of {len(every)} the sign is this one's and the interval "
        f"excludes zero: {', '.join(agree) or 'none'}"
    )
    return 0
