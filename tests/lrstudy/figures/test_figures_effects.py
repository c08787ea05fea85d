"""Figures of effects and of learning rates show the tables' numbers, in order, told apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lrstudy.drawing.forest import asked_of, lay_out
from lrstudy.drawing.style import COLOURS
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from paperledger.claims.claim import Claim

from tests.lrstudy.figures.test_figures import (
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

FORESTS = {name: ASKED[name] for name in ("ladder", "inflation", "readings")}


def ladder(table: pd.DataFrame) -> Figure:
    return draw("ladder", effects=table)


@pytest.mark.parametrize("name", FORESTS)
def test_every_effect_stands_in_its_place(name: str) -> None:
    figure = draw(name)
    height = dict.fromkeys(INITIALIZERS, -1.0)
    for hypothesis, protocol in FORESTS[name]:
        for initializer in INITIALIZERS:
            row = (
                effects()
                .set_index(["hypothesis", "protocol", "initializer"])
                .loc[(hypothesis, protocol, initializer)]
            )
            interval, mark = named(figure, f"{hypothesis} {protocol} {initializer}")
            assert list(interval.get_xdata()) == [row["low"], row["high"]]
            assert list(mark.get_xdata()) == [row["difference"]]
            assert list(mark.get_ydata()) == [interval.get_ydata()[0]]
            # y grows downwards: the order is that of the list.
            assert mark.get_ydata()[0] > height[initializer]
            height[initializer] = mark.get_ydata()[0]
    assert mark.axes.yaxis_inverted()


@pytest.mark.parametrize("name", FORESTS)
def test_initializers_differ_in_shape_and_fill_and_the_legend_says_so(name: str) -> None:
    figure = draw(name)
    hypothesis, protocol = FORESTS[name][0]
    seen = {
        initializer: named(figure, f"{hypothesis} {protocol} {initializer}")[1]
        for initializer in INITIALIZERS
    }
    first, second = seen.values()
    assert first.get_marker() != second.get_marker()
    assert to_hex(first.get_markerfacecolor()) == to_hex(first.get_color())
    assert to_hex(second.get_markerfacecolor()) == "#ffffff"
    assert first.get_ydata()[0] < second.get_ydata()[0]
    axis = first.axes
    legends = [*figure.legends, *filter(None, [axis.get_legend()])]
    shown = {
        text.get_text(): (handle.get_marker(), handle.get_markerfacecolor())
        for legend in legends
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
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


@pytest.mark.parametrize("name", ["ladder", "inflation"])
def test_numbers_stand_beside_the_marks_as_the_ledger_rounds_them(name: str) -> None:
    figure = draw(name)
    shown = words(figure)
    table = effects().set_index(["hypothesis", "protocol"])
    for asked in FORESTS[name]:
        for row in table.loc[[asked]].to_dict("records"):
            difference, low, high = (
                Claim(row[key], "points", 2, "signed").text for key in ("difference", "low", "high")
            )
            assert f"{difference} [{low}, {high}]" in shown
    assert sum(text.endswith("]") for text in shown) == 2 * len(FORESTS[name])


def test_ladder_marks_the_gain_that_the_tutorial_reports() -> None:
    figure = draw("ladder")
    axis = named(figure, "H1 tail normal_005")[0].axes
    places = [line.get_xdata()[0] for line in axis.lines if line.get_linestyle() == "--"]
    assert places == [pytest.approx(400 / 116)]
    assert "tutorial +3.45" in words(figure)


def test_a_question_is_asked_once_for_lines_that_share_it() -> None:
    lines = lay_out(effects(), FORESTS["ladder"])
    assert [line.label for line in lines][:7] == [
        "headline",
        "",
        "",
        "momentum",
        "",
        "",
        "the schedule alone, at the same momentum",
    ]
    assert np.diff([line.y for line in lines])[:4].tolist() == pytest.approx([1, 1, 1.45, 1])
    shown = words(draw("ladder"))
    assert shown.count("headline") == 1
    # A long one runs over several lines.
    assert "the schedule alone, at" in shown
    assert shown.count("tail") == 4
    assert shown.count("H1") == 1


def test_effects_that_are_not_asked_are_left_out_and_others_must_be_there() -> None:
    asked = {name: h for name, h in STUDY.hypotheses.items() if not name.startswith("D")}
    study = replace(STUDY, hypotheses=asked)
    assert [name for name, _ in asked_of(FIGURES["ladder"].claims, study)] == [
        name for name, _ in FORESTS["ladder"] if name in asked
    ]
    figure = draw("ladder", study)
    assert not {"D4", "D5", "D6"} & set(words(figure))
    assert named(figure, "H5 tail-resample normal_005")
    assert figure.get_size_inches()[1] < draw("ladder").get_size_inches()[1]
    table = effects()
    with pytest.raises(ValueError, match=r"no row with .*'H4'"):
        ladder(table[table["hypothesis"] != "H4"])
    one = (table["hypothesis"] == "H3") & (table["initializer"] == "normal_005")
    with pytest.raises(ValueError, match=r"no row with .*'normal_005'"):
        ladder(table[~one])
    with pytest.raises(ValueError, match=r"no row with .*'D1'"):
        draw("inflation", effects=table[table["hypothesis"] != "D1"])
    with pytest.raises(ValueError, match=r"2 rows with .*'H1'.*, expected 1"):
        ladder(pd.concat([table, table]))


def test_a_study_of_one_hypothesis_without_a_tutorial() -> None:
    only = {"H1": STUDY.hypotheses["H1"]}
    figure = draw("ladder", replace(STUDY, hypotheses=only, tutorial=None))
    assert sum(text.endswith("]") for text in words(figure)) == len(INITIALIZERS)
    assert not any(text.startswith("tutorial") for text in words(figure))


def test_other_data_stand_below_the_study_s_own() -> None:
    shown = words(draw("elsewhere"))
    places = [word for word in shown if word in ("Own", "Wine")]
    # Only S1 is asked of the study's own data as well.
    assert places == ["Own", "Wine", "Wine", "Wine", "Wine"]
    assert sum(text.endswith("]") for text in shown) == len(places)


def test_an_effect_without_spread_is_drawn() -> None:
    table = effects().assign(difference=0.0, low=0.0, high=0.0)
    figure = ladder(table)
    assert "+0.00 [+0.00, +0.00]" in words(figure)


def test_one_initializer_alone() -> None:
    only = {"glorot_uniform": INITIALIZERS["glorot_uniform"]}
    figure = draw("ladder", replace(STUDY, initializers=only))
    assert not named(figure, "H1 tail normal_005")
    assert sum(text.endswith("]") for text in words(figure)) == len(FORESTS["ladder"])


def test_rates_show_the_table() -> None:
    figure = draw("rates")
    table = rates()[lambda x: x["figure"] == "rates"]
    assert [axis.get_title("left") for axis in figure.axes] == ["Left", "Right"]
    assert figure.axes[0].get_ylabel() == "learning rate"
    for axis, panel in zip(figure.axes, ["Left", "Right"], strict=True):
        assert axis.get_xlabel() == "epochs done"
        assert axis.get_ylim()[0] == 0
        assert [line.get_label() for line in axis.lines] == ["one", "two"]
        assert [line.get_color() for line in axis.lines] == list(COLOURS[:2])
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
    with pytest.raises(ValueError, match=r"no row with .*'H6b'"):
        draw("readings", effects=effects()[lambda x: x["hypothesis"] != "H6b"])
