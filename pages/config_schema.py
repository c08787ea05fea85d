"""Renew workflow/schemas/config.schema.yaml from the models of workflow/scripts/lrstudy/design.

Editors and the workflow catalog read it; the workflow itself checks with the models.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from lrstudy.design.study import Study
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "workflow/schemas/config.schema.yaml"
HEAD = "# Written from workflow/scripts/lrstudy/design: make schema.\n"
FIRST = ("$schema", "title", "description", "type", "additionalProperties", "required")


class _Schema(GenerateJsonSchema):
    """As people read it: no invented titles, no null, keys in the order of the models."""

    def generate(self, schema: Any, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        return {"$schema": self.schema_dialect, **super().generate(schema, mode)}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        found = super().default_schema(schema)
        return {key: value for key, value in found.items() if (key, value) != ("default", None)}

    def dict_schema(self, schema: Any) -> JsonSchemaValue:
        found = super().dict_schema(schema)
        return {**found, "additionalProperties": False} if "patternProperties" in found else found

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        return value


def _in_order(node: Any) -> Any:
    """Put what a block is before what it holds."""
    if isinstance(node, list):
        return [_in_order(item) for item in node]
    if not isinstance(node, dict):
        return node
    ranked = sorted(node, key=lambda key: FIRST.index(key) if key in FIRST else len(FIRST))
    return {key: _in_order(node[key]) for key in ranked}


def config_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the configuration."""
    found: dict[str, Any] = _in_order(Study.model_json_schema(schema_generator=_Schema))
    return found


if __name__ == "__main__":
    text = yaml.safe_dump(config_schema(), sort_keys=False, width=100, allow_unicode=True)
    PAGE.write_text(HEAD + text, encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: as the models of the configuration")
