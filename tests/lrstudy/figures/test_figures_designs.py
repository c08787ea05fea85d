"""Figures of budgets, of specifications and of repeats show the tables' numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lrstudy.drawing.style import look_of
from lrstudy.figures import budget as fig_budget
from lrstudy.figures import repeats as fig_repeats
from lrstudy.figures import specification as fig_specification
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from tests.lrstudy.figures import synthetic as tables
from tests.lrstudy.figures.synthetic import (
    INITIALIZERS,
    PROTOCOLS,
    STUDY,
    draw,
    effects,
    named,
    words,
)
from tests.lrstudy.figures.test_figures import styled as styled

PANELS = [(protocol, initializer) for protocol in PROTOCOLS for initializer in INITIALIZERS]


def lines_of(figure: Figure, label: str) -> list[list[float]]:
    """Return the heights of a series' marks, panel by panel, epochs first."""
    return [list(line.get_ydata()) for line in named(figure, label)]


def test_budgets_go_through_the_tutorial_s_own() -> None:
    figure = draw("budget")
    assert len(figure.axes) == 8
    titles = [axis.get_title("left") for axis in figure.axes[:4]]
    assert titles[0] == "tail, Glorot uniform"
    assert [axis.get_xlabel() for axis in figure.axes] == ["epochs"] * 4 + ["rows in a batch"] * 4
    table = effects().set_index(["hypothesis", "protocol", "initializer"])["difference"]
    for series in fig_budget.SERIES:
        names = [f"{series.budget}.12", f"{series.budget}.25", series.factorial]
        names += [f"{series.budget}l.200"]
        epochs = [[table[(name, *cell)] for name in names] for cell in PANELS]
        batches = [[table[(f"{series.batch}.{v}", *cell)] for v in (7, 28)] for cell in PANELS]
        assert lines_of(figure, series.label) == epochs + batches
    first = figure.axes[0]
    assert [text.get_text() for text in first.get_xticklabels()] == ["12", "25", "50", "200"]
    low, high = first.get_ylim()
    assert low < effects()["low"].min()
    assert high > effects()["high"].max()


def test_budgets_are_told_apart_by_look_and_initializers_by_fill() -> None:
    figure = draw("budget")
    lines = [named(figure, series.label)[0] for series in fig_budget.SERIES]
    looks = {(line.get_color(), line.get_marker(), line.get_linestyle()) for line in lines}
    assert len(looks) == len(lines)
    written = named(figure, "as written")
    assert {line.get_linestyle() for line in written} == {"--"}
    fills = [to_hex(line.get_markerfacecolor()) == "#ffffff" for line in written[:4]]
    assert fills == [False, True, False, True]


def test_a_study_of_budgets_alone() -> None:
    asked = {name: h for name, h in STUDY.hypotheses.items() if name[0] != "V"}
    assert len(draw("budget", replace(STUDY, hypotheses=asked)).axes) == 4
    with pytest.raises(ValueError, match=r"no row with .*'U2.25'"):
        draw("budget", effects=effects()[lambda x: x["hypothesis"] != "U2.25"])


def test_specifications_are_all_combinations_the_worst_first() -> None:
    found = {
        outcome: fig_specification.specifications(
            {"effects": effects(), "outcomes": tables.outcomes()}, STUDY, outcome
        )
        for outcome in fig_specification.OUTCOMES
    }
    for specifications in found.values():
        assert len({s.values for s in specifications}) == len(specifications) == 2 * 3 * 3 * 2
        assert (np.diff([s.difference for s in specifications]) >= 0).all()
        assert all(s.low <= s.difference <= s.high for s in specifications)
        assert sum(s.own for s in specifications) == 4
    table = effects().set_index(["hypothesis", "protocol", "initializer"])
    own = {s.values: s for s in found["accuracy"]}["step", "0.9", "official", "normal_005"]
    row = table.loc["S3o", "official", "normal_005"]
    assert (own.difference, own.low, own.high) == (row["difference"], row["low"], row["high"])
    # Less loss is better, and so are fewer epochs.
    turned = {s.values: s for s in found["speed"]}["time-based", "0", "tail", "glorot_uniform"]
    row = table.loc["H4", "tail", "glorot_uniform"]
    assert (turned.difference, turned.low, turned.high) == (
        -(row["difference"] + 3),
        -(row["high"] + 3),
        -(row["low"] + 3),
    )


