"""Rounding happens once, here; how far a rebuild may lie from a claim follows from its print."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from paperledger.claims.claim import Claim, numbers_json


def text(value: Any, decimals: int | None = None, style: str = "plain") -> str:
    return Claim(value, "", decimals, style).text


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        (0.125, 2, "0.12"),  # half to even
        (0.135, 2, "0.14"),
        (0.375, 2, "0.38"),
        (2.5, 0, "2"),
        (3.5, 0, "4"),
        (1.005, 2, "1.00"),  # as its shortest decimal says, not as its binary does
        (1.015, 2, "1.02"),
        (0.1251, 2, "0.13"),
        (95.689655, 2, "95.69"),
        (99.995, 2, "100.00"),
        (1e-9, 2, "0.00"),
        (1234.5, 1, "1234.5"),
        (7, 1, "7.0"),
        (0.0997006985, 10, "0.0997006985"),
        (np.float64(0.5), 1, "0.5"),
        (np.float32(0.5), 1, "0.5"),
    ],
)
def test_rounding(value: float, decimals: int, printed: str) -> None:
    assert text(value, decimals) == printed


@pytest.mark.parametrize(
    ("value", "plain", "signed"),
    [
        (0.5, "0.50", "+0.50"),
        (-0.5, "$-$0.50", "$-$0.50"),
        (0.0, "0.00", "+0.00"),
        (-0.0, "0.00", "+0.00"),
        (-0.004, "0.00", "+0.00"),
        (-0.005, "0.00", "+0.00"),
        (-0.006, "$-$0.01", "$-$0.01"),
    ],
)
def test_signs(value: float, plain: str, signed: str) -> None:
    assert text(value, 2) == plain
    assert text(value, 2, "signed") == signed


@pytest.mark.parametrize(
    ("p", "printed"),
    [
        (1.0, "1.00"),
        (0.996, "1.00"),
        (0.994, "0.99"),
        (0.21, "0.21"),
        (0.0104, "0.01"),
        (0.0099, "0.010"),
        (0.0023, "0.002"),
        (0.00096, "0.001"),
        (0.0002, "0.0002"),
        (9.7e-5, "0.0001"),
        (9.4e-5, r"$9\times 10^{-5}$"),
        (1e-5, r"$1\times 10^{-5}$"),
        (3.2e-12, r"$3\times 10^{-12}$"),
        (0.995, "1.00"),
        (0.9949, "0.99"),
        (0.01, "0.01"),
        (0.001, "0.001"),
        (0.0, "0"),
    ],
)
def test_p_values(p: float, printed: str) -> None:
    assert text(p, None, "p") == printed


def test_no_small_p_is_printed_as_zero_or_with_two_digits_before_the_power() -> None:
    for p in 10.0 ** np.linspace(-30, -0.01, 2000):
        printed = text(float(p), None, "p")
        number = printed.strip("$").replace(r"\times 10^{", "e").replace("}", "").replace(" ", "")
        assert float(number) == pytest.approx(p, rel=0.51)
        assert "10\\times" not in printed


@pytest.mark.parametrize(
    ("p", "printed"),
    [
        (0.0002, "$<$0.0002"),
        (0.00021, "$<$0.0003"),
        (0.00095, r"$<$0.001"),
        (0.001, "$<$0.001"),
        (0.0048, "$<$0.005"),
        (0.0041, "$<$0.005"),
        (0.0098, "$<$0.01"),
        (0.011, "$<$0.02"),
        (0.123, "$<$0.13"),
        (1.0, "$<$1.00"),
        (0.000021, r"$<3\times 10^{-5}$"),
    ],
)
def test_a_p_that_is_a_bound_is_never_printed_below_itself(p: float, printed: str) -> None:
    assert Claim(p, "", None, "bound").text == printed


def test_whole_numbers_and_words() -> None:
    assert text(999) == "999"
    assert text(1000) == "1{,}000"
    assert text(12345678) == "12{,}345{,}678"
    assert text("Glorot uniform") == "Glorot uniform"


def test_as_few_digits_as_it_takes() -> None:
    assert [text(value, None, "short") for value in (1.0, 0.03, 0.5)] == ["1", "0.03", "0.5"]


def test_numbers_as_json() -> None:
    claims = {
        "b": Claim(0.125, "%", 2, rule="count", inputs=("t",), conclusion="higher"),
        "a": Claim(4, "rows", rule="count"),
    }
    common = {"style": "plain", "rule": "count"}
    assert json.loads(numbers_json(claims)) == {
        "a": common | {
            "value": 4, "unit": "rows", "text": "4", "decimals": None, "tolerance": 0.0,
            "why": "a count or a setting is exact", "inputs": [], "conclusion": "",
        },
        "b": common | {
            "value": 0.125, "unit": "%", "text": "0.12", "decimals": 2, "tolerance": 0.01,
            "why": "one unit of the last digit printed: rounding, libraries", "inputs": ["t"],
            "conclusion": "higher",
        },
    }  # fmt: skip
    assert numbers_json(claims) == numbers_json(dict(reversed(claims.items())))
    assert numbers_json(claims).splitlines()[:3] == ["{", ' "a": {', '  "value": 4,']


def test_no_claim_without_a_finite_value_and_an_origin() -> None:
    with pytest.raises(ValueError, match=r"finite: a \(nan, from count\), b \(inf, from count\)$"):
        numbers_json({n: Claim(float(v), rule="count") for n, v in [("a", "nan"), ("b", "inf")]})
    with pytest.raises(ValueError, match=r"origin: a, c$"):
        numbers_json({"a": Claim(1), "b": Claim(1, rule="count"), "c": Claim(1)})


@pytest.mark.parametrize(
    ("claim", "allowed"),
    [
        (Claim("higher"), None),
        (Claim(7, "rows"), 0.0),
        (Claim(1.5, "points", 2, "signed"), 0.01),
        (Claim(-1.5, "points", 0), 1.0),
        (Claim(0.02, "", None, "p"), 0.002),
        (Claim(0.02, "", None, "p", tolerance=1.0, why="said so"), 1.0),
        (Claim(7, "rows", tolerance=2.0, why="said so"), 2.0),
        (Claim(7, "rows", tolerance=0.0, why="said so"), 0.0),
    ],
)
def test_how_far_a_rebuild_may_lie(claim: Claim, allowed: float | None) -> None:
    found, why = claim.allowed
    assert found == (allowed if allowed is None else pytest.approx(allowed))
    assert (why == "said so") == (claim.tolerance is not None)
    assert why


def test_an_unknown_style_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'percent'.*plain.*short"):
        Claim(1.0, "", 2, "percent")
