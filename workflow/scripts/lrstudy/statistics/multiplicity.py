"""Families of tests: p-values adjusted for their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from statsmodels.stats.multitest import multipletests


def adjust(p_values: Sequence[float], method: Literal["holm", "fdr_bh"]) -> list[float]:
    """Adjust the p-values of one family for their number (statsmodels).

    Step-down ``holm`` controls any false rejection, step-up ``fdr_bh`` the expected share of false
    ones among the rejections. No p-values give none.

    Raises
    ------
    ValueError
        Another method, or a p-value outside [0, 1].

    Notes
    -----
    Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6, 1979.
    Benjamini and Hochberg, Controlling the false discovery rate, J. R. Statist. Soc. B 57, 1995.

    Examples
    --------
    >>> adjust([0.01, 0.04, 0.03], "holm")
    [0.03, 0.06, 0.06]
    """
    if method not in ("holm", "fdr_bh"):
        raise ValueError(f"method must be holm or fdr_bh, found {method}")
    wrong = [p for p in p_values if not 0 <= p <= 1]
    if wrong:
        raise ValueError(f"p-values must lie between 0 and 1, found {wrong}")
    if len(p_values) == 0:
        return []
    return [float(p) for p in multipletests(p_values, method=method)[1]]


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjustment (see `adjust`)."""
    return adjust(p_values, "holm")
