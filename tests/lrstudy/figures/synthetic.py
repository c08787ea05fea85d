"""Small tables that all tests of figures draw from, and what they ask of a figure."""

from __future__ import annotations

import importlib
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from lrstudy import figures as figures_folder
from lrstudy.design.needs import effects_among
from lrstudy.drawing.study import Study
from lrstudy.tables import runs as run_tables
from matplotlib.backends.backend_agg import FigureCanvasAgg
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
