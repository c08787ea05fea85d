"""What claims say in print, and a row of the effects that they quote."""

from __future__ import annotations

import json

from paperledger.claims.claim import Claims, numbers_json

ASKED = {"hypothesis": "H1", "dataset": "own", "protocol": "tail", "initializer": "g"}
EFFECT = ASKED | {
    "n": 1000, "clusters": 6, "ties": 996, "ties_share": 99.6, "difference": -0.125, "low": -0.3,
    "high": 0.05, "p": 9.7e-5, "p_adjusted": 0.2, "superiority": 0.4, "tost_p": 0.0123,
    "tost_low": -0.2, "tost_high": 0.0, "equivalent": True, "direction": "unclear",
    "margin": 0.2, "resolved": True, "share": -1.25, "share_low": -3.0, "share_high": 0.5,
}  # fmt: skip


def texts(claims: Claims, prefix: str) -> dict[str, str]:
    """Return what is printed, with its unit, by the end of the name; the ledger can be written."""
    json.loads(numbers_json(claims))
    assert all(name.startswith(prefix) for name in claims)
    return {
        name.removeprefix(prefix): f"{claim.text} {claim.unit}".rstrip()
        for name, claim in claims.items()
    }
