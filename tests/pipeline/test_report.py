"""The report of the quick study: one page, opened in a real browser, and Snakemake's beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.helpers.browser import Browser, started
from tests.helpers.checkout import PYTHON, QUICK, execute

REPORT = (str(PYTHON), "-m", "lrstudy", "report")
VIEWS = ("overview", "figures", "tables", "claims", "compare", "paper", "workflow")
CLAIM = "effect.H1.tail.glorot_uniform.difference"
# Of every text that shows: how far its colour is from what lies behind it (WCAG 2, 1.4.3).
CONTRASTS = """
(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return numbers(colour)[3] === 0 ? behind(element.parentElement) : colour;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let least = 21;
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
    const pair = [light(getComputedStyle(element).color), light(behind(element))];
    least = Math.min(least, (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05));
  }
  return least;
})()
"""


@pytest.fixture(scope="module")
def report(built: Path) -> Path:
    result = execute([*REPORT, "--configfile", "config/quick.yaml"], built)
    assert result.returncode == 0, result.stdout
    path = built / QUICK / "build/report.html"
    assert f"report: {path.relative_to(built)}, " in result.stdout
    return path


@pytest.fixture
def browser() -> Iterator[Browser]:
    with started() as browser:
        yield browser


class Tags(HTMLParser):
    """Collect the tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def test_holds_all_and_names_nothing_elsewhere(built: Path, report: Path) -> None:
    tags = Tags(report.read_text(encoding="utf-8")).found
    named = {a[name] for _, a in tags for name in ("src", "href", "action", "data") if name in a}
    assert {name for name in named if not name.startswith(("#", "data:"))} == {"workflow.html"}
    given = [attributes["id"] for _, attributes in tags if "id" in attributes]
    ids = set(given)
    assert len(given) == len(ids)
    ledger = json.loads((built / QUICK / "results/claims.json").read_text())
    assert {f"claim-{name}" for name in ledger} <= ids
    drawn = {path.stem for path in (built / QUICK / "figures").glob("*.png")}
    assert {f"figure-{name}" for name in drawn} <= ids
    links = {a["href"][1:] for tag, a in tags if tag == "a" and a["href"].startswith("#")}
    elsewhere = ("page-", "claims?")
    assert {link for link in links if not link.startswith(elsewhere)} <= ids
    pictures = [attributes for tag, attributes in tags if tag == "img"]
    assert len(pictures) == len(drawn)
    assert all(len(picture["alt"]) > 20 for picture in pictures)
    labelled = {attributes["for"] for tag, attributes in tags if tag == "label"}
    fields = {attributes["id"] for tag, attributes in tags if tag in ("input", "select")}
    assert len(fields) == 7
    assert fields <= labelled


def test_without_a_build_one_line_says_so(built: Path) -> None:
    (built / "none.yaml").write_text("folder: build/none\n")
    result = execute([*REPORT, "--configfile", "none.yaml"], built)
    assert result.returncode == 1
    assert result.stdout == "error: there is no finished build in build/none: make paper\n"


def test_opens_without_a_network_and_shows_every_figure(report: Path, browser: Browser) -> None:
    for view in VIEWS:
        browser.open("about:blank")
        browser.open(f"{report.as_uri()}#{view}")
        shown = browser.run(
            "[...document.querySelectorAll('main > section')]"
            ".filter((section) => section.checkVisibility()).map((section) => section.id)"
        )
        assert shown == [view]
        assert browser.run(CONTRASTS) >= 4.5
        if view == "figures":
            widths = browser.run("[...document.images].map((image) => image.naturalWidth)")
            assert len(widths) >= 10
            assert min(widths) > 1000
    assert set(browser.requests()) == {report.as_uri()}
    assert browser.errors() == []


def test_snakemakes_own_report_opens_from_the_page(report: Path, browser: Browser) -> None:
    browser.open(f"{report.as_uri()}#workflow")
    browser.run("document.querySelector('#workflow a').click()")
    assert browser.wait("document.querySelectorAll('#rulegraph canvas').length")
    assert set(browser.requests()) == {page.as_uri() for page in report.parent.glob("*.html")}
    assert browser.errors() == []


