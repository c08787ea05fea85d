"""Hashes of what a study's training jobs left, piece by piece: any piece can be trained again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd

from lrstudy.repeats.settings import RepeatError
from lrstudy.tables.outcome import Outcome, load_outcomes
from lrstudy.tables.runs import GROUP

PIECE = 250
"""Networks of a piece; the last of a group of a job may have fewer."""


def groups_of(members: pd.DataFrame) -> Iterator[tuple[str, list[pd.DataFrame]]]:
    """Yield each training job, as ``kernel_0``, with its groups of networks in their order."""
    for (trainer, chunk), rows in members.groupby(["trainer", "chunk"], sort=False):
        groups = [group for _, group in rows.groupby(list(GROUP), sort=False)]
        yield f"{trainer}_{chunk}", groups


def hash_outcome(outcome: Outcome, start: int = 0, stop: int | None = None) -> str:
    """Return the SHA-256 of the arrays of some networks: names, types, shapes, numbers."""
    digest = hashlib.sha256()
    for field in fields(Outcome):
        part = np.ascontiguousarray(getattr(outcome, field.name)[start:stop])
        part = part.astype(part.dtype.newbyteorder("<"))
        digest.update(f"{field.name} {part.dtype.str} {part.shape}\n".encode())
        digest.update(part.tobytes())
    return digest.hexdigest()


def hash_jobs(members: pd.DataFrame, folder: Path) -> dict[str, list[list[str]]]:
    """Hash the outcomes of all jobs: job to its groups, each a list of hashes of its pieces.

    Raises
    ------
    RepeatError
        A job left other networks than were planned.
    OutcomeError
        Its file cannot be read.
    """
    found = {}
    for job, groups in groups_of(members):
        outcomes = load_outcomes(folder / f"{job}.npz")
        sizes, planned = [len(o.diverged) for o in outcomes], [len(rows) for rows in groups]
        if sizes != planned:
            raise RepeatError(f"{job}: expected groups of {planned} networks, found {sizes}")
        found[job] = [
            [hash_outcome(o, k, k + PIECE) for k in range(0, len(o.diverged), PIECE)]
            for o in outcomes
        ]
    return found


def draw_pieces(
    jobs: Mapping[str, list[list[str]]], n: int, rng: np.random.Generator
) -> list[tuple[str, int, int]]:
    """Draw the kernel's pieces (job, group, piece): as many as n networks take, at least one."""
    pieces = [
        (job, group, piece)
        for job, groups in jobs.items()
        if job.startswith("kernel_")
        for group, hashes in enumerate(groups)
        for piece in range(len(hashes))
    ]
    drawn = rng.choice(len(pieces), min(len(pieces), max(1, -(-n // PIECE))), replace=False)
    return [pieces[i] for i in sorted(drawn)]


def rows_of(members: pd.DataFrame, job: str, group: int, piece: int) -> pd.DataFrame:
    """Return the planned networks of one piece.

    Raises
    ------
    RepeatError
        The plan has no such piece.
    """
    trainer, _, chunk = job.partition("_")
    chosen = (members["trainer"] == trainer) & (members["chunk"].astype(str) == chunk)
    groups = [rows for _, found in groups_of(members[chosen]) for rows in found]
    rows = groups[group] if group < len(groups) else members[:0]
    rows = rows.iloc[piece * PIECE : (piece + 1) * PIECE]
    if rows.empty:
        raise RepeatError(
            f"{job}, group {group}, piece {piece}: not in the plan of this configuration"
        )
    return rows
