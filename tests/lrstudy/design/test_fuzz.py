"""Thousands of bad configurations, each a clean error or a study that works.

`make fuzz` tries twenty times as many, others each time (FUZZ=20); `make test` always the same.
"""

from __future__ import annotations

import contextlib
import copy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import event, given
from hypothesis import strategies as st
from lrstudy.analysis.pairing import Asked, Cells, pairs, planned
from lrstudy.analysis.tuning import choices_table
from lrstudy.data.dataset import Dataset
from lrstudy.data.sizes import training_rows
from lrstudy.design.arms import REFERENCES, setting_of
from lrstudy.design.config import check_config
from lrstudy.design.plan import chunks, plan_members, rates_table
from lrstudy.kernel.assembly import assemble, trained_alike
from lrstudy.kernel.inputs import lay_out, lay_out_members
from lrstudy.tables.runs import MEMBERS, RATES
from paperledger.io.tables import write_table
from paperledger.io.yaml_file import ConfigError, read_yaml
from snakemake.utils import update_config

from tests.helpers.damage import damaged, fuzz


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fuzz"


# --- the configuration: files -------------------------------------------------

FRAGMENTS = st.sampled_from(
    ["a", ": ", "\n", "  ", "- ", "[", "]", "{", "}", ",", "&a ", "*a", "<<: ", "? ", "=", "'", '"',
     "!!bool ", "!!int ", "!!set ", "!!binary ", "!!timestamp ", "!!float ", "!!omap ", "#", "|",
     "!!python/object/apply:os.system ", "!!python/name:os.system ", "!a ", "%TAG ! x\n", "\0",
     ">", "%", "@", "\t", "1e5", "0x", "0b2", "0o9", ".inf", "2001-01-01", "99:99", "~", "yes",
     "---\n", "...", "\\", "\u2028", "\ufeff", "é", "\r", "\r\n", "9" * 5000, "a" * 2000, "[" * 400,
     "training", "epochs", "__use_yte__", "nan", ".nan", "-.inf", "1_0", "190:20:30.15"]
)  # fmt: skip
ENCODINGS = st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"])


def read(path: Path, content: bytes) -> Any:
    """Read a file as configuration; a refusal names the file, in one line."""
    path.write_bytes(content)
    try:
        return read_yaml(path)
    except ConfigError as error:
        assert str(error).startswith(f"{path}: ")
        assert "\n" not in str(error)
        raise


def check(config: Any) -> None:
    """Check a configuration; a refusal names the key, in one line for each."""
    try:
        check_config(config)
    except ConfigError as error:
        assert all(line.startswith("config: ") for line in str(error).split("\n"))
        raise


@fuzz(400)
@given(
    text=st.lists(FRAGMENTS, max_size=12).map("".join) | st.text(max_size=40), encoding=ENCODINGS
)
def test_any_text_as_configuration(text: str, encoding: str, path: Path) -> None:
    with contextlib.suppress(ConfigError):
        content = text.encode(encoding, "replace")
        found = read(path, content)
        assert repr(yaml.safe_load(content.decode())) == repr(found)
        with pytest.raises(ConfigError):
            check(found)


@fuzz(300)
@given(content=st.binary(max_size=60))
def test_any_bytes_as_configuration(content: bytes, path: Path) -> None:
    with contextlib.suppress(ConfigError):
        check(read(path, content))


@fuzz(60)
@given(data=st.data())
def test_a_damaged_configuration_file(
    data: Any, path: Path, root: Path, tiny: Any, dataset: Dataset
) -> None:
    whole = (root / "config/quick.yaml").read_bytes()
    content = data.draw(damaged(whole[whole.index(b"folder:") :]))
    with contextlib.suppress(ConfigError):
        merged, top = copy.deepcopy(tiny), read(path, content)
        if isinstance(top, dict):
            update_config(merged, top)
            check(merged)
            event(works(merged, dataset, path))


# --- the configuration: values ------------------------------------------------

