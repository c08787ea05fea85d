"""Hold a build against the record of another commit, through what was renamed since.

    make same ARGS="--folder FOLDER --against COMMIT"

Every claim, table, figure and the words of the PDF of that commit's record are found again in the
build, or named. What may differ: the last bits of what Keras trained on another maker's processor,
and the files that figures and tables are said to come from.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.testing.compare import compare_images

COMMIT = "2b43020"
OWN = "ionosphere"
ROUNDED = ("7 × 10−7", "6 × 10−7")
"""`agreement.weights` in words, on two makers' processors."""
KERAS = {"val_loss", "train_loss", "best_epoch", "weight_difference"}
"""What differs between processors for networks that Keras trained, or was compared on."""
CLAIMS_OF_KERAS = {"agreement.weights"}

# Old ids of claims, to new ones; the first that fits counts.
RENAMED = (
    (r"sensitivity\.(.*)", r"robustness.\1"),
    (r"(arm\..*)\.diverged", r"\1.n_diverged"),
    (r"(effect\..*)\.ties", r"\1.ties_share"),
    (r"(component\..*)\.sd\.(low|high)", r"\1.sd_\2"),
    (r"(grid\.\w+\.\w+\.constant\.[\d.]+)", r"\1.mean"),
    (r"(tuned\.\w+\.\w+\.\w+)\.rate", r"\1.initial_rate"),
    (r"(tuned\.\w+\.\w+\.\w+)\.chosen", r"\1.chosen_mean"),
    (r"margin", "equivalence_margin"),
    (r"agreement\.nudge", "agreement.perturbation"),
    (r"literal\.(.*)", r"decay_argument.\1"),
    (r"data\.rows", "data.n_rows"),
    (r"data\.good", "data.n_positive"),
    (r"data\.bad", "data.n_negative"),
    (r"tail\.(train|validation)", r"split.tail.n_\1"),
    (r"tail\.(train|validation)\.good", r"split.tail.n_\1_positive"),
    (r"tail\.(train|validation)\.bad", r"split.tail.n_\1_negative"),
    (r"set\.count", "elsewhere.datasets"),
    (r"set\.networks", "elsewhere.networks"),
    (r"set\.diverged", "elsewhere.networks.diverged"),
    (r"set\.(\w+)\.rows", r"data.\1.n_rows"),
    (r"set\.(\w+)\.features", r"data.\1.n_features"),
    (r"set\.(\w+)\.majority", r"data.\1.majority"),
    (r"set\.(\w+)\.(\w+)\.(\w+)\.(\w+)", r"arm.\1.resample.\2.\3.\4"),
    (r"elsewhere\.([a-z]\w*)\.(S\d)\.(.*)", r"effect.\2.\1.resample.\3"),
)


def renamed(name: str) -> str:
    """Return what a claim of the old record is called today."""
    for pattern, new in RENAMED:
        if re.fullmatch(pattern, name):
            return re.sub(pattern, new, name)
    return name


