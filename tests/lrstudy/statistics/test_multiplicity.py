"""Families of p-values against published examples and cases worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lrstudy.statistics.multiplicity import adjust, holm

# The example of Benjamini and Hochberg (1995), after Neuhaus et al. (1992): 15 hypotheses.
NEUHAUS = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
NEUHAUS += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]


def test_benjamini_and_hochbergs_example() -> None:
    # At 0.05 they reject four; Bonferroni rejects three.
    adjusted = adjust(NEUHAUS, "fdr_bh")
    assert [p <= 0.05 for p in adjusted] == [True] * 4 + [False] * 11
    # 15/1, 15/2 and 15/4 times; 0.0278 takes the smaller one of its neighbour, 0.0298 * 15/7.
    assert adjusted[:4] == pytest.approx([0.0015, 0.003, 0.0095, 0.035625])
    assert adjusted[5] == adjusted[6] == pytest.approx(0.0298 * 15 / 7)
    assert sum(p <= 0.05 for p in adjust(NEUHAUS, "holm")) == 3


def test_benjamini_hochberg_by_hand() -> None:
    # 0.008 * 5, 0.03 * 5/2, 0.123 * 5/3, 0.2 * 5/4, 0.6
    adjusted = adjust([0.008, 0.03, 0.123, 0.6, 0.2], "fdr_bh")
    assert adjusted == pytest.approx([0.04, 0.075, 0.205, 0.6, 0.25])


@pytest.mark.parametrize("method", ["holm", "fdr_bh"])
def test_adjusting_a_family(method: Any) -> None:
    assert adjust([], method) == []
    assert adjust([0.123], method) == pytest.approx([0.123])
    assert adjust([0.0, 1.0], method) == [0.0, 1.0]
    order = np.random.default_rng(1).permutation(15)
    adjusted = adjust(NEUHAUS, method)
    shuffled = adjust([NEUHAUS[i] for i in order], method)
    assert shuffled == pytest.approx([adjusted[i] for i in order])
    assert all(a >= p for a, p in zip(adjusted, NEUHAUS, strict=True))
    assert max(adjusted) == 1.0


def test_a_wrong_family() -> None:
    with pytest.raises(ValueError, match="method must be holm or fdr_bh, found bonferroni"):
        adjust([0.1], "bonferroni")
    for p in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=rf"between 0 and 1, found \[{p}\]"):
            adjust([0.1, p], "holm")


def test_holm_worked_example() -> None:
    # Wikipedia, "Holm-Bonferroni method", Example: at 0.05 the fourth and the first are rejected.
    # 0.005 * 4, 0.01 * 3, 0.03 * 2; 0.04 * 1 is lifted to the 0.06 before it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_is_never_above_one_and_alone_changes_nothing() -> None:
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([0.123]) == pytest.approx([0.123])
