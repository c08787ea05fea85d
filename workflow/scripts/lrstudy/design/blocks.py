"""What the blocks of the configuration are made of: strict models, unions of named branches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

T = TypeVar("T")

BRANCHES: dict[str, Any] = {}
"""The branches of all unions: the tag that stands for one in an error's place, to its type."""


class Block(BaseModel):
    """Keys and values, no others and of no other type: 50.0 is no integer, true no number."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)

    def given(self) -> dict[str, Any]:
        """Return what the configuration states, key to value."""
        return {key: value for key, value in self if value is not None}


def key(description: str, **rules: Any) -> Any:
    """State a key of a block: what it means, with its unit, and pydantic's rules for its value."""
    return Field(description=description, **rules)


class _AbsentAlone:
    """A key may be left out, but null is no value of it."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        nullable: Any = handler(source)
        given: CoreSchema = nullable["schema"]
        return given


Maybe = Annotated[T | None, _AbsentAlone()]


class _EachOnce:
    """A list holds each of its items once."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_each_once, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "uniqueItems": True}


def _each_once(items: list[T]) -> list[T]:
    if len(set(items)) < len(items):
        raise PydanticCustomError("repeated", "each item once")
    return items


class OneOf:
    """A union in which one look at the value chooses the branch, so that errors speak of it alone.

    ``choose`` maps the value to the name of a branch, or is the key under which the value has it.
    """

    def __init__(self, branches: Mapping[str, Any], choose: Callable[[Any], str] | str) -> None:
        # No key of a configuration looks like a tag.
        self.tags = {name: f"\0{len(BRANCHES) + i} {name}" for i, name in enumerate(branches)}
        BRANCHES.update((self.tags[name], branch) for name, branch in branches.items())
        self.choose = choose

    def _tag(self, value: Any) -> str | None:
        if callable(self.choose):
            return self.tags[self.choose(value)]
        if not isinstance(value, dict):  # which each of the branches refuses
            return next(iter(self.tags.values()))
        name = value.get(self.choose)
        return self.tags.get(name) if isinstance(name, str) else None

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.tagged_union_schema(
            {tag: handler.generate_schema(BRANCHES[tag]) for tag in self.tags.values()},
            self._tag,
            custom_error_type="branch",
            custom_error_message="no branch",
            custom_error_context={"key": str(self.choose), "names": ", ".join(self.tags)},
        )


def by_type(words: Any, other: Any) -> OneOf:
    """Return a union of `words`, which text must be, and `other`, which all else must be."""
    return OneOf(
        {"words": words, "other": other},
        lambda value: "words" if isinstance(value, str) else "other",
    )


Word = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]
EACH_ONCE = _EachOnce()
Names = Annotated[list[Word], Field(min_length=1), EACH_ONCE]
