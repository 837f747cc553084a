"""Judging plain values by a shape: every failing field, in the order of the document."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, RootModel, ValidationError
from pydantic_core import ErrorDetails

from edge.query import Alone
from edge.shape import OF_MEMBER, Closed, Form, Lax
from edge.variants import in_document
from edge.words import KINDS
from fleet.errors import Invalid, Place, Problem

S = TypeVar("S", bound=BaseModel)
_SHORT = 200


def validate(shape: type[S], given: Any) -> S:
    """The value as this shape. Invalid names every failing field; no message repeats what the caller sent."""
    try:
        return shape.model_validate(given, by_alias=True, by_name=False, context={"form": True} if isinstance(given, Form) else None)
    except ValidationError as error:
        raise invalid(error, shape, given) from None


def invalid(error: ValidationError, shape: type[BaseModel], given: Any) -> Invalid:
    """The problems of a value that does not fit a model, in the order of the value."""
    places = _Places(given)
    found = [_problem(each, _is_precise(shape)) for each in error.errors(include_url=False)]
    problems = [replace(each, place=_as_sent(each.place, given)) for each in found]
    ordered = sorted((places.of(problem.place), number) for number, problem in enumerate(problems))
    return Invalid(*(problems[number] for _, number in ordered))


def _as_sent(place: Place, document: Any) -> Place:
    """A place without the index of an entry that was sent alone, where a list may be."""
    value, sent = document, list[str | int]()
    for part in place:
        if isinstance(part, int) and isinstance(value, Alone | dict):
            value = value[0] if isinstance(value, Alone) else value
            continue
        sent.append(part)
        value = _at(value, part, value if isinstance(value, dict) else {})
    return tuple(sent)


@cache
def _is_precise(shape: type[BaseModel]) -> bool:
    """Whether the shape, or that of the entries of an array, is of a family in which null is a value of its own."""
    entries = get_args(shape.model_fields["root"].annotation) if issubclass(shape, RootModel) else ()
    return any(isinstance(each, type) and issubclass(each, Closed | Lax) for each in (shape, *entries))


def _problem(error: ErrorDetails, precise: bool) -> Problem:
    """Where an error is and which rule it breaks; pydantic's own words for a kind that has no others.

    `precise`: a value that is null or blank is of a kind of its own, and what was sent instead is in the context.
    """
    context: Mapping[str, Any] = error.get("ctx", {})
    place = in_document(error["loc"])
    if error["type"] == "other_field":
        return Problem((*place[:-1], context["field"]), context["message"])
    if error["type"] == OF_MEMBER:
        return Problem((*place, context["member"]), context["message"], context["kind"], context)
    kind = _precise_kind(error) if precise else error["type"]
    if precise:
        context = {**context, **_given(error)}
    return Problem(place, "" if kind in KINDS else error["msg"], kind, context)


def _precise_kind(error: ErrorDetails) -> str:
    if error["type"] not in ("missing", "extra_forbidden") and error["input"] is None:
        return "null"
    return "blank" if error["type"] == "string_too_short" and not str(error["input"]).strip() else error["type"]


def _given(error: ErrorDetails) -> Mapping[str, Any]:
    """What was given instead: the type, and of a choice the value, where it is short. APIs that repeat it say so in their contract."""
    value = error["input"]
    shown = error["type"] in ("literal_error", "enum") and isinstance(value, str | int | float) and len(str(value)) <= _SHORT
    return {"given_type": type(value).__name__, **({"given": value} if shown else {})}


class _Places:
    """The order of fields in a document. One that is missing there sorts after the preceding field of its shape."""

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
            value = _at(value, part, order)
            self._before[above] = number
            numbers.append(float(number))
        return tuple(numbers)

    def _order(self, place: Place, value: Any) -> dict[str, int]:
        if place not in self._orders:
            self._orders[place] = {name: number for number, name in enumerate(value)} if isinstance(value, dict) else {}
        return self._orders[place]


def _at(value: Any, part: str | int, order: Collection[str]) -> Any:
    if isinstance(part, int):
        return value[part] if isinstance(value, list) and part < len(value) else None
    return value[part] if part in order else None