NUMBERS = st.sampled_from(
    [-1, 0, 1, 2, 3, 5, 28, 47, 100, 115, 116, 188, 189, 200, 235, 236, 349, 350, 351, 352, 1000,
     32767, 32768, 10**6, 10**9, 2**31, 10**20, 10**400, -0.0, 0.0, 5e-324, 1e-9, 0.33, 0.5,
     0.99, 0.9999999, 0.99999999, 1.0, 2.5, 1e5, 1e39, 1e300, float("inf"), float("nan")]
) | st.integers() | st.floats()  # fmt: skip
WORDS = st.sampled_from(
    ["constant_m00", "step_m09", "time_based_m08", "plateau_inner", "constant_m08", "grid",
     "framework", "factorial", "ridge", "tuning", "budget", "written", "batch", "crossed", "tail",
     "resample", "official", "inner", "tail-resample", "kernel", "keras", "svm", "majority",
     "step_m09 budget 12", "step_m09 budget *", "time_based_m08 batch *", "elsewhere", "holm",
     "glorot_uniform", "normal_005", "primary", "secondary", "constant", "cosine", "one_cycle",
     "* 0.1 0.8", "cosine 0.1 0.9", "* 0.2 0", "H1", "H9c", "U1", "training", "rate/epochs",
     "../x", "", "a\0b", "2026-02-30", "best", "stop", "a" * 3000]
) | st.text(max_size=5)  # fmt: skip
SCALARS = st.one_of(
    NUMBERS, WORDS, st.none(), st.booleans(), st.dates(), st.datetimes(), st.binary(max_size=3)
)
VALUES = st.recursive(
    SCALARS | st.frozensets(st.integers(), max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3),
    max_leaves=6,
)


def nodes(config: Any) -> list[tuple[Any, Any]]:
    """List every (container, key) in a configuration."""
    items = config.items() if isinstance(config, dict) else enumerate(config)
    found = []
    for key, value in items:
        found.append((config, key))
        if isinstance(value, dict | list):
            found += nodes(value)
    return found


