"""Exact tests of counts against published values and the tutorial's own."""

from __future__ import annotations

import pytest
from lrstudy.statistics.counts import clopper_pearson, exact_mcnemar, fisher_exact


def test_mcnemar() -> None:
    assert exact_mcnemar(4, 0) == pytest.approx(0.125)  # 2 * (1/2)^4
    assert exact_mcnemar(0, 4) == pytest.approx(0.125)
    assert exact_mcnemar(0, 0) == 1.0
    assert exact_mcnemar(1, 1) == 1.0
    assert exact_mcnemar(5, 1) == pytest.approx(2 * (1 + 6) / 64)


def test_fisher() -> None:
    assert fisher_exact(115, 111, 116) == pytest.approx(0.21, abs=0.005)
    assert fisher_exact(111, 115, 116) == pytest.approx(fisher_exact(115, 111, 116))
    # the lady tasting tea: 3 of 4 against 1 of 4, 2 * 17/70
    assert fisher_exact(3, 1, 4) == pytest.approx(34 / 70)


def test_clopper_pearson() -> None:
    low = clopper_pearson(111, 116, confidence=0.95)
    high = clopper_pearson(115, 116, confidence=0.95)
    assert (100 * low.low, 100 * low.high) == pytest.approx((90.2, 98.6), abs=0.05)
    assert (100 * high.low, 100 * high.high) == pytest.approx((95.3, 99.98), abs=0.05)
    assert round(100 * high.high, 2) == 99.98
    # all of n: the lower end is (alpha / 2)^(1/n)
    every = clopper_pearson(10, 10, confidence=0.9)
    assert (every.low, every.high) == pytest.approx((0.05**0.1, 1.0))
