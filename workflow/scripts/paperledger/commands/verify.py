"""Hold the rebuilt paper against itself and against the published record; status 1 on a change."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from paperledger.io.files import WriteError, write_atomically
from paperledger.io.yaml_file import ConfigError, add_configfile, build_folder
from paperledger.record.difference import write_difference
from paperledger.record.explain import answer
from paperledger.record.record import RecordError
from paperledger.record.verdicts import CHANGED, IDENTICAL, UNCHANGED, VERDICTS, WITHIN
from paperledger.record.verify import verify

SHOWN = 10
"""Lines of each verdict that are printed unasked; of what has changed, all are."""


def listed(report: dict[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return every kind of thing with its members by name."""
    single = {kind: {kind: report[kind]} for kind in ("pdf", "record")}
    return {kind: report[kind] for kind in ("build", "claims", "figures", "tables")} | single


def _named(kind: str, name: str, judged: dict[str, Any]) -> str:
    label = name if kind == name else f"{kind.rstrip('s')} {name}"
    if kind == "claims":
        label += f" {judged['value']} (record {judged['reference']})"
    return label + (f", {judged['how']}" if judged["how"] else "")


def named(report: dict[str, Any], verdict: str) -> list[str]:
    """Name everything on which this verdict was passed, and say why."""
    return [
        f"{verdict}: {_named(kind, name, judged)}"
        for kind, members in listed(report).items()
        for name, judged in members.items()
        if judged["verdict"] == verdict
    ]


def table(report: dict[str, Any], *, everything: bool) -> list[str]:
    """Count the verdicts, and name what is not identical, the worst last; or everything."""
    widths = [max(len(verdict), 6) for verdict in VERDICTS]
    lines = [" " * 9 + "".join(f"  {v:>{w}}" for v, w in zip(VERDICTS, widths, strict=True))]
    for kind, members in listed(report).items():
        counts = Counter(judged["verdict"] for judged in members.values())
        cells = (f"  {counts[v] or '.':>{w}}" for v, w in zip(VERDICTS, widths, strict=True))
        lines.append(f"{kind:<9}" + "".join(cells))
    for verdict in VERDICTS:
        if verdict == IDENTICAL and not everything:
            continue
        lines_of = named(report, verdict)
        if len(lines_of) > SHOWN and verdict != CHANGED and not everything:
            left = f"{verdict}: {len(lines_of) - SHOWN:,} more; ARGS=--all lists them"
            lines_of = [*lines_of[:SHOWN], left]
        lines += lines_of
    if other := report["settings"]:
        shown = ", ".join(other[:3]) + (f" and {len(other) - 3} more" if len(other) > 3 else "")
        lines.append(f"another study than the record's, by {shown}: its conclusions are compared")
    return lines


def summary(report: dict[str, Any]) -> str:
    """Say in a line what the verdicts come to."""
    counts = {verdict: len(named(report, verdict)) for verdict in VERDICTS}
    if counts[CHANGED]:
        itself = any(judged["verdict"] == CHANGED for judged in report["build"].values())
        return f"{counts[CHANGED]} changed" + itself * "; the build contradicts itself"
    within = f"{counts[WITHIN]:,} within tolerance"
    if counts[UNCHANGED]:
        return (
            f"{within}; {counts[UNCHANGED]:,} beyond it with their conclusion unchanged: other "
            "numbers than published, from which the paper concludes the same"
        )
    return f"nothing beyond its tolerance, {within}" if counts[WITHIN] else "nothing has changed"


def main(arguments: list[str]) -> int:
    """Print the verdicts, write them as JSON, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="what was rebuilt, where no configuration says")
    add_configfile(parser)
    parser.add_argument("--record", type=Path, default=Path("reference"), help="the record")
    parser.add_argument("--claim", metavar="ID", help="explain this claim instead")
    parser.add_argument("--all", action="store_true", help="list what is identical too")
    options = parser.parse_args(arguments)
    differences = Path("build/verify")
    try:
        asked = options.folder
        if options.configfile and not asked:
            asked = build_folder(options.configfile)
        if options.claim:
            lines, changed = answer(options.claim, Path(), asked, options.record, differences)
            print("\n".join(lines))
            return int(changed)
        root = asked or build_folder([])
        report = verify(Path(), root, options.record, differences)
        text = json.dumps(report, indent=1, allow_nan=False) + "\n"
        write_atomically(root / "results/verification.json", text.encode())
    except (RecordError, ConfigError, WriteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(
        "\n".join([*table(report, everything=options.all), f"verify: {summary(report)}"]),
        flush=True,
    )
    told = [line for verdict in VERDICTS if verdict != IDENTICAL for line in named(report, verdict)]
    if told:
        print(write_difference(Path(), root, told), file=sys.stderr)
    return int(bool(named(report, CHANGED)))
