"""How a file becomes a figure: what it says of itself, what is refused, which claims it shows."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lrstudy import figures as figures_folder
from lrstudy.design.needs import lacking
from lrstudy.tables import repeats as repeat_tables
from lrstudy.tables import results as result_tables
from lrstudy.tables import runs as run_tables
from paperledger.io.tables import contracts_of, write_table
from paperledger.io.yaml_file import read_yaml
from paperledger.report.figures import FigureError, check_included, read_figures
from paperledger.report.rows import figures_showing

FOLDER = Path(figures_folder.__path__[0])
FIGURES = read_figures(FOLDER)
SHOWS = {
    name: figure.about({"arm": ["constant_m00", "step_m09"]})["claims"]
    for name, figure in FIGURES.items()
}
SAID = {
    "TABLES": '("rates",)',
    "QUESTION": '"What is new?"',
    "READING": '"Left to " "right."',
    "CLAIMS": '("rate.new", "arm.*.{arm}")',
    "NEEDS": "()",
    "PLACE": "15",
}
DRAW = """
from matplotlib.figure import Figure

def draw(tables, study):
    figure = Figure()
    figure.subplots().plot(tables["rates"]["epoch"], tables["rates"]["rate"])
    return figure
"""


def write(path: Path, changes: dict[str, str | None] | None = None, draw: str = DRAW) -> Path:
    """Write the file of a figure, some of what it says changed or left out."""
    said = {**SAID, **(changes or {})}
    lines = [f"{name} = {value}\n" for name, value in said.items() if value is not None]
    path.write_text("".join(lines) + draw)
    return path


def test_a_file_says_all_of_its_figure(tmp_path: Path) -> None:
    write(tmp_path / "late.py", {"PLACE": "16"})
    path = write(tmp_path / "new.py")
    (tmp_path / "__init__.py").touch()
    figures = read_figures(tmp_path)
    assert list(figures) == ["new", "late"]
    new = figures["new"]
    assert (new.tables, new.needs, new.path) == (("rates",), (), path)
    assert new.about({"arm": ["a", "b"]}) == {
        "question": "What is new?",
        "reading": "Left to right.",
        "claims": ["rate.new", "arm.*.a", "arm.*.b"],
        "place": 15,
    }
    with pytest.raises(FigureError, match=r"new\.py: .*\{arm\}.*initializer"):
        new.about({"initializer": ["a"]})


@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("value", [None, "some(thing)", "['rates']", "True", "('rates', 1)", "''"])
def test_a_file_that_lacks_something_is_refused(
    tmp_path: Path, name: str, value: str | None
) -> None:
    write(tmp_path / "half.py", {name: value})
    with pytest.raises(FigureError, match=rf"half\.py: no figure, it lacks {name}, [^;]*$"):
        read_figures(tmp_path)


def test_a_file_without_tables_or_draw_or_sense_is_refused(tmp_path: Path) -> None:
    half = write(tmp_path / "half.py", {"TABLES": "()"}, draw="draw = 3\n")
    with pytest.raises(FigureError, match=r"half\.py: .*TABLES.*; a function draw$"):
        read_figures(tmp_path)
    half.write_text("PLACE = (")
    with pytest.raises(FigureError, match=r"half\.py: expected Python"):
        read_figures(tmp_path)


def test_the_paper_includes_what_can_be_drawn(tmp_path: Path) -> None:
    source = tmp_path / "main.tex"
    source.write_text("\\includegraphics{figures/a}\n% \\includegraphics{figures/c}\n")
    check_included([source], {"a": []})
    with pytest.raises(FigureError, match=r"main\.tex .* a,.* lacks grid, analysis\.tutorial$"):
        check_included([source], {"a": ["grid", "analysis.tutorial"]})
    with pytest.raises(FigureError, match=r"main\.tex .* a, known figures: b$"):
        check_included([source], {"b": []})


def test_a_new_file_is_found_drawn_and_reported(tmp_path: Path, root: Path) -> None:
    shutil.copytree(FOLDER.parents[1], tmp_path / "scripts")
    write(tmp_path / "scripts/lrstudy/figures/new.py")
    keys = {"figure": "new", "panel": "p", "curve": "c"}
    epoch = np.arange(3) / 2
    rates = pd.DataFrame({**keys, "update": range(3), "epoch": epoch, "rate": 0.1 / (1 + epoch)})
    write_table(rates.astype({"update": "int32"}), tmp_path / "rates.parquet", run_tables.RATES)
    (tmp_path / "draw.py").write_text("""
import json, runpy, sys
from pathlib import Path
from types import SimpleNamespace as Of
from lrstudy.drawing.study import study_of
from paperledger.report.figures import read_figures
from paperledger.report.rows import figures_showing

