"""What holds for every figure: same bytes, fits the page, legible, nothing cut off.

The small tables that all tests of figures draw from stand here; what each figure shows is tested
in the files beside this one.
"""

from __future__ import annotations

import hashlib
import importlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from lrstudy import figures as figures_folder
from lrstudy.design.needs import effects_among
from lrstudy.drawing import style as figures
from lrstudy.drawing.study import MOST_ARMS, MOST_INITIALIZERS, Study, study_of
from lrstudy.tables import results as result_tables
from lrstudy.tables import runs as run_tables
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from paperledger.report.figures import read_figures

FIGURES = read_figures(Path(figures_folder.__path__[0]))
ASKED = {
    name: effects_among(figure.claims)
    for name, figure in FIGURES.items()
    if "effects" in figure.tables
}
"""What each forest shows: hypothesis and protocol, from top to bottom."""

ARMS = {"baseline": "first", "constant_m08": "second", "time_based": "third", "step": "fourth"}
INITIALIZERS = {"glorot_uniform": "Glorot uniform", "normal_005": "$N(0, 0.05^2)$"}
PROTOCOLS = ["tail", "resample"]
LABELS = {"H1": "headline", "D4": "headline", "H3": "momentum", "D6": "momentum"}
LABELS |= {name: "the schedule alone, at the same momentum" for name in ("H2a", "H2b", "D5")}
LABELS |= {"S1": "headline elsewhere"}
OTHERS = ["S1", "S2", "S3", "S4"]
"""What is asked of other data."""
GRID = {
    "initial_rates": [0.01, 1.0, 0.1],
    "momenta": [0.0, 0.8],
    "schedules": {
        name: {"label": f"label of {name}", "schedule": {"name": name}}
        for name in ("constant", "time", "a", "b", "c", "d", "e")
    },
}


def hypotheses() -> dict[str, Any]:
    """Ask all that any figure shows; S1 is the same contrast as D4."""
    asked: dict[str, Any] = {}
    for name, protocol in itertools.chain(*ASKED.values()):
        sides = {"add": "headline" if name in ("S1", "D4") else name, "subtract": ""}
        block = {"label": LABELS.get(name, ""), "protocols": [], **sides}
        places = asked.setdefault(name, block)["protocols"]
        places += [protocol] * (protocol not in places)
    return asked


STUDY = Study(
    arms=ARMS,
    initializers=INITIALIZERS,
    settings={
        "baseline": {"initial_rate": 0.1, "momentum": 0.0, "schedule": {"name": "constant"}},
        "time_based": {"initial_rate": 0.1, "momentum": 0.8, "schedule": {"name": "time"}},
        "elsewhere": {"initial_rate": 0.2, "momentum": 0.8, "schedule": {"name": "a"}},
    },
    protocols=PROTOCOLS,
    parts=["study"],
    hypotheses=hypotheses(),
    datasets={"own": "Own", "wine": "Wine"},
    words={"row": "voter", "positive_label": "yes", "negative_label": "no"},
    margin=0.5,
    tutorial={"n_validation": 116, "baseline_correct": 111, "schedule_correct": 115},
    grid=GRID,
)
CELLS = list(itertools.product(PROTOCOLS, INITIALIZERS, ARMS))


def rates() -> pd.DataFrame:
    epoch = np.arange(18) / 9
    frames = [
        pd.DataFrame({"panel": panel, "curve": curve, "epoch": epoch, "rate": 0.1 / (i + epoch)})
        for panel in ("Left", "Right")
        for i, curve in enumerate(("one", "two"), start=1)
    ]
    both = pd.concat(frames, ignore_index=True)
    left = both[both["panel"] == "Left"]
    return pd.concat([both.assign(figure="rates"), left.assign(figure="readings")])


def effects() -> pd.DataFrame:
    asked = dict.fromkeys(itertools.chain(*ASKED.values()))
    rows = []
    for k, ((name, protocol), initializer) in enumerate(itertools.product(asked, INITIALIZERS)):
        cell = {"hypothesis": name, "protocol": protocol, "initializer": initializer}
        middle = (k % 7) / 3 - 1
        estimate = {"difference": middle, "low": middle - 0.25, "high": middle + 0.125}
        cell["dataset"] = "wine" if name in OTHERS else "own"
        rows.append({**cell, "label": LABELS.get(name, f"question {name}"), **estimate})
    table = pd.DataFrame(rows)
    return table[(table["dataset"] == "own") | (table["initializer"] == STUDY.primary)]


