"""Checking the configuration, before anything else is done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, get_args

from paperledger.io.yaml_file import ConfigError, read_yaml
from pydantic import BaseModel, ValidationError

from lrstudy.design.blocks import BRANCHES
from lrstudy.design.consistency import contradictions
from lrstudy.design.study import Study

__all__ = ["ConfigError", "check_config", "read_yaml"]

Error = Mapping[str, Any]

# What is allowed, by pydantic's type of the error; the rest says it in the error's own words.
ALLOWED = {
    "greater_than": "a number > {gt}",
    "greater_than_equal": "a number >= {ge}",
    "less_than": "a number < {lt}",
    "less_than_equal": "a number <= {le}",
    "finite_number": "a value of type number",
    "float_type": "a value of type number",
    "int_type": "a value of type integer",
    "string_type": "a value of type string",
    "string_unicode": "a value of type string",
    "bool_type": "a value of type boolean",
    "list_type": "a value of type array",
    "dict_type": "a value of type object",
    "model_type": "a value of type object",
    "string_pattern_mismatch": "text that matches {pattern}",
    "too_short": "at least {min_length} {field_type}",
    "too_long": "at most {max_length} {field_type}",
    "string_too_short": "at least {min_length} character(s)",
    "literal_error": "{expected}",
    "branch": "one of {names}",
}


def _keys(place: Sequence[Any]) -> str:
    """Return the key of a place: without the branches of unions, which are no keys."""
    keys = [str(key) for key in place if key not in BRANCHES and key != "[key]"]
    return ".".join(keys) or "(top level)"


def _type_at(place: Sequence[Any]) -> Any:
    """Return the type that the study has at a place."""
    kind: Any = Study
    for key in place:
        if key in BRANCHES:
            kind = BRANCHES[key]
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = kind.model_fields[key].annotation
        else:  # the values of a mapping, the items of a list
            kind = get_args(kind)[-1]
        while type(None) in get_args(kind) or hasattr(kind, "__metadata__"):
            kind = get_args(kind)[0]
    return kind


def _found(value: Any) -> str:
    try:
        found = json.dumps(value, default=str)
    except (TypeError, ValueError, RecursionError):  # keys that are dates, a list in itself
        found = f"a {type(value).__name__}"
    return found if len(found) <= 60 else found[:57] + "..."


def _allowed(error: Error) -> str:
    told = {key: _plain(value) for key, value in error.get("ctx", {}).items()}
    words = ALLOWED.get(error["type"])
    return words.format(**told) if words else str(error["msg"])


def _plain(value: Any) -> Any:
    """Write a bound, or what a size counts, as people do: 1 for 1.0."""
    if value in ("List", "Dictionary"):
        return "item(s)" if value == "List" else "key(s)"
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _describe(kind: str, place: tuple[Any, ...], errors: Sequence[Error]) -> Iterator[str]:
    """Say what is wrong: of unknown and of missing keys of one block, once for all of them."""
    where = _keys(place)
    if kind == "unknown":
        unknown = sorted((_last(error) for error in errors), key=str)
        known = ", ".join(sorted(_type_at(place).model_fields))
        yield f"{where}: unknown key {', '.join(map(repr, unknown))}; allowed: {known}"
    elif kind == "missing":
        yield f"{where}: missing key {', '.join(repr(_last(error)) for error in errors)}"
    else:
        for error in errors:
            yield f"{where}: found {_found(error['input'])}, allowed is {_allowed(error)}"


def _last(error: Error) -> Any:
    """Return the key that is unknown or missing."""
    if error["type"] == "branch":
        return error["ctx"]["key"]
    return error["input"] if error["type"] == "invalid_key" else error["loc"][-1]


def _sorted_out(error: Error) -> tuple[str, tuple[Any, ...], Error]:
    """Return whether it is of unknown or missing keys or another, the place, and the error."""
    kind, place = error["type"], error["loc"]
    if kind in ("extra_forbidden", "invalid_key"):
        return "unknown", place[:-1], error
    if kind == "missing":
        return "missing", place[:-1], error
    if kind == "branch":  # of the union's key, which is missing or names no branch
        key = error["ctx"]["key"]
        if key not in error["input"]:
            return "missing", place, error
        return "", (*place, key), {**error, "input": error["input"][key]}
    return "", place[:-2] if place[-1:] == ("[key]",) else place, error


def check_config(config: Any) -> Study:
    """Check a configuration against its models, and against itself.

    Raises
    ------
    ConfigError
        Names every finding: key, what was found, what is allowed.
    """
    try:
        study = Study.model_validate(config)
        findings = contradictions(study)
    except ValidationError as refused:
        errors = [_sorted_out(error) for error in refused.errors(include_url=False)]
        errors.sort(key=lambda sorted_out: ([str(key) for key in sorted_out[1]], sorted_out[0]))
        findings = [
            line
            for (kind, place), group in groupby(errors, key=lambda e: e[:2])
            for line in _describe(kind, place, [error for _, _, error in group])
        ]
    if findings:
        raise ConfigError("\n".join(f"config: {finding}" for finding in findings))
    return study
