"""Reading and checking the configuration, before anything else is done."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from lrstudy.contradictions import contradictions
from lrstudy.schedules import branches
from lrstudy.yaml_file import ConfigError, read_yaml

__all__ = ["ConfigError", "check_config", "read_yaml"]


# JSON Schema takes 50.0 for an integer, and any bound lets NaN pass.
_CHECKER = Draft202012Validator.TYPE_CHECKER.redefine(
    "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
).redefine("number", lambda _, value: _is_finite_number(value))


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    # The $ of JSON Schema is the end; Python's also stands before a newline at the end.
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator = extend(Draft202012Validator, validators={"pattern": _pattern}, type_checker=_CHECKER)


def _is_finite_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond what any float holds
        return False


def _key(parts: Any) -> str:
    return ".".join(str(part) for part in parts) or "(top level)"


def _allowed(error: ValidationError) -> str:
    rule = error.validator
    limit = error.validator_value
    words = {
        "minimum": f"a number >= {limit}",
        "maximum": f"a number <= {limit}",
        "exclusiveMinimum": f"a number > {limit}",
        "exclusiveMaximum": f"a number < {limit}",
        "type": f"a value of type {limit}",
        "const": f"{limit!r}",
        "pattern": f"text that matches {limit}",
        "minItems": f"at least {limit} item(s)",
        "maxItems": f"at most {limit} item(s)",
        "minLength": f"at least {limit} character(s)",
        "minProperties": f"at least {limit} key(s)",
        "maxProperties": f"at most {limit} key(s)",
        "uniqueItems": "each item once",
    }
    if rule == "enum":
        return "one of " + ", ".join(map(str, limit))
    return words.get(str(rule), error.message)


def _describe(error: ValidationError) -> str:
    where = _key(error.absolute_path)
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(known), key=str)
        return f"{where}: unknown key {', '.join(map(repr, unknown))}; allowed: {', '.join(known)}"
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return f"{where}: missing key {', '.join(map(repr, missing))}"
    try:
        found = json.dumps(error.instance, default=str)
    except (TypeError, ValueError, RecursionError):  # keys that are dates, a list in itself
        found = f"a {type(error.instance).__name__}"
    found = found if len(found) <= 60 else found[:57] + "..."
    return f"{where}: found {found}, allowed is {_allowed(error)}"


def check_config(config: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Check a configuration against its schema and against itself.

    Parameters
    ----------
    config : mapping
        The merged configuration.
    schema : mapping
        The JSON schema (draft 2020-12); the branch of each schedule is put in here.

    Raises
    ------
    ConfigError
        Names every finding: key, what was found, what is allowed.
    """
    schema = {**schema, "$defs": {**schema["$defs"], "schedule": branches()}}
    errors = sorted(
        _Validator(schema).iter_errors(config),
        key=lambda error: [str(part) for part in error.absolute_path],
    )
    findings = list(dict.fromkeys(_describe(error) for error in errors))
    if not findings:
        findings = contradictions(config)
    if findings:
        raise ConfigError("\n".join(f"config: {finding}" for finding in findings))
