"""The page of the plan, held against the commit that is said to have fixed it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from paperledger.io.files import sha256
from paperledger.io.git import ask, knows
from paperledger.io.yaml_file import ConfigError


def check_plan(checkout: Path, plan: Mapping[str, str]) -> None:
    """Hold the page in a checkout against its hash and, where git has the commit, against that.

    ``plan`` is the configuration's block. Without git, or in a clone that goes back less far, the
    hash alone is asked for.

    Raises
    ------
    ConfigError
        There is no such page, it is another, the commit has another, or is of another day.
    """
    name, commit = plan["page"], plan["commit"]
    page = checkout / name
    if not page.is_file():
        raise ConfigError(f"config: plan.page: found no file {name}")
    if (found := sha256(page)) != plan["sha256"]:
        raise ConfigError(
            f"config: plan.sha256: found {found} of {name}, expected {plan['sha256']}: the page is "
            "not as it was fixed"
        )
    if not knows(checkout) or ask(checkout, "cat-file", "-e", f"{commit}^{{commit}}").returncode:
        return
    committed = ask(checkout, "rev-parse", "--verify", "--quiet", f"{commit}:./{name}").stdout
    here = ask(checkout, "hash-object", "--no-filters", name).stdout
    if committed != here:
        blob = committed.strip() or "no such file"
        raise ConfigError(
            f"config: plan.commit: found {blob} as {name} of {commit}, expected {here.strip()}, "
            "the blob of the page"
        )
    day = ask(checkout, "show", "--no-patch", "--format=%cs", commit).stdout.strip()
    if day != plan["date"]:
        raise ConfigError(f"config: plan.date: found {plan['date']}, expected {day}, of {commit}")
