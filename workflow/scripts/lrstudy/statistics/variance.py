"""Where does the spread come from? Variance components of a crossed cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrstudy.statistics.stats import ROUNDING, Values


@dataclass(frozen=True)
class Component:
    """One source of variance.

    Attributes
    ----------
    raw : float
        Unbiased estimate of the variance; below 0 where chance made it so.
    variance : float
        The estimate, no less than 0.
    low, high : float
        Interval of the variance.
    share : float
        Part of the total variance, between 0 and 1; not a number where there is none.
    share_low, share_high : float
        Interval of the share.
    """

    raw: float
    variance: float
    low: float
    high: float
    share: float
    share_low: float
    share_high: float


@dataclass(frozen=True)
class Components:
    """The sources of variance of a crossed cell.

    Attributes
    ----------
    rows, columns, residual : Component
        What the row does by itself, what the column does by itself, and what only their meeting
        does. Training is deterministic, so the last is interaction, not noise.
    sd, sd_low, sd_high : float
        Standard deviation of one value, from all three sources together, and its interval; in the
        unit of the values.
    """

    rows: Component
    columns: Component
    residual: Component
    sd: float
    sd_low: float
    sd_high: float


def _degrees(deviations: Values, nominal: int) -> float:
    """Degrees of freedom of a mean square: normal theory's, fewer where the tails are heavy.

    A mean of n squares with mean m and variance v varies like one with 2 * m**2 * n / v degrees
    of freedom. More than the nominal ones are not believed: the estimate is itself uncertain.
    """
    squares = np.square(deviations)
    spread = float(squares.var(ddof=1))
    if spread == 0:
        return nominal
    return min(nominal, 2 * float(squares.mean()) ** 2 * squares.size / spread)


def variance_components(
    grid: Values, *, confidence: float, resamples: int, rng: np.random.Generator
) -> Components:
    """Divide the variance of a crossed cell without replication (ANOVA, method of moments).

    ``grid`` has the value of each row's level meeting each column's, at least two of either. Both
    factors are random draws, and so is their interaction.

    Raises
    ------
    ValueError
        Not a grid, or one that is too small; values that are not finite; a level out of range.

    Notes
    -----
    With mean squares R, C and E, the components are (R - E) / b, (C - E) / a and E. The intervals
    are those of surrogate variables: each mean square times df / chi-squared(df), the components
    of the product, and quantiles of those (Chiang, A simple general method for constructing
    confidence intervals for functions of variance components, Technometrics 43, 2001). Normal
    theory's degrees of freedom would make them far too short for heavy tails, so `_degrees`
    lowers them.

    Of 2,000 simulated cells of 25 by 25 counts, 95 % intervals held the true variances, shares and
    sd in 94.7 to 95.5 % with normal effects, 92 to 94 % with a skewness of -1, 90 to 92 % with
    the tails of t with 5 degrees of freedom, and 98 to 99 % with uniform effects.

    Searle, Casella and McCulloch, Variance Components, 1992, chapter 4.
    """
    grid = np.asarray(grid, float)
    if grid.ndim != 2 or min(grid.shape) < 2:
        raise ValueError(f"a crossed cell needs a shape of at least (2, 2), found {grid.shape}")
    if not np.isfinite(grid).all():
        raise ValueError("a crossed cell needs finite values in all places")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, found {confidence}")
    a, b = grid.shape
    if np.ptp(grid) <= ROUNDING:
        none = Component(0.0, 0.0, 0.0, 0.0, np.nan, np.nan, np.nan)
        return Components(none, none, none, 0.0, 0.0, 0.0)

    rows = grid.mean(axis=1) - grid.mean()
    columns = grid.mean(axis=0) - grid.mean()
    residual = grid - grid.mean() - rows[:, None] - columns
    df = (a - 1, b - 1, (a - 1) * (b - 1))
    squares = np.array(
        [
            b * np.square(rows).sum() / df[0],
            a * np.square(columns).sum() / df[1],
            np.square(residual).sum() / df[2],
        ]
    )
    # From mean squares to components: the transpose of what the expected mean squares say.
    solve = np.array([[1 / b, 0, -1 / b], [0, 1 / a, -1 / a], [0, 0, 1]])
    raw = solve @ squares
    variances = np.maximum(raw, 0)
    degrees = np.array(
        [_degrees(x, n) for x, n in zip((rows, columns, residual), df, strict=True)]
    )[:, None]
    surrogates = squares[:, None] * degrees / rng.chisquare(degrees, size=(3, resamples))
    drawn = np.maximum(solve @ surrogates, 0)  # (3, resamples)
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    intervals = np.quantile(drawn, ends, axis=1)  # (2, 3)
    shares = np.quantile(drawn / drawn.sum(axis=0), ends, axis=1)
    sd_low, sd_high = np.quantile(np.sqrt(drawn.sum(axis=0)), ends)
    found = [
        Component(
            raw=float(raw[i]),
            variance=float(variances[i]),
            low=float(intervals[0, i]),
            high=float(intervals[1, i]),
            share=float(variances[i] / variances.sum()),
            share_low=float(shares[0, i]),
            share_high=float(shares[1, i]),
        )
        for i in range(3)
    ]
    return Components(
        rows=found[0],
        columns=found[1],
        residual=found[2],
        sd=float(np.sqrt(variances.sum())),
        sd_low=float(sd_low),
        sd_high=float(sd_high),
    )
