"""Long tables: every row once, and each number of them a claim that the ledger has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pytest
from lrstudy.claims.tex_tables import PLACES, hypotheses_tex, primary_tex, tuned_tex
from lrstudy.design.analysis_models import Place
from lrstudy.tables.results import EFFECTS, TUNED
from paperledger.claims.quoted import table_claims
from paperledger.tex.compile import TexError

from tests.paperledger.tex.test_compile import PREAMBLE, build, needs_tex

HOME = {"dataset": ["own"]}
CLAIM = re.compile(r"\\claim\{([^}]*)\}")
NOTHING = ["---"] * 3


def effect(
    name: str, protocol: str = "tail", initializer: str = "g", family: str = "secondary"
) -> dict[str, Any]:
    numbers = dict.fromkeys((name for name, c in EFFECTS.columns.items() if c.style), 1)
    key = {"hypothesis": name, "protocol": protocol, "initializer": initializer, "family": family}
    words = {"label": f"label of {name}", "equivalent": False, "direction": "?"}
    return {**key, **numbers, **words, "dataset": "own", "resolved": True}


def lines_of(text: str) -> list[str]:
    first, *lines = text.splitlines()
    assert first.startswith("% Written by the workflow")
    assert text.endswith("\n")
    return lines


def rows(effects: list[dict[str, Any]], initializers: tuple[str, ...] = ("g", "n")) -> list[str]:
    return lines_of(hypotheses_tex(pd.DataFrame(effects), initializers))


def primary(*effects: dict[str, Any]) -> list[str]:
    return lines_of(primary_tex(pd.DataFrame(effects), ["g", "n"]))


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


# --- the primary family -------------------------------------------------------


def test_primary_effects_say_their_margin_for_each_initializer() -> None:
    asked = [("H1", "tail"), ("H1", "resample"), ("H2", "tail")]
    lines = primary(*(effect(*a, i, "primary") for a in asked for i in ("g", "n")))
    assert [cells(line)[:3] for line in lines] == [
        ["H1", "label of H1", "tail"],
        ["", "", "random"],
        ["H2", "label of H2", "tail"],
    ]
    for (hypothesis, protocol), line in zip(asked, lines, strict=True):
        expected = []
        for name in (f"effect.{hypothesis}.{protocol}.{i}" for i in ("g", "n")):
            expected += [*estimate(name), rf"\claim{{{name}.margin}}"]
        assert cells(line)[3:] == expected


def test_each_effect_stands_in_one_of_the_two_tables() -> None:
    effects = [effect("H1", family="primary"), effect("H4"), effect("X1", family="elsewhere")]
    assert [cells(line)[0] for line in primary(*effects)] == ["H1"]
    assert [cells(line)[0] for line in rows(effects)] == ["H4", "X1"]


# --- all others ---------------------------------------------------------------


def test_initializers_stand_side_by_side() -> None:
    (line,) = rows([effect("H4"), effect("H4", initializer="n")])
    name = "effect.H4.tail"
    assert cells(line) == [
        "H4", "label of H4", "tail", *estimate(f"{name}.g"), *estimate(f"{name}.n")
    ]  # fmt: skip


def test_an_initializer_that_is_missing_leaves_dashes() -> None:
    (line,) = rows([effect("H9", initializer="n")])
    assert cells(line)[3:] == [*NOTHING, *estimate("effect.H9.tail.n")]


def test_a_comparison_of_initializers_takes_the_first_columns() -> None:
    (line,) = rows([effect("I1", initializer="both")])
    assert cells(line)[3:] == [*estimate("effect.I1.tail.both"), "", "", ""]


@pytest.mark.parametrize("initializers", [("g",), ("g", "n"), ("g", "n", "k")])
def test_every_row_has_the_columns_of_the_table(initializers: tuple[str, ...]) -> None:
    lines = rows(
        [effect("H4", initializer=i) for i in initializers]
        + [effect("H5"), effect("I1", initializer="both")],
        initializers,
    )
    assert [len(cells(line)) for line in lines] == [3 + 3 * len(initializers)] * 3


def test_protocols_of_a_hypothesis_follow_each_other_and_share_its_label() -> None:
    """Budgets and tuned schedules come protocol by protocol, and are told apart by their labels."""
    lines = rows(
        [
            effect(f"U1.{epochs}", protocol)
            for protocol in ("tail", "resample")
            for epochs in (12, 25)
        ]
        + [effect("H1d", "tail-resample"), effect("H1o", "official")]
    )
    assert [cells(line)[:3] for line in lines] == [
        ["U1", "label of U1.12", "tail"],
        ["", "", "random"],
        ["U1", "label of U1.25", "tail"],
        ["", "", "random"],
        ["H1d", "label of H1d", "difference"],
        ["H1o", "label of H1o", "official"],
    ]
    assert r"\claim{effect.U1.25.resample.g.difference}" in lines[3]


def test_every_claim_of_the_tables_is_in_the_ledger() -> None:
    effects = [effect("H4"), effect("H4", initializer="n"), effect("H1d", "tail-resample")]
    effects += [effect("I1", "resample", "both"), effect("T.cosine", "official")]
    first = [effect("H1", initializer=i, family="primary") for i in ("g", "n")]
    used = set(CLAIM.findall("\n".join([*rows(effects), *primary(*first)])))
    assert used <= set(table_claims(pd.DataFrame(effects + first), EFFECTS, HOME))
    assert len(used) == 5 * 5 + 2 * 6


def test_every_protocol_has_a_name() -> None:
    assert set(PLACES) == set(get_args(Place))


# --- tuned schedules ----------------------------------------------------------

GRID = {"schedules": {"step": {"label": "Steps"}, "constant": {"label": "Constant"}}}
ANALYSIS = {"tuning": {"hypothesis": "T", "reference": "constant"}, "initializer": "g"}


def tuned(*initializers: str) -> pd.DataFrame:
    point = {name: 1 for name, column in TUNED.columns.items() if column.style}
    return pd.DataFrame(
        [
            {"dataset": "own", "initializer": i, "schedule": schedule, **point}
            for i in initializers
            for schedule in ("constant", "step", "all")
        ]
    )


def test_one_row_a_schedule_and_one_of_the_best_of_all() -> None:
    constant, step, best = lines_of(tuned_tex(tuned("n", "g"), GRID, ANALYSIS))

    def point(schedule: str) -> list[str]:
        parts = ("initial_rate", "momentum", "edge", "inner_mean", "mean")
        return [rf"\claim{{tuned.g.{schedule}.{part}}}" for part in parts]

    def against(name: str) -> list[str]:
        return estimate(f"effect.T.{name}.resample.g")[:2]

    # The reference is not compared with itself, but leaks as all others do.
    assert cells(constant) == [
        "Constant", *point("constant"), "---", "---", *against("reference.leak")
    ]  # fmt: skip
    assert cells(step) == ["Steps", *point("step"), *against("step"), *against("step.leak")]
    assert cells(best)[0] == "the best of all"
    assert cells(best)[6:] == [*against("all"), *against("all.leak")]


def test_what_the_table_of_the_tuned_shows_is_not_shown_twice() -> None:
    """Tuned from other initial weights than the primary ones, it is nowhere else."""
    effects = [effect(n, "resample", i) for n in ("T.step", "T.all.leak") for i in ("g", "n")]
    frame = pd.DataFrame([effect("H4"), *effects])
    assert len(lines_of(hypotheses_tex(frame, ["g", "n"]))) == 3
    used = CLAIM.findall(hypotheses_tex(frame, ["g", "n"], ANALYSIS))
    assert {name.rsplit(".", 1)[0] for name in used} == {
        "effect.H4.tail.g", "effect.T.step.resample.n", "effect.T.all.leak.resample.n"
    }  # fmt: skip


def test_every_claim_of_the_tuned_is_in_the_ledger() -> None:
    names = ("T.step", "T.all", "T.reference.leak", "T.step.leak", "T.all.leak")
    effects = pd.DataFrame([effect(name, "resample") for name in names])
    ledger = table_claims(tuned("g"), TUNED, HOME) | table_claims(effects, EFFECTS, HOME)
    used = set(CLAIM.findall(tuned_tex(tuned("g"), GRID, ANALYSIS)))
    assert used <= set(ledger)
    assert len(used) == 3 * 5 + 5 * 4


@needs_tex
def test_numbers_that_are_wider_than_the_line_are_printed_smaller(
    root: Path, tmp_path: Path
) -> None:
    """Of other data, whose differences may have a digit more: no table stops a build."""
    macros = (root / "paper/macros.tex").read_text()
    (definition,) = re.findall(r"^\\newsavebox\{\\fittedbox\}\n(?:.+\n)+", macros, re.MULTILINE)
    table = r"\begin{tabular}{l}\rule{2\textwidth}{1pt}\end{tabular}"
    preamble = PREAMBLE + r"\usepackage{graphicx}" + definition
    fitted = rf"\noindent\begin{{fitted}}{table}\end{{fitted}}"
    assert build(tmp_path / "fitted", fitted, preamble).is_file()
    with pytest.raises(TexError, match="Overfull"):
        build(tmp_path / "as it is", rf"\noindent{table}", preamble)


def test_every_table_of_numbers_is_fitted(root: Path) -> None:
    for path in (root / "paper").glob("*.tex"):
        text = path.read_text()
        for begun in re.findall(r".*\n\\begin\{tabular\}\{.*\}\n", text):
            assert begun.startswith("\\begin{fitted}\n") or "{cc}" in begun, (path.name, begun)
