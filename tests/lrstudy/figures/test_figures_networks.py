"""Figures of the networks' accuracy, by row and by epoch, show the tables' numbers."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lrstudy.drawing.style import look_of
from lrstudy.figures import accuracy as fig_accuracy
from lrstudy.figures import curves as fig_curves
from lrstudy.figures import returns as fig_returns
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from tests.lrstudy.figures import synthetic as tables
from tests.lrstudy.figures.synthetic import (
    ARMS,
    INITIALIZERS,
    PROTOCOLS,
    SETTINGS,
    STUDY,
    draw,
    named,
    words,
)
from tests.lrstudy.figures.test_figures import styled as styled


def titles(figure: Figure) -> list[str]:
    return [axis.get_title("left") for axis in figure.axes]


def test_accuracy_bars_hold_every_network() -> None:
    figure = draw("accuracy")
    assert titles(figure) == ["tail", "random splits"]
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == [*ARMS.values(), *fig_accuracy.CLASSIFIERS.values()]
    table = tables.runs().set_index(["protocol", "initializer", "arm"]).sort_index()
    for axis, protocol in zip(figure.axes, PROTOCOLS, strict=True):
        bars = {group.get_label(): group for group in axis.containers}
        for row, arm in enumerate(ARMS):
            for side, initializer in ((1, "glorot_uniform"), (-1, "normal_005")):
                cell = (protocol, initializer, arm)
                counts = table.loc[cell, "n_correct"]
                expected = counts.value_counts(normalize=True).sort_index()
                group = bars[f"{arm} {initializer}"]
                middles = [bar.get_x() + bar.get_width() / 2 for bar in group]
                assert middles == pytest.approx(list(expected.index / 1.16))
                heights = np.array([bar.get_height() for bar in group])
                # The primary initializer's bars grow upwards, where y falls.
                assert (np.sign(heights) == -side).all()
                assert heights / heights.sum() == pytest.approx(expected.to_numpy())
                assert {bar.get_y() for bar in group} == {row}
                colour = look_of(SETTINGS[arm]).colour.lower()
                filled = colour if side == 1 else "#ffffff"
                assert {to_hex(bar.get_facecolor()) for bar in group} == {filled}
        tallest = max(abs(bar.get_height()) for bar in itertools.chain(*axis.containers))
        assert tallest == pytest.approx(fig_accuracy.TALLEST)


def test_accuracy_marks_means_references_and_the_tutorial() -> None:
    figure = draw("accuracy")
    tail, resample = figure.axes
    for row in tables.arms().to_dict("records"):
        marks = named(figure, f"mean {row['arm']} {row['initializer']}")
        mark = next(m for m in marks if m.axes is figure.axes[PROTOCOLS.index(row["protocol"])])
        assert mark.get_xdata()[0] == row["mean"]
    for arm, correct in (("constant_m00", 111), ("time_based_m08", 115), ("step_m09", 115)):
        (mark,) = named(figure, f"tutorial {arm}")
        assert mark.axes is tail
        assert mark.get_xdata()[0] == pytest.approx(correct / 1.16)
    assert not named(figure, "tutorial constant_m08")
    for name, texts in {
        "majority": ["63.79", "65.52"],
        "logistic": ["89.66", "91.38"],
        "svm": ["94.83", "96.55"],
    }.items():
        assert [text.get_text() for text in named(figure, f"reference {name}")] == texts
    places = [line.get_xdata()[0] for line in tail.lines if line.get_linestyle() == ":"]
    assert places == pytest.approx([110 / 1.16, 104 / 1.16])
    # What lies left of the axis stands at its end, behind an arrow.
    (arrow,) = (line for line in resample.lines if line.get_marker() == "<")
    assert arrow.get_xdata()[0] == 80.0
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == [*INITIALIZERS.values(), "mean", "the tutorial's one run"]


def test_accuracy_of_one_network_and_of_a_bad_one() -> None:
    one = tables.runs().drop_duplicates(["protocol", "initializer", "arm"])
    figure = draw("accuracy", runs=one.assign(n_correct=[40, *one["n_correct"][1:]]))
    assert all(len(group) == 1 for axis in figure.axes for group in axis.containers)
    assert figure.axes[0].get_xlim()[0] < 40 / 1.16


def test_accuracy_needs_every_cell() -> None:
    with pytest.raises(ValueError, match=r"no row with .*'step_m09'"):
        draw("accuracy", runs=tables.runs().query("arm != 'step_m09'"))
    with pytest.raises(ValueError, match=r"no row with .*'svm'"):
        draw("accuracy", references=tables.references().query("classifier != 'svm'"))
    with pytest.raises(ValueError, match=r"2 rows with .*, expected 1"):
        draw("accuracy", arms=pd.concat([tables.arms()] * 2))


@pytest.mark.parametrize("name", ["accuracy", "returns"])
def test_a_study_without_a_tutorial(name: str) -> None:
    shown = words(draw(name, replace(STUDY, tutorial=None)))
    assert not any("tutorial" in text for text in shown)
    assert any("tutorial" in text for text in words(draw(name)))


def test_one_protocol_and_one_initializer() -> None:
    only = {"glorot_uniform": INITIALIZERS["glorot_uniform"]}
    study = replace(STUDY, protocols=["resample"], initializers=only)
    assert titles(draw("accuracy", study)) == ["random splits"]
    assert len(draw("curves", study).axes) == 4
    assert len(draw("returns", study).axes) == 3


def test_returns_shade_every_row_and_mark_the_bad_ones() -> None:
    figure = draw("returns")
    table = tables.returns()
    for axis, (initializer, label) in zip(figure.axes, INITIALIZERS.items(), strict=False):
        assert axis.get_title("left") == label
        rows = table[table["initializer"] == initializer]
        expected = rows.pivot(index="arm", columns="row", values="missed").loc[list(ARMS)]
        assert np.array_equal(axis.images[0].get_array(), expected)
        assert axis.images[0].get_extent()[:2] == [340.5, 350.5]
        labels = [text.get_text() for text in axis.get_yticklabels()]
        assert labels == [*ARMS.values(), "no voter"]
        (bad,) = (line for line in axis.lines if line.get_marker() == "^")
        assert list(bad.get_xdata()) == [341, 343, 345, 347, 349]
    assert figure.axes[1].get_xlabel() == "row of the data"
    image = figure.axes[0].images[0]
    shades = [to_hex(image.cmap(image.norm(share))) for share in (0.009, 0.01, 0.5, 0.89, 1.0)]
    assert shades == [fig_returns.SHADES[i].lower() for i in (0, 1, 3, 3, 4)]


def test_returns_go_from_the_baseline_to_each_recipe() -> None:
    figure = draw("returns")
    table = tables.returns().set_index(["initializer", "arm", "row"])["missed"].sort_index()
    panels = list(itertools.product(INITIALIZERS, ("time_based_m08", "step_m09")))
    for axis, (initializer, recipe) in zip(figure.axes[2:], panels, strict=True):
        assert axis.get_title("left") == INITIALIZERS[initializer]
        before, after = table[initializer, "constant_m00"], table[initializer, recipe]
        (start,) = (m for m in named(figure, "end constant_m00") if m.axes is axis)
        (end,) = (m for m in named(figure, f"end {recipe}") if m.axes is axis)
        assert start.get_xdata()[0] == pytest.approx(before.sum())
        assert end.get_xdata()[0] == pytest.approx(after.sum())
        assert end.get_color() == look_of(SETTINGS[recipe]).colour
        bars = [group[0] for group in axis.containers]
        places = [before.sum()]
        for bar in bars:
            assert bar.get_x() == pytest.approx(places[-1])
            places.append(places[-1] + bar.get_width())
            shade = to_hex(bar.get_facecolor())
            assert shade == ("#333333" if bar.get_width() <= 0 else "#ffffff")
        assert places[-1] == pytest.approx(after.sum())
        changes = [abs(bar.get_width()) for bar in bars[:-1]]
        assert changes == sorted(changes, reverse=True)
        labels = [text.get_text() for text in axis.get_yticklabels()]
        assert labels[0] == "first"
        assert labels[-2:] == ["other rows", ARMS[recipe]]
        for bar, label in zip(bars, labels[1:-2], strict=False):
            word, row = label.split()
            assert word == ("yes" if int(row) % 2 == 0 else "no")
            assert bar.get_width() == pytest.approx(after[int(row)] - before[int(row)])
        tutorial = {key: named(figure, f"tutorial {key}") for key in ("baseline", "schedule")}
        assert [tutorial[key][0].get_xdata()[0] for key in tutorial] == [5, 1]
        assert axis.get_xlim() == figure.axes[2].get_xlim()


def test_returns_name_so_many_rows_at_most_and_none_that_stay() -> None:
    before = pd.Series(np.linspace(1.0, 0.0, 12), index=range(300, 312))
    named_rows = fig_returns.steps(before, before * 0)
    assert [row for row, _ in named_rows] == [*range(300, 300 + fig_returns.MOST_ROWS), None]
    assert sum(change for _, change in named_rows) == pytest.approx(-before.sum())
    assert fig_returns.steps(before, before) == [(None, 0.0)]


def test_returns_of_networks_that_miss_nothing() -> None:
    figure = draw("returns", returns=tables.returns().assign(missed=0.0))
    assert [mark.get_xdata()[0] for mark in named(figure, "end step_m09")] == [0.0, 0.0]


def test_returns_need_the_same_rows_for_all() -> None:
    table = tables.returns()
    for bad, message in (
        (table.query("arm != 'step_m09'"), "no row with .*'step_m09'"),
        (table.query("arm != 'step_m09' or row != 350"), "arms differ in their rows"),
        (table.query("initializer != 'normal_005' or row != 350"), "initializers differ"),
    ):
        with pytest.raises(ValueError, match=message):
            draw("returns", returns=bad)


def test_curves_are_differences_from_the_baseline() -> None:
    figure = draw("curves")
    table = tables.curves().set_index(["protocol", "initializer", "arm", "epoch"]).sort_index()
    columns = list(itertools.product(PROTOCOLS, ("time_based_m08", "step_m09")))
    assert titles(figure)[:4] == [
        "tail: third", "tail: fifth", "random splits: third", "random splits: fifth",
    ]  # fmt: skip
    for k, (measure, (scale, _)) in enumerate(fig_curves.MEASURES.items()):
        for axis, (protocol, recipe) in zip(figure.axes[4 * k : 4 * k + 4], columns, strict=True):
            shown = {line.get_gid(): line for line in axis.lines if line.get_linestyle() != "None"}
            control = {"time_based_m08": "constant_m08", "step_m09": "constant_m09"}[recipe]
            for arm, initializer in itertools.product((control, recipe), INITIALIZERS):
                of, base = (
                    table.loc[(protocol, initializer, name), f"{measure}_mean"]
                    for name in (arm, "constant_m00")
                )
                line = shown[f"{arm} {initializer}"]
                assert list(line.get_ydata()) == pytest.approx(list(scale * (of - base)))
                assert line.get_color() == look_of(SETTINGS[arm]).colour
                low, high = axis.get_ylim()
                assert low <= min(line.get_ydata()) <= max(line.get_ydata()) <= high
            looks = {str(line._unscaled_dash_pattern) for line in shown.values()}
            assert len(looks) >= 2
        assert len({axis.get_ylim() for axis in figure.axes[4 * k : 4 * k + 4]}) == 1
    assert {axis.get_xlabel() for axis in figure.axes[4:]} == {"epochs done"}


def test_curves_mark_where_an_arm_has_the_baseline_s_final_accuracy() -> None:
    figure = draw("curves")
    crossings = tables.crossings().set_index(["protocol", "initializer", "arm"])["epoch"]
    curves = tables.curves().set_index(["protocol", "initializer", "arm", "epoch"])
    for arm, initializer in itertools.product(("constant_m08", "step_m09"), INITIALIZERS):
        marks = named(figure, f"crossing {arm} {initializer}")
        assert len(marks) == len(PROTOCOLS)
        for mark, protocol in zip(marks, PROTOCOLS, strict=True):
            epoch = crossings[protocol, initializer, arm]
            of, base = (
                curves.loc[(protocol, initializer, name, int(epoch)), "accuracy_mean"]
                for name in (arm, "constant_m00")
            )
            assert (mark.get_xdata()[0], mark.get_ydata()[0]) == (
                epoch,
                pytest.approx(100 * (of - base)),
            )
    # An arm that never has it bears no mark.
    assert not named(figure, "crossing constant_m09 glorot_uniform")
    missing = [line for line in named(figure, "missing") if line.axes is figure.axes[0]]
    base = tables.curves().query("protocol == 'tail' and arm == 'constant_m00'")
    for line, initializer in zip(missing, INITIALIZERS, strict=True):
        means = base[base["initializer"] == initializer]["accuracy_mean"].to_numpy()
        assert list(line.get_ydata()) == pytest.approx(list(100 * (means[-1] - means)))


def test_curves_of_one_cell_each() -> None:
    with pytest.raises(ValueError, match=r"no row with .*'step_m09'"):
        draw("curves", curves=tables.curves().query("arm != 'step_m09'"))
    with pytest.raises(ValueError, match="epochs of constant_m00 on tail appear twice"):
        draw("curves", curves=pd.concat([tables.curves()] * 2))
