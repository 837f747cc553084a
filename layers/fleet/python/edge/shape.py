"""Shapes: what a dialect accepts and shows, and how a failing one is told field by field."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
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


def broken(*problems: tuple[str, str]) -> PydanticCustomError:
    """The error of a rule between fields: (field below this shape, what it must be) for each that fails."""
    return PydanticCustomError("between_fields", "breaks a rule between fields", {"problems": problems})


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
    "too_short": lambda of: f"must have at least {of['min_length']} entries",
    "too_long": lambda of: f"must have at most {of['max_length']} entries",
    "greater_than_equal": lambda of: f"must be at least {of['ge']}",
    "less_than_equal": lambda of: f"must be at most {of['le']}",
    "value_error": lambda of: str(of["error"]),
    "extra_forbidden": lambda _: "is not known here",
}


def validate(shape: type[S], given: Any) -> S:
    """The value as this shape. Invalid names every failing field; no message repeats what the caller sent."""
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        raise Invalid(*_problems(error.errors(include_url=False, include_input=False))) from None


def _problems(errors: Iterable[ErrorDetails]) -> Iterable[Problem]:
    for error in errors:
        place = [str(part) for part in error["loc"]]
        context = error.get("ctx", {})
        if error["type"] == "between_fields":
            for field, message in context["problems"]:
                yield Problem(".".join([*place, field]), message)
        else:
            told = _MESSAGES.get(error["type"], lambda _, text=error["msg"]: text)  # type: ignore[misc]
            yield Problem(".".join(place), told(context))


def parse_json(body: bytes) -> Any:
    """The JSON of a request body, or Invalid: no duplicate members, no NaN, nothing but UTF-8."""
    try:
        return json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise Invalid(Problem("", "must be valid JSON")) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def single_values(query: Mapping[str, list[str]]) -> dict[str, str]:
    """A query string as one value a name; the last one counts, as it does at API Gateway."""
    return {name: values[-1] for name, values in query.items() if values}
