"""A model for each schedule's file, made of the JSON Schema that it states of its parameters."""

from __future__ import annotations

import inspect
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from lrstudy.design.blocks import Block, OneOf, by_type
from lrstudy.schedules import SCHEDULES, parameters
from lrstudy.schedules.base import Parameter

TYPES = {"number": float, "integer": int, "string": str, "boolean": bool}
WORDS = {
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
    "pattern": "pattern",
    "description": "description",
    "examples": "examples",
}


class NamedSchedule(Block):
    """What all schedules have in the configuration."""

    name: str


def parameter_type(given: Parameter) -> Any:
    """Return the type that a JSON Schema describes.

    It has ``type`` and bounds, ``const``, ``enum``, or ``anyOf`` of a text and a type.

    Raises
    ------
    TypeError
        Anything else is stated.
    """
    match given:
        case {"anyOf": [words, other], **rest}:
            kind: Any = Annotated[Any, by_type(parameter_type(words), parameter_type(other))]
        case {"const": word, **rest}:
            kind = Literal[word]
        case {"enum": [*words], **rest}:
            kind = Literal[tuple(words)]
        case {"type": str(name), **rest} if name in TYPES:
            kind = TYPES[name]
        case _:
            raise TypeError(
                f"expected const, enum, anyOf or a type of {', '.join(TYPES)}, but found {given}"
            )
    if unknown := set(rest) - set(WORDS):
        raise TypeError(f"expected {', '.join(WORDS)} beside the type, found {sorted(unknown)}")
    return Annotated[kind, Field(**{WORDS[word]: value for word, value in rest.items()})]


def schedule_model(name: str) -> type[NamedSchedule]:
    """Return the model of one schedule: its name and its own parameters, all of them required."""
    fields: dict[str, Any] = {}
    for word, given in parameters(name).items():
        try:
            fields[word] = parameter_type(given)
        except TypeError as error:
            file = inspect.getfile(SCHEDULES[name])
            raise TypeError(f"{file}: PARAMETERS[{word!r}]: {error}") from None
    summary = (SCHEDULES[name].__doc__ or name).strip().partition("\n")[0].replace("``", "")
    named = Annotated[Literal[name], Field(description="The schedule.")]  # type: ignore[valid-type]
    return create_model(name, __base__=NamedSchedule, __doc__=summary, name=named, **fields)


Schedule = Annotated[
    NamedSchedule,
    OneOf({name: schedule_model(name) for name in SCHEDULES}, "name"),
    Field(description="A file of lrstudy/schedules, with its own parameters."),
]
