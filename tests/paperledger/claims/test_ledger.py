"""The ledger: what is printed or rested on stands there, with origin, tolerance and pages."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from paperledger.claims.claim import Claim, described
from paperledger.claims.ledger import (
    ENVIRONMENT,
    LedgerError,
    build_ledger,
    check_macros,
    ledger_json,
    printed_claims,
)
from paperledger.claims.macros import macros_tex
from paperledger.claims.sentences import sentences_tex

NUMBERS = {
    name: described(claim)
    for name, claim in {
        "effect.difference": Claim(
            0.8, "points", 2, "signed", "analyse", ("results/e",), 0.3, "because", "higher"
        ),
        "effect.direction": Claim("higher", rule="analyse", inputs=("results/e",)),
        "arm.sd": Claim(1.25, "%", 2, rule="analyse", inputs=("results/e",)),
        "networks": Claim(12, "networks", rule="count"),
        "never.used": Claim(3, rule="count", inputs=("results/gone",)),
    }.items()
}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "results").mkdir()
    (tmp_path / "results/e").write_bytes(b"table")
    (tmp_path / "results/sentences.json").write_bytes(b"verdicts")
    (tmp_path / ENVIRONMENT).write_bytes(b"libraries")
    return tmp_path


def test_pages_are_those_that_print_a_claim() -> None:
    assert printed_claims(["b 2", "a 10", "a 9", "a 10"]) == {"a": [9, 10], "b": [2]}
    assert printed_claims([]) == {}


def test_what_is_printed_or_rested_on_and_nothing_else(root: Path) -> None:
    sentences = {"better": ["effect.direction == higher", "arm.sd < 2"]}
    printed = {"effect.difference": [1, 4], "networks": [1], "sentence.better": [2, 3]}
    ledger = build_ledger(NUMBERS, printed, sentences, {"better": ["arm.sd < 2 (...)"]}, root)
    names = ["arm.sd", "effect.difference", "effect.direction", "networks"]
    assert list(ledger) == [*names, "sentence.better"]
    environment = {ENVIRONMENT: sha256(b"libraries")}
    made = {"inputs": {"results/e": sha256(b"table"), **environment}}
    # All that the claim says of itself, with hashes and pages.
    assert ledger["effect.difference"] == NUMBERS["effect.difference"] | made | {"pages": [1, 4]}
    assert ledger["arm.sd"]["pages"] == []
    assert ledger["networks"]["inputs"] == environment
    assert json.loads(ledger_json(ledger)) == ledger


@pytest.mark.parametrize(
    ("failed", "word"), [([], "supported"), (["arm.sd < 2 (...)"], "unsupported")]
)
def test_a_sentence_is_a_claim_too(failed: list[str], word: str, root: Path) -> None:
    sentences = {"better": ["arm.sd < 2"]}
    found = build_ledger(NUMBERS, {}, sentences, {"better": failed}, root)["sentence.better"]
    assert (found["value"], found["text"], found["tolerance"]) == (word, word, None)
    assert found["conditions"] == sentences["better"]
    assert found["rule"] == "check_sentences"
    assert found["inputs"]["results/sentences.json"] == sha256(b"verdicts")


def test_a_printed_claim_that_nothing_computed(root: Path) -> None:
    with pytest.raises(LedgerError, match=r"nothing computed: no\.more, no\.such$"):
        build_ledger(NUMBERS, {"no.such": [1], "no.more": [1]}, {}, {}, root)


def test_a_claim_of_a_file_that_is_not_there(root: Path) -> None:
    with pytest.raises(LedgerError, match=r"never\.used comes from results/gone"):
        build_ledger(NUMBERS, {"never.used": [1]}, {}, {}, root)
    (root / ENVIRONMENT).unlink()
    with pytest.raises(LedgerError, match=f"networks comes from {ENVIRONMENT}"):
        build_ledger(NUMBERS, {"networks": [1]}, {}, {}, root)


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
