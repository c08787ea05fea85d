"""Edit a copy of a finished build in four ways, and show that `verify` catches and names each."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.image import imread, imsave

from paperledger.claims.provenance import GENERATED
from paperledger.claims.quoted import row_id
from paperledger.commands.verify import summary
from paperledger.io.tables import read_contract, read_table, write_table
from paperledger.io.yaml_file import ConfigError
from paperledger.record.itself import STATED
from paperledger.record.record import RecordError, all_files, read_json
from paperledger.record.verdicts import CHANGED
from paperledger.record.verify import verify
from paperledger.report.rows import figures_showing
from paperledger.tex.source import blank_comments

REACH = 9
"""Pixels from the middle of a point to its edge, and one more."""


@dataclass(frozen=True)
class Copy:
    """A build that may be edited: its checkout, its folder there, and the number to edit."""

    checkout: Path
    root: Path
    claim: str

    @property
    def ledger(self) -> dict[str, Any]:
        """Its claims."""
        found: dict[str, Any] = read_json(self.root / "results/claims.json")
        return found


def quoted_claims(root: Path) -> list[tuple[str, str, int, str]]:
    """List the numbers that tables hold with an interval: id, table, row, column.

    Those of tables that draw conclusions come first.
    """
    about = read_json(root / "results/about.json")
    found = []
    for name in about["tables"]:
        path = root / f"results/{name}.parquet"
        contract = read_contract(path)
        columns = [name for name, column in contract.columns.items() if column.interval]
        if contract.stem and columns:
            later = not any(column.concludes for column in contract.columns.values())
            rows = read_table(path, contract).to_dict("records")
            found += [
                (later, f"{row_id(contract, row, about['home'])}.{column}", name, k, column)
                for k, row in enumerate(rows)
                for column in columns
            ]
    return [entry[1:] for entry in sorted(found, key=lambda entry: entry[0])]


def edit_ledger(copy: Copy) -> tuple[Path, str]:
    """Add one to a number."""
    path, ledger = copy.root / "results/claims.json", copy.ledger
    value = ledger[copy.claim]["value"]
    ledger[copy.claim]["value"] = value + 1
    path.write_text(json.dumps(ledger, indent=1) + "\n")
    return path, f"one digit in the ledger: {copy.claim}, {value:.2f} -> {value + 1:.2f}"


def edit_table(copy: Copy) -> tuple[Path, str]:
    """Add one to the same number in its table."""
    table, row, column = next(e[1:] for e in quoted_claims(copy.root) if e[0] == copy.claim)
    path = copy.root / f"results/{table}.parquet"
    contract = read_contract(path)
    frame = read_table(path, contract)
    value = frame.loc[row, column]
    frame.loc[row, column] = value + 1
    write_table(frame, path, contract)
    said = f"column {column}, {value:.2f} -> {value + 1:.2f}"
    return path, f"one digit in a table: {table}, row {row + 1}, {said}"


def edit_text(copy: Copy) -> tuple[Path, str]:
    """Type a number over a claim, with another last digit."""
    texts = {path: path.read_text("utf-8") for path in sorted(copy.checkout.glob("paper/*.tex"))}
    places = (
        (text.index(command, len(text) - len(visible.lstrip())), path, command, entry["text"])
        for path, text in texts.items()
        for visible in [blank_comments(text)]
        for claim, entry in copy.ledger.items()
        if (command := rf"\claim{{{claim}}}") in visible and entry["text"][-1].isdigit()
    )
    _, path, command, text = min(places, key=lambda place: (place[1], place[0]))
    typed = text[:-1] + ("8" if text[-1] == "9" else str(int(text[-1]) + 1))
    path.write_text(texts[path].replace(command, typed, 1), "utf-8")
    return path, f"one digit in the text: {typed} for {command}, which prints {text}"


def edit_figure(copy: Copy) -> tuple[Path, str]:
    """Move one of the boldest points of a figure that shows the number, or of any."""
    about = read_json(copy.root / "results/about.json")["figures"]
    shown = figures_showing(copy.claim, {name: said["claims"] for name, said in about.items()})
    path = copy.root / f"figures/{(*shown, *about)[0]}.png"
    pixels = imread(path).copy()
    # How far from white, in colour or in grey: lines and letters are too thin to be solid.
    ink = pixels.max() - pixels[..., :3].min(axis=-1)
    solid = np.lib.stride_tricks.sliding_window_view(ink, (REACH, REACH)).min((2, 3))
    points = np.argwhere(solid == solid.max()) + REACH // 2
    height, width = ink.shape
    # With room on its left.
    low, high = (REACH, 3 * REACH), (height - REACH, width - REACH)
    y, x = np.clip(points[len(points) // 2], low, high)
    rows, there = slice(y - REACH, y + REACH), slice(x - REACH, x + REACH)
    beside = slice(x - 3 * REACH, x - REACH)
    pixels[rows, beside], pixels[rows, there] = pixels[rows, there].copy(), pixels[y - REACH, x]
    imsave(path, pixels)
    return path, f"one point in a figure: {path.name}, moved by {2 * REACH} pixels"


EDITS: tuple[Callable[[Copy], tuple[Path, str]], ...] = (
    edit_ledger,
    edit_table,
    edit_text,
    edit_figure,
)


def copy_build(root: Path, scratch: Path) -> Copy:
    """Copy a build and its paper's sources, so that nothing of it is touched.

    Raises
    ------
    RecordError
        There is no finished build.
    """
    ledger = read_json(root / "results/claims.json")
    checkout = scratch / "checkout"
    files = {**all_files(Path(), root), STATED: root / STATED}
    for name, path in files.items():
        source = name.startswith(("paper/", "reference/")) and not name.startswith(GENERATED)
        place = checkout / ("" if source else "build") / name
        if path.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    copied = checkout / "build"
    printed = [claim for claim, *_ in quoted_claims(copied) if ledger.get(claim, {}).get("pages")]
    if not printed:
        raise RecordError(f"expected a printed claim with an interval in {root}, found none")
    return Copy(checkout, copied, printed[0])


def show(root: Path, record: Path, scratch: Path) -> bool:
    """Edit, verify and put back, one edit after the other; return whether each was caught."""

    def judge() -> dict[str, Any]:
        return verify(copy.checkout, copy.root, record, scratch / "differences")

    copy = copy_build(root, scratch)
    untouched = summary(judge())
    print(f"{root}, as it was built: {untouched}")
    caught = True
    for edit in EDITS:
        kept = {path: path.read_bytes() for path in copy.checkout.rglob("*") if path.is_file()}
        path, said = edit(copy)
        report = judge()
        place = copy.root if path.is_relative_to(copy.root) else copy.checkout
        name = str(path.relative_to(place))
        judged = report["build"][name]
        found = judged["verdict"] == CHANGED
        first = judged["how"].partition("; ")[0]
        print(f"\n{said}\n  " + (f"{CHANGED}: build {name}, {first}" if found else "NOT CAUGHT"))
        print(f"  verify: {summary(report)}")
        path.write_bytes(kept[path])
        caught &= found
    again = summary(judge())
    print(f"\nall put back: {again}")
    return caught and again == untouched


def main(arguments: list[str]) -> int:
    """Show it; return 0 where each edit was caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(), help="the build")
    parser.add_argument("--record", type=Path, default=Path("reference"), help="the record")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="demo-") as scratch:
            return int(not show(options.folder, options.record, Path(scratch)))
    except (RecordError, ConfigError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
