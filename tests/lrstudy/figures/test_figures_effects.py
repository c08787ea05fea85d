"""Figures of effects and of learning rates show the tables' numbers, in order, told apart."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lrstudy.drawing.forest import asked_of, lay_out
from lrstudy.drawing.rates import CURVES
from lrstudy.drawing.style import DARK
from lrstudy.figures import recipes as fig_recipes
from matplotlib.colors import to_hex
from paperledger.claims.claim import Claim

from tests.lrstudy.figures.synthetic import (
    ASKED,
    FIGURES,
    INITIALIZERS,
    STUDY,
    draw,
    effects,
    named,
    rates,
    words,
)
from tests.lrstudy.figures.test_figures import styled as styled

FORESTS = {name: ASKED[name] for name in ("recipes", "inflation", "readings")}


def estimate(hypothesis: str, protocol: str, initializer: str) -> pd.Series:
    """Return the one row of the table."""
    table = effects().set_index(["hypothesis", "protocol", "initializer"])
    return table.loc[(hypothesis, protocol, initializer)]


@pytest.mark.parametrize("name", FORESTS)
def test_every_effect_stands_in_its_place(name: str) -> None:
    figure = draw(name)
    for (hypothesis, protocol), initializer in itertools.product(FORESTS[name], INITIALIZERS):
        row = estimate(hypothesis, protocol, initializer)
        interval, mark = named(figure, f"{hypothesis} {protocol} {initializer}")
        assert list(interval.get_xdata()) == [row["low"], row["high"]]
        assert list(mark.get_xdata()) == [row["difference"]]
        assert list(mark.get_ydata()) == [interval.get_ydata()[0]]
        assert to_hex(mark.get_color()) == DARK
    assert mark.axes.yaxis_inverted()


@pytest.mark.parametrize("name", ["inflation", "readings"])
def test_effects_stand_in_the_order_of_their_claims(name: str) -> None:
    figure = draw(name)
    for initializer in INITIALIZERS:
        marks = [named(figure, f"{h} {p} {initializer}")[1] for h, p in FORESTS[name]]
        assert (np.diff([mark.get_ydata()[0] for mark in marks]) > 0).all()


@pytest.mark.parametrize("name", FORESTS)
def test_initializers_differ_in_shape_and_fill_and_the_legend_says_so(name: str) -> None:
    figure = draw(name)
    hypothesis, protocol = FORESTS[name][-1]
    seen = {
        initializer: named(figure, f"{hypothesis} {protocol} {initializer}")[1]
        for initializer in INITIALIZERS
    }
    first, second = seen.values()
    assert first.get_marker() != second.get_marker()
    assert to_hex(first.get_markerfacecolor()) == to_hex(first.get_color())
    assert to_hex(second.get_markerfacecolor()) == "#ffffff"
    assert first.get_ydata()[0] < second.get_ydata()[0]
    legends = [*figure.legends, *filter(None, [axis.get_legend() for axis in figure.axes])]
    shown = {
        text.get_text(): (handle.get_marker(), handle.get_markerfacecolor())
        for legend in legends
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
        if text.get_text() in INITIALIZERS.values()
    }
    assert shown == {
        INITIALIZERS[initializer]: (mark.get_marker(), mark.get_markerfacecolor())
        for initializer, mark in seen.items()
    }


@pytest.mark.parametrize("name", FORESTS)
def test_zero_and_the_band_of_equivalence_are_marked(name: str) -> None:
    figure = draw(name)
    axis = named(figure, " ".join([*FORESTS[name][0], "normal_005"]))[0].axes
    (band,) = axis.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == (-0.5, 0.5)
    zero = [line for line in axis.lines if list(line.get_xdata()) == [0, 0]]
    assert len(zero) == 1
    low, high = axis.get_xlim()
    assert low < effects()["low"].min()
    assert high > effects()["high"].max()
    assert axis.get_xlabel() == "difference in accuracy (points)"


def test_numbers_stand_beside_the_marks_as_the_ledger_rounds_them() -> None:
    figure = draw("inflation")
    shown = words(figure)
    table = effects().set_index(["hypothesis", "protocol"])
    for asked in FORESTS["inflation"]:
        for row in table.loc[[asked]].to_dict("records"):
            difference, low, high = (
                Claim(row[key], "points", 2, "signed").text for key in ("difference", "low", "high")
            )
            assert f"{difference} [{low}, {high}]" in shown
    assert sum(text.endswith("]") for text in shown) == 2 * len(FORESTS["inflation"])


def test_recipes_stand_beside_each_other_row_by_row() -> None:
    figure = draw("recipes")
    time, step = figure.axes
    assert [axis.get_title("left") for axis in figure.axes] == ["time-based recipe", "step recipe"]
    assert time.get_xlim() == step.get_xlim()
    places: dict[str, list[float]] = {"H": [], "S": []}
    for protocol, question in itertools.product(STUDY.protocols, fig_recipes.QUESTIONS):
        for recipe, axis in (("H", time), ("S", step)):
            mark = named(figure, f"{recipe}{question} {protocol} glorot_uniform")[1]
            assert mark.axes is axis
            places[recipe].append(mark.get_ydata()[0])
    assert places["H"] == places["S"]
    assert (np.diff(places["H"]) > 0).all()
    shown = words(figure)
    assert shown.count("interaction") == shown.count("then schedule") == 2
    assert shown.count("H6") == shown.count("S6") == 2


def test_recipes_mark_the_gain_that_the_tutorial_reports_on_its_split() -> None:
    figure = draw("recipes")
    last = named(figure, "H6 tail normal_005")[1].get_ydata()[0]
    first = named(figure, "H1 resample glorot_uniform")[1].get_ydata()[0]
    for axis in figure.axes:
        (gain,) = (line for line in axis.lines if line.get_linestyle() == "--")
        assert gain.get_xdata() == pytest.approx([400 / 116] * 2)
        assert last < max(gain.get_ydata()) < first
    assert words(figure).count("tutorial's gain +3.45") == 2


def test_a_question_is_asked_once_for_lines_that_share_it() -> None:
    lines = lay_out(effects(), FORESTS["inflation"])
    assert [line.label for line in lines][:5] == ["best epoch", "", "", "", "question B3"]
    assert np.diff([line.y for line in lines])[:4].tolist() == pytest.approx([1, 1, 1, 1.45])
    shown = words(draw("inflation"))
    assert shown.count("best epoch") == 1
    # A long one runs over several lines.
    assert "the schedule alone, at the" in shown
    assert shown.count("tail") == len(FORESTS["inflation"]) / 2


def test_effects_that_are_not_asked_are_left_out_and_others_must_be_there() -> None:
    asked = {name: h for name, h in STUDY.hypotheses.items() if name not in ("H7", "S7", "P3")}
    study = replace(STUDY, hypotheses=asked)
    assert [name for name, _ in asked_of(FIGURES["inflation"].claims, study)] == [
        name for name, _ in FORESTS["inflation"] if name in asked
    ]
    for name, gone in (("recipes", "H7"), ("inflation", "P3")):
        figure = draw(name, study)
        assert not named(figure, f"{gone} tail normal_005")
        assert named(figure, "S3 tail normal_005")
        assert figure.get_size_inches()[1] < draw(name).get_size_inches()[1]
    table = effects()
    with pytest.raises(ValueError, match=r"no row with .*'H4'"):
        draw("recipes", effects=table[table["hypothesis"] != "H4"])
    one = (table["hypothesis"] == "H3") & (table["initializer"] == "normal_005")
    with pytest.raises(ValueError, match=r"no row with .*'normal_005'"):
        draw("recipes", effects=table[~one])
    with pytest.raises(ValueError, match=r"no row with .*'P1'"):
        draw("inflation", effects=table[table["hypothesis"] != "P1"])
    with pytest.raises(ValueError, match=r"2 rows with .*'H1'.*, expected 1"):
        draw("recipes", effects=pd.concat([table, table]))


def test_a_study_of_one_recipe_without_a_tutorial() -> None:
    only = {"S1": STUDY.hypotheses["S1"]}
    figure = draw("recipes", replace(STUDY, hypotheses=only, tutorial=None))
    (axis,) = figure.axes
    assert axis.get_title("left") == "step recipe"
    assert named(figure, "S1 tail normal_005")
    assert not any(text.startswith("tutorial") for text in words(figure))


def test_other_data_stand_below_the_study_s_own() -> None:
    figure = draw("elsewhere")
    points, shares = figure.axes
    assert [label.get_text() for label in points.get_yticklabels()] == ["Own", "Wine"] * 3
    for name, home in (("X1", "H1"), ("Y3", "S3")):
        for dataset, of in (("own", home), ("wine", name)):
            row = estimate(of, "resample", "glorot_uniform")
            for axis, columns in (
                (points, ("difference", "low", "high")),
                (shares, ("share", "share_low", "share_high")),
            ):
                marks = [m for m in named(figure, f"{name} {dataset}") if m.axes is axis]
                interval, mark = marks
                assert list(interval.get_xdata()) == [row[columns[1]], row[columns[2]]]
                assert list(mark.get_xdata()) == [row[columns[0]]]
                assert mark.get_marker() == {"X": "s", "Y": "^"}[name[0]]
    (band,) = points.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == (-0.5, 0.5)
    assert not shares.patches


def test_other_data_need_an_answer() -> None:
    table = effects()
    with pytest.raises(ValueError, match="no effect of other data"):
        draw("elsewhere", effects=table[table["dataset"] == "own"])
    with pytest.raises(ValueError, match=r"2 rows with .*'wine'"):
        draw("elsewhere", effects=pd.concat([table, table[table["dataset"] == "wine"]]))


def test_an_effect_without_spread_is_drawn() -> None:
    table = effects().assign(difference=0.0, low=0.0, high=0.0)
    assert "+0.00 [+0.00, +0.00]" in words(draw("inflation", effects=table))


def test_one_initializer_alone() -> None:
    only = {"glorot_uniform": INITIALIZERS["glorot_uniform"]}
    figure = draw("inflation", replace(STUDY, initializers=only))
    assert not named(figure, "B1 tail normal_005")
    assert sum(text.endswith("]") for text in words(figure)) == len(FORESTS["inflation"])
    assert len(draw("budget", replace(STUDY, initializers=only)).axes) == 4


def test_rates_show_the_table() -> None:
    figure = draw("rates")
    table = rates()[lambda x: x["figure"] == "rates"]
    assert [axis.get_title("left") for axis in figure.axes] == ["Left", "Right"]
    assert figure.axes[0].get_ylabel() == "learning rate"
    for axis, panel in zip(figure.axes, ["Left", "Right"], strict=True):
        assert axis.get_xlabel() == "epochs done"
        assert axis.get_ylim()[0] == 0
        assert [line.get_label() for line in axis.lines] == ["one", "two"]
        assert [line.get_color() for line in axis.lines] == [c["color"] for c in CURVES[:2]]
        assert len({str(line.get_linestyle()) for line in axis.lines}) == 2
        for line in axis.lines:
            rows = table[(table["panel"] == panel) & (table["curve"] == line.get_label())]
            assert np.array_equal(line.get_xdata(), rows["epoch"])
            assert np.array_equal(line.get_ydata(), rows["rate"])


def test_readings_show_their_rates_too() -> None:
    axis = draw("readings").axes[0]
    table = rates()[lambda x: x["figure"] == "readings"]
    for line, (curve, rows) in zip(axis.lines, table.groupby("curve"), strict=True):
        assert line.get_label() == curve
        assert np.array_equal(line.get_ydata(), rows["rate"])
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["one", "two"]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("epochs done", "learning rate")


def test_rates_that_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match=r"no row with \{'figure': 'rates'\}"):
        draw("rates", rates=rates()[lambda x: x["figure"] != "rates"])
    many = pd.concat([rates().assign(curve=name) for name in "abcde"])
    with pytest.raises(ValueError, match="at most 4 curves; one more is 'e'"):
        draw("rates", rates=many)
    with pytest.raises(ValueError, match=r"no row with .*'L2'"):
        draw("readings", effects=effects()[lambda x: x["hypothesis"] != "L2"])
