"""Reading and checking the configuration, before anything else is done."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from lrstudy.contradictions import contradictions


class ConfigError(Exception):
    """The configuration cannot be used; the message names the key, what was found and allowed."""


class _UniqueKeyLoader(yaml.SafeLoader):
    """Refuses a key that is given twice, which plain YAML readers settle silently."""


def _unique_mapping(
    loader: _UniqueKeyLoader, node: yaml.MappingNode, deep: bool = False
) -> dict[Hashable, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise ConfigError(f"line {key_node.start_mark.line + 1}: {key!r} cannot be a key")
        if key in seen:
            raise ConfigError(
                f"line {key_node.start_mark.line + 1}: key {key!r} is given twice, expected once"
            )
        seen.add(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


def read_yaml(path: str | Path) -> Any:
    """Read one YAML file safely; a key given twice is an error.

    Raises
    ------
    ConfigError
        Missing file, bytes that are not UTF-8, broken YAML, or a repeated key.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        return yaml.load(text, Loader=_UniqueKeyLoader)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: expected UTF-8 text, found byte {error.start}") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None
    except Exception as error:  # PyYAML lets what a tag's own reader raises pass: "!!bool x"
        reason = " ".join(str(error).split())
        raise ConfigError(f"{path}: not valid YAML: {reason or type(error).__name__}") from None


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
    return isinstance(value, int) or math.isfinite(value)


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
        "minLength": f"at least {limit} character(s)",
        "minProperties": f"at least {limit} key(s)",
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
        The JSON schema (draft 2020-12).

    Raises
    ------
    ConfigError
        Names every finding: key, what was found, what is allowed.
    """
    errors = sorted(
        _Validator(schema).iter_errors(config),
        key=lambda error: [str(part) for part in error.absolute_path],
    )
    findings = list(dict.fromkeys(_describe(error) for error in errors))
    if not findings:
        findings = contradictions(config)
    if findings:
        raise ConfigError("\n".join(f"config: {finding}" for finding in findings))
