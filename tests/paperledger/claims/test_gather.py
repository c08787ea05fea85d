"""Functions that make claims are found in their modules, and called where they can be."""

from __future__ import annotations

from types import ModuleType

import pytest
from paperledger.claims.claim import Claim, Claims
from paperledger.claims.gather import Finder, found_by, gather, join


@found_by("count", "results/runs.parquet", "results/settings.json")
def counts(runs: int, share: float) -> Claims:
    return {"n": Claim(runs, "runs"), "share": Claim(share, decimals=2)}


@found_by("describe")
def settings(rate: float) -> Claims:
    return {"rate": Claim(rate)}


@found_by("again")
def again(runs: int) -> Claims:
    return {"n": Claim(runs)}


def module(**content: object) -> ModuleType:
    made = ModuleType("claims_of_a_paper")
    vars(made).update(content)
    return made


def test_a_claim_gets_the_origin_of_its_finder_and_keeps_the_rest() -> None:
    found = counts(runs=5, share=0.5)
    origin = {"rule": "count", "inputs": ("results/runs.parquet", "results/settings.json")}
    assert found == {
        "n": Claim(5, "runs", **origin),  # type: ignore[arg-type]
        "share": Claim(0.5, decimals=2, **origin),  # type: ignore[arg-type]
    }


def test_finders_are_called_where_all_that_they_need_is_at_hand() -> None:
    made = [module(counts=counts, other=len, number=3), module(settings=settings)]
    everything = {"runs": 5, "share": 0.5, "rate": 0.1, "unused": None}
    assert set(gather(made, everything)) == {"n", "share", "rate"}
    assert set(gather(made, {"rate": 0.1, "runs": 5})) == {"rate"}
    assert gather(made, {}) == {}


def test_a_claim_that_two_make_is_refused() -> None:
    both = [module(counts=counts), module(again=again)]
    with pytest.raises(ValueError, match=r"made twice: n$"):
        gather(both, {"runs": 5, "share": 0.5})
    with pytest.raises(ValueError, match=r"made twice: n, share$"):
        gather([module(counts=counts), module(again=counts)], {"runs": 5, "share": 0.5})
    with pytest.raises(ValueError, match=r"made twice: rate$"):
        join([settings(rate=0.1), {"other": Claim(1)}, settings(rate=0.2)])


def test_a_finder_is_the_functions_own() -> None:
    assert isinstance(counts, Finder)
    made = found_by("count", "a", "b")(len)
    assert (made.function, made.rule, made.inputs) == (len, "count", ("a", "b"))
    assert (settings.rule, settings.inputs) == ("describe", ())
