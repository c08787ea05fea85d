"""Change the code that decides in small ways and see whether the tests notice.

One place at a time: an operator, a number, an argument, a word. Only the bodies of functions are
changed; what stands outside them (tables, dataclasses), and properties, are not.

Exit status 1 if less than 90 % are noticed in a room, or 95 % in all, or if one that is not has no
reason in tests/mutation/survivors.yaml.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from paperledger.io.yaml_file import read_yaml

ROOT = Path(__file__).resolve().parents[1]

# Each is a folder of code, whose mutants all tests of these rooms may notice.
ROOMS = (
    "lrstudy/schedules",
    "lrstudy/statistics",
    "lrstudy/analysis",
    "lrstudy/claims",
    "paperledger/claims",
)
PACKAGES = ("lrstudy", "paperledger")
LEAST, LEAST_OF_ALL = 0.9, 0.95
FOLDER = ROOT / "build/mutants"
SURVIVORS = ROOT / "tests/mutation/survivors.yaml"
SETTINGS = """
[tool.pytest.ini_options]
pythonpath = ["src"]
addopts = ["-q", "--import-mode=importlib", "-p", "no:cacheprovider"]
filterwarnings = ["error"]

[tool.mutmut]
source_paths = ["src"]
only_mutate = {folders}
also_copy = ["config", "data", "paper", "workflow"]
pytest_add_cli_args_test_selection = {tests}
# Reads a copy of the code in a process of its own, where a mutant does not work.
pytest_add_cli_args = ["-k", "not refused_at_once"]
"""


def undecorated(source: str) -> str:
    r"""Call ``found_by`` after each function instead of above it: mutmut leaves decorated ones out.

    Examples
    --------
    >>> print(undecorated('@found_by("rule")\ndef f():\n    return 1\n'), end="")
    def f():
        return 1
    f = found_by("rule")(f)
    """
    decorated = re.compile(r"^@(found_by\(.*\))\n(def (\w+)\()", re.MULTILINE)
    calls = [f"{name} = {call}({name})\n" for call, _, name in decorated.findall(source)]
    return decorated.sub(r"\2", source) + "".join(calls)


def lay_out(rooms: Sequence[str]) -> None:
    """Copy code and tests into a folder that mutmut can work in: it looks for code in src/."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    for package in PACKAGES:
        shutil.copytree(ROOT / "workflow/scripts" / package, FOLDER / "src" / package)
    for room in rooms:
        for path in (FOLDER / "src" / room).glob("*.py"):
            path.write_text(undecorated(path.read_text()))
    shutil.copytree(ROOT / "tests", FOLDER / "tests")
    for name in ("config", "data", "paper", "workflow"):
        shutil.copytree(ROOT / name, FOLDER / name, ignore=shutil.ignore_patterns(*PACKAGES))
    settings = SETTINGS.format(
        folders=json.dumps([f"src/{room}/*" for room in rooms]),
        tests=json.dumps([f"tests/{room}" for room in ROOMS]),
    )
    (FOLDER / "pyproject.toml").write_text(settings)


def run(children: int) -> None:
    """Try every mutant; what mutmut says goes into a log."""
    log = FOLDER / "log"
    with open(log, "wb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "mutmut", "run", "--max-children", str(children)],
            cwd=FOLDER,
            stdout=file,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: os.nice(10),
            check=False,
        )
    if done.returncode:
        last = log.read_text(errors="replace").replace("\r", "\n").splitlines()[-20:]
        sys.exit("\n".join([*last, f"error: mutmut failed; all it said: {log}"]))


def read_results() -> tuple[dict[str, list[int]], dict[str, str]]:
    """Read what became of the mutants.

    Returns
    -------
    counts : dict
        Room, as in `ROOMS`, to the number of mutants and of those noticed.
    survivors : dict
        Name of each that was not noticed to what was changed, lines with - and +.
    """
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    counts: dict[str, list[int]] = {}
    survivors: dict[str, str] = {}
    for file in sorted((FOLDER / "mutants/src").rglob("*.meta")):
        source = file.relative_to(FOLDER / "mutants").with_suffix("")
        room = source.relative_to("src").parent.as_posix()
        for name, status in json.loads(file.read_text())["exit_code_by_key"].items():
            count = counts.setdefault(room, [0, 0])
            count[0] += 1
            if status not in (0, 5, 33, None):  # survived, no test reaches it, not tried
                count[1] += 1
                continue
            diff = get_diff_for_mutant(name, path=str(source)).splitlines()[2:]
            changed = [re.sub(r"^([+-])\s+", r"\1 ", line) for line in diff if line[0] in "+-"]
            survivors[name] = "\n".join(changed)
    return counts, survivors


def unexplained(survivors: dict[str, str], *, all_tried: bool) -> list[str]:
    """List survivors without a reason; once all rooms were tried, reasons without a survivor."""
    reasons = read_yaml(SURVIVORS)
    used = []
    faults = []
    for name, change in survivors.items():
        place = re.sub(r"^(lrstudy|paperledger)\.|\bx_|\bxǁ|__mutmut_\d+$", "", name).replace(
            "ǁ", "."
        )
        for entry in reasons:
            if re.match(entry["in"], place) and re.search(entry["change"], change):
                used.append(entry)
                break
        else:
            faults.append(f"no reason: {name}\n{change}")
    return faults + [f"no survivor: {e}" for e in reasons if all_tried and e not in used]


def main(arguments: list[str] | None = None) -> int:
    """Try the mutants, say what was found, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"of {', '.join(ROOMS)}")
    parser.add_argument("--children", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--again", action="store_true", help="read the results of the last run")
    given: Any = parser.parse_args(arguments)
    unknown = sorted(set(given.rooms) - set(ROOMS))
    if unknown:
        parser.error(f"unknown rooms {unknown}, expected some of {list(ROOMS)}")
    start = time.monotonic()
    if not given.again:
        lay_out(given.rooms or ROOMS)
        run(given.children)
    os.chdir(FOLDER)  # mutmut reads its settings there
    counts, survivors = read_results()
    faults = unexplained(survivors, all_tried=not given.rooms)
    counts["all"] = [sum(n) for n in zip(*counts.values(), strict=True)] or [0, 0]
    for room, (n, noticed) in counts.items():
        if n:
            print(f"{room}: {noticed:,} of {n:,} mutants noticed, {100 * noticed / n:.1f} %")
        if noticed < (LEAST_OF_ALL if room == "all" else LEAST) * n or not n:
            faults.append(f"{room}: {noticed} of {n} are too few")
    print(f"{time.monotonic() - start:.0f} s")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
