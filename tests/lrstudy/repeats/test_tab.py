"""The report's tab in a real browser: what it answers is what `make compare` prints."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import pytest
from lrstudy.analysis.measures import measures_of
from lrstudy.commands import compare
from lrstudy.design.arms import part_arms
from lrstudy.repeats.compare import paired, question_of
from lrstudy.repeats.moments import moments_table
from lrstudy.repeats.record import counted
from lrstudy.repeats.settings import REPEATS
from lrstudy.repeats.tab import compare_tab
from lrstudy.tables.runs import RUNS
from paperledger.io.tables import read_table, write_table
from paperledger.io.yaml_file import CONFIG as CONFIG_FILE
from paperledger.io.yaml_file import read_merged

from tests.helpers.browser import Browser, started
from tests.helpers.pages import page
from tests.helpers.ponds import CONFIG, record, study
from tests.helpers.repository import ROOT

H1 = {"a": "time_based", "b": "baseline", "protocol": "tail"}
LINES = ("difference", "interval", "pairs", "runs")
SUMS = {"a": "step_m09 + constant_m00 + time_based_m08", "b": "constant_m09 + step_m00 + step_m08"}
PARTS = ("factorial", "readings", "adam", "ridge")
ASK = """
new Promise((done) => {
  const next = (hash, then) => {
    addEventListener("hashchange", then, { once: true });
    location.hash = hash;
  };
  next("overview", () => next(%s, () => setTimeout(done)));
})
"""
ANSWERED = "document.getElementById('compare-answer').ariaBusy === 'false'"
READ = """
(() => {
  const part = (name) => document.getElementById(`compare-${name}`);
  const lines = ["difference", "interval", "pairs", "runs"];
  const told = Object.fromEntries(lines.map((name) => [name, part(name).textContent]));
  const drawn = part("drawn").checkVisibility() && part("found").checkVisibility();
  return part("refused").hidden && drawn ? told : { error: part("refused").textContent };
})()
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as browser:
        yield browser


@dataclass(frozen=True)
class Published:
    """A page of part of the record, and what it was made of."""

    page: Path
    config: dict[str, Any]
    runs: pd.DataFrame
    repeats: dict[int, pd.DataFrame]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    config = read_merged([ROOT / CONFIG_FILE])
    rows = [("part", "in", PARTS), ("initializer", "==", "glorot_uniform")]
    runs = read_table(ROOT / "reference/runs.parquet", RUNS, rows)
    runs = runs[(runs["part"] != "ridge") | (runs["protocol"] == "tail")]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        repeats = {n: compare.read_moments(n, config) for n in counted(REPEATS, config)}
    path = tmp_path_factory.mktemp("published") / "report.html"
    path.write_text(page(figures=[], tabs=[compare_tab(runs, repeats, config)]))
    return Published(path, config, runs, repeats)


