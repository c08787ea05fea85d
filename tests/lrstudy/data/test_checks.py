"""Tables that cannot be trained on: all faults of all of them, before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lrstudy.data.checks import read_all
from lrstudy.data.dataset import DataError

PROTOCOLS: dict[str, Any] = {
    "tail": {"validation_fraction": 0.25},
    "official": {"training_rows": 6},
    "resample": {"validation_rows": 3},
}


def written(path: Path, labels: str) -> Path:
    rows = [f"{i % 3},{i % 2},{label}" for i, label in enumerate(labels)]
    path.write_text("\n".join(rows))
    return path


def test_all_faults_of_all_tables(tmp_path: Path) -> None:
    """Rows sorted by class, a label that is not there, a class too small to split."""
    labels = {
        "good": "gbbggbbggbbg",
        "tidy": "ggggggbbbbbb",
        "other": "gcgcgcgcgcgc",
        "rare": "b" + 11 * "g",
    }
    paths = {name: written(tmp_path / name, text) for name, text in labels.items()}
    table = {"n_rows": 12, "n_features": 2, "positive": "g", "negative": "b"}
    with pytest.raises(DataError) as caught:
        read_all(paths, dict.fromkeys(paths, table), dict.fromkeys(paths, PROTOCOLS))
    said = str(caught.value).split("\n")
    assert [line.split(": ")[0] for line in said] == [
        "datasets.tidy.protocols.tail",
        "datasets.tidy.protocols.official",
        "datasets.tidy.protocols.official",
        str(paths["other"]),
        "datasets.rare.protocols.tail",
        "datasets.rare.protocols.official",
        "datasets.rare.protocols.resample",
    ]
    assert "those that validate, found 3 of the negative class alone" in said[0]
    assert "those that train, found 6 of the positive class alone" in said[1]
    assert "'g' (6), 'c' (6)" in said[3].replace("'c' (6), 'g' (6)", "'g' (6), 'c' (6)")
    good = {"good": paths["good"]}
    assert list(read_all(good, {"good": table}, {"good": PROTOCOLS})) == ["good"]


def test_an_inner_split_that_cannot_be_drawn(tmp_path: Path) -> None:
    """Two of a class are enough to report one of them, not to choose by the other as well."""
    path = written(tmp_path / "few", "ggggggggggbb")
    table = {"n_rows": 12, "n_features": 2, "positive": "g", "negative": "b"}
    protocols = {
        "resample": {"validation_rows": 3},
        "inner": {"reported_rows": 3, "validation_rows": 2},
    }
    with pytest.raises(DataError) as caught:
        read_all({"few": path}, {"few": table}, {"few": protocols})
    said = "datasets.few.protocols.inner: resample: expected 2 or more classes of 2 or more rows"
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)
    more = written(tmp_path / "more", "ggggggggbbbb")
    read_all({"more": more}, {"more": table}, {"more": protocols})
