"""Hold the rebuilt paper against the published record; exit status 1 where anything has changed."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from paperledger.io.files import WriteError, write_atomically
from paperledger.io.yaml_file import ConfigError, add_configfile, build_folder
from paperledger.record.explain import explain
from paperledger.record.record import RecordError
from paperledger.record.verdicts import CHANGED, IDENTICAL, VERDICTS
from paperledger.record.verify import verify

SHOWN = 10
"""Lines of each verdict that are printed unasked; of what has changed, all are."""


def listed(report: dict[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return every kind of thing with its members by name."""
    single = {kind: {kind: report[kind]} for kind in ("pdf", "ledger", "record")}
    return {kind: report[kind] for kind in ("claims", "figures", "tables")} | single


def _named(kind: str, name: str, judged: dict[str, Any]) -> str:
    label = name if kind == name else f"{kind.rstrip('s')} {name}"
    if kind == "claims":
        label += f" {judged['value']} (record {judged['reference']})"
    return label + (f", {judged['how']}" if judged["how"] else "")


def table(report: dict[str, Any], *, everything: bool) -> list[str]:
    """Count the verdicts, and name what is not identical, the worst last; or everything."""
    kinds = listed(report)
    widths = [max(len(verdict), 6) for verdict in VERDICTS]
    lines = [" " * 9 + "".join(f"  {v:>{w}}" for v, w in zip(VERDICTS, widths, strict=True))]
    for kind, members in kinds.items():
        counts = Counter(judged["verdict"] for judged in members.values())
        cells = (f"  {counts[v] or '.':>{w}}" for v, w in zip(VERDICTS, widths, strict=True))
        lines.append(f"{kind:<9}" + "".join(cells))
    for verdict in VERDICTS:
        if verdict == IDENTICAL and not everything:
            continue
        named = [
            f"{verdict}: {_named(kind, name, judged)}"
            for kind, members in kinds.items()
            for name, judged in members.items()
            if judged["verdict"] == verdict
        ]
        if len(named) > SHOWN and verdict != CHANGED and not everything:
            left = f"{verdict}: {len(named) - SHOWN:,} more; ARGS=--all lists them"
            named = [*named[:SHOWN], left]
        lines += named
    return lines


def main(arguments: list[str]) -> int:
    """Print the verdicts, write them as JSON, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="what was rebuilt, where no configuration says")
    add_configfile(parser)
    parser.add_argument("--record", type=Path, default=Path("reference"), help="the record")
    parser.add_argument("--claim", metavar="ID", help="explain this claim instead")
    parser.add_argument("--all", action="store_true", help="list what is identical too")
    options = parser.parse_args(arguments)
    record = options.record
    try:
        root = options.folder or build_folder(options.configfile)
        report = verify(Path(), root, record, Path("build/verify"))
        if options.claim:
            print("\n".join(explain(options.claim, report["claims"], Path(), root, record)))
            return int(report["claims"][options.claim]["verdict"] == CHANGED)
        text = json.dumps(report, indent=1, allow_nan=False) + "\n"
        write_atomically(root / "results/verification.json", text.encode())
    except (RecordError, ConfigError, WriteError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join(table(report, everything=options.all)))
    changed = sum(
        judged["verdict"] == CHANGED
        for members in listed(report).values()
        for judged in members.values()
    )
    print(f"verify: {changed} changed" if changed else "verify: nothing has changed")
    return int(changed > 0)
