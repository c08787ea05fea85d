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
from lrstudy.tables import repeats as repeat_tables
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

ARMS = {
    "constant_m00": "first",
    "constant_m08": "second",
    "time_based_m08": "third",
    "constant_m09": "fourth",
    "step_m09": "fifth",
}
SETTINGS = {
    name: {
        "initial_rate": 0.1,
        "momentum": int(name[-2:]) / 10,
        "schedule": {"name": name.partition("_")[0]},
    }
    for name in ARMS
}
INITIALIZERS = {"glorot_uniform": "Glorot uniform", "normal_005": "$N(0, 0.05^2)$"}
PROTOCOLS = ["tail", "resample"]
LABELS = {"B1": "best epoch", "B2": "best epoch"}
LABELS |= {name: "the schedule alone, at the same momentum" for name in ("H3", "S3")}
EACH = {"U": {"": (12, 25), "l": (200,)}, "V": {"": (7, 28)}}
"""Letter of a hypothesis that is asked of values, and what its name ends in, to the values."""
GRID = {
    "initial_rates": [0.01, 1.0, 0.1],
    "momenta": [0.0, 0.8],
    "schedules": {
        name: {"label": f"label of {name}", "schedule": {"name": name}}
        for name in ("constant", "time", "a", "b", "c", "d", "e")
    },
}


def asked() -> list[tuple[str, str]]:
    """List all effects that some figure shows, each value of a hypothesis that is asked of many."""
    found = []
    for name, protocol in itertools.chain(*ASKED.values()):
        values = EACH.get(name[0], {}).get(name[2:], ())
        found += [(f"{name}.{value}" if values else name, protocol) for value in values or [0]]
    return list(dict.fromkeys(found))


def hypotheses() -> dict[str, Any]:
    """Ask all that any figure shows; what is asked of other data is asked at home as well."""
    of: dict[str, Any] = {}
    for name, protocol in asked():
        sides = {"add": name.replace("X", "H").replace("Y", "S"), "subtract": ""}
        block = {"label": LABELS.get(name, ""), "protocols": [], **sides}
        of.setdefault(name, block)["protocols"].append(protocol)
    return of


