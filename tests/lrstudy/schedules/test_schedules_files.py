"""How a file becomes a schedule: its schema, its parameters, what is refused."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from jsonschema import ValidationError as Refused
from lrstudy import schedules
from lrstudy.design.schedule_models import Schedule, parameter_type, schedule_model
from lrstudy.schedules import SCHEDULES, Clock, parameters, rate_table
from pydantic import ConfigDict, TypeAdapter, ValidationError, create_model

LIBRARY = Path(schedules.__file__).parent
CLOCK = Clock(updates_per_epoch=9, n_epochs=50)
EXAMPLES = {
    name: {word: given["examples"][0] for word, given in parameters(name).items()}
    for name in SCHEDULES
}


def test_every_parameter_says_what_it_is_and_has_bounds_that_hold_its_example() -> None:
    for name in SCHEDULES:
        for word, given in parameters(name).items():
            assert given["description"].endswith("."), (name, word)
            Draft202012Validator(given).validate(EXAMPLES[name][word])
            with pytest.raises(Refused):
                Draft202012Validator(given).validate(-1)


def test_the_configuration_takes_each_schedule_with_its_own_parameters_alone() -> None:
    schedule = TypeAdapter(Schedule)
    for name, given in EXAMPLES.items():
        assert schedule.validate_python({"name": name, **given}).given() == {"name": name, **given}
        with pytest.raises(ValidationError, match="extra_forbidden"):
            schedule.validate_python({"name": name, **given, "surplus": 1})
        for word in given:
            with pytest.raises(ValidationError, match=f"{word}\n  Field required"):
                schedule.validate_python(
                    {"name": name, **{k: v for k, v in given.items() if k != word}}
                )
    with pytest.raises(ValidationError, match="no branch"):
        schedule.validate_python({"name": "cosin"})


# JSON Schema, what it takes, what it does not
TYPES: list[tuple[Any, list[Any], list[Any]]] = [
    ({"type": "number", "minimum": 0, "exclusiveMaximum": 1}, [0, 0.5], [1, -1, True, "0"]),
    ({"type": "integer", "exclusiveMinimum": 0, "maximum": 3}, [1, 3], [0, 4, 1.0, True]),
    ({"type": "string", "pattern": "^a$"}, ["a"], ["b", "a\n", 1]),
    ({"type": "boolean"}, [True], [1, "yes"]),
    ({"enum": ["a", 2]}, ["a", 2], ["b", 3]),
    ({"const": "a"}, ["a"], ["b", 3]),
    ({"anyOf": [{"const": "a"}, {"type": "number"}]}, ["a", 2.5], ["b", None, float("nan")]),
]


@pytest.mark.parametrize(("given", "right", "wrong"), TYPES)
def test_a_parameter_is_what_its_json_schema_says(given: Any, right: Any, wrong: Any) -> None:
    strict = ConfigDict(strict=True, allow_inf_nan=False)
    model = create_model("model", __config__=strict, value=parameter_type(given))
    for value in right:
        assert model(value=value).value == value  # type: ignore[attr-defined]
    for value in wrong:
        with pytest.raises(ValidationError):
            model(value=value)


@pytest.mark.parametrize(
    "given", [{}, {"type": "float"}, {"type": "number", "multipleOf": 2}, {"enum": 3}]
)
def test_a_json_schema_that_the_configuration_cannot_hold_to_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, given: Any
) -> None:
    monkeypatch.setitem(schedules._READ, "constant", (SCHEDULES["constant"], {"by": given}))
    with pytest.raises(TypeError, match=r"constant\.py: PARAMETERS\['by'\]: expected "):
        schedule_model("constant")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("PARAMETERS = {}\n", "expected a function half and a dict PARAMETERS"),
        ("def half(update, clock, rate, *, by): ...\n", "expected a function half and a dict"),
        (
            "PARAMETERS = {'of': {}}\ndef half(update, clock, rate, *, by): ...\n",
            r"PARAMETERS has \['of'\], but half takes the keywords \['by'\]",
        ),
    ],
)
def test_a_file_that_is_no_schedule_is_refused_at_once(
    tmp_path: Path, text: str, message: str
) -> None:
    shutil.copytree(LIBRARY.parent, tmp_path / "lrstudy")
    (tmp_path / "lrstudy/schedules/half.py").write_text(text)
    run = subprocess.run(
        [sys.executable, "-c", "import lrstudy.schedules"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "half.py: " in run.stderr
    assert re.search(message, run.stderr.splitlines()[-1])


@pytest.mark.parametrize(
    ("schedule", "initial", "message"),
    [
        ({"name": "cosin", "final_factor": 0.0}, 0.1, "unknown schedule 'cosin'.*cosine"),
        ({"decay": 0.1}, 0.1, "unknown schedule None"),
        ({"name": "linear"}, 0.1, r"linear takes \['final_factor'\], found \[\]"),
        ({"name": "constant", "decay": 0.1}, 0.1, r"takes \[\], found \['decay'\]"),
        ({"name": "constant"}, 0.0, "initial_rate must be > 0, found 0.0"),
        ({"name": "constant"}, -0.1, "initial_rate must be > 0"),
        ({"name": "constant"}, float("nan"), "initial_rate must be > 0"),
        ({"name": "constant"}, float("inf"), "not finite"),
        ({"name": "linear", "final_factor": -1.0}, 0.1, "negative"),
        ({"name": "linear", "final_factor": float("nan")}, 0.1, "not finite"),
    ],
)
def test_errors(schedule: dict[str, Any], initial: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rate_table(schedule, initial, CLOCK)


# --- how a file becomes a schedule --------------------------------------------


def flat(update: Any, clock: Any, initial_rate: float, *, floor: float, power: int) -> Any:
    return np.full(update.shape, max(initial_rate, floor))


GIVEN = {"floor": {"type": "number"}, "power": {"type": "integer"}}


def read(monkeypatch: pytest.MonkeyPatch, **contents: Any) -> Any:
    module = ModuleType("lrstudy.schedules.flat")
    module.__file__ = "flat.py"
    module.__dict__.update(contents)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return schedules._read("flat")


def test_a_file_is_a_function_of_its_name_and_its_parameters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert read(monkeypatch, flat=flat, PARAMETERS=GIVEN) == (flat, GIVEN)
    for contents in ({}, {"flat": flat}, {"PARAMETERS": GIVEN}, {"flat": 3, "PARAMETERS": GIVEN},
                     {"flat": flat, "PARAMETERS": ["floor", "power"]}):  # fmt: skip
        with pytest.raises(
            TypeError, match=r"^flat\.py: expected a function flat and a dict PARAMETERS$"
        ):
            read(monkeypatch, **contents)
    for other in ({}, {"floor": {}}, {"power": {}, "floor": {}}):
        with pytest.raises(TypeError) as caught:
            read(monkeypatch, flat=flat, PARAMETERS=other)
        assert str(caught.value) == (
            f"flat.py: PARAMETERS has {list(other)}, but flat takes the keywords ['floor', 'power']"
        )


def test_all_known_schedules_are_named_to_who_asks_for_another() -> None:
    with pytest.raises(ValueError) as caught:
        rate_table({"name": "none"}, 0.1, Clock(1, 1))
    assert str(caught.value) == f"unknown schedule 'none'; known: {', '.join(SCHEDULES)}"
