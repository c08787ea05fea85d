"""A repeat's record: whole, the file that it says, and counted where it belongs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from lrstudy.repeats import build
from lrstudy.repeats.build import judge_build
from lrstudy.repeats.frozen import freeze, read_frozen
from lrstudy.repeats.record import (
    ABOUT,
    CHUNKS,
    FILES,
    MOMENTS,
    VALUES,
    counted,
    files_of,
    numbers,
    read_repeat,
    values_json,
    write_repeat,
)
from lrstudy.repeats.settings import (
    APART,
    LEAST,
    MOST,
    RepeatError,
    base_of,
    choose_base,
    settings_hash,
)
from paperledger.io.files import WriteError
from paperledger.io.yaml_file import ConfigError

from tests.helpers.repository import commit

CONFIG: dict[str, Any] = {
    "first_replicate": 1_000_000,
    "training": {"epochs": 50},
    "datasets": {"ponds": {"source": "auto", "sha256": "0", "label": "ponds"}},
}
NUMBERS = {"networks": {"value": 3}, "word": {"value": "no"}, "repeats.runs": {"value": 1}}


def write(record: Path, n: int, config: Any = CONFIG, numbers: Any = NUMBERS) -> Path:
    about = {
        "n": n,
        "base": n * 5_000_000,
        "of": config["first_replicate"],
        "settings": settings_hash(config),
        "chunk_size": {"kernel": 10},
    }
    return write_repeat(record, about, {VALUES: values_json(numbers), MOMENTS: b"m", CHUNKS: b"{}"})


# --- settings and bases -------------------------------------------------------


def test_settings_are_what_results_depend_on() -> None:
    same = [
        {"folder": "build/x"}, {"first_replicate": 7}, {"reuse": "reference"}, {"figures": {}},
        {"paper": {"date": "2027-01-01"}}, {"environment": "warn"}, {"download": {"attempts": 1}},
        {"chunk_size": {"kernel": 1}},
        {"datasets": {"ponds": {"source": "download", "sha256": "0", "label": "Ponds"}}},
    ]  # fmt: skip
    others = [
        {"training": {"epochs": 51}}, {"analysis": {"seed": 1}},
        {"datasets": {"ponds": {"source": "auto", "sha256": "1", "label": "ponds"}}},
    ]  # fmt: skip
    own = settings_hash(CONFIG)
    assert all(settings_hash({**CONFIG, **change}) == own for change in same)
    assert len({own, *(settings_hash({**CONFIG, **change}) for change in others)}) == 4


def test_a_fresh_base_is_far_from_all_others() -> None:
    taken = {"the configuration": 1_000_000, "1": 3_000_000}
    drawn = {choose_base("random", taken) for _ in range(200)}
    assert len(drawn) > 190
    assert all(LEAST <= base <= MOST and base % 1000 == 0 for base in drawn)
    crowded = {str(k): k for k in range(LEAST, MOST + 1, 2 * APART) if k != 500_000_000}
    assert abs(choose_base("random", crowded) - 500_000_000) < APART


@pytest.mark.parametrize("asked", ["1999999", "1000000001", "two", "-3", "", "1e7", "2.5"])
def test_a_base_out_of_bounds_is_refused(asked: str) -> None:
    with pytest.raises(ConfigError, match=f"BASE={asked}: expected random, or a number"):
        choose_base(asked, {})


def test_a_base_too_near_to_another_is_refused() -> None:
    taken = {"repeat 1": 3_000_000}
    assert choose_base("3100001", taken) == 3_100_001
    assert choose_base("2000000", {"the configuration": 1_000_000}) == 2_000_000
    for near in ("3100000", "2900000", "3000000"):
        with pytest.raises(ConfigError, match=r"found repeat 1 \(3,000,000\)"):
            choose_base(near, taken)


@pytest.mark.parametrize("found", [{}, {"first_replicate": True}, {"first_replicate": "1"}])
def test_a_configuration_without_a_base_is_refused(found: Any) -> None:
    with pytest.raises(ConfigError, match="first_replicate: expected the number"):
        base_of(found)


# --- records ------------------------------------------------------------------


def test_a_record_comes_back(tmp_path: Path) -> None:
    found = read_repeat(write(tmp_path, 3))
    assert found.values == {"networks": 3, "word": "no"}  # what all runs have together is no run's
    assert (found.about["base"], set(found.about["files"])) == (15_000_000, set(FILES))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["3"]


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_was_tampered_with_is_named(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path, 3)
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    with pytest.raises(RepeatError, match=f"{name}: expected the file of SHA-256"):
        read_repeat(folder)
    (folder / name).unlink()
    with pytest.raises(RepeatError, match=f"{name}: .* found none"):
        read_repeat(folder)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"n": 4}', '{"n": 3, "base": 1}'])
def test_a_damaged_record_is_named(tmp_path: Path, text: str) -> None:
    folder = write(tmp_path, 3)
    (folder / ABOUT).write_text(text)
    with pytest.raises(RepeatError, match=f"3/{ABOUT}: expected"):
        read_repeat(folder)
    with pytest.raises(RepeatError, match=f"3/{ABOUT}: expected"):
        counted(tmp_path, CONFIG)


@pytest.mark.parametrize("first", [True, False])
def test_a_record_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    if not first:
        write(tmp_path, 3)

    def full(old: Path, new: Path) -> None:
        raise OSError(28, "No space left on device")

    real = os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: full(a, b) if VALUES in str(b) else real(a, b))
    with pytest.raises(WriteError, match="No space left"):
        write(tmp_path, 3, numbers={"networks": {"value": 4}})
    assert [path.name for path in tmp_path.iterdir()] == ([] if first else ["3"])
    if not first:
        assert read_repeat(tmp_path / "3").values["networks"] == 3
    monkeypatch.undo()
    assert read_repeat(write(tmp_path, 3, numbers={"a": {"value": 5}})).values == {"a": 5}


def test_repeats_count_where_they_belong(tmp_path: Path) -> None:
    for n in (1, 2, 10):
        write(tmp_path, n)
    write(tmp_path, 4, {**CONFIG, "training": {"epochs": 9}})
    (tmp_path / "README.md").touch()
    assert numbers(tmp_path) == [1, 2, 4, 10]
    assert counted(tmp_path, CONFIG) == [1, 2, 10]
    assert counted(tmp_path, {**CONFIG, "folder": "build/recheck", "reuse": "reference"}) == [
        1,
        2,
        10,
    ]
    # A repeat itself, and another study.
    assert counted(tmp_path, {**CONFIG, "first_replicate": 5_000_000}) == []
    assert counted(tmp_path, {**CONFIG, "training": {"epochs": 51}}) == []
    assert counted(tmp_path / "none", CONFIG) == []


# --- a build ------------------------------------------------------------------


def judged(folder: Path, runs: list[int], **options: Any) -> tuple[dict[str, Any], list[str]]:
    (folder / "sentences.yaml").write_text("few: [networks < 4]\nall: [repeats.runs > 1]\n")
    (folder / "abstract.tex").write_text(r"\says{few} \says{all}")
    said: list[str] = []
    found = judge_build(
        {"networks": 3, "word": "no"},
        folder / "sentences.yaml",
        [folder / "abstract.tex"],
        runs,
        **{"stop": True, "say": said.append, **options},
    )
    return found, said


def test_a_build_judges_and_says_what_it_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "REPEATS", tmp_path)
    assert judged(tmp_path, []) == ({"runs": 1, "frozen": 0, "sentences": {}, "files": {}}, [])
    write(tmp_path, 1)
    found, said = judged(tmp_path, [1])
    assert set(found["sentences"]) == {"few"}
    assert found["files"].keys() == {str(path) for path in files_of(tmp_path, [1])}
    assert not said
    found, said = judged(tmp_path, [])
    assert said == ["repeats: 1 of 1 are of other settings, and do not count"]
    write(tmp_path, 1, numbers={"networks": {"value": 5}})
    with pytest.raises(RepeatError, match=r"few \(abstract\) holds in 1 of 2 runs"):
        judged(tmp_path, [1])
    found, _ = judged(tmp_path, [1], stop=False)
    assert found["sentences"]["few"]["holds"] == 1


def test_what_was_frozen_for_another_study_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "REPEATS", tmp_path)
    for n in (1, 2, 3):
        write(tmp_path, n)
    frozen = {"commit": "a", "repeats": [1, 2], "sentences": {"few": ["networks < 4"]}}
    (tmp_path / "frozen.json").write_text(json.dumps(frozen))
    assert judged(tmp_path, [1, 2, 3])[0]["frozen"] == 3
    found, _ = judged(tmp_path, [3])
    assert (found["runs"], found["frozen"]) == (2, 0)
    # One that is missing, or belongs here and does not count, is no sign of another study.
    with pytest.raises(RepeatError, match=r"expected its repeats among \[2, 3\], found \[1\]"):
        judged(tmp_path, [2, 3])
    for path in (tmp_path / "1").iterdir():
        path.unlink()
    (tmp_path / "1").rmdir()
    with pytest.raises(RepeatError, match=r"expected its repeats among \[3\], found \[1, 2\]"):
        judged(tmp_path, [3])


def test_sentences_are_frozen_once(tmp_path: Path) -> None:
    record = tmp_path / "reference/repeats"
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper/sentences.yaml").write_text("few: [networks < 4]\nall: [repeats.runs > 1]\n")
    with pytest.raises(RepeatError, match="expected repeats of this configuration, found none"):
        freeze(tmp_path, record, [])
    with pytest.raises(RepeatError, match="expected sources as committed"):
        freeze(tmp_path, record, [1])
    commit(tmp_path)
    found = freeze(tmp_path, record, [1, 2])
    assert found == read_frozen(record)
    assert (len(found.commit), found.repeats) == (40, [1, 2])
    assert found.sentences == {"few": ["networks < 4"]}
    with pytest.raises(RepeatError, match=f"frozen after commit {found.commit[:12]}"):
        freeze(tmp_path, record, [1, 2, 3])
    (record / "frozen.json").write_text(json.dumps({"commit": "a"}))
    with pytest.raises(RepeatError, match="expected what `make freeze` writes"):
        read_frozen(record)
