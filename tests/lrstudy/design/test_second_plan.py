"""The configuration trains what docs/second-plan.md says, and the page is as it was fixed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lrstudy.claims.study import plan_claims
from lrstudy.design.arms import all_arms, part_arms
from lrstudy.design.plan import plan_members
from lrstudy.design.plan_page import check_plan
from paperledger.io.files import sha256
from paperledger.io.git import ask, knows
from paperledger.io.yaml_file import ConfigError

from tests.helpers.checkout import copy_checkout, run
from tests.helpers.repository import commit

PARTS = {
    "factorial": ["factorial"],
    "ridge": ["ridge", "ridge_normal"],
    "tuning": ["tuning"],
    "budget": ["budget", "budget_long"],
    "batch": ["batch"],
    "readings, plateau": ["readings"],
    "Adam": ["adam"],
    "elsewhere": ["elsewhere"],
    "crossed": ["crossed"],
    "Keras": ["framework"],
}
"""Rows of the page's table, each with the configuration's parts."""


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs/second-plan.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def table(page: str) -> dict[str, tuple[str, str, int]]:
    """By part: its arms, its replicates and its networks, as the page has them."""
    rows = re.findall(r"^\| (.*) \| (.*) \| (.*) \| ([0-9,]+) \|$", page, re.MULTILINE)
    return {part: (arms, sizes, int(n.replace(",", ""))) for part, arms, sizes, n in rows}


@pytest.fixture(scope="module")
def members(_shipped: tuple[Any, Any]) -> pd.DataFrame:
    return plan_members(_shipped[0])


def test_each_part_has_as_many_networks_as_planned(
    page: str, table: dict[str, tuple[str, str, int]], config: Any, members: pd.DataFrame
) -> None:
    assert list(table) == list(PARTS)
    assert sorted(name for parts in PARTS.values() for name in parts) == sorted(config["parts"])
    counted = members.groupby("part").size()
    found = {row: int(counted[parts].sum()) for row, parts in PARTS.items()}
    assert found == {row: n for row, (_, _, n) in table.items()}
    assert f"\n{len(members):,} networks in all." in page
    assert len(members) == 735_020


def numbers(text: str) -> list[list[float]]:
    """List the sets of numbers in braces."""
    found = [[*map(str.strip, words.split(","))] for words in re.findall(r"{([^}]*)}", text)]
    return [[*map(float, words)] for words in found if re.fullmatch(r"[0-9.]+", words[0])]


def test_the_arms_are_those_of_the_plan(
    table: dict[str, tuple[str, str, int]], config: Any, members: pd.DataFrame
) -> None:
    arms = all_arms(config)
    (momenta,) = numbers(table["factorial"][0])
    for name in ("factorial", "elsewhere"):
        planned = part_arms(config, name)
        assert len(set(planned)) == 3 * 3
        kinds = {(arms[arm]["schedule"]["name"], arms[arm]["momentum"]) for arm in planned}
        assert kinds == {
            (schedule, momentum)
            for schedule in ("constant", "time_per_update", "step_code")
            for momentum in momenta
        }
        assert {arms[arm]["initial_rate"] for arm in planned} == {0.1}
    grid = config["grid"]
    assert numbers(table["ridge"][0]) == [grid["initial_rates"], grid["momenta"]]
    assert table["ridge"][0].startswith(f"{len(grid['schedules'])} schedules x")
    assert len(part_arms(config, "tuning")) == 420
    (epochs,) = numbers(table["budget"][0])
    (sizes,) = numbers(table["batch"][0])
    varied = {row: members[members["part"].isin(PARTS[row])] for row in ("budget", "batch")}
    assert set(varied["budget"]["epochs"]) == set(epochs)
    assert set(varied["batch"]["batch_size"]) == set(sizes)
    for row, column in (("budget", "epochs"), ("batch", "batch_size")):
        at_home = set(varied[row]["arm"].str.split(" ").str[0])
        assert at_home == set(part_arms(config, "factorial"))
        assert set(varied[row].groupby(column)["arm"].nunique()) == {12}
        names = set(varied[row]["arm"])
        stretched = {name for name in names if arms[name]["stretch"]}
        written = {name.split(" ")[0] for name in names - stretched}
        assert written == {f"time_based_{momentum}" for momentum in ("m00", "m08", "m09")}
        assert {name.split(" ")[0] for name in stretched} == at_home


def test_each_cell_has_as_many_replicates_as_planned(
    table: dict[str, tuple[str, str, int]], members: pd.DataFrame
) -> None:
    keys = ["part", "dataset", "protocol", "initializer", "arm"]
    cells = members.groupby(keys)["replicate"].agg(["size", "min", "max"])
    assert (cells["min"] == 1_000_000).all()
    assert (cells["max"] - cells["min"] == cells["size"] - 1).all()
    for row, parts in PARTS.items():
        said = set(re.findall(r"[0-9][0-9,]*[0-9]", table[row][1]))
        if row == "crossed":
            assert table[row][0].endswith("25 x 25")
            assert set(cells.loc[parts, "size"]) == {25 * 25}
        else:
            found = {f"{n:,}" for n in cells.loc[parts, "size"]}
            assert found <= said
            assert said - found <= {"12", "25", "100", "200", "400"}, "epochs beside replicates"
    streams = ["replicate", "initialisation", "shuffle", "split"]
    inner = members[members["part"] == "tuning"][["arm", *streams]]
    outer = members[(members["part"] == "ridge") & (members["protocol"] == "resample")]
    assert (inner.to_numpy() == outer[["arm", *streams]].to_numpy()).all()


# --- the page itself ----------------------------------------------------------


def test_the_page_is_the_one_that_was_committed(config: Any, root: Path) -> None:
    plan = config["plan"]
    assert sha256(root / plan["page"]) == plan["sha256"]
    check_plan(root, plan)
    if knows(root) and not ask(root, "cat-file", "-e", plan["commit"]).returncode:
        added = ask(root, "log", "--diff-filter=A", "--format=%H", "--", plan["page"])
        assert added.stdout.split() == [plan["commit"]]


def test_the_text_may_name_the_plan(config: Any) -> None:
    found = {name: claim.text for name, claim in plan_claims(config).items()}
    assert found == {
        "plan.date": "2026-11-26", "plan.commit": "d0dfccb", "plan.sha256": "7d5507cb52f2"
    }  # fmt: skip
    assert plan_claims({}) == {}


@pytest.fixture
def plan(tmp_path: Path) -> dict[str, str]:
    """A checkout with a page in its second commit, and the block that says so."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "other").write_text("first\n")
    commit(tmp_path)
    page = tmp_path / "docs/plan.md"
    page.write_text("What we will do.\n")
    commit(tmp_path)
    head, day = ask(tmp_path, "show", "--no-patch", "--format=%H %cs").stdout.split()
    return {"page": "docs/plan.md", "sha256": sha256(page), "commit": head, "date": day}


