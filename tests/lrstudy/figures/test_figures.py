"""What holds for every figure: same bytes, fits the page, legible, nothing cut off.

What each figure shows is tested in the files beside this one.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from lrstudy.drawing import style as figures
from lrstudy.drawing.study import MOST_ARMS, MOST_INITIALIZERS, study_of
from lrstudy.tables import repeats as repeat_tables
from lrstudy.tables import results as result_tables
from lrstudy.tables import runs as run_tables
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from tests.lrstudy.figures.synthetic import (
    ARMS,
    FIGURES,
    PROTOCOLS,
    SETTINGS,
    STUDY,
    TABLES,
    draw,
    runs,
    texts,
    words,
)


@pytest.fixture(autouse=True)
def styled() -> Iterator[None]:
    with mpl.rc_context():
        figures.use_style()
        yield


SAMPLE = ("curves", "recipes", "specification")


def digests(folder: Path) -> list[str]:
    found = []
    for name in SAMPLE:
        files = folder / f"{name}.pdf", folder / f"{name}.png"
        figures.save_figure(draw(name), *files)
        found += [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return found


def test_same_bytes_in_two_processes(tmp_path: Path, root: Path) -> None:
    """Of some; those of all figures are held against one another in the tests of the pipeline."""
    code = (
        "import sys; sys.path[:0] = sys.argv[2:]; from pathlib import Path\n"
        "from tests.lrstudy.figures import test_figures; test_figures.figures.use_style()\n"
        "print(*test_figures.digests(Path(sys.argv[1])))"
    )
    (tmp_path / "other").mkdir()
    folders = [tmp_path / "other", root, root / "workflow/scripts"]
    other = subprocess.run(
        [sys.executable, "-c", code, *map(str, folders)],
        env={**os.environ, "PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "MPLBACKEND": "svg"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.split() == digests(tmp_path)
    for name in SAMPLE:
        pdf = (tmp_path / f"{name}.pdf").read_bytes()
        assert pdf.startswith(b"%PDF")
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert b"CreationDate" not in pdf
        assert b"/FontFile2" in pdf
        assert b"/Type3" not in pdf


@pytest.mark.parametrize("name", FIGURES)
def test_fits_the_page_and_is_legible(name: str) -> None:
    figure = draw(name)
    width, height = figure.get_size_inches()
    assert width == figures.PAGE_INCHES
    assert height < 6
    seen = texts(figure)
    assert seen
    assert min(text.get_fontsize() for text in seen) >= 7
    for text in seen:
        box = text.get_window_extent()
        inside = min(box.x0, box.y0) >= -1
        inside &= box.x1 <= figure.bbox.width + 1 and box.y1 <= figure.bbox.height + 1
        # Ticks beyond the limits of an axis hold labels that are not drawn.
        tick = any(text in axis.get_xticklabels() + axis.get_yticklabels() for axis in figure.axes)
        assert inside or tick, text


@pytest.mark.parametrize("name", ["inflation", "components", "elsewhere"])
def test_long_labels_are_not_lost(name: str, config: dict[str, Any]) -> None:
    """The page grows where they need more than it has."""
    figure = draw(name)
    FigureCanvasAgg(figure).draw()
    assert figures.page_of(figure) is None
    for block in ("arms", "initializers", "datasets"):
        for i, named in enumerate(config[block].values()):
            named["label"] = f"number {i}, whose label says more than most would have said"
    known = study_of(config)
    labels = {key: dict(zip(getattr(STUDY, key), getattr(known, key).values(), strict=False))
              for key in ("arms", "initializers", "datasets")}  # fmt: skip
    figure = draw(name, replace(STUDY, **labels))
    assert any("number" in label for label in words(figure))  # draws it, too
    page = figures.page_of(figure)
    assert page is not None
    assert page.width < 9
    ticks = [t for axis in figure.axes for t in axis.get_xticklabels() + axis.get_yticklabels()]
    for text in set(texts(figure)) - set(ticks):
        box = text.get_window_extent().transformed(figure.dpi_scale_trans.inverted())
        assert page.x0 <= box.x0 < box.x1 <= page.x1
        assert page.y0 <= box.y0 < box.y1 <= page.y1


def test_the_tables_are_those_that_the_study_writes() -> None:
    contracts = vars(run_tables) | vars(result_tables) | vars(repeat_tables)
    for table in TABLES:
        assert set(table().columns) <= set(contracts[table.__name__.upper()].columns)


def test_arms_differ_in_grey_too() -> None:
    looks = [figures.look_of(setting) for setting in SETTINGS.values()]
    grey = sorted(np.dot(to_rgb(look.colour), (0.299, 0.587, 0.114)) for look in looks)
    assert np.diff(grey).min() > 0.1
    assert [look.marker for look in looks] == ["o", "s", "s", "^", "^"]


def test_a_colour_is_a_schedule_and_a_momentum() -> None:
    def look(name: str, **rest: float) -> figures.Look:
        return figures.look_of({"schedule": {"name": name}, **rest})

    assert look("time_recursion", momentum=0.8) == look("time_per_update", momentum=0.8)
    assert look("constant") == look("constant", momentum=0.0)
    assert len({look("step_code", momentum=m) for m in (0.0, 0.5, 0.8, 0.9, 0.95)}) == 5
    assert look("cosine", momentum=0.9).colour == figures.HUES["other"][3]
    assert len({name for names in figures.HUES.values() for name in names}) == 20


def test_an_arm_has_the_constant_rate_of_its_momentum_for_control() -> None:
    controls = {arm: STUDY.control_of(arm) for arm in ARMS}
    assert controls == {
        **dict.fromkeys(ARMS),
        "time_based_m08": "constant_m08",
        "step_m09": "constant_m09",
    }
    assert STUDY.recipes == ["time_based_m08", "step_m09"]
    other = {**SETTINGS, "constant_m08": {**SETTINGS["constant_m08"], "initial_rate": 0.5}}
    assert replace(STUDY, settings=other).control_of("time_based_m08") is None
    plateau = {**SETTINGS["constant_m08"], "plateau": {}}
    assert replace(STUDY, settings={**SETTINGS, "p": plateau}).control_of("p") == "constant_m08"


def test_choose() -> None:
    chosen = figures.choose(runs(), arm="step_m09", protocol=["tail", "no"])
    assert {*chosen["arm"], *chosen["protocol"]} == {"step_m09", "tail"}
    with pytest.raises(ValueError, match=r"no row with \{'arm': 'nothing'\}"):
        figures.choose(runs(), arm="nothing")
    with pytest.raises(ValueError, match=r"12 rows with .*step.*, expected 1"):
        figures.choose_one(runs(), arm="step_m09")


def test_what_figures_know_of_the_study(config: dict[str, Any]) -> None:
    study = study_of(config)
    assert list(study.arms) == config["analysis"]["arms"]
    assert list(study.initializers) == ["glorot_uniform", "normal_005"]
    assert study.primary == "glorot_uniform"
    assert study.protocols == PROTOCOLS
    assert study.own == "ionosphere"
    assert study.datasets["wine"] == config["datasets"]["wine"]["label"]
    assert study.baseline == "constant_m00"
    assert study.hypotheses["U1l.400"]["add"] == [{"arm": "time_based_m08 budget_long 400"}]
    config["analysis"]["initializer"] = "normal_005"
    assert study_of(config).primary == "normal_005"
    del config["analysis"]["tutorial"], config["grid"]
    for part in config["parts"].values():
        part["protocols"].pop("tail", None)
    study = study_of(config)
    assert (study.tutorial, study.grid, study.protocols) == (None, None, ["resample"])


@pytest.mark.parametrize("key", ["analysis.arms", "initializers"])
def test_no_more_is_shown_than_there_are_marks(config: dict[str, Any], key: str) -> None:
    if key == "initializers":
        config["initializers"]["third"] = {"label": ""}
        config["parts"]["factorial"]["initializers"].append("third")
    config["analysis"]["arms"] += ["time_based_m00"] if key == "analysis.arms" else []
    most = {"analysis.arms": MOST_ARMS, "initializers": MOST_INITIALIZERS}[key]
    with pytest.raises(
        ValueError, match=rf"^{key}: .* at most {most}, found .*(third|time_based_m00)"
    ):
        study_of(config)
