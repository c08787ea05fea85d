"""Reading and checking the configuration, before anything else is done."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend


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
_Validator = extend(Draft202012Validator, type_checker=_CHECKER)


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
        findings = _contradictions(config) + _sizes(config)
    if findings:
        raise ConfigError("\n".join(f"config: {finding}" for finding in findings))


def _contradictions(config: Mapping[str, Any]) -> list[str]:
    """Find what a schema cannot see: names that point nowhere, things given twice."""
    findings: list[str] = []
    arms = config["arms"]

    def known(where: str, names: list[str], among: Mapping[str, Any]) -> None:
        findings.extend(
            f"{where}: found {name!r}, allowed is one of {', '.join(among)}"
            for name in names
            if name not in among
        )

    settings: dict[str, str] = {}
    labels: dict[str, str] = {}
    for name, arm in arms.items():
        setting = json.dumps({k: v for k, v in arm.items() if k != "label"}, sort_keys=True)
        if setting in settings:
            findings.append(
                f"arms.{name}: duplicate arm, its settings are those of arms.{settings[setting]}"
            )
        settings.setdefault(setting, name)
        if arm["label"] in labels:
            findings.append(
                f"arms.{name}.label: found {arm['label']!r}, which arms.{labels[arm['label']]} has"
            )
        labels.setdefault(arm["label"], name)

    trained: dict[tuple[str, ...], str] = {}
    for name, part in config["parts"].items():
        known(f"parts.{name}.arms", part["arms"], arms)
        known(f"parts.{name}.initializers", part["initializers"], config["initializers"])
        for protocol in part["protocols"]:
            for arm in part["arms"]:
                for initializer in part["initializers"]:
                    cell = (part["trainer"], protocol, initializer, arm)
                    if cell in trained:
                        findings.append(
                            f"parts.{name}: trains {' '.join(cell)}, as parts.{trained[cell]} does"
                        )
                    trained[cell] = name

    for name, arm in arms.items():
        plateau = arm.get("plateau")
        if plateau and arm["schedule"]["name"] != "constant":
            findings.append(
                f"arms.{name}.schedule.name: found {arm['schedule']['name']!r}, allowed beside "
                "plateau is constant"
            )
        if plateau and (plateau["monitor"] == "inner") != ("inner_rows" in plateau):
            findings.append(
                f"arms.{name}.plateau.inner_rows: expected with monitor inner and only then, "
                f"found monitor {plateau['monitor']}"
            )
    agreement = config["agreement"]
    known("agreement.initializers", agreement["initializers"], config["initializers"])
    if agreement["arms"] != "all":
        known("agreement.arms", agreement["arms"], arms)
    analysis = config["analysis"]
    known("analysis.arms", analysis["arms"], arms)
    known("analysis.initializer", [analysis["initializer"]], config["initializers"])
    for name, contrast in analysis["contrasts"].items():
        for side in ("treatment", "control"):
            known(f"analysis.contrasts.{name}.{side}", [contrast[side]], arms)
            findings.extend(
                f"analysis.contrasts.{name}: no part trains {contrast[side]} on {protocol} "
                f"with {analysis['trainer']} and {initializer}"
                for protocol in contrast["protocols"]
                for initializer in config["initializers"]
                if contrast[side] in arms
                and (analysis["trainer"], protocol, initializer, contrast[side]) not in trained
            )
    for name, part in config["parts"].items():
        findings.extend(
            f"parts.{name}.protocols.{protocol}: found 1 replicate, allowed is at least 2, to "
            "estimate a difference"
            for protocol, size in part["protocols"].items()
            if size["seeds"] * size.get("splits", 1) < 2
        )
    tutorial = analysis["tutorial"]
    findings.extend(
        f"analysis.tutorial.{key}: found {tutorial[key]}, allowed is <= {tutorial['n_validation']}"
        for key in ("baseline_correct", "schedule_correct")
        if tutorial[key] > tutorial["n_validation"]
    )
    if tutorial["schedule_correct"] < tutorial["baseline_correct"]:
        findings.append(
            f"analysis.tutorial.schedule_correct: found {tutorial['schedule_correct']}, allowed "
            f"is >= {tutorial['baseline_correct']}, the baseline's"
        )
    try:
        date.fromisoformat(config["paper"]["date"])
    except ValueError:
        findings.append(f"paper.date: found {config['paper']['date']!r}, which is no day")
    table = config["data"]["table"]
    if table["positive"] == table["negative"]:
        findings.append(f"data.table.negative: found {table['negative']!r}, as data.table.positive")
    return findings


def _sizes(config: Mapping[str, Any]) -> list[str]:
    """Hold the split sizes and the batch size against the number of rows."""
    n_rows = config["data"]["table"]["n_rows"]
    protocols = config["protocols"]
    trains = {
        "tail": (
            "validation_fraction",
            math.floor(n_rows * (1.0 - protocols["tail"]["validation_fraction"])),
        ),
        "resample": ("validation_rows", n_rows - protocols["resample"]["validation_rows"]),
        "official": ("training_rows", protocols["official"]["training_rows"]),
    }
    batch = config["training"]["batch_size"]
    findings: list[str] = []
    for protocol, (key, n_train) in trains.items():
        if not 0 < n_train < n_rows:
            findings.append(
                f"protocols.{protocol}.{key}: found {protocols[protocol][key]}, which leaves "
                f"{n_train} of {n_rows} rows for training; allowed is 1 to {n_rows - 1}"
            )
        elif batch > n_train:
            findings.append(
                f"training.batch_size: found {batch}, allowed is at most {n_train}, the training "
                f"rows of {protocol}"
            )
    return findings