STUDY = Study(
    arms=ARMS,
    initializers=INITIALIZERS,
    settings=SETTINGS,
    baseline="constant_m00",
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
    rows = []
    for k, ((name, protocol), initializer) in enumerate(itertools.product(asked(), INITIALIZERS)):
        cell = {"hypothesis": name, "protocol": protocol, "initializer": initializer}
        middle = (k % 7) / 3 - 1
        estimate = {"difference": middle, "low": middle - 0.25, "high": middle + 0.125}
        shares = {f"share_{end}": 10 * estimate[end] for end in ("low", "high")}
        cell["dataset"] = "wine" if name[0] in "XY" else "own"
        label = LABELS.get(name, f"question {name}")
        rows.append({**cell, "label": label, **estimate, "share": 10 * middle, **shares})
    table = pd.DataFrame(rows)
    return table[(table["dataset"] == "own") | (table["initializer"] == STUDY.primary)]


def outcomes() -> pd.DataFrame:
    """The same effects on every other outcome, each a little larger than on the one before."""
    frames = [
        effects().assign(
            outcome=name, **{c: effects()[c] + i for c in ("difference", "low", "high")}
        )
        for i, name in enumerate(("balanced", "log_loss", "speed"), start=1)
    ]
    shown = ["hypothesis", "dataset", "protocol", "initializer", "outcome"]
    return pd.concat(frames, ignore_index=True)[[*shown, "difference", "low", "high"]]


def by_run() -> pd.DataFrame:
    """The primary effects of three runs, each a little larger than in the one before."""
    table = effects()
    table = table[table["hypothesis"].isin(["H1", "H2", "H3", "S1", "S2", "S3"])]
    columns = ["hypothesis", "dataset", "protocol", "initializer", "difference", "low", "high"]
    moved = ["difference", "low", "high"]
    frames = [
        table[columns].assign(run=run, **{c: table[c] + run / 10 for c in moved})
        for run in (2, 0, 1)
    ]
    return pd.concat(frames, ignore_index=True)


def verdicts() -> pd.DataFrame:
    margins = {"sure": (3.0, 3.0, 3.0), "often": (2.0, 0.5, -1.0), "once": (-1.0, -2.0, 1.0)}
    rows = [
        {"run": run, "sentence": name, "place": "text", "holds": margin > 0, "margin": margin}
        for name, found in margins.items()
        for run, margin in enumerate(found)
    ]
    return pd.DataFrame(rows)


def runs() -> pd.DataFrame:
    """Three networks a cell; baseline with the second initializer is constant."""
    rows = []
    for k, (protocol, initializer, arm) in enumerate(CELLS):
        cell = {"protocol": protocol, "initializer": initializer, "arm": arm, "n_validation": 116}
        spread = 0 if (initializer, arm) == ("normal_005", "constant_m00") else 1
        rows += [{**cell, "n_correct": 96 + k - spread * lost} for lost in (0, 0, 2)]
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
        cell = {"protocol": protocol, "initializer": initializer, "arm": arm}
        frame = pd.DataFrame({**cell, "epoch": np.arange(1, 5)})
        for measure in run_tables.CURVE_MEASURES:
            frame[f"{measure}_mean"] = 0.5 + k / 100 + (1 + k % 3) * frame["epoch"] / 100
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def crossings() -> pd.DataFrame:
    rows = [
        {"protocol": protocol, "initializer": initializer, "arm": arm, "epoch": 1 + k % 3}
        for k, (protocol, initializer, arm) in enumerate(CELLS)
    ]
    table = pd.DataFrame(rows).astype({"epoch": float})
    return table.assign(epoch=table["epoch"].mask(table["arm"] == "constant_m09"), level=95.0)


def returns() -> pd.DataFrame:
    """Ten rows: one is missed by none; an arm misses a part of what the baseline misses."""
    missed = np.array([0.0, 0.75, 0.02, 0.2, 0.2, 1.0, 0.3, 0.06, 0.5, 0.4])
    rows = {"row": np.arange(10) + 341, "positive": np.arange(10) % 2 == 1}
    frames = [
        pd.DataFrame({"initializer": initializer, "arm": arm, **rows, "missed": missed / (1 + i)})
        for i, (initializer, arm) in enumerate(itertools.product(INITIALIZERS, ARMS))
    ]
    table = pd.concat(frames, ignore_index=True)
    return table.assign(
        missed=table["missed"].mask((table["arm"] == "step_m09") & (table["row"] == 344), 0.9)
    )


def grid() -> pd.DataFrame:
    cells = PROTOCOLS, INITIALIZERS, GRID["schedules"], GRID["initial_rates"], GRID["momenta"]
    names = ["protocol", "initializer", "schedule", "initial_rate", "momentum"]
    table = pd.DataFrame(itertools.product(*cells), columns=names)
    table = table.assign(mean=80 + np.arange(len(table)) / 12, log_loss=0.5)
    # In another order than the configuration's, as a table may be.
    return table.iloc[::-1].reset_index(drop=True)


def components() -> pd.DataFrame:
    sources = {
        "tail": ("initialisation", "shuffle", "residual"),
        "resample": ("split", "seed", "residual"),
    }
    rows = []
    for protocol, initializer, arm in CELLS:
        if arm == "step_m09":
            continue
        nothing = (initializer, arm) == ("normal_005", "constant_m00")
        for source, share in zip(sources[protocol], (0.5, 0.25, 0.25), strict=True):
            cell = {"protocol": protocol, "initializer": initializer, "arm": arm}
            share = 0.0 if nothing else share
            variance = {"variance": 4 * share, "low": share, "high": 9 * share}
            variance["share"] = 100 * share
            rows.append({**cell, "source": source, **variance})
    return pd.DataFrame(rows)


TABLES = (
    rates, runs, curves, crossings, effects, outcomes, arms, references, returns, grid, components,
    by_run, verdicts,
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
