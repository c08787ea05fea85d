"""Long tables: every row once, and each number of them a claim that the ledger has."""

from __future__ import annotations

import re
from typing import Any, get_args

import pandas as pd
import pytest
from lrstudy.claims.tex_tables import PLACES, hypotheses_tex, tuned_tex
from lrstudy.design.study import Place
from lrstudy.tables.results import EFFECTS, TUNED
from paperledger.claims.quoted import table_claims

HOME = {"dataset": ["own"]}
FAMILIES = {"primary": "holm", "secondary": "fdr_bh", "beyond": "none"}
CLAIM = re.compile(r"\\claim\{([^}]*)\}")


def effect(
    name: str, protocol: str = "tail", initializer: str = "g", family: str = "primary"
) -> dict[str, Any]:
    numbers = dict.fromkeys((name for name, c in EFFECTS.columns.items() if c.style), 1)
    key = {"hypothesis": name, "protocol": protocol, "initializer": initializer, "family": family}
    words = {"label": f"label of {name}", "equivalent": False, "direction": "?"}
    return {**key, **numbers, **words, "dataset": "own", "resolved": True}


def rows(effects: list[dict[str, Any]], initializers: tuple[str, ...] = ("g", "n")) -> list[str]:
    text = hypotheses_tex(pd.DataFrame(effects), initializers, FAMILIES)
    lines = text.splitlines()
    assert lines[0].startswith("% Written by the workflow")
    assert text.endswith("\n")
    return lines[1:]


def cells(line: str) -> list[str]:
    assert line.endswith(r" \\")
    return [part.strip() for part in line.removesuffix(r"\\").split("&")]


def estimate(name: str) -> list[str]:
    ends = rf"[\claim{{{name}.low}}, \claim{{{name}.high}}]"
    return [
        rf"\claim{{{name}.difference}} {ends}",
        rf"\claim{{{name}.p_adjusted}}",
        rf"\claim{{{name}.equivalent}}",
    ]


NOTHING = ["---"] * 3


def test_initializers_stand_side_by_side() -> None:
    head, line = rows([effect("H1"), effect("H1", initializer="n")])
    assert head == r"\midrule\multicolumn{10}{l}{\emph{primary}}\\"
    name = "effect.H1.tail"
    assert cells(line) == [
        "H1", "label of H1", "tail", rf"\claim{{{name}.g.n}}",
        *estimate(f"{name}.g"), *estimate(f"{name}.n"),
    ]  # fmt: skip


def test_an_initializer_that_is_missing_leaves_dashes() -> None:
    line = rows([effect("H9", initializer="n")])[1]
    assert cells(line)[3:] == [
        r"\claim{effect.H9.tail.n.n}", *NOTHING, *estimate("effect.H9.tail.n")
    ]  # fmt: skip


def test_a_comparison_of_initializers_takes_the_first_columns() -> None:
    line = rows([effect("H13", initializer="both")])[1]
    name = "effect.H13.tail.both"
    assert cells(line)[3:] == [rf"\claim{{{name}.n}}", *estimate(name), "", "", ""]


@pytest.mark.parametrize("initializers", [("g",), ("g", "n"), ("g", "n", "k")])
def test_every_row_has_the_columns_of_the_table(initializers: tuple[str, ...]) -> None:
    head, *lines = rows(
        [effect("H1", initializer=i) for i in initializers]
        + [effect("H2"), effect("H3", initializer="both")],
        initializers,
    )
    assert [len(cells(line)) for line in lines] == [4 + 3 * len(initializers)] * 3
    assert rf"\multicolumn{{{4 + 3 * len(initializers)}}}" in head


def test_protocols_of_a_hypothesis_follow_each_other_and_share_its_label() -> None:
    """Tuned schedules come protocol by protocol, and are told apart by their labels."""
    lines = rows(
        [
            effect(f"H9.{schedule}", protocol)
            for protocol in ("tail", "resample")
            for schedule in ("cosine", "step")
        ]
        + [effect("H5", "tail-resample"), effect("H4", "official")]
    )
    assert [cells(line)[:3] for line in lines[1:]] == [
        ["H9", "label of H9.cosine", "tail"],
        ["", "", "random"],
        ["H9", "label of H9.step", "tail"],
        ["", "", "random"],
        ["H5", "label of H5", "difference"],
        ["H4", "label of H4", "official"],
    ]
    assert r"\claim{effect.H9.step.resample.g.difference}" in lines[4]


def test_families_in_their_order_and_apart() -> None:
    lines = rows([effect("D1", family="beyond"), effect("H6", family="secondary"), effect("H1")])
    heads = [i for i, line in enumerate(lines) if line.startswith(r"\midrule")]
    assert heads == [0, 2, 4]
    assert [re.findall(r"emph\{(.*?)\}", lines[i])[0] for i in heads] == list(FAMILIES)
    assert [cells(lines[i])[0] for i in (1, 3, 5)] == ["H1", "H6", "D1"]
    assert len(rows([effect("H1")])) == 2  # an empty family has no head


def test_every_claim_of_the_table_is_in_the_ledger() -> None:
    effects = [effect("H1"), effect("H1", initializer="n"), effect("H5", "tail-resample")]
    effects += [effect("H13", "resample", "both"), effect("H9.cosine", "official")]
    used = set(CLAIM.findall("\n".join(rows(effects))))
    ledger = table_claims(pd.DataFrame(effects), EFFECTS, HOME)
    assert used <= set(ledger)
    assert len(used) == 5 * 6 - 1  # pairs are counted for the first initializer


def test_every_protocol_has_a_name() -> None:
    assert set(PLACES) == set(get_args(Place))


# --- tuned schedules ----------------------------------------------------------

CONFIG: dict[str, Any] = {
    "grid": {
        "initial_rates": [0.1],
        "momenta": [0.9],
        "schedules": {"step": {"label": "Steps"}, "constant": {"label": "Constant"}},
    },
    "analysis": {"tuning": {"hypothesis": "T", "reference": "constant"}},
}


def tuned() -> pd.DataFrame:
    point = {name: 1 for name, column in TUNED.columns.items() if column.style}
    key = {"dataset": "own", "initializer": "g"}
    return pd.DataFrame([key | {"schedule": x} | point for x in ("constant", "step")])


def test_one_row_a_schedule_in_the_grids_order() -> None:
    first, second = tuned_tex(tuned(), CONFIG["grid"], CONFIG["analysis"]).splitlines()[1:]

    def point(schedule: str) -> list[str]:
        parts = ("initial_rate", "momentum", "cell_splits", "mean")
        return [rf"\claim{{tuned.g.{schedule}.{part}}}" for part in parts]

    against = estimate("effect.T.step.resample.g")[0]
    assert cells(first) == ["Steps", *point("step"), against]
    assert cells(second) == ["Constant", *point("constant"), "---"]


def test_every_claim_of_the_tuned_is_in_the_ledger() -> None:
    effects = pd.DataFrame([effect("T.step", "resample")])
    ledger = table_claims(tuned(), TUNED, HOME) | table_claims(effects, EFFECTS, HOME)
    used = set(CLAIM.findall(tuned_tex(tuned(), CONFIG["grid"], CONFIG["analysis"])))
    assert used <= set(ledger)
    assert len(used) == 2 * 4 + 3


def test_a_family_without_rows_is_left_out() -> None:
    lines = rows([effect("H6", family="secondary")])
    assert sum("H6" in line for line in lines) > 0
    assert not any("primary" in line for line in lines)
