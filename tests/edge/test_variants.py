"""Unions of which members with fixed values say which shape is meant."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from edge.shape import Closed
from edge.validate import validate
from edge.variants import Variants
from edge.words import dotted, plain
from fleet.errors import Invalid


class Move(Closed):
    verb: Literal["go", "run"]
    by: Literal["foot"]
    steps: Annotated[int, Field(ge=1)]


class Ride(Closed):
    verb: Literal["go"]
    by: Literal["rail", "road"]
    to: str


class Journey(Closed):
    parts: list[Annotated[Move | Ride, Variants("verb", "by")]]


def problems(*parts: Any) -> list[str]:
    with pytest.raises(Invalid) as invalid:
        validate(Journey, {"parts": list(parts)})
    return [f"{dotted(each)} {plain(each)}" for each in invalid.value.details]


def test_the_members_choose_the_shape() -> None:
    given = [{"verb": "go", "by": "rail", "to": "Turku"}, {"verb": "run", "by": "foot", "steps": 3}]
    assert [type(part) for part in validate(Journey, {"parts": given}).parts] == [Ride, Move]


def test_the_problems_of_a_shape_are_at_their_places_in_the_document() -> None:
    assert problems({"verb": "go", "by": "foot", "steps": 0}, {"verb": "go", "by": "road", "too": "x"}) == [
        "parts.0.steps must be at least 1",
        "parts.1.to is required",
        "parts.1.too is not known here",
    ]


def test_a_value_that_no_shape_has_is_a_problem_of_its_member() -> None:
    assert problems({"verb": "fly", "by": "air"}) == ["parts.0.verb must be 'go' or 'run'"]
    assert problems({"verb": "run", "by": "rail"}) == ["parts.0.by must be 'foot'"]
    assert problems({"verb": "go", "by": 1}) == ["parts.0.by must be 'foot', 'rail' or 'road'"]
    assert problems({"by": "rail"}) == ["parts.0.verb is required"]
    assert problems(3, None) == ["parts.0 must be an object", "parts.1 must not be null"]


def test_the_document_of_a_union_has_all_its_shapes() -> None:
    schema = Journey.model_json_schema()
    assert schema["properties"]["parts"]["items"]["oneOf"] == [{"$ref": "#/$defs/Move"}, {"$ref": "#/$defs/Ride"}]