def test_specifications_are_drawn_above_their_choices() -> None:
    figure = draw("specification")
    curve, matrix = figure.axes[:2]
    assert [axis.get_title("left") for axis in figure.axes[::2]] == [
        *fig_specification.OUTCOMES.values()
    ]
    labels = [text.get_text() for text in matrix.get_yticklabels()]
    assert labels == [
        "time-based", "step", "momentum 0", "0.8", "0.9", "tail", "random", "official", "Glorot",
        INITIALIZERS["normal_005"],
    ]  # fmt: skip
    places = dict(zip(("time-based", "step", "0", "0.8", "0.9", "tail", "resample", "official",
                       *INITIALIZERS), matrix.get_yticks(), strict=True))  # fmt: skip
    table = {"effects": effects(), "outcomes": tables.outcomes()}
    for x, s in enumerate(fig_specification.specifications(table, STUDY, "accuracy")):
        interval, mark = (m for m in named(figure, " ".join(s.values)) if m.axes is curve)
        assert list(interval.get_ydata()) == [s.low, s.high]
        assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (x, s.difference)
        look = look_of({"schedule": {"name": s.recipe.partition("-")[0]}, "momentum": s.momentum})
        assert (mark.get_color(), mark.get_marker()) == (look.colour, look.marker)
        dots = matrix.lines[x]
        assert set(dots.get_xdata()) == {x}
        assert list(dots.get_ydata()) == [places[value] for value in s.values]
    shaded = [patch for patch in matrix.patches if patch.get_width() == 1.0]
    assert len(shaded) == 4


def test_specifications_of_outcomes_that_are_asked() -> None:
    table = tables.outcomes()
    some = table[(table["hypothesis"] == "H4") & (table["outcome"] != "speed")]
    figure = draw("specification", outcomes=some)
    assert [axis.get_title("left") for axis in figure.axes[::2]] == [
        *fig_specification.OUTCOMES.values()
    ][:3]
    assert len(figure.axes[3].lines) == 3 * len(INITIALIZERS)
    only = effects()
    with pytest.raises(ValueError, match=r"no row with .*'W1'"):
        draw("specification", effects=only[only["hypothesis"] != "W1"])


def test_repeats_show_every_run_of_every_primary_effect() -> None:
    figure = draw("repeats")
    effect, matrix = figure.axes
    table = tables.by_run().set_index(["hypothesis", "protocol", "initializer", "run"])
    for hypothesis in ("H1", "H2", "H3", "S1", "S2", "S3"):
        for protocol in PROTOCOLS:
            lines = [named(figure, f"{hypothesis} {protocol} {run}") for run in range(3)]
            heights = []
            for run, (line,) in enumerate(lines):
                row = table.loc[hypothesis, protocol, "glorot_uniform", run]
                assert line.axes is effect
                assert list(line.get_xdata()) == [row["low"], row["high"]]
                assert (line.get_color() == "black") == (run == 0)
                heights.append(line.get_ydata()[0])
            assert 0 < heights[-1] - heights[0] < 1
    assert [text.get_text() for text in matrix.get_yticklabels()] == ["once", "often"]
    fills = {
        name: [to_hex(named(figure, f"{name} {run}")[0].get_markerfacecolor()) for run in range(3)]
        for name in ("once", "often")
    }
    holds, narrowly, fails = "#333333", "#b5b5b5", "#ffffff"
    assert fills == {"once": [fails, fails, holds], "often": [holds, narrowly, fails]}
    assert {"1/3", "2/3"} <= set(words(figure))


def test_repeats_name_so_many_sentences_at_most() -> None:
    once = tables.verdicts().query("sentence == 'once'")
    many = pd.concat([once.assign(sentence=f"sentence {i:02}") for i in range(30)])
    figure = draw("repeats", verdicts=many)
    labels = [text.get_text() for text in figure.axes[1].get_yticklabels()]
    assert labels == [f"sentence {i:02}" for i in range(fig_repeats.MOST_SENTENCES)]
    assert "and 6 more" in words(figure)
    assert figure.get_size_inches()[1] < 6


def test_repeats_that_all_agree_and_one_that_lacks_an_effect() -> None:
    sure = tables.verdicts().query("sentence == 'sure'")
    assert "every sentence holds in every run" in words(draw("repeats", verdicts=sure))
    table = tables.by_run()
    with pytest.raises(ValueError, match=r"H2 on tail: expected runs \[.*\], found \[.*\]"):
        draw("repeats", by_run=table[(table["hypothesis"] != "H2") | (table["run"] != 1)])