@pytest.fixture(scope="module")
def ponds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small study, built, with two repeats, and its page."""
    folder = tmp_path_factory.mktemp("ponds")
    swapped = {"time_based_m08": "constant_m00", "constant_m00": "time_based_m08"}
    again = {1: study(seed=1), 2: study(seed=2).replace({"arm": swapped})}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_table(study(), Path("results/runs.parquet"), RUNS)
        for n, runs in again.items():
            record(n, runs)
    (folder / "config").mkdir()
    (folder / "config/config.yaml").write_text(json.dumps(CONFIG))
    repeats = {n: moments_table(runs) for n, runs in again.items()}
    path = folder / "report.html"
    path.write_text(page(figures=[], tabs=[compare_tab(study(), repeats, CONFIG)]))
    return path


def show(browser: Browser, path: Path) -> None:
    """Open a page, unless it is open."""
    if not browser.run("location.href").startswith(path.as_uri()):
        browser.open("about:blank")
        browser.open(path.as_uri())


def read(browser: Browser) -> dict[str, str]:
    browser.wait(ANSWERED)
    found: dict[str, str] = browser.run(READ)
    return {name: text.replace("\N{MINUS SIGN}", "-") for name, text in found.items()}


def ask(browser: Browser, path: Path, **asked: str) -> dict[str, str]:
    show(browser, path)
    browser.run(ASK % json.dumps(f"compare?{urlencode(asked)}"))
    return read(browser)


def library(*files: str, **asked: str) -> dict[str, str]:
    """Let `make compare` answer, in the checkout that is the working directory."""
    arguments = [word for name, text in asked.items() for word in (f"--{name}", text)]
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        status = compare.main([*arguments, *(["--configfile", *files] if files else [])])
    if status:
        return {"error": err.getvalue().removeprefix("error: ").rstrip("\n")}
    lines = [line.partition(" ") for line in out.getvalue().splitlines()]
    return {name: text.strip() for name, _, text in lines if name in LINES}


@pytest.fixture
def without_build(published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Configuration of the study where nothing is built: the record's networks answer."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(compare, "read_moments", lambda n, config: published.repeats[n])
    path = tmp_path / "none.yaml"
    path.write_text("folder: build/none\n")
    return str(path)


def test_the_difference_is_the_papers_and_the_answer_that_of_make_compare(
    browser: Browser, published: Published, without_build: str
) -> None:
    claim = json.loads((ROOT / "reference/claims.json").read_text())[
        "effect.H1.tail.glorot_uniform.difference"
    ]
    found = ask(browser, published.page, **H1)
    assert found["difference"] == f"{claim['text']} {claim['unit']}"
    assert "Student's t over 5,000 replicates" in found["interval"]
    assert found["runs"].startswith("in 9 of 9 ")
    assert found == library(without_build, **H1)


def contrasts(config: dict[str, Any], seed: int) -> Iterator[dict[str, str]]:
    """Draw ten questions: sums of one part's arms, of several parts', and two arms of the grid."""
    draw = random.Random(seed)
    arms = {part: part_arms(config, part) for part in PARTS}
    for i in range(10):
        part = PARTS[i % 4]
        grid = part == "ridge"
        pool = arms[part] if i < 6 or grid else [*arms[part], *arms["factorial"]]
        n = 1 if grid else draw.randint(1, 2)
        a, b = (" + ".join(draw.sample(pool, n)) for _ in range(2))
        outcome = draw.choice(
            ["accuracy", "accuracy", *(() if grid else measures_of(config["analysis"]))]
        )
        protocol = "tail" if grid else draw.choice(["tail", "random"])
        yield {"a": a, "b": b, "protocol": protocol, "outcome": outcome}


def test_ten_random_contrasts_are_the_librarys(
    browser: Browser, published: Published, without_build: str
) -> None:
    runs = set()
    for asked in contrasts(published.config, seed=2):
        found = ask(browser, published.page, **asked)
        assert found == library(without_build, **asked), asked
        runs.add(found["runs"].split(":")[0].split(" the sign")[0])
    # Some in all runs, some in none, and some in between.
    assert {"this one alone", "in 0 of 9", "in 9 of 9"} < runs


def test_what_lies_between_two_digits_falls_to_the_same_side(
    browser: Browser, published: Published, without_build: str
) -> None:
    """Its difference is 0.215 points but for rounding; adding in another order rounds otherwise."""
    sums = {
        "a": "constant_m08 + time_based_m00 + adam_0001",
        "b": "step_m00 + time_based_m00 + time_based_m08",
    }
    found = ask(browser, published.page, **sums, protocol="tail")
    assert found["difference"] == "+0.22 points"
    assert found == library(without_build, **sums, protocol="tail")


def test_the_bars_are_the_counts_of_the_differences(browser: Browser, published: Published) -> None:
    ask(browser, published.page, **H1, outcome="best")
    asked = (H1["a"], H1["b"], H1["protocol"], "", "best")
    runs = published.runs[published.runs["protocol"] == "tail"]
    pairs = paired(runs, question_of(*asked, published.config), published.config)
    rows = Counter((pairs.differences * 116 / 100).round().astype(int).tolist())
    counts = [rows[n] for n in range(min(rows), max(rows) + 1)]
    bars = "[...document.querySelectorAll('#compare-drawn rect')]"
    heights = browser.run(f"{bars}.map((bar) => Number(bar.getAttribute('height')))")
    assert heights == pytest.approx([97 * n / max(counts) for n in counts])
    caption = browser.run("document.querySelector('#compare-drawn figcaption').textContent")
    assert f"holds {100 * max(counts) / 5000:.1f} %." in caption


@pytest.mark.parametrize(
    "asked",
    [
        {"a": "time_based", "b": "baseline"},
        {"a": "step_m09 + baseline", "b": "constant_m09+time_based", "protocol": "random"},
        {"a": "step_m09", "b": "baseline", "outcome": "balanced"},
        {"a": "step_m09", "b": "baseline", "outcome": "never"},
        {"a": "step_m09", "b": "step_m09"},
        {"a": "adam", "b": "baseline"},
        {"a": "", "b": "baseline"},
        {"a": "step_m09", "b": "baseline+adam"},
        {"a": "step_m09", "b": "one", "initializer": "x"},
        {"a": "step_m09", "b": "one", "outcome": "x"},
        {"a": "step_m09", "b": "one", "protocol": "x"},
        {"a": "step_m09", "b": "one", "protocol": "inner"},
        {"a": "step_m09", "b": "one", "initializer": "n"},
        {"a": "step_m09", "b": "late"},
        {"a": "one", "b": "one"},
        {"a": "stepm09", "b": "baseline"},
    ],
)
def test_questions_and_those_without_an_answer_read_as_at_a_terminal(
    browser: Browser, ponds: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str]
) -> None:
    monkeypatch.chdir(ponds.parent)
    monkeypatch.setattr(compare, "check_config", lambda config: None)
    asked = {"protocol": "tail", **asked}
    assert ask(browser, ponds, **asked) == library(**asked)


def test_what_the_page_does_not_hold_it_leaves_to_make_compare(
    browser: Browser, published: Published
) -> None:
    grid = {"a": "cosine 0.1 0.9", "b": "step 0.1 0.9", "protocol": "tail"}
    found = ask(browser, published.page, **grid, outcome="log_loss")
    assert found["error"].startswith("log_loss: this page does not hold it for the arms of ridge")
    sums = {side: f"{grid[side]} + linear 0.1 0.{n}" for side, n in (("a", 8), ("b", 5))}
    found = ask(browser, published.page, **grid | sums)
    assert found["runs"].startswith("this one alone: of ridge this page keeps two arms at a time")


def test_a_question_is_asked_by_keyboard_alone(
    browser: Browser, published: Published, without_build: str
) -> None:
    asks = "document.getElementById('compare-asked').textContent"
    focused = "document.activeElement.id || document.activeElement.hash"

    def tab_to(name: str) -> None:
        for _ in range(20):
            if browser.run(focused) == name:
                return
            browser.press("Tab")
        raise AssertionError(f"never at {name}")

    browser.open("about:blank")
    browser.open(published.page.as_uri())
    tab_to("#compare")
    browser.press("Enter")
    browser.wait("document.getElementById('compare-difference').checkVisibility()")
    tab_to("compare-known")
    browser.press("ArrowDown")
    browser.wait(
        "document.getElementById('compare-asked').textContent.startsWith('constant_m08 l')"
    )
    tab_to("compare-a")
    browser.type("step+time_based/")
    browser.press("Tab")
    browser.wait("document.getElementById('compare-refused').checkVisibility()")
    assert "A: found 'time_based/', which this study does not have" in read(browser)["error"]
    browser.type("constant_m09 + constant_m08")
    browser.send(
        "Input.dispatchKeyEvent",
        type="rawKeyDown",
        key="Tab",
        code="Tab",
        windowsVirtualKeyCode=9,
        modifiers=8,
    )
    browser.type("step+time_based")
    tab_to("compare-protocol")
    browser.press("ArrowDown")
    tab_to("compare-outcome")
    browser.press("Enter")
    browser.wait(f"{asks}.includes('step_m09 + time')")
    asked = {"a": "step+time_based", "b": "constant_m09 + constant_m08", "protocol": "resample"}
    assert read(browser) == library(without_build, **asked)
    kept = browser.run("location.href")
    browser.open("about:blank")
    browser.open(kept)
    assert read(browser) == library(without_build, **asked)
    assert browser.run("document.getElementById('search').value") == ""


@pytest.mark.parametrize("width", [360, 1400])
def test_nothing_is_cut_off(browser: Browser, published: Published, width: int) -> None:
    browser.resize(width, 800)
    mistake = {"a": "step", "b": "x" * 80}
    sums = [
        {**SUMS, "protocol": "random", "outcome": outcome} for outcome in ("last10", "log_loss")
    ]
    for asked in (H1, *sums, mistake):
        ask(browser, published.page, **asked)
        browser.run("document.getElementById('compare-trained').open = true")
        assert browser.run("document.documentElement.scrollWidth") <= width
        out = browser.run(
            "[...document.querySelectorAll('#compare *')].filter((e) => e.checkVisibility() && "
            "e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML)"
        )
        assert out == []


def test_nothing_is_asked_of_a_network(browser: Browser, published: Published) -> None:
    ask(browser, published.page, **H1)
    assert all(url.startswith("file:") for url in browser.requests())
    assert published.page.as_uri() in browser.requests()
    assert browser.errors() == []