def change(config: Any, data: Any) -> None:
    """Change one value to what may well pass, or to anything; remove it, or copy it elsewhere."""
    container, key = data.draw(st.sampled_from(nodes(config)))
    old = container[key]
    how = data.draw(st.sampled_from(["alike"] * 7 + ["any", "remove", "copy"]))
    if how == "any":
        container[key] = data.draw(VALUES)
    elif how == "remove":
        del container[key]
    elif how == "copy":
        if isinstance(container, dict):
            container[data.draw(WORDS)] = copy.deepcopy(old)
        else:
            container.append(copy.deepcopy(old))
    elif isinstance(old, bool):
        container[key] = not old
    elif isinstance(old, int | float):
        near = st.sampled_from([old + 1, old - 1, old * 2, old // 2, old])
        container[key] = data.draw(near | NUMBERS)
    elif isinstance(old, str):
        # What stands in such a place elsewhere; all lists are such places.
        there = [
            c[k]
            for c, k in nodes(config)
            if (0 if isinstance(k, int) else k) == (0 if isinstance(key, int) else key)
        ]
        container[key] = data.draw(st.sampled_from(there) | WORDS)
    elif isinstance(container, dict):
        container[key] = copy.deepcopy(container[data.draw(st.sampled_from(list(container)))])
    else:
        del container[key]


def works(config: Any, dataset: Dataset, path: Path) -> str:
    """Plan, split, schedule and pair what a checked configuration says; nothing may fail."""
    sizes = [
        (len(part["initializers"]) * len(part.get("datasets", [1])), size)
        for part in config["parts"].values()
        for size in part["protocols"].values()
    ]
    numbers = [
        n * np.prod([v for v in size.values() if not isinstance(v, dict)], dtype=float)
        for n, size in sizes
    ]
    figures = config.get("figures", {})
    epochs = max([config["training"]["epochs"], *(f["epochs"] for f in figures.values())])
    if sum(numbers) > 20_000 or epochs * 351 / config["training"]["batch_size"] > 20_000:
        return "passes, too large to plan here"
    own = config["dataset"]
    table, protocols = (config["datasets"][own][key] for key in ("table", "protocols"))
    with np.errstate(over="ignore", under="ignore"):
        n_train = training_rows(table["n_rows"], next(iter(protocols.values())))
        if figures:
            write_table(rates_table(figures, config["training"], n_train), path, RATES)
        members = plan_members(config)
        write_table(members, path, MEMBERS)
        for trainer, numbers in members.groupby("trainer")["chunk"]:
            assert set(numbers) == set(range(len(chunks(config, str(trainer)))))
        if table["n_rows"] == len(dataset.labels):
            trains(members[members["dataset"] == own], config, dataset)
    number = members["replicate"] % 97
    runs = members.assign(n_validation=100, n_correct=number, best_n_correct=number, val_loss=0.5)
    analysis = config["analysis"]
    splits = runs.drop_duplicates(["dataset", "protocol", "split"])
    references = pd.concat(splits.assign(classifier=name) for name in REFERENCES)
    cells = Cells(runs, analysis, own, references)
    for question in planned(analysis, cells):
        assert pairs(cells, question) is not None or untrained(config, question), question
    if "tuning" in analysis:
        chosen = choices_table(runs, config)
        assert set(chosen["schedule"]) == {"all", *config["grid"]["schedules"]}
    return "passes, planned"


def untrained(config: Any, question: Asked) -> bool:
    """Tell whether no part trains some arm of a question with its initializer.

    Hypotheses are asked with each initializer; a part may train with fewer.
    """
    named = [term.get("initializer", question.initializer) for side in ("add", "subtract")
             for term in question.setting[side]]  # fmt: skip
    parts = question.setting.get("part")
    among = [parts] if parts else config["analysis"]["parts"]
    trained = [set(config["parts"][part]["initializers"]) for part in among]
    return not all(all(name in own for own in trained) for name in named)


def trains(members: pd.DataFrame, config: Any, dataset: Dataset) -> None:
    """Draw all that a network of each kind needs, and let the trainer check it."""
    setting = setting_of(config, config["dataset"])
    members = members.groupby(["protocol", "arm"]).head(1)
    if "agreement" in config:
        agreement = config["agreement"]
        beside = agreement.get("beside", {})
        setting["arms"] |= beside
        arms = [*agreement["arms"], *beside]
        compared = pd.DataFrame({"arm": arms, "protocol": agreement["protocol"]})
        streams = ["replicate", "initialisation", "shuffle"]
        compared = compared.assign(
            initializer=agreement["initializers"][0],
            split=0,
            **dict.fromkeys(streams, config["first_replicate"]),
        )
        members = pd.concat([members, compared])
    members = members.reset_index(drop=True)
    for _, group in members.groupby([members["protocol"], trained_alike(setting, members)]):
        try:
            ingredients, chosen = assemble(dataset, setting, group)
        except ValueError as error:  # a configuration does not know the classes of the rows
            assert str(error).startswith("resample: expected 2 or more classes")
            continue
        lay_out_members(chosen, lay_out(ingredients))


ASKED = [
    "H1",
    "H1d",
    "H6",
    "H7",
    "H1o",
    "R1",
    "R3",
    "L4",
    "P1",
    "B1",
    "I1",
    "A1",
    "K1",
    "U1",
    "V5",
    "X1",
]


@pytest.fixture
def tiny(quick: Any) -> Any:
    """The tiny study with a part of its grid, variants and questions, to be planned in a moment."""
    grid = quick["grid"]
    kept = ("constant", "polynomial", "one_cycle")
    grid["schedules"] = {name: grid["schedules"][name] for name in kept}
    arms = quick["agreement"]["arms"]
    arms[:] = [name for name in arms if " " not in name or name.split(" ")[0] in kept]
    for variant in quick["variants"].values():
        variant["arms"] = ["constant_m08", "time_based_m08"]
    quick["parts"]["elsewhere"]["datasets"] = ["iris", "digits"]
    for part in quick["parts"].values():
        for size in part["protocols"].values():
            size.update({key: min(n, 3) for key, n in size.items() if type(n) is int})
    analysis = quick["analysis"]
    analysis["hypotheses"] = {name: analysis["hypotheses"][name] for name in ASKED}
    analysis["outcomes"] = ["H1", "H6", "H7"]
    return quick


@fuzz(60)
@given(data=st.data())
def test_a_changed_configuration_is_refused_or_works(
    data: Any, tiny: Any, dataset: Dataset, path: Path
) -> None:
    config = copy.deepcopy(tiny)
    for _ in range(data.draw(st.integers(1, 3))):
        change(config, data)
    try:
        check(config)
    except ConfigError:
        return
    event(works(config, dataset, path))


def test_the_tiny_study_works(tiny: Any, dataset: Dataset, path: Path) -> None:
    check(tiny)
    assert works(tiny, dataset, path) == "passes, planned"