def refused(folder: Path, plan: dict[str, str]) -> str:
    with pytest.raises(ConfigError) as caught:
        check_plan(folder, plan)
    return str(caught.value).removeprefix("config: ")


def test_another_page_stops(plan: dict[str, str], tmp_path: Path) -> None:
    check_plan(tmp_path, plan)
    missing = {**plan, "page": "docs/plan.txt"}
    assert refused(tmp_path, missing) == "plan.page: found no file docs/plan.txt"
    (tmp_path / "docs/plan.md").write_text("What we did.\n")
    found = sha256(tmp_path / "docs/plan.md")
    said = f"plan.sha256: found {found} of docs/plan.md, expected {plan['sha256']}"
    assert refused(tmp_path, plan).startswith(said)
    # A new hash beside the new page: the commit still has the old one.
    said = f"as docs/plan.md of {plan['commit']}, expected "
    assert said in refused(tmp_path, {**plan, "sha256": found})
    commit(tmp_path)
    assert said in refused(tmp_path, {**plan, "sha256": found})


def test_another_commit_or_day_stops(plan: dict[str, str], tmp_path: Path) -> None:
    first = ask(tmp_path, "rev-parse", "HEAD~1").stdout.strip()
    said = f"plan.commit: found no such file as docs/plan.md of {first}, expected "
    assert refused(tmp_path, {**plan, "commit": first}).startswith(said)
    said = f"plan.date: found 2026-01-02, expected {plan['date']}, of {plan['commit']}"
    assert refused(tmp_path, {**plan, "date": "2026-01-02"}) == said


@pytest.mark.parametrize("how", ["no git", "a clone that does not go back so far"])
def test_where_git_has_no_such_commit_the_hash_alone_is_asked_for(
    plan: dict[str, str], tmp_path: Path, how: str
) -> None:
    if how == "no git":
        shutil.rmtree(tmp_path / ".git")
    else:
        plan = {**plan, "commit": "0" * 40}
    check_plan(tmp_path, {**plan, "date": "2026-01-02"})
    assert refused(tmp_path, {**plan, "sha256": "0" * 64}).startswith("plan.sha256: found ")


def test_a_checkout_inside_another_repository(plan: dict[str, str], tmp_path: Path) -> None:
    """The page's name is seen from the checkout, not from the repository's top."""
    inner = {**plan, "page": "plan.md"}
    check_plan(tmp_path / "docs", inner)
    assert "plan.date" in refused(tmp_path / "docs", {**inner, "date": "2026-01-02"})


def test_a_build_stops_before_any_job(tmp_path: Path) -> None:
    page = copy_checkout(tmp_path) / "docs/second-plan.md"
    page.write_text(page.read_text(encoding="utf-8") + "And one thing more.\n", encoding="utf-8")
    build = run(tmp_path, "--dry-run")
    assert build.returncode == 1, build.stdout
    said = f"config: plan.sha256: found {sha256(page)} of docs/second-plan.md, expected 7d5507cb"
    assert said in build.stdout
    assert "host:" not in build.stdout
