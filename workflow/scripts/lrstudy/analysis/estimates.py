"""Means, differences and shares estimated many at a time: those of one shape are drawn together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrstudy.analysis.pairing import Pairs
from lrstudy.data.random_streams import generator
from lrstudy.statistics.resampling import (
    Values,
    bootstrap_means,
    percentile_intervals,
    resolution,
    sign_flip_p,
)
from lrstudy.statistics.stats import ROUNDING, Interval, superiority

NOWHERE = Interval(np.nan, np.nan)


@dataclass(frozen=True)
class Estimate:
    """A paired difference, treatment minus control.

    Attributes
    ----------
    n, clusters, ties : int
        Pairs; those of them that are independent, as splits or replicates; pairs of equal values.
    difference : float
        Mean difference.
    interval : Interval
        Percentile bootstrap interval of the difference, over whole clusters.
    p : float
        Two-sided sign-flip permutation p-value, over whole clusters.
    resolved : bool
        Whether the p-value lies above the smallest that its draws can give.
    superiority : float
        P(a > b) + P(a = b) / 2 over the pairs.
    share : float
        The difference in per cent of the mean error that it was given; else not a number.
    share_interval : Interval
        Percentile bootstrap interval of the share: both means of the same resample.
    """

    n: int
    clusters: int
    ties: int
    difference: float
    interval: Interval
    p: float
    resolved: bool
    superiority: float
    share: float
    share_interval: Interval


def _shapes(columns: Sequence[Values]) -> Iterator[tuple[list[int], Values]]:
    """Put columns of one length together: their positions, and their values (n, k)."""
    lengths = [len(column) for column in columns]
    for length in dict.fromkeys(lengths):
        positions = [i for i, found in enumerate(lengths) if found == length]
        yield positions, np.stack([columns[i] for i in positions], axis=1)


def mean_intervals(
    columns: Sequence[Values], analysis: Mapping[str, Any], stream: int = 0
) -> list[Interval]:
    """Return the percentile bootstrap interval of each column's mean.

    A column has one value for each independent cluster. What is drawn depends on ``analysis.seed``,
    the stream and the number of values, and not on which columns there are.
    """
    found = [NOWHERE] * len(columns)
    for positions, values in _shapes(columns):
        rng = generator("resampling", analysis["seed"] + stream)
        drawn = bootstrap_means(values, resamples=analysis["resamples"], rng=rng)
        ends = percentile_intervals(drawn, analysis["confidence"]).T.tolist()
        for i, (low, high) in zip(positions, ends, strict=True):
            found[i] = Interval(low, high)
    return found


def estimate(
    asked: Sequence[Pairs],
    analysis: Mapping[str, Any],
    errors: Sequence[Values | None] | None = None,
) -> list[Estimate]:
    """Estimate and test the mean of each of many paired differences.

    ``errors`` are what shares are of, one value a cluster, or None where there is no share.

    Raises
    ------
    ValueError
        Fewer than two pairs.
    """
    if any(len(pairs.treatment) < 2 for pairs in asked):
        raise ValueError("paired values need a length of at least 2, found 1 or none")
    errors = errors if errors is not None else [None] * len(asked)
    found: list[Estimate | None] = [None] * len(asked)
    for positions, means in _shapes([pairs.means for pairs in asked]):
        rng = generator("resampling", analysis["seed"] + 1)
        with_share = [j for j, i in enumerate(positions) if errors[i] is not None]
        bases = np.array([errors[positions[j]] for j in with_share]).reshape(-1, len(means)).T
        drawn = bootstrap_means(np.hstack([means, bases]), resamples=analysis["resamples"], rng=rng)
        p_values = sign_flip_p(means, resamples=analysis["resamples"], rng=rng)
        differences, drawn_bases = np.split(drawn, [len(positions)])
        ends = percentile_intervals(differences, analysis["confidence"]).T
        shares = _shares(
            means[:, with_share], bases, differences[with_share], drawn_bases, analysis
        )
        by_column = dict(zip(with_share, shares, strict=True))
        smallest = resolution(len(means), analysis["resamples"])
        for j, i in enumerate(positions):
            pairs = asked[i]
            share, share_interval = by_column.get(j, (np.nan, NOWHERE))
            found[i] = Estimate(
                n=len(pairs.differences),
                clusters=len(means),
                ties=int((pairs.differences == 0).sum()),
                difference=float(pairs.differences.mean()),
                interval=Interval(*ends[j].tolist()),
                p=float(p_values[j]),
                resolved=bool(p_values[j] > smallest),
                superiority=superiority(pairs.differences),
                share=share,
                share_interval=share_interval,
            )
    return [one for one in found if one is not None]


def _shares(
    means: Values,
    bases: Values,
    drawn: Values,
    drawn_bases: Values,
    analysis: Mapping[str, Any],
) -> list[tuple[float, Interval]]:
    """Divide differences by what they are shares of; none where a resample has no error at all."""
    if not len(drawn):
        return []
    none = np.asarray((drawn_bases <= ROUNDING).any(axis=1))
    ratios = 100.0 * drawn / np.where(none[:, None], 1.0, drawn_bases)
    ends = percentile_intervals(ratios, analysis["confidence"]).T
    whole = 100.0 * means.mean(axis=0) / np.where(none, 1.0, bases.mean(axis=0))
    return [
        (np.nan, NOWHERE) if lacks else (float(share), Interval(*pair.tolist()))
        for share, pair, lacks in zip(whole, ends, none, strict=True)
    ]
