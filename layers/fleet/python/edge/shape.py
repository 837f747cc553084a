"""Shapes: what a dialect accepts and shows, and how a failing one is told field by field."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from fleet.errors import Invalid, Problem

S = TypeVar("S", bound=BaseModel)


class Shape(BaseModel):
    """A part of a request or an answer.

    Types are strict (8.0, "8" and true are no integers), `null` counts as absent, unknown members are ignored.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", populate_by_name=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value is not None} if isinstance(given, dict) else given


def broken(field: str, message: str) -> PydanticCustomError:
    """The error of a rule between fields, told of this one: its name in the document, whichever of them was judged."""
    return PydanticCustomError("other_field", "breaks a rule between fields", {"field": field, "message": message})


_MESSAGES: dict[str, Callable[[dict[str, Any]], str]] = {
    "missing": lambda _: "is required",
    "int_type": lambda _: "must be an integer",
    "bool_type": lambda _: "must be true or false",
    "string_type": lambda _: "must be a string",
    "float_type": lambda _: "must be a number",
    "list_type": lambda _: "must be an array",
    "dict_type": lambda _: "must be an object",
    "model_type": lambda _: "must be an object",
    "model_attributes_type": lambda _: "must be an object",
    "literal_error": lambda of: f"must be {of['expected']}",
    "string_too_short": lambda of: f"must have at least {of['min_length']} characters",
    "string_too_long": lambda of: f"must have at most {of['max_length']} characters",
    "string_pattern_mismatch": lambda _: "is not of the right form",
    "too_short": lambda of: f"must have at least {of['min_length']} {_parts(of)}",
    "too_long": lambda of: f"must have at most {of['max_length']} {_parts(of)}",
    "greater_than_equal": lambda of: f"must be at least {of['ge']}",
    "less_than_equal": lambda of: f"must be at most {of['le']}",
    "value_error": lambda of: str(of["error"]),
    "extra_forbidden": lambda _: "is not known here",
}


def _parts(of: dict[str, Any]) -> str:
    return "entries" if of["field_type"] == "List" else "characters"


def validate(shape: type[S], given: Any) -> S:
    """The value as this shape. Invalid names every failing field; no message repeats what the caller sent."""
    try:
        return shape.model_validate(given, by_alias=True, by_name=False)
    except ValidationError as error:
        places = _Places(given)
        told = [_told(found) for found in error.errors(include_url=False, include_input=False)]
        ordered = sorted((places.of(place), number) for number, (place, _) in enumerate(told))
        raise Invalid(*(Problem(".".join(map(str, told[number][0])), told[number][1]) for _, number in ordered)) from None


Place = tuple[int | str, ...]


def _told(error: ErrorDetails) -> tuple[Place, str]:
    """Where an error is, and what the field there must be."""
    context = error.get("ctx", {})
    if error["type"] == "other_field":
        return (*error["loc"][:-1], context["field"]), context["message"]
    tell = _MESSAGES.get(error["type"])
    return error["loc"], tell(context) if tell else error["msg"]


class _Places:
    """Where fields stand in a document. One that is missing there stands where its shape has it: behind the one asked for before."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._orders: dict[Place, dict[str, int]] = {}
        self._before: dict[Place, float] = {}

    def of(self, place: Place) -> tuple[float, ...]:
        """Numbers that sort as the document does."""
        value, numbers = self._document, []
        for depth, part in enumerate(place):
            above = place[:depth]
            order = self._order(above, value)
            number = part if isinstance(part, int) else order.get(part, math.floor(self._before.get(above, -1)) + 0.5)
            value = value[part] if isinstance(part, int) or part in order else None
            self._before[above] = number
            numbers.append(float(number))
        return tuple(numbers)

    def _order(self, place: Place, value: Any) -> dict[str, int]:
        if place not in self._orders:
            self._orders[place] = {name: number for number, name in enumerate(value)} if isinstance(value, dict) else {}
        return self._orders[place]


_DEEPEST = 100
"""Arrays and objects inside each other that a body may have; what shows and keeps them again gives up at some 250."""


def parse_json(body: bytes) -> Any:
    """The JSON of a request body, or Invalid: no duplicate members, no NaN, no text that UTF-8 cannot hold, no abyss."""
    try:
        parsed = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_refused)
        if body.count(b"[") + body.count(b"{") > _DEEPEST:
            _shallow(parsed)
        if b"\\u" in body:
            json.dumps(parsed, ensure_ascii=False).encode()  # half a surrogate pair, escaped, passes the parser
        return parsed
    except (ValueError, RecursionError):
        raise Invalid(Problem("", "must be valid JSON")) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _shallow(parsed: Any) -> None:
    level = [parsed]
    for _ in range(_DEEPEST):
        nested = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [value for values in nested for value in values]
        if not level:
            return
    if any(isinstance(each, dict | list) for each in level):
        raise ValueError("nested too deep")


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def single_values(query: Mapping[str, list[str]]) -> dict[str, str]:
    """A query string as one value a name; the last one counts, as it does at API Gateway."""
    return {name: values[-1] for name, values in query.items() if values}
