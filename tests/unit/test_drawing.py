"""Figures by bytes, by what they draw, by their picture; and a picture of what differs."""

from __future__ import annotations

import math
import re
import zlib
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from lrstudy.drawing import POINTS, DrawingError, compare_figures, farthest, read_drawing
from lrstudy.figures import save_figure
from matplotlib.figure import Figure

from .published import draw

# Two inches less the margins are 0.7 * 144 points for an axis of 3.
PER_POINT = 3 / (0.7 * 144)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    one, other = tmp_path / "rebuilt", tmp_path / "published"
    draw(one)
    draw(other)
    return one, other, tmp_path / "differences"


def test_the_same_bytes_are_the_same_figure(folders: tuple[Path, Path, Path]) -> None:
    found = compare_figures("line", *folders)
    assert (found.alike, found.how) == (True, "bytes")
    assert not folders[2].exists()


def test_another_compression_draws_the_same(folders: tuple[Path, Path, Path]) -> None:
    path = folders[0] / "line.pdf"
    content = path.read_bytes()

    def again(match: re.Match[bytes]) -> bytes:
        return match[1] + zlib.compress(zlib.decompress(match[2]), 1) + match[3]

    # the first stream is the page
    other = re.sub(rb"(stream\n)(.*?)(\nendstream)", again, content, count=1, flags=re.DOTALL)
    assert other != content
    path.write_bytes(other)
    found = compare_figures("line", *folders)
    assert (found.alike, found.how) == (True, "drawing: every place within 0 points")


@pytest.mark.parametrize(("shift", "how"), [(0.9 * POINTS, "drawing"), (1.2 * POINTS, "picture")])
def test_places_may_differ_by_less_than_is_seen(
    folders: tuple[Path, Path, Path], shift: float, how: str
) -> None:
    draw(folders[0], heights=(1.0, 2.0 + shift * PER_POINT))
    assert compare_figures("line", *folders).how.startswith(how)


def test_the_same_picture_from_another_drawing_is_alike(folders: tuple[Path, Path, Path]) -> None:
    draw(folders[0], unseen=True)
    drawings = [read_drawing((folder / "line.pdf").read_bytes()) for folder in folders[:2]]
    assert farthest(*drawings) == math.inf
    found = compare_figures("line", *folders)
    assert (found.alike, found.how) == (True, "picture: RMS 0 of 255")
    assert list(folders[2].iterdir()) == []


def test_a_point_that_moved_is_found_and_shown(folders: tuple[Path, Path, Path]) -> None:
    draw(folders[0], heights=(1.0, 2.1))
    found = compare_figures("line", *folders)
    assert not found.alike
    assert re.fullmatch(r"picture: RMS [\d.]+ of 255, see .*-failed-diff\.png", found.how)
    names = {path.name for path in folders[2].iterdir()}
    assert names == {"line-rebuilt.png", "line-published.png", "line-rebuilt-failed-diff.png"}
    # once it is right again, the pictures go
    draw(folders[0])
    assert compare_figures("line", *folders).alike
    assert list(folders[2].iterdir()) == []


def test_another_word_or_number_is_found_however_small(folders: tuple[Path, Path, Path]) -> None:
    draw(folders[0], label="ome")
    found = compare_figures("line", *folders)
    assert not found.alike
    assert found.how.startswith("other words or numbers in it, see ")
    assert (folders[2] / "line-rebuilt-failed-diff.png").is_file()


def test_another_size_is_no_match(folders: tuple[Path, Path, Path]) -> None:
    with mpl.rc_context({"savefig.dpi": 120}):
        figure = Figure((2, 2))
        figure.add_axes((0, 0, 1, 1)).plot([1, 2])
        save_figure(figure, folders[0] / "line.pdf", folders[0] / "line.png")
    found = compare_figures("line", *folders)
    assert not found.alike
    assert found.how.startswith("pictures of other sizes")


def test_a_picture_that_is_missing_and_a_file_that_is_no_pdf(
    folders: tuple[Path, Path, Path],
) -> None:
    draw(folders[0], heights=(1.0, 2.1))
    (folders[1] / "line.png").unlink()
    assert compare_figures("line", *folders).how == "other drawing, and line.png is not published"
    (folders[0] / "line.pdf").write_bytes(b"%PDF-1.4\n")
    found = compare_figures("line", *folders)
    assert (found.alike, found.how) == (False, "line.pdf cannot be read: no page in it")
    with pytest.raises(DrawingError, match="does not end"):
        read_drawing(b"1 0 obj << /Contents 1 0 R >>")
    with pytest.raises(DrawingError, match="a stream that cannot be read"):
        read_drawing(
            b"1 0 obj << /Contents 2 0 R >> endobj\n"
            b"2 0 obj << /Filter /FlateDecode /Length 3 >> stream\nabc\nendstream endobj"
        )


@pytest.mark.parametrize("change", ["cells", "opacity", "marker", "colour"])
def test_what_is_drawn_holds_images_opacity_and_markers(tmp_path: Path, change: str) -> None:
    drawings = []
    for other in (False, True):
        figure = Figure((2, 2))
        axis = figure.add_axes((0.1, 0.1, 0.8, 0.8))
        cells = np.arange(6.0).reshape(2, 3)
        if other and change == "cells":
            cells = cells[::-1]  # the same colours in other places
        axis.imshow(cells)
        faint = 0.6 if other and change == "opacity" else 0.5
        mark = "s" if other and change == "marker" else "o"
        colour = "C1" if other and change == "colour" else "C0"
        axis.plot([0, 1], [0, 1], mark, alpha=faint, color=colour)
        save_figure(figure, tmp_path / "x.pdf", tmp_path / "x.png")
        drawings.append(read_drawing((tmp_path / "x.pdf").read_bytes()))
    assert farthest(drawings[0], drawings[0]) == 0
    assert farthest(*drawings) > POINTS


def test_streams_of_a_page_with_and_without_compression() -> None:
    """A stream that is not packed is read as it is; what looks like an object in it is none."""
    page = b"1 0 obj << /Contents 2 0 R >> endobj\n"
    drawn = b"9 0 obj 1 2 m 3 4 l S endobj"
    plain = b"2 0 obj << /Length %d >> stream\n%s\nendstream endobj" % (len(drawn), drawn)
    packed = zlib.compress(drawn)
    other = b"2 0 obj << /Filter /FlateDecode /Length %d >> stream\n%s\nendstream endobj" % (
        len(packed),
        packed,
    )
    one, two = read_drawing(page + plain), read_drawing(page + other)
    assert one == two
    assert {1.0, 2.0, 3.0, 4.0} <= set(one.numbers)