def test_a_page_that_moves_on_while_it_is_asked_is_asked_again(
    browser: Browser, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.html").write_text(f"<p id={name}>")
    leave = "new Promise(() => setTimeout(() => { location.href = 'two.html' }, 50))"
    browser.open((tmp_path / "one.html").as_uri())
    assert browser.wait(f"document.querySelector('#two') ? 7 : {leave}") == 7


def test_a_claim_is_found_by_keyboard_and_leads_to_its_figure_and_pages(
    built: Path, report: Path, browser: Browser
) -> None:
    browser.open(report.as_uri())
    browser.press("/")
    browser.wait("document.activeElement.id === 'search'")
    count = "document.getElementById('found').value"
    shown = "[...document.querySelectorAll('#ledger tbody tr')].filter((row) => !row.hidden)"
    browser.type("Recipe  tail")
    found = browser.run(f"{shown}.map((row) => row.id)")
    assert f"claim-{CLAIM}" in found
    assert browser.run(count).startswith(f"{len(found)} of ")
    browser.type(" no-such-word")
    assert browser.run(f"{shown}.length") == 0
    assert browser.run("document.getElementById('none').checkVisibility()")
    browser.press("Escape")
    browser.type(CLAIM)
    assert browser.run(f"{shown}.map((row) => row.id)") == [f"claim-{CLAIM}"]
    claim = json.loads((built / QUICK / "results/claims.json").read_text())[CLAIM]
    printed = browser.run(f"{shown}[0].cells[1].textContent")
    assert printed.replace("−", "-") == claim["text"].replace("$-$", "-")
    browser.press("ArrowDown")
    browser.press("Tab")
    assert browser.run("document.activeElement.textContent") == "figure recipes"
    browser.press("Enter")
    browser.wait("location.hash === '#figure-recipes'")
    place = "document.querySelector('#figure-recipes img').getBoundingClientRect()"
    # The view is laid out, and scrolled, a little after its name is in the address.
    browser.wait(f"{place}.width > 800 && {place}.top >= 0 && {place}.top < 300")
    page = claim["pages"][-1]
    browser.run(f"location.hash = 'claim-{CLAIM}'")
    browser.run(f"document.querySelector('[id=\"claim-{CLAIM}\"] .pages a:last-of-type').click()")
    browser.wait(f"document.getElementById('pages').src.endsWith('#page={page}')")
    assert browser.errors() == []


def test_the_claims_of_a_figure_are_those_that_link_to_it(report: Path, browser: Browser) -> None:
    browser.open(report.as_uri())
    links = "[...document.querySelectorAll('a[href^=\"#claims?\"]')]"
    for i in range(browser.run(f"{links}.length")):
        said = int(re.findall(r"\((\d+)\)", browser.run(f"{links}[{i}].textContent"))[0])
        browser.run(f"{links}[{i}].click()")
        browser.wait(f"document.getElementById('found').value.startsWith('{said} of ')")


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_cut_off(report: Path, browser: Browser, width: int) -> None:
    browser.resize(width, 800)
    for view in VIEWS:
        browser.open("about:blank")
        browser.open(f"{report.as_uri()}#{view}")
        assert browser.run("document.documentElement.scrollWidth") <= width
        assert browser.run("scrollY") == 0
    browser.open(f"{report.as_uri()}#claim-{CLAIM}")
    place = f"document.getElementById('claim-{CLAIM}').getBoundingClientRect()"
    browser.wait(f"{place}.top > 0 && {place}.bottom < innerHeight")


def test_the_browser_would_tell(browser: Browser, tmp_path: Path) -> None:
    """The checks above can fail: requests and errors are seen, in a frame too."""
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><iframe id=f></iframe><img src='http://127.0.0.1:9/outer.png'><script>"
        "const inner = `<img src='http://127.0.0.1:9/inner.png'>"
        "<script>throw Error('inner')<\\/script>`;"
        "f.src = URL.createObjectURL(new Blob([inner], {type: 'text/html'}));"
        "console.error('outer')</script>"
    )
    browser.open(page.as_uri())
    browser.wait("document.images.length === 1", in_frame=True)
    assert {url for url in browser.requests() if url.startswith("http:")} == {
        "http://127.0.0.1:9/inner.png",
        "http://127.0.0.1:9/outer.png",
    }
    errors = " ".join(browser.errors())
    assert "inner" in errors
    assert "outer" in errors
