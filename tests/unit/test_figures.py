"""Figures show the table's numbers, with names and units, and always the same bytes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from lrstudy import figures
from lrstudy.tables import CURVE_MEASURES, CURVE_QUANTILES
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

ARMS = {"a": {"label": "first"}, "b": {"label": "second"}}
CELL = {"initializer": "g", "trainer": "keras"}
LEDGER = {
    "majority.tail": {"value": 92.24, "text": "92.24"},
    "majority.resample": {"value": 64.1, "text": "64.10"},
    "tutorial.baseline.accuracy": {"value": 95.69, "text": "95.69"},
    "tutorial.schedule.accuracy": {"value": 99.14, "text": "99.14"},
}


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    with mpl.rc_context():
        figures.use_style()
        yield


def rates() -> pd.DataFrame:
    epoch = np.arange(18) / 9
    frames = [
        pd.DataFrame(
            {
                "figure": name,
                "panel": panel,
                "curve": curve,
                "epoch": epoch,
                "rate": 0.1 / (i + epoch),
            }
        )
        for name in ("rates", "readings")
        for panel in ("Left", "Right")
        for i, curve in enumerate(("one", "two"), start=1)
    ]
    return pd.concat(frames, ignore_index=True)


def runs() -> pd.DataFrame:
    rows = [
        CELL | {"protocol": protocol, "arm": arm, "n_validation": 116, "n_correct": right}
        for protocol in ("tail", "resample")
        for arm, counts in (("a", [111, 111, 112]), ("b", [115, 114, 115]))
        for right in counts
    ]
    return pd.DataFrame(rows)


def curves() -> pd.DataFrame:
    frames = []
    for protocol in ("tail", "resample"):
        for shift, arm in enumerate(("a", "b")):
            frame = pd.DataFrame(CELL | {"protocol": protocol, "arm": arm}, index=range(4))
            frame["epoch"] = np.arange(1, 5)
            for measure in CURVE_MEASURES:
                for name, q in CURVE_QUANTILES.items():
                    frame[f"{measure}_{name}"] = 0.5 + q / 10 + shift / 10 + frame["epoch"] / 100
            frames.append(frame)
    return pd.concat(frames, ignore_index=True)


DRAW = {
    "rates": lambda: figures.draw_rates(rates(), "rates", one_column=False),
    "readings": lambda: figures.draw_rates(
        rates()[lambda x: x["panel"] == "Left"], "readings", one_column=True
    ),
    "accuracy": lambda: figures.draw_accuracy(runs(), ARMS, ["tail", "resample"], LEDGER),
    "curves": lambda: figures.draw_curves(curves(), ARMS, ["tail", "resample"]),
}


def digests(folder: Path) -> list[str]:
    found = []
    for name, draw in DRAW.items():
        files = folder / f"{name}.pdf", folder / f"{name}.png"
        figures.save_figure(draw(), *files)
        found += [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return found


def test_same_bytes_in_two_processes(tmp_path: Path, root: Path) -> None:
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]; from pathlib import Path\n"
        "import test_figures; test_figures.figures.use_style()\n"
        "print(*test_figures.digests(Path(sys.argv[1])))"
    )
    (tmp_path / "other").mkdir()
    folders = [tmp_path / "other", Path(__file__).parent, root / "workflow/scripts"]
    other = subprocess.run(
        [sys.executable, "-c", code, *map(str, folders)],
        env={**os.environ, "PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "MPLBACKEND": "svg"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.split() == digests(tmp_path)
    for name in DRAW:
        assert (tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    for file in tmp_path.glob("*.pdf"):
        assert b"CreationDate" not in file.read_bytes()
        assert b"/FontFile2" in file.read_bytes() or b"/Type42" in file.read_bytes()


def titles(figure: Figure) -> list[str]:
    return [axis.get_title("left") or axis.get_title() for axis in figure.axes]


@pytest.mark.parametrize("name", DRAW)
def test_figures_fit_the_page_and_tell_curves_apart(name: str) -> None:
    figure = DRAW[name]()
    width = figure.get_size_inches()[0]
    assert width == (figures.COLUMN_INCHES if name == "readings" else figures.PAGE_INCHES)
    assert mpl.rcParams["font.size"] >= 8
    for axis in figure.axes:
        colours = [to_hex(line.get_color()) for line in axis.lines if line.get_label()[0] != "_"]
        assert len(set(colours)) == len(colours)
        styles = [line.get_linestyle() for line in axis.lines if line.get_label()[0] != "_"]
        assert len(set(styles)) == len(styles)


def test_rates_show_the_table() -> None:
    figure = DRAW["rates"]()
    table = rates()[lambda x: x["figure"] == "rates"]
    assert titles(figure) == ["Left", "Right"]
    assert figure.axes[0].get_ylabel() == "learning rate"
    for axis, panel in zip(figure.axes, titles(figure), strict=True):
        assert axis.get_xlabel() == "epochs done"
        assert axis.get_ylim()[0] == 0
        assert [line.get_label() for line in axis.lines] == ["one", "two"]
        for line in axis.lines:
            rows = table[(table["panel"] == panel) & (table["curve"] == line.get_label())]
            assert np.array_equal(line.get_xdata(), rows["epoch"])
            assert np.array_equal(line.get_ydata(), rows["rate"])


def test_readings_have_no_title_of_their_own() -> None:
    assert titles(DRAW["readings"]()) == [""]


def dots(figure: Figure, panel: int) -> list[Any]:
    return [line for line in figure.axes[panel].lines if line.get_marker() == "."]


def test_accuracy_shows_one_dot_a_network() -> None:
    figure = DRAW["accuracy"]()
    assert titles(figure) == ["tail", "resample"]
    for panel, axis in enumerate(figure.axes):
        assert axis.get_xlabel() == "final validation accuracy (%)"
        first, second = dots(figure, panel)
        assert sorted(first.get_xdata() * 1.16) == pytest.approx([111, 111, 112])
        assert sorted(second.get_xdata() * 1.16) == pytest.approx([114, 115, 115])
        assert np.abs(np.asarray(first.get_ydata()) - 0).max() < 0.5
        assert np.abs(np.asarray(second.get_ydata()) - 1).max() < 0.5
        # no dot hides another
        places = set(zip(first.get_xdata(), first.get_ydata(), strict=True))
        assert len(places) == 3
        means = [line.get_xdata()[0] for line in axis.lines if line.get_marker() == "D"]
        assert means == pytest.approx([334 / 3 / 1.16, 344 / 3 / 1.16])
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["first", "second"]


def test_accuracy_marks_what_the_ledger_says() -> None:
    figure = DRAW["accuracy"]()
    for axis, expected in zip(
        figure.axes,
        [{"92.24": 92.24, "95.69": 95.69, "99.14": 99.14}, {"64.10": 64.1}],
        strict=True,
    ):
        texts = {note.get_text().split("\n")[-1]: note.xy[0] for note in axis.texts}
        assert texts == expected
        lines = [line.get_xdata()[0] for line in axis.lines if line.get_color() == figures.GREY]
        assert sorted(lines) == sorted(expected.values())


def test_curves_show_the_table() -> None:
    figure = DRAW["curves"]()
    table = curves()
    top, bottom = figure.axes[:2], figure.axes[2:]
    assert titles(figure) == ["tail", "resample", "", ""]
    assert top[0].get_ylabel() == "validation accuracy (%)"
    assert bottom[0].get_ylabel() == "validation loss (nat)"
    assert bottom[0].get_xlabel() == "epochs done"
    for row, measure, scale in ((top, "accuracy", 100), (bottom, "val_loss", 1)):
        for axis, protocol in zip(row, ("tail", "resample"), strict=True):
            for arm, line, band in zip("ab", axis.lines, axis.collections, strict=True):
                rows = table[(table["arm"] == arm) & (table["protocol"] == protocol)]
                assert line.get_label() == ARMS[arm]["label"]
                assert line.get_ydata() == pytest.approx(scale * rows[f"{measure}_q50"])
                edges = band.get_paths()[0].vertices[:, 1]
                assert edges.min() == pytest.approx(scale * rows[f"{measure}_q05"].min())
                assert edges.max() == pytest.approx(scale * rows[f"{measure}_q95"].max())


def test_choose() -> None:
    chosen = figures.choose(runs(), arm="b", protocol="tail")
    assert chosen["n_correct"].tolist() == [115, 114, 115]
    with pytest.raises(ValueError, match=r"no row with \{'arm': 'b', 'trainer': 'kernel'\}"):
        figures.choose(runs(), arm="b", trainer="kernel")
    with pytest.raises(ValueError, match=r"no row with \{'figure': 'nothing'\}"):
        figures.draw_rates(rates(), "nothing", one_column=True)
