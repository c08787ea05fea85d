"""The ledger: what is printed or rested on stands there, with origin, tolerance and pages."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from lrstudy.ledger import (
    LedgerError,
    build_ledger,
    check_macros,
    ledger_json,
    printed_claims,
    tolerance,
)
from lrstudy.macros import macros_tex
from lrstudy.sentences import sentences_tex


def number(value: Any, decimals: int | None = None, style: str = "plain") -> dict[str, Any]:
    return {"value": value, "unit": "", "text": str(value), "decimals": decimals, "style": style}


NUMBERS = {
    "effect.H1.difference": number(0.8, 2, "signed"),
    "effect.H1.low": number(0.6, 2, "signed"),
    "effect.H1.high": number(1.2, 2, "signed"),
    "effect.H1.mean": number(0.9, 2),
    "effect.H1.ties": number(41.0, 0),
    "effect.H1.p": number(0.02, None, "p"),
    "effect.H1.direction": number("higher"),
    "arm.a.mean": number(95.0, 2),
    "arm.a.sd": number(1.25, 2),
    "networks": number(12),
    "agreement.nudge": number(1e-5, None, "p"),
    "agreement.weights": number(6e-7, None, "p"),
    "agreement.apart.allowed": number(9),
    "agreement.within": number(162),
    "never.used": number(3),
}
INTERVAL = "half the width of its interval: what other random numbers may give"
ORIGINS: dict[str, Any] = {
    "effect": {"rule": "analyse", "script": "analyse.py", "inputs": ["results/e"]},
    "sentence": {"rule": "judge", "script": "judge.py", "inputs": []},
    "": {"rule": "write", "script": "write.py", "inputs": []},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "results").mkdir()
    (tmp_path / "results/e").write_bytes(b"table")
    return tmp_path


def test_pages_are_those_that_print_a_claim() -> None:
    assert printed_claims(["b 2", "a 10", "a 9", "a 10"]) == {"a": [9, 10], "b": [2]}
    assert printed_claims([]) == {}


@pytest.mark.parametrize(
    ("name", "allowed", "why"),
    [
        ("effect.H1.difference", 0.3, INTERVAL),  # half of 1.2 - 0.6
        ("effect.H1.mean", 0.3, INTERVAL),
        ("effect.H1.low", 0.3, INTERVAL),
        ("effect.H1.high", 0.3, INTERVAL),
        ("effect.H1.ties", 1.0, "one unit of the last digit printed: rounding, libraries"),
        ("effect.H1.p", 0.002, "a tenth: a p-value carries its order of magnitude"),
        ("effect.H1.direction", None, "a word is the same or another"),
        ("arm.a.mean", 0.01, "one unit of the last digit printed: rounding, libraries"),
        ("arm.a.sd", 0.01, "one unit of the last digit printed: rounding, libraries"),
        ("networks", 0.0, "a count or a setting is exact"),
        # ten nudges: the gate's own tolerance
        ("agreement.weights", 1e-4,
         "other processors may round Keras otherwise; beyond this the build stops"),
        ("agreement.within", 9.0,
         "other processors may carry as many networks elsewhere as the build allows"),
    ],
)  # fmt: skip
def test_tolerances(name: str, allowed: float | None, why: str) -> None:
    found, said = tolerance(name, NUMBERS)
    assert found == (allowed if allowed is None else pytest.approx(allowed))
    assert said == why


def test_what_is_printed_or_rested_on_and_nothing_else(root: Path) -> None:
    sentences = {"better": ["effect.H1.direction == higher", "arm.a.sd < 2"]}
    printed = {"effect.H1.difference": [1, 4], "networks": [1]}
    printed["sentence.better"] = [2, 3]
    verdicts = {"better": ["arm.a.sd < 2 (found 3 < 2)"]}
    ledger = build_ledger(NUMBERS, printed, sentences, verdicts, ORIGINS, root)
    names = ["arm.a.sd", "effect.H1.difference", "effect.H1.direction", "networks"]
    assert list(ledger) == [*names, "sentence.better"]
    said = ledger["sentence.better"]
    assert (said["value"], said["text"], said["tolerance"]) == ("unsupported", "unsupported", None)
    assert said == {
        "value": "unsupported", "unit": "", "text": "unsupported", "decimals": None,
        "conditions": sentences["better"], "rule": "judge", "script": "judge.py", "inputs": {},
        "tolerance": None, "why": "a word is the same or another", "pages": [2, 3],
    }  # fmt: skip
    entry = ledger["effect.H1.difference"]
    assert entry["pages"] == [1, 4]
    assert (entry["rule"], entry["script"]) == ("analyse", "analyse.py")
    assert entry["inputs"] == {"results/e": hashlib.sha256(b"table").hexdigest()}
    assert ledger["arm.a.sd"]["pages"] == []
    assert ledger["networks"]["rule"] == "write"
    assert json.loads(ledger_json(ledger)) == ledger


def test_a_printed_claim_that_nothing_computed(root: Path) -> None:
    with pytest.raises(LedgerError, match=r"nothing computed: no\.more, no\.such$"):
        build_ledger(NUMBERS, {"no.such": [1], "no.more": [1]}, {}, {}, ORIGINS, root)


def test_a_number_that_is_not_finite(root: Path) -> None:
    numbers = {**NUMBERS, "arm.a.sd": number(float("nan"), 2)}
    with pytest.raises(LedgerError, match=r"arm\.a\.sd is not finite"):
        build_ledger(numbers, {"arm.a.sd": [2]}, {}, {}, ORIGINS, root)


MACROS = {"b": "0.12", "a": "4"}
VERDICTS: dict[str, list[str]] = {"holds": [], "fails": ["a < 1 (found 4 < 1)"]}


def test_macros_are_sorted_definitions() -> None:
    lines = macros_tex(MACROS).splitlines()
    assert lines[1:] == [r"\defineclaim{a}{4}", r"\defineclaim{b}{0.12}"]


@pytest.mark.parametrize(
    ("claims", "sentences", "said"),
    [
        (macros_tex(MACROS), sentences_tex(VERDICTS), None),
        (macros_tex({**MACROS, "a": "5"}), sentences_tex(VERDICTS),
         r"claims\.tex .*made from results/numbers\.json: .*\{a\}\{4\}"),
        (macros_tex({"a": "4"}), sentences_tex(VERDICTS), r"\{b\}\{0\.12\}, found nothing"),
        (macros_tex(MACROS) + "x", sentences_tex(VERDICTS), "expected nothing, found x"),
        (macros_tex(MACROS), sentences_tex({"holds": [], "fails": []}),
         r"sentences\.tex is stale: it is not made from results/sentences\.json"),
    ],
)  # fmt: skip
def test_macros_of_other_numbers_are_stale(claims: str, sentences: str, said: str | None) -> None:
    numbers = {name: {"text": text} for name, text in MACROS.items()}
    if said is None:
        check_macros(numbers, VERDICTS, claims, sentences)
        return
    with pytest.raises(LedgerError, match=said):
        check_macros(numbers, VERDICTS, claims, sentences)


def test_the_ledger_as_text_is_indented_and_has_no_nan() -> None:
    assert ledger_json({"a": {"value": 1}}) == '{\n "a": {\n  "value": 1\n }\n}\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        ledger_json({"a": {"value": float("nan")}})
