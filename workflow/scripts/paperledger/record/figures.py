"""Whether a figure whose PDF has other bytes than the published one looks the same."""

from __future__ import annotations

import shutil
from pathlib import Path

from matplotlib.testing.compare import compare_images
from matplotlib.testing.exceptions import ImageComparisonFailure

RMS = 0.1
"""How far pictures may differ: root of the mean square over pixels and channels, of 255.

In the study's largest figure the palest of the smallest markers makes 0.23 when it moves by one
pixel, 0.36 points; another digit in the smallest letters, in grey, 0.46; a full stop that is lost
there, 0.2.
"""


def compare_figures(
    name: str, rebuilt: Path, published: Path, differences: Path
) -> tuple[bool, str]:
    """Hold the picture of a rebuilt figure against the published one.

    Return whether they are alike, and what told so. Both folders hold the figure as NAME.png; the
    folder `differences` gets a picture of what differs, as ``NAME-rebuilt-failed-diff.png``, beside
    both.
    """
    folders = {"rebuilt": rebuilt, "published": published}
    differences.mkdir(parents=True, exist_ok=True)
    pictures = {role: differences / f"{name}-{role}.png" for role in folders}
    for role, folder in folders.items():
        if not (folder / f"{name}.png").is_file():
            return False, f"other bytes, and {name}.png is not {role}"
        shutil.copyfile(folder / f"{name}.png", pictures[role])
    shown = differences / f"{name}-rebuilt-failed-diff.png"
    try:
        found = compare_images(
            str(pictures["published"]), str(pictures["rebuilt"]), RMS, in_decorator=True
        )
    except (ImageComparisonFailure, OSError) as error:
        return False, f"no picture to compare, see {pictures['rebuilt']}: {error}"
    if isinstance(found, dict):
        return False, f"picture: RMS {found['rms']:.2g} of 255, see {shown}"
    for picture in pictures.values():
        picture.unlink()
    return True, f"picture: RMS at most {RMS:g} of 255"