def same_claims(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Name the claims of the old ledger whose value, text or pages are others in the new."""
    faults = []
    for name, claim in old.items():
        found = new.get(renamed(name))
        if found is None:
            faults.append(f"claim {name}: no {renamed(name)}")
            continue
        if name in CLAIMS_OF_KERAS:
            continue
        value = claim["value"]
        if isinstance(value, str) and not isinstance(found["value"], str):
            value = float(value)
        for what, one, other in (
            ("value", value, found["value"]),
            ("text", claim["text"], found["text"]),
            # On which page is TeX's affair: links of other lengths move what floats.
            ("being printed", bool(claim["pages"]), bool(found["pages"])),
        ):
            if one != other:
                faults.append(f"claim {name}: {what} {other!r}, was {one!r}")
    return faults


def own(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the study's own data, without that column."""
    return frame[frame["dataset"] == OWN].drop(columns="dataset")


def elsewhere(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of other data."""
    return frame[frame["dataset"] != OWN]


def second_opinions(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn a row of statistics into a row each, spreads into variances."""
    keys = ["hypothesis", "protocol", "initializer", "method"]
    long = own(frame).melt(keys, var_name="statistic").dropna(subset="value")
    spread = long["statistic"].isin(["split", "split_arm", "pair", "residual"])
    return long.assign(value=long["value"].where(~spread, long["value"] ** 2))


def arms_elsewhere(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Join what is said of arms on other data with what is said of the data."""
    arms = elsewhere(tables["arms"])
    return arms.merge(tables["datasets"][["dataset", "n_rows", "n_features", "majority"]])


# Old table: its key, and where its rows stand today.
Found = Callable[[dict[str, pd.DataFrame]], pd.DataFrame]
CELL = ["part", "protocol", "initializer", "arm", "trainer"]
ASKED = ["hypothesis", "protocol", "initializer"]
TABLES: dict[str, tuple[list[str], Found]] = {
    "runs": ([*CELL, "replicate"], lambda t: own(t["runs"])),
    "curves": ([*CELL, "epoch"], lambda t: own(t["curves"])),
    "arms": (CELL, lambda t: own(t["arms"])),
    "effects": (ASKED, lambda t: own(t["effects"])),
    "outcomes": ([*ASKED, "outcome"], lambda t: own(t["outcomes"])),
    "sensitivity": ([*ASKED, "method", "statistic"], lambda t: second_opinions(t["robustness"])),
    "components": (
        ["protocol", "initializer", "arm", "source"],
        lambda t: own(t["components"]).assign(share=lambda rows: rows["share"] / 100),
    ),
    "grid": (
        ["protocol", "initializer", "schedule", "initial_rate", "momentum"],
        lambda t: own(t["grid"]),
    ),
    "tuned": (["protocol", "initializer", "schedule"], lambda t: own(t["tuned"])),
    "returns": (["initializer", "arm", "row"], lambda t: own(t["returns"])),
    "references": (["protocol", "split", "classifier"], lambda t: own(t["references"])),
    "agreement": (["initializer", "arm", "replicate"], lambda t: own(t["agreement"])),
    "rates": (["figure", "panel", "curve", "update"], lambda t: t["rates"]),
    "elsewhere": (
        ["dataset", "initializer", "arm", "replicate"],
        lambda t: elsewhere(t["runs"]),
    ),
    "elsewhere_arms": (["dataset", "initializer", "arm"], arms_elsewhere),
    "elsewhere_effects": (["dataset", *ASKED], lambda t: elsewhere(t["effects"])),
}


def same_table(name: str, old: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> list[str]:
    """Name the columns of an old table that hold other values today."""
    key, find = TABLES[name]
    new = find(tables)
    missing = sorted(set(old) - set(new))
    if missing:
        return [f"table {name}: no column {', '.join(missing)}"]
    one, other = (frame[list(old)].set_index(key).sort_index() for frame in (old, new))
    if not one.index.equals(other.index):
        lost, added = one.index.difference(other.index), other.index.difference(one.index)
        return [f"table {name}: {len(lost)} rows lost, {len(added)} added: {[*lost, *added][:3]}"]
    faults = []
    for column in one:
        # Squares and hundredths of what a table holds in another unit round once.
        close = 1e-12 if name in ("sensitivity", "components") else 0.0
        same = (
            np.isclose(one[column], other[column], rtol=close, atol=0, equal_nan=True)
            if one[column].dtype.kind == "f"
            else (one[column] == other[column]).to_numpy()
        )
        moved = int((~same).sum())
        if column in KERAS and moved:
            trained = {"runs": "trainer"}.get(name)
            strange = (~same) & (one.index.get_level_values("trainer") != "keras") if trained else 0
            print(f"table {name}: {moved} of {len(one)} in {column}, of Keras")
            moved = int(np.sum(strange))
        if moved:
            faults.append(f"table {name}: {moved} of {len(one)} rows differ in {column}")
    return faults


def words(pdf: Path) -> Counter[str]:
    """Count the words of a PDF without the names of files below figures, and the sources' hash.

    Not in their order: links of other lengths move figures from one page to another.
    """
    text = subprocess.run(
        ["pdftotext", "-raw", str(pdf), "-"], check=True, capture_output=True, text=True
    ).stdout.replace(*ROUNDED)
    return Counter(
        word
        for word in text.replace("-\n", "").split()
        if not re.fullmatch(r"[\w/]+\.(?:smk|py|parquet)|[0-9a-f]{16}|[·]", word)
    )


def main() -> int:
    """Print what differs and return 1 if anything does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path(), help="the build")
    parser.add_argument("--against", default=COMMIT, help="the commit")
    options = parser.parse_args()
    root = options.folder
    packed = subprocess.run(
        ["git", "archive", options.against, "reference"],
        env={n: v for n, v in os.environ.items() if not n.startswith("GIT_")},
        check=True,
        capture_output=True,
    ).stdout
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        record = Path(folder, "reference")
        claims = [
            json.loads(path.read_text())
            for path in (record / "claims.json", root / "results/claims.json")
        ]
        faults = same_claims(*claims)
        tables = {path.stem: pd.read_parquet(path) for path in root.glob("results/*.parquet")}
        for path in sorted(record.glob("*.parquet")):
            faults += same_table(path.stem, pd.read_parquet(path), tables)
        old, new = (
            json.loads(path.read_text())
            for path in (record / "literal.json", root / "results/decay_argument.json")
        )
        faults += [] if old == new else [f"decay_argument.json: {new}, was {old}"]
        pictures = sorted(record.glob("figures/*.png"))
        for picture in pictures:
            other = root / "figures" / picture.name
            if picture.read_bytes() != other.read_bytes():
                found = compare_images(str(picture), str(other), 0.0)
                faults += [f"figure {picture.stem}: {found}"] if found else []
        texts = [words(path) for path in (record / "paper.pdf", root / "paper/paper.pdf")]
    if texts[0] != texts[1]:
        lost, new = texts[0] - texts[1], texts[1] - texts[0]
        faults.append(f"pdf: words lost {sorted(lost.elements())}, new {sorted(new.elements())}")
    print("\n".join(faults))
    print(
        f"{len(claims[0])} claims, {len(TABLES)} tables, {len(pictures)} figures, "
        f"{texts[0].total()} words of the PDF: {len(faults)} differ"
    )
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