def runs() -> pd.DataFrame:
    """Three networks a cell; baseline with the second initializer is constant."""
    rows = []
    for k, (protocol, initializer, arm) in enumerate(CELLS):
        cell = {"protocol": protocol, "initializer": initializer, "arm": arm, "n_validation": 116}
        spread = 0 if (initializer, arm) == ("normal_005", "baseline") else 1
        rows += [{**cell, "n_correct": 100 + k - spread * lost} for lost in (0, 0, 2)]
    return pd.DataFrame(rows)


def arms() -> pd.DataFrame:
    table = runs().assign(mean=lambda x: 100 * x["n_correct"] / x["n_validation"])
    cells = table.groupby(["protocol", "initializer", "arm"], sort=False)
    return cells["mean"].mean().reset_index()


def references() -> pd.DataFrame:
    counts = {"majority": 74, "logistic": 104, "svm": 110}
    rows = [
        {"protocol": protocol, "split": split, "classifier": name, "n_correct": count + 2 * split}
        for protocol in PROTOCOLS
        for split in range(1 if protocol == "tail" else 3)
        for name, count in counts.items()
    ]
    return pd.DataFrame(rows).assign(n_validation=116)


def curves() -> pd.DataFrame:
    frames = []
    for k, (protocol, initializer, arm) in enumerate(CELLS):
        if initializer == "normal_005":
            continue
        cell = {"protocol": protocol, "initializer": initializer, "arm": arm}
        frame = pd.DataFrame({**cell, "epoch": np.arange(1, 5)})
        for measure in run_tables.CURVE_MEASURES:
            for name, q in run_tables.CURVE_QUANTILES.items():
                frame[f"{measure}_{name}"] = 0.5 + q / 10 + k / 100 + frame["epoch"] / 100
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def returns() -> pd.DataFrame:
    """Eight rows: one is missed by none, one rarely, two equally often by the baseline."""
    missed = np.array([0.0, 0.75, 0.02, 0.2, 0.2, 1.0, 0.3, 0.06])
    rows = {"row": np.arange(8) + 343, "positive": np.arange(8) % 2 == 1}
    frames = [
        pd.DataFrame({"initializer": initializer, "arm": arm, **rows, "missed": missed / (1 + i)})
        for i, (initializer, arm) in enumerate(itertools.product(INITIALIZERS, ARMS))
    ]
    table = pd.concat(frames, ignore_index=True)
    return table.assign(
        missed=table["missed"].mask((table["arm"] == "step") & (table["row"] == 347), 0.5)
    )


def grid() -> pd.DataFrame:
    points = itertools.product(PROTOCOLS, GRID["schedules"], GRID["initial_rates"], GRID["momenta"])
    table = pd.DataFrame(points, columns=["protocol", "schedule", "initial_rate", "momentum"])
    # In another order than the configuration's, as a table may be.
    table = table.assign(mean=80 + np.arange(len(table)) / 5, initializer="glorot_uniform")
    return table.iloc[::-1].reset_index(drop=True)


def tuned() -> pd.DataFrame:
    table = pd.DataFrame(
        itertools.product(PROTOCOLS, GRID["schedules"]), columns=["protocol", "schedule"]
    )
    return table.assign(initial_rate=1.0, momentum=0.8, initializer="glorot_uniform")


def components() -> pd.DataFrame:
    sources = {
        "tail": ("initialisation", "shuffle", "residual"),
        "resample": ("split", "seed", "residual"),
    }
    rows = []
    for protocol, initializer, arm in CELLS:
        if arm == "step":
            continue
        nothing = (initializer, arm) == ("normal_005", "baseline")
        for source, share in zip(sources[protocol], (0.5, 0.25, 0.25), strict=True):
            cell = {"protocol": protocol, "initializer": initializer, "arm": arm}
            share = 0.0 if nothing else share
            variance = {"variance": 4 * share, "low": share, "high": 9 * share}
            variance["share"] = 100 * share
            rows.append({**cell, "source": source, **variance})
    return pd.DataFrame(rows)


