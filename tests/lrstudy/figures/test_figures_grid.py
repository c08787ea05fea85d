"""The figures of the grid and of the sources of variance show the tables' numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lrstudy.drawing import grid as drawn_grid
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from tests.lrstudy.figures import test_figures as tables
from tests.lrstudy.figures.test_figures import ARMS, INITIALIZERS, PROTOCOLS, draw, named, words
from tests.lrstudy.figures.test_figures import styled as styled


def grid(protocol: str = "resample", **changed: pd.DataFrame) -> Figure:
    return draw({"resample": "grid", "tail": "grid_tail"}[protocol], **changed)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_grid_cells_stand_where_rate_and_momentum_say(protocol: str) -> None:
    figure = grid(protocol)
    table = tables.grid().set_index(["protocol", "schedule", "momentum", "initial_rate"])["mean"]
    for axis, (name, setting) in zip(figure.axes, tables.GRID["schedules"].items(), strict=False):
        assert axis.get_title("left") == setting["label"]
        expected = [
            [table[protocol, name, momentum, rate] for rate in tables.GRID["initial_rates"]]
            for momentum in tables.GRID["momenta"]
        ]
        assert np.array_equal(axis.images[0].get_array(), expected)
        assert not axis.yaxis_inverted()
    # The first panels of a row of six bear momenta, those with none below them rates.
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["0", ".8"]
    assert [text.get_text() for text in figure.axes[5].get_xticklabels()] == [".01", "1", ".1"]
    assert "".join(text.get_text() for text in figure.axes[0].get_xticklabels()) == ""


def test_grid_has_one_scale_cut_below() -> None:
    figure = grid()
    norms = {id(axis.images[0].norm) for axis in figure.axes[:-1]}
    assert len(norms) == 1
    image = figure.axes[0].images[0]
    best = tables.grid().query("protocol == 'resample'")["mean"].max()
    assert 0 <= image.norm.vmax - best < drawn_grid.STEP
    assert image.norm.vmax - image.norm.vmin == drawn_grid.SHADES[-1]
    cut = image.cmap(image.norm(image.norm.vmin - 0.01))
    assert to_hex(cut) == "#000000"
    shown = [image.cmap(image.norm(value)) for value in image.norm.boundaries[:-1]]
    grey = np.array(shown)[:, :3] @ (0.299, 0.587, 0.114)
    assert (np.diff(grey) > 0.04).all()
    bar = [text.get_text() for text in figure.axes[-1].get_yticklabels()]
    assert bar == [f"{value:g}" for value in image.norm.boundaries]


def test_grid_marks_the_chosen_and_the_arms() -> None:
    figure = grid()
    for axis, name in zip(figure.axes, tables.GRID["schedules"], strict=False):
        marks = {(m.get_marker(), m.get_xdata()[0], m.get_ydata()[0]) for m in axis.lines}
        arm = {"constant": {("s", 2, 0)}, "time": {("s", 2, 1)}}.get(name, set())
        assert marks == {("o", 1, 1)} | arm


def test_a_study_without_a_grid_has_no_figure_of_it() -> None:
    with pytest.raises(ValueError, match="no grid"):
        draw("grid", replace(tables.STUDY, grid=None))


def test_grid_without_holes() -> None:
    with pytest.raises(ValueError, match="the grid of a has holes"):
        grid(grid=tables.grid().query("schedule != 'a' or momentum != 0.8 or initial_rate != 1"))
    with pytest.raises(ValueError, match=r"no row with .*'b'"):
        grid(grid=tables.grid().query("schedule != 'b'"))
    with pytest.raises(ValueError, match=r"no row with .*'c'"):
        grid(tuned=tables.tuned().query("schedule != 'c'"))


def test_components_show_shares_and_spread() -> None:
    figure = draw("components")
    table = tables.components()
    arms = [arm for arm in ARMS if arm != "step"]
    for shares, spread, protocol in zip(
        figure.axes[::2], figure.axes[1::2], PROTOCOLS, strict=True
    ):
        assert [text.get_text() for text in shares.get_yticklabels()] == [
            ARMS[arm] for arm in arms
        ] * 2
        bars = {group.get_label(): group[0] for group in shares.containers}
        for row in table[table["protocol"] == protocol].to_dict("records"):
            name = f"{row['initializer']} {row['arm']} {row['source']}"
            assert bars[name].get_width() == row["share"]
            interval, mark = (m for m in named(figure, name) if m.axes is spread)
            assert interval.get_xdata() == pytest.approx(np.sqrt([row["low"], row["high"]]))
            assert mark.get_xdata()[0] == np.sqrt(row["variance"])
        ends = [bar.get_x() + bar.get_width() for bar in bars.values()]
        # The constant cell has nothing to share.
        assert sorted(set(ends)) == [0, 50, 75, 100]
    shown = words(figure)
    assert shown.count("2.00") == 10
    assert shown.count("0.00") == 2
    assert (figure.axes[2].get_xlabel(), figure.axes[3].get_xlabel()) == (
        "share of variance (%)",
        "standard deviation (points)",
    )


def test_components_tell_sources_apart_without_colour() -> None:
    figure = draw("components")
    sources = [[t.get_text() for t in legend.get_texts()] for legend in figure.legends]
    assert sources == [
        ["initial weights", "order of rows", "their interaction"],
        ["split", "initial weights and order", "their interaction"],
    ]
    looks = {
        (patch.get_hatch(), to_hex(patch.get_facecolor()))
        for patch in figure.legends[0].legend_handles
    }
    assert len(looks) == 3
    shown = words(figure)
    assert all(shown.count(label) == 2 for label in INITIALIZERS.values())


def test_components_need_every_source() -> None:
    with pytest.raises(ValueError, match=r"no row with .*'shuffle'"):
        draw("components", components=tables.components().query("source != 'shuffle'"))
