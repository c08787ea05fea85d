"""Is a rebuilt figure the published one? By its bytes, else by what is drawn, else by its picture.

What is drawn is read from the figure's PDF: every path, marker and letter with its place on the
page, and every embedded image. Fonts and the compression around it may be another version's.
"""

from __future__ import annotations

import math
import re
import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path

from matplotlib.testing.compare import compare_images
from matplotlib.testing.exceptions import ImageComparisonFailure

POINTS = 0.05
"""How far a number may lie from the published one: places in points, 1/72 inch; colours of 1."""
RMS = 0.5
"""How far pictures may differ: root of the mean square over pixels and channels, of 255."""

_OBJECT = re.compile(rb"(?:^|\s)(\d+) 0 obj\b")
_CONTENTS = re.compile(rb"/Contents (\d+) 0 R")
_OPACITY = re.compile(rb"/CA [\d.]+ /ca [\d.]+")
_TEXT = re.compile(rb"\((?:[^()\\]|\\.)*\)", re.DOTALL)
_TOKEN = re.compile(rb"\((?:[^()\\]|\\.)*\)|[\[\]]|[^\s\[\]()]+", re.DOTALL)


class DrawingError(Exception):
    """A file is no PDF as Matplotlib writes them."""


@dataclass(frozen=True)
class Drawing:
    """What a figure draws.

    Attributes
    ----------
    texts : tuple of bytes
        Letters in the order drawn, as the PDF codes them.
    marks : tuple of bytes
        Operators, names and embedded images in the order drawn.
    numbers : tuple of float
        Coordinates, widths and colours in the order drawn; lengths in points.
    """

    texts: tuple[bytes, ...]
    marks: tuple[bytes, ...]
    numbers: tuple[float, ...]


def read_drawing(content: bytes) -> Drawing:
    """Read what a PDF of Matplotlib draws.

    Parameters
    ----------
    content : bytes
        The PDF.

    Raises
    ------
    DrawingError
        It has no page, or a stream that cannot be read.
    """
    objects = _objects(content)
    page = next((m for body in objects.values() if (m := _CONTENTS.search(body))), None)
    if page is None or int(page[1]) not in objects:
        raise DrawingError("no page in it")
    drawn = [_stream(objects[int(page[1])])]
    marks = [match[0] for body in objects.values() for match in _OPACITY.finditer(body)]
    for _, body in sorted(objects.items()):
        head = body.split(b"stream", 1)[0]
        if b"/Subtype /Form" in head:  # markers and hatches
            drawn.append(_stream(body))
        elif b"/Subtype /Image" in head:
            marks += [*re.findall(rb"/ColorSpace \[.*?\]|/(?:Width|Height) \d+", head, re.DOTALL)]
            marks.append(_stream(body))
    texts: list[bytes] = []
    numbers: list[float] = []
    for token in (token for part in drawn for token in _TOKEN.findall(part)):
        if _TEXT.fullmatch(token):
            texts.append(token)
            continue
        try:
            numbers.append(float(token))
            marks.append(b"#")
        except ValueError:
            marks.append(token)
    return Drawing(tuple(texts), tuple(marks), tuple(numbers))


def _objects(content: bytes) -> dict[int, bytes]:
    """Return the numbered objects of a PDF; what looks like one inside a stream is none."""
    found, end = {}, 0
    for match in _OBJECT.finditer(content):
        if match.start() < end:
            continue
        end = content.find(b"endobj", match.end())
        head = content.find(b"stream", match.end(), end)
        length = re.search(rb"/Length (\d+)(?! \d+ R)", content[match.end() : head])
        if head >= 0 and length:
            end = content.find(b"endobj", head + len(b"stream") + int(length[1]))
        if end < 0:
            raise DrawingError(f"object {match[1].decode()} does not end")
        found[int(match[1])] = content[match.end() : end]
    return found


def _stream(body: bytes) -> bytes:
    head, _, rest = body.partition(b"stream")
    raw = rest.removeprefix(b"\r").removeprefix(b"\n")
    if b"/FlateDecode" not in head:
        return raw.rpartition(b"endstream")[0]
    try:
        return zlib.decompressobj().decompress(raw)
    except zlib.error as error:
        raise DrawingError(f"a stream that cannot be read: {error}") from None


def farthest(one: Drawing, other: Drawing) -> float:
    """Return the largest difference of a number of two drawings, infinite if they are no match.

    Parameters
    ----------
    one, other : Drawing
        Of `read_drawing`.

    Examples
    --------
    >>> line = Drawing((), (b"#", b"#", b"m"), (1.0, 2.0))
    >>> farthest(line, Drawing((), (b"#", b"#", b"m"), (1.0, 2.5)))
    0.5
    """
    if (one.texts, one.marks) != (other.texts, other.marks):
        return math.inf
    return max((abs(a - b) for a, b in zip(one.numbers, other.numbers, strict=True)), default=0.0)


@dataclass(frozen=True)
class Likeness:
    """How alike two figures are.

    Attributes
    ----------
    alike : bool
        The PDF is the same file, or shows the same.
    how : str
        What told so.
    """

    alike: bool
    how: str


def compare_figures(name: str, rebuilt: Path, published: Path, differences: Path) -> Likeness:
    """Hold a rebuilt figure against the published one.

    Parameters
    ----------
    name : str
        The figure; both folders hold it as PDF and as PNG.
    rebuilt, published, differences : Path
        Folders of figures, and the folder that gets a picture of what differs, as
        ``name-failed-diff.png`` beside both pictures. One of an earlier comparison is removed.
    """
    for old in differences.glob(f"{name}-*.png"):
        old.unlink()
    pair = [(folder / f"{name}.pdf").read_bytes() for folder in (rebuilt, published)]
    if pair[0] == pair[1]:
        return Likeness(True, "bytes")
    try:
        one, other = map(read_drawing, pair)
    except DrawingError as error:
        return Likeness(False, f"{name}.pdf cannot be read: {error}")
    distance = farthest(one, other)
    if distance <= POINTS:
        return Likeness(True, f"drawing: every place within {distance:.2g} points")
    differences.mkdir(parents=True, exist_ok=True)
    pictures = []
    for role, folder in (("rebuilt", rebuilt), ("published", published)):
        if not (folder / f"{name}.png").is_file():
            return Likeness(False, f"other drawing, and {name}.png is not {role}")
        pictures.append(differences / f"{name}-{role}.png")
        shutil.copyfile(folder / f"{name}.png", pictures[-1])
    shown = differences / f"{name}-rebuilt-failed-diff.png"
    try:
        found = compare_images(str(pictures[1]), str(pictures[0]), tol=0, in_decorator=True)
    except ImageComparisonFailure:
        return Likeness(False, f"pictures of other sizes, see {pictures[0]}")
    rms = float(found["rms"]) if isinstance(found, dict) else 0.0
    if one.texts != other.texts:
        return Likeness(False, f"other words or numbers in it, see {shown}")
    if rms <= RMS:
        for picture in (*pictures, shown):
            picture.unlink(missing_ok=True)
        return Likeness(True, f"picture: RMS {rms:.2g} of 255")
    return Likeness(False, f"picture: RMS {rms:.2g} of 255, see {shown}")