TABLES = (
    rates, runs, curves, effects, arms, references, returns, grid, tuned, components,
)  # fmt: skip


def draw(name: str, study: Study = STUDY, **changed: pd.DataFrame) -> Figure:
    """Draw a figure from the tables here, some of them changed."""
    found = {table.__name__: table() for table in TABLES} | changed
    module = importlib.import_module(f"lrstudy.figures.{name}")
    tables = {table: found[table] for table in FIGURES[name].tables}
    if "effects" in tables and not getattr(module, "ALL_DATA", False):  # as the rule chooses
        tables["effects"] = tables["effects"].query("dataset == @STUDY.own")
    drawn: Figure = module.draw(tables, study)
    return drawn


@pytest.fixture(autouse=True)
def styled() -> Iterator[None]:
    with mpl.rc_context():
        figures.use_style()
        yield


def texts(figure: Figure) -> list[Text]:
    """Return every text that is seen."""
    FigureCanvasAgg(figure).draw()
    found = figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_text().strip())
    return [text for text in found if text.get_visible()]


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in texts(figure)]


def named(figure: Figure, name: str) -> list[Any]:
    """Return the artists of that name."""
    return figure.findobj(lambda artist: artist.get_gid() == name)


def digests(folder: Path) -> list[str]:
    found = []
    for name in FIGURES:
        files = folder / f"{name}.pdf", folder / f"{name}.png"
        figures.save_figure(draw(name), *files)
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
    for name in FIGURES:
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


@pytest.mark.parametrize("name", ["ladder", "components", "elsewhere"])
def test_long_labels_are_not_lost(name: str, config: dict[str, Any]) -> None:
    """They wrap, and the page grows where they need more than it has."""
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
    assert any("\n" in label for label in words(figure))  # draws it, too
    page = figures.page_of(figure)
    assert page is not None
    assert page.width < 9
    ticks = [t for axis in figure.axes for t in axis.get_xticklabels() + axis.get_yticklabels()]
    for text in set(texts(figure)) - set(ticks):
        box = text.get_window_extent().transformed(figure.dpi_scale_trans.inverted())
        assert page.x0 <= box.x0 < box.x1 <= page.x1
        assert page.y0 <= box.y0 < box.y1 <= page.y1


def test_the_tables_are_those_that_the_study_writes() -> None:
    contracts = vars(run_tables) | vars(result_tables)
    for table in TABLES:
        assert set(table().columns) <= set(contracts[table.__name__.upper()].columns)


def test_arms_differ_in_grey_too() -> None:
    grey = [np.dot(to_rgb(colour), (0.299, 0.587, 0.114)) for colour in figures.COLOURS[:4]]
    assert np.diff(grey).min() > 0.1
    assert len(set(figures.MARKERS)) == len(set(map(str, figures.LINES))) == MOST_ARMS


def test_choose() -> None:
    chosen = figures.choose(runs(), arm="step", protocol=["tail", "no"])
    assert {*chosen["arm"], *chosen["protocol"]} == {"step", "tail"}
    with pytest.raises(ValueError, match=r"no row with \{'arm': 'nothing'\}"):
        figures.choose(runs(), arm="nothing")
    with pytest.raises(ValueError, match=r"12 rows with .*step.*, expected 1"):
        figures.choose_one(runs(), arm="step")


def test_what_figures_know_of_the_study(config: dict[str, Any]) -> None:
    study = study_of(config)
    assert list(study.arms) == config["analysis"]["arms"]
    assert list(study.initializers) == ["glorot_uniform", "normal_005"]
    assert study.primary == "glorot_uniform"
    assert study.protocols == PROTOCOLS
    assert study.own == "ionosphere"
    assert study.datasets["wine"] == config["datasets"]["wine"]["label"]
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
        config["parts"]["study"]["initializers"].append("third")
    config["analysis"]["arms"] += ["time_m0"] if key == "analysis.arms" else []
    most = {"analysis.arms": MOST_ARMS, "initializers": MOST_INITIALIZERS}[key]
    with pytest.raises(ValueError, match=rf"^{key}: .* at most {most}, found .*(third|time_m0)"):
        study_of(config)
