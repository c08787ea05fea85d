"""The figures of the grid and of the sources of variance show the tables' numbers."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lrstudy.drawing.grid import best_cell
from lrstudy.figures import grid as fig_grid
from lrstudy.figures import ridge as fig_ridge
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from tests.lrstudy.figures import synthetic as tables
from tests.lrstudy.figures.synthetic import ARMS, INITIALIZERS, PROTOCOLS, draw, named, words
from tests.lrstudy.figures.test_figures import styled as styled


def grid(**changed: pd.DataFrame) -> Figure:
    return draw("grid", **changed)


def test_grid_cells_stand_where_rate_and_momentum_say() -> None:
    figure = grid()
    table = tables.grid().query("initializer == 'glorot_uniform'")
    means = table.set_index(["protocol", "schedule", "momentum", "initial_rate"])["mean"]
    for axis, (name, setting) in zip(figure.axes, tables.GRID["schedules"].items(), strict=False):
        assert axis.get_title("left") == setting["label"]
        expected = [
            [means["resample", name, momentum, rate] for rate in tables.GRID["initial_rates"]]
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
    best = tables.grid().query("protocol == 'resample' and initializer == 'glorot_uniform'")
    assert 0 <= image.norm.vmax - best["mean"].max() < fig_grid.STEP
    assert image.norm.vmax - image.norm.vmin == fig_grid.SHADES[-1]
    cut = image.cmap(image.norm(image.norm.vmin - 0.01))
    assert to_hex(cut) == "#000000"
    shown = [image.cmap(image.norm(value)) for value in image.norm.boundaries[:-1]]
    grey = np.array(shown)[:, :3] @ (0.299, 0.587, 0.114)
    assert (np.diff(grey) > 0.04).all()
    bar = [text.get_text() for text in figure.axes[-1].get_yticklabels()]
    assert bar == [f"{value:g}" for value in image.norm.boundaries]


def test_grid_marks_the_best_the_arms_and_the_edge() -> None:
    figure = grid()
    for axis, name in zip(figure.axes, tables.GRID["schedules"], strict=False):
        marks = {(m.get_marker(), m.get_xdata()[0], m.get_ydata()[0]) for m in axis.lines}
        arms = {"constant": {("s", 2, 0), ("s", 2, 1)}, "time": {("s", 2, 1)}}.get(name, set())
        # Means grow along the table: the last cell is the best.
        assert marks == {("o", 2, 1)} | arms
        (frame,) = axis.patches
        assert frame.get_bbox().bounds == (0.5, -0.5, 1, 1)


def test_a_study_without_a_grid_has_no_figure_of_it() -> None:
    for name in ("grid", "ridge"):
        with pytest.raises(ValueError, match="no grid"):
            draw(name, replace(tables.STUDY, grid=None))


@pytest.mark.parametrize("name", ["grid", "ridge"])
def test_grid_without_holes(name: str) -> None:
    hole = "schedule != 'a' or momentum != 0.8 or initial_rate != 1"
    with pytest.raises(ValueError, match="the grid of a has holes"):
        draw(name, grid=tables.grid().query(hole))
    with pytest.raises(ValueError, match=r"no row with .*'b'"):
        draw(name, grid=tables.grid().query("schedule != 'b'"))


def test_more_rates_than_their_labels_have_room_for() -> None:
    rates = [0.01 * 2**k for k in range(7)]
    setting = {**tables.GRID, "initial_rates": rates}
    table = tables.grid().query("initial_rate == 1.0")
    table = pd.concat([table.assign(initial_rate=rate) for rate in rates])
    axis = draw("grid", replace(tables.STUDY, grid=setting), grid=table).axes[5]
    labels = [text.get_text() for text in axis.get_xticklabels()]
    assert labels == [".01", "", ".04", "", ".16", "", ".64"]


def test_ridge_lies_at_effective_rates() -> None:
    figure = draw("ridge")
    assert len(figure.axes) == 8
    table = tables.grid().set_index(
        ["schedule", "protocol", "initializer", "momentum", "initial_rate"]
    )
    cells = list(itertools.product(fig_ridge.MEASURES, PROTOCOLS, INITIALIZERS))
    for axis, (measure, *cell) in zip(figure.axes, cells, strict=True):
        for momentum in tables.GRID["momenta"]:
            line, *_ = (m for m in named(figure, f"momentum {momentum:g}") if m.axes is axis)
            rates = np.array(tables.GRID["initial_rates"])
            assert list(line.get_xdata()) == list(rates / (1 - momentum))
            found = [table.loc[("constant", *cell, momentum, rate), measure] for rate in rates]
            assert list(line.get_ydata()) == found
        assert axis.get_xscale() == "log"
    fills = [
        to_hex(line.get_markerfacecolor()) == "#ffffff" for line in named(figure, "momentum 0")
    ]
    assert fills[:4] == [False, True, False, True]


def test_ridge_marks_the_edge_the_best_and_the_best_of_all_schedules() -> None:
    figure = draw("ridge")
    axis = figure.axes[0]
    edge = [mark for mark in named(figure, "edge") if mark.axes is axis]
    # 0.1 lies inside; without momentum there is no edge below, with the most of it there is one.
    assert [list(mark.get_xdata()) for mark in edge] == [
        [0.01, 1.0],
        pytest.approx([0.05, 5.0, 0.5]),
    ]
    (best,) = (mark for mark in named(figure, "best") if mark.axes is axis)
    assert best.get_xdata()[0] == pytest.approx(0.5)
    table = tables.grid().query("protocol == 'tail' and initializer == 'glorot_uniform'")
    most = table.groupby(["momentum", "initial_rate"])["mean"].max()
    envelopes = [line for line in named(figure, "envelope") if line.axes is axis]
    for momentum, line in zip(tables.GRID["momenta"], envelopes, strict=True):
        found = [most[momentum, rate] for rate in tables.GRID["initial_rates"]]
        assert list(line.get_ydata()) == found


def test_ridge_points_at_what_lies_beyond_its_scale() -> None:
    table = tables.grid()
    table = table.assign(mean=(table["mean"] / 10).mask(table["initial_rate"] == 0.01, 0.5))
    figure = draw("ridge", grid=table)
    axis = figure.axes[0]
    low, high = axis.get_ylim()
    assert high - low == pytest.approx(1.06 * fig_ridge.SPAN["mean"])
    beyond = [mark for mark in named(figure, "beyond") if mark.axes is axis]
    assert [list(m.get_xdata()) for m in beyond] == [[0.01], [pytest.approx(0.05)]]
    assert {y for m in beyond for y in m.get_ydata()} == {low}


@pytest.mark.parametrize("measure", ["mean", "log_loss"])
def test_the_first_of_equal_cells_is_best(measure: str) -> None:
    table = tables.grid().query("protocol == 'tail' and initializer == 'normal_005'")
    cells = table.assign(mean=90.0, log_loss=0.5)
    worse = {"mean": 80.0, "log_loss": 0.6}[measure]
    first = (cells["initial_rate"] == 0.01) & (cells["momentum"] == 0)
    cells[measure] = cells[measure].mask(first, worse)
    assert best_cell(cells, tables.GRID, "a", measure) == {"initial_rate": 1.0, "momentum": 0.0}


def test_components_show_shares_and_spread() -> None:
    figure = draw("components")
    table = tables.components()
    arms = [arm for arm in ARMS if arm != "step_m09"]
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
    assert shown.count("2.00") == 14
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
