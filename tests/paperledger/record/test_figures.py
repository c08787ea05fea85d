"""Figures by their pictures, and a picture of what differs."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from paperledger.record.figures import compare_figures

from tests.helpers.published import draw, save

Folders = tuple[Path, Path, Path]
GREY = "#666666"
PAGE_INCHES = 6.95
STYLE = {"font.family": "STIXGeneral", "pdf.fonttype": 42, "savefig.dpi": 200}


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    one, other = tmp_path / "rebuilt", tmp_path / "published"
    draw(one)
    draw(other)
    return one, other, tmp_path / "differences"


def test_the_same_picture(folders: Folders) -> None:
    assert compare_figures("line", *folders) == (True, "picture: RMS at most 0.1 of 255")
    assert list(folders[2].iterdir()) == []


def test_a_point_that_moved_is_found_and_shown(folders: Folders) -> None:
    draw(folders[0], heights=(1.0, 2.1))
    alike, how = compare_figures("line", *folders)
    assert not alike
    assert re.fullmatch(r"picture: RMS [\d.]+ of 255, see .*-failed-diff\.png", how)
    names = {path.name for path in folders[2].iterdir()}
    assert names == {"line-rebuilt.png", "line-published.png", "line-rebuilt-failed-diff.png"}


def draw_large(folder: Path, *, label: str = "0.12", colour: str = GREY, pixels: int = 0) -> None:
    """Draw the smallest marker and smallest letters of a paper in a figure as large as any."""
    folder.mkdir(exist_ok=True)
    with mpl.rc_context(STYLE):
        figure = Figure((PAGE_INCHES, 5.5))
        axis = figure.add_axes((0, 0, 1, 1), xlim=(0, 1), ylim=(0, 1100))
        axis.plot(0.5, 500 + pixels, "o", color="#CC79A7", markersize=3, markeredgewidth=0)
        axis.text(0.5, 800, label, fontsize=7, color=colour)
        save(figure, folder, "large")


@pytest.mark.parametrize(
    "change", [{"pixels": 1}, {"label": "0.15"}, {"label": "0,12"}, {"colour": "black"}]
)
def test_the_tolerance_is_below_what_counts_in_the_largest_figure(
    folders: Folders, change: dict[str, object]
) -> None:
    draw_large(folders[1])
    draw_large(folders[0], **change)  # type: ignore[arg-type]
    assert not compare_figures("large", *folders)[0]


def test_a_difference_below_the_tolerance_is_none(folders: Folders) -> None:
    draw_large(folders[1])
    draw_large(folders[0], colour="#676767")
    assert compare_figures("large", *folders) == (True, "picture: RMS at most 0.1 of 255")


def test_pictures_that_cannot_be_compared(folders: Folders) -> None:
    draw(folders[0], heights=(1.0, 2.1))
    with mpl.rc_context({"savefig.dpi": 120}):
        save(Figure((2, 2)), folders[0], "line")
    alike, how = compare_figures("line", *folders)
    assert not alike and how.startswith("no picture to compare, see ")
    (folders[0] / "line.png").write_bytes(b"no PNG")
    alike, how = compare_figures("line", *folders)
    assert not alike and how.startswith("no picture to compare, see ")
    (folders[1] / "line.png").unlink()
    assert compare_figures("line", *folders) == (
        False,
        "other bytes, and line.png is not published",
    )
