"""One number of the paper: value, printed form, origin, and how far a rebuild may lie from it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Any

STYLES = ("plain", "signed", "p", "bound", "short")
HALF_WIDTH = "half the width of its interval: what other random numbers may give"


@dataclass(frozen=True)
class Claim:
    r"""One number, or one word, that the paper may print.

    Attributes
    ----------
    value : float, int or str
        The number as computed, or a word.
    unit : str
        Of the value; empty for a pure number and for a word.
    decimals : int or None
        Digits after the point in print; None prints the value as it is.
    style : str
        ``plain``; ``signed`` (a sign always, for differences); ``p`` (a number down to very small
        ones: two decimals, three below 0.01, one digit and a power of ten below 0.001); ``bound``
        (a p-value that is only known to be no larger: with "<", rounded up); ``short`` (up to six
        digits, no more than it takes).
    rule : str
        Rule of the workflow that found it.
    inputs : tuple of str
        Files that it was read from, relative to the build's folder.
    tolerance : float or None
        How far a rebuild may lie from it, in its unit; None: as its printed form says.
    why : str
        The reason of a tolerance that is given.
    conclusion : str
        What the row of its table concludes; a number that moves beyond its tolerance has kept its
        conclusion where this is the same.

    Examples
    --------
    >>> Claim(-0.125, "points", 2, "signed").text, Claim(151860, "networks").text
    ('$-$0.12', '151{,}860')
    >>> Claim(0.0023, "", None, "p").text, Claim(1.0, style="short").text
    ('0.002', '1')
    >>> Claim(0.0002, style="bound").text, Claim(0.0022, style="bound").text
    ('$<$0.0002', '$<$0.003')
    """

    value: float | int | str
    unit: str = ""
    decimals: int | None = None
    style: str = "plain"
    rule: str = ""
    inputs: tuple[str, ...] = ()
    tolerance: float | None = None
    why: str = ""
    conclusion: str = ""

    def __post_init__(self) -> None:
        if self.style not in STYLES:
            raise ValueError(f"unknown style {self.style!r}; known: {STYLES}")

    @property
    def text(self) -> str:
        """The number as the paper prints it, in TeX."""
        return _text(self.value, self.decimals, self.style)

    @property
    def allowed(self) -> tuple[float | None, str]:
        """How far a rebuild may lie from it, None for a word; and why, for the ledger's reader."""
        if isinstance(self.value, str):
            return None, "a word is the same or another"
        if self.tolerance is not None:
            return self.tolerance, self.why
        if self.style in ("p", "bound"):
            return 0.1 * abs(self.value), "a tenth: a p-value carries its order of magnitude"
        if self.decimals is None:
            return 0.0, "a count or a setting is exact"
        return 10.0**-self.decimals, "one unit of the last digit printed: rounding, libraries"


Claims = dict[str, Claim]


def _text(value: float | int | str, decimals: int | None, style: str) -> str:
    if isinstance(value, str):
        return value
    if style == "p":
        return _p_text(float(value))
    if style == "bound":
        return _bound_text(float(value))
    if style == "short":
        return f"{value:g}"
    if decimals is None:
        return f"{value:,}".replace(",", "{,}")
    rounded = Decimal(repr(float(value))).quantize(
        Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN
    )
    sign = "$-$" if rounded < 0 else "+" if style == "signed" else ""
    return f"{sign}{abs(rounded):f}"


def _p_text(p: float) -> str:
    if p >= 0.995:
        return "1.00"
    if p >= 0.01:
        return f"{p:.2f}"
    if p >= 0.001:
        return f"{p:.3f}"
    if p == 0:
        return "0"
    # The format rounds before it chooses the exponent: 9.7e-5 is 1e-4, not 10e-5.
    rounded = f"{p:.0e}"
    if float(rounded) >= 0.0001:
        return f"{float(rounded):g}"
    digit, exponent = rounded.split("e")
    return rf"${digit}\times 10^{{{int(exponent)}}}$"


def _bound_text(p: float) -> str:
    """Print "<" and a p-value as `_p_text` does, but never below itself."""
    exact = Decimal(repr(p))
    unit = Decimal("0.01") if p >= 0.01 else Decimal(1).scaleb(exact.adjusted())
    text = _p_text(float(exact.quantize(unit, rounding=ROUND_CEILING)))
    return f"$<{text[1:]}" if text.startswith("$") else f"$<${text}"


def described(claim: Claim) -> dict[str, Any]:
    """Return what the ledger says of a claim, as plain values."""
    allowed, why = claim.allowed
    return {
        "value": claim.value,
        "unit": claim.unit,
        "text": claim.text,
        "decimals": claim.decimals,
        "style": claim.style,
        "tolerance": allowed,
        "why": why,
        "rule": claim.rule,
        "inputs": list(claim.inputs),
        "conclusion": claim.conclusion,
    }


def numbers_json(claims: Claims) -> str:
    """Write the claims as JSON text, sorted by id.

    Raises
    ------
    ValueError
        A claim does not say which rule found it, or its value is not finite.
    """
    nameless = sorted(name for name, claim in claims.items() if not claim.rule)
    if nameless:
        raise ValueError(f"claims without an origin: {', '.join(nameless)}")
    endless = [
        f"{name} ({claim.value}, from {claim.rule})"
        for name, claim in sorted(claims.items())
        if isinstance(claim.value, float) and not math.isfinite(claim.value)
    ]
    if endless:
        raise ValueError(f"claims that are not finite: {', '.join(endless)}")
    entries = {name: described(claim) for name, claim in sorted(claims.items())}
    return json.dumps(entries, indent=1, allow_nan=False) + "\n"