config = json.loads(Path("config.json").read_text())
study = vars(study_of(config))
names = ["new", *sys.argv[1:]]
given = Of(
    input={"rates": "rates.parquet"}, log=["log"], params=Of(study=study),
    output=Of(**{kind: [f"{name}.{kind}" for name in names] for kind in ("pdf", "png")}),
)
figures = read_figures(Path("scripts/lrstudy/figures"))
shows = {name: figure.about({"arm": study["arms"]})["claims"] for name, figure in figures.items()}
print(*list(shows)[:3], *figures_showing("rate.new.first", shows), flush=True)
runpy.run_path("scripts/draw_figures.py", {"snakemake": given})
""")
    (tmp_path / "config.json").write_text(json.dumps(read_yaml(root / "config/config.yaml")))

    def drawn(*others: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "draw.py", *others],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": "scripts"},
            capture_output=True,
            text=True,
            check=False,
        )

    run = drawn()
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["recipes", "repeats", "new", "new"]
    assert (tmp_path / "new.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "new.png").read_bytes().startswith(b"\x89PNG")
    # One that fails names itself.
    bad = "def draw(tables, study):\n    raise ValueError('no row')\n"
    write(tmp_path / "scripts/lrstudy/figures/bad.py", draw=bad)
    run = drawn("bad")
    assert run.returncode == 1
    assert "error: the figure bad cannot be drawn:\nerror: ValueError: no row (in " in run.stderr


# --- the study's own ----------------------------------------------------------


def test_figures_are_drawn_from_tables_that_the_study_writes() -> None:
    written = set(contracts_of(run_tables, result_tables, repeat_tables))
    for figure in FIGURES.values():
        assert set(figure.tables) <= written, figure.name


@pytest.mark.parametrize(
    ("claim", "figures"),
    [
        ("effect.L2.resample.normal_005.p", ("readings",)),
        ("effect.T.cosine.resample.glorot_uniform.p", ()),
        (
            "effect.H3.tail.glorot_uniform.difference",
            ("recipes", "repeats", "specification", "inflation"),
        ),
        ("effect.H1.tail.glorot_uniform.difference", ("recipes", "repeats")),
        ("effect.U1l.400.tail.normal_005.high", ("budget",)),
        ("effect.X1.iris.resample.glorot_uniform.share", ("elsewhere",)),
        ("outcome.S3o.official.normal_005.speed.difference", ("specification",)),
        ("crossing.tail.glorot_uniform.step_m09.epoch", ("curves",)),
        ("arm.tail.glorot_uniform.step_m09.mean", ("accuracy",)),
        ("arm.official.glorot_uniform.step_m09.mean", ()),
        ("arm.tail.glorot_uniform.step_m00.mean", ()),
        ("tutorial.gain.points", ("recipes",)),
        ("tutorial.mcnemar.p", ()),
        ("grid.tail.glorot_uniform.lowest", ("ridge",)),
        ("grid.resample.glorot_uniform.lowest", ("grid",)),
        ("rate.printed.3", ("rates",)),
        ("rate.time_recursion.last", ("readings",)),
        ("networks", ()),
    ],
)
def test_which_figures_show_a_claim(claim: str, figures: tuple[str, ...]) -> None:
    assert figures_showing(claim, SHOWS) == figures


def test_the_study_can_draw_all_and_a_smaller_one_what_it_has(config: Any) -> None:
    def cannot(study: Any) -> set[str]:
        return {f.name for f in FIGURES.values() if lacking(f.needs, study, f.claims)}

    assert cannot(config) == set()
    effects = {"recipes", "inflation", "readings", "elsewhere", "budget", "specification"}
    for path, names in {
        "grid": {"grid", "ridge"},
        "analysis.tuning": set(),
        "analysis.tutorial": set(),
        "analysis.hypotheses": effects | {"repeats"},
        "analysis.outcomes": {"specification"},
        "variants": {"budget"},
        "figures.readings": {"readings"},
        "figures": {"rates", "readings"},
        "parts.crossed": {"components"},
        "parts.elsewhere": {"elsewhere"},
    }.items():
        smaller = copy.deepcopy(config)
        *outer, key = path.split(".")
        inside = smaller
        for word in outer:
            inside = inside[word]
        del inside[key]
        assert cannot(smaller) == names, path
    for part in config["parts"].values():
        part["protocols"].pop("tail", None)
    assert cannot(config) == {"returns", "components"}


def test_what_is_empty_or_not_asked_is_lacking(config: Any) -> None:
    assert lacking(["grid"], {"grid": {}}) == ["grid"]
    assert lacking(["a.b"], {"a": "abc"}) == ["a.b"]
    config["analysis"]["hypotheses"]["H1"]["protocols"] = ["resample"]
    assert lacking([], config, ["effect.U1.*.tail"]) == []
    assert lacking([], config, ["effect.H1.tail", "headline"]) == [
        "analysis.hypotheses: one of H1 on tail"
    ]
    assert lacking([], config, ["effect.H1.tail", "effect.H3.tail"]) == []
