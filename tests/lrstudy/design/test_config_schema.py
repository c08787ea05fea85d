"""The schema that editors and the workflow catalog read says what the models hold to."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from paperledger.io.yaml_file import read_yaml

from tests.helpers.changes import put
from tests.lrstudy.design.test_config import REFUSED


@pytest.fixture(scope="module")
def schema(root: Path) -> Any:
    return read_yaml(root / "workflow/schemas/config.schema.yaml")


def nodes(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """List every mapping in a schema, and where it stands."""
    if isinstance(node, dict):
        yield place, node
        for key, value in node.items():
            yield from nodes(value, f"{place}/{key}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from nodes(value, f"{place}/{i}")


def test_the_schema_is_written_from_the_models(root: Path, schema: Any) -> None:
    spec = importlib.util.spec_from_file_location("page", root / "pages/config_schema.py")
    assert spec and spec.loader
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    assert schema == page.config_schema(), "renew it: make schema"


def test_the_schema_is_one_and_says_what_each_key_is(schema: Any) -> None:
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    blocks = [(place, node) for place, node in nodes(schema) if "properties" in node]
    assert len(blocks) > 30
    for place, block in blocks:
        if place.endswith("/properties"):
            continue
        assert block["additionalProperties"] is False, place
        assert block["title"] and block["description"], place
        for key, value in block["properties"].items():
            assert "description" in value or "$ref" in value, f"{place}/{key}"


def test_the_schema_takes_the_shipped_studies(config: Any, quick: Any, schema: Any) -> None:
    Draft202012Validator(schema).validate(config)
    Draft202012Validator(schema).validate(quick)


# JSON has no NaN, its schema takes 50.0 for an integer, and jsonschema any text.
BEYOND = ["nan", "inf", "50.0", repr("\ud800")]


@pytest.mark.parametrize(
    ("path", "value"), [(path, value) for path, value, _ in REFUSED if repr(value) not in BEYOND]
)
def test_the_schema_refuses_what_the_models_refuse(
    config: Any, schema: Any, path: str, value: Any
) -> None:
    put(config, path, value)
    assert not Draft202012Validator(schema).is_valid(config)


def test_every_pattern_of_the_schema_is_anchored(schema: Any) -> None:
    found = {node["pattern"] for _, node in nodes(schema) if isinstance(node.get("pattern"), str)}
    found |= {p for _, node in nodes(schema) for p in node.get("patternProperties", {})}
    assert len(found) > 5
    assert {p for p in found if not (p.startswith("^") and p.endswith("$"))} == {
        "^(https://|http://127[.]0[.]0[.]1(:[0-9]+)?/)"
    }
