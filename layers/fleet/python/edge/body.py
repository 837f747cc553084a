"""Bodies by their media type, as plain values that a shape then judges."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, RootModel

from edge.answer import JSON
from edge.errors import UnsupportedMediaType
from edge.request import Request
from edge.route import Route
from fleet.errors import Invalid, Problem

Reader = Callable[[Request, type[BaseModel]], Any]
"""Makes plain values of a body, for a shape; Invalid when it cannot be read."""
_DEEPEST = 100
"""Maximum nesting of a request body; pydantic's serializer fails near 250."""


def strict_json(request: Request, shape: type[BaseModel]) -> Any:
    """JSON in which no object has a name twice."""
    return _expected(parse_json(request.body, no_name_twice), shape)


def last_wins_json(request: Request, shape: type[BaseModel]) -> Any:
    """JSON in which the last of several members of one name counts."""
    return _expected(parse_json(request.body, dict), shape)


def raw(request: Request, shape: type[BaseModel]) -> Any:
    """The bytes as they are."""
    return request.body


@dataclass(frozen=True)
class Bodies:
    """How an API reads bodies: `readers` by media type, of which a route names those that it reads.

    `empty_is_object`: a body of no bytes is an object without members. `otherwise` says what a media type is that the
    route does not read: `invalid` input, `unsupported` (415), or no matter, as the route's first one is meant (`ignored`).
    A body whose media type is not said is of the route's first one.
    """

    readers: Mapping[str, Reader] = field(default_factory=lambda: {JSON: strict_json})
    empty_is_object: bool = False
    otherwise: Literal["invalid", "unsupported", "ignored"] = "invalid"

    def __call__(self, request: Request, route: Route) -> Any:
        if len(request.body) > route.max_body:
            raise Invalid(Problem((), kind="too_large", context={"max_bytes": route.max_body}))
        media_type = self._media_type(request, route)
        if not request.body and self.empty_is_object:
            return {}
        return self.readers.get(media_type, raw)(request, route.shapes["body"])

    def _media_type(self, request: Request, route: Route) -> str:
        media_type = request.media_type or route.reads[0]
        if media_type in route.reads:
            return media_type
        if self.otherwise == "unsupported":
            raise UnsupportedMediaType(request.headers["content-type"])
        if self.otherwise == "invalid":
            raise Invalid(Problem((), kind="media_type", context={"expected": " or ".join(route.reads)}))
        return route.reads[0]


def _expected(parsed: Any, shape: type[BaseModel]) -> Any:
    """The value, if it is an array where the shape is one, and else an object."""
    array = issubclass(shape, RootModel)
    if not isinstance(parsed, list if array else dict):
        raise Invalid(Problem((), kind="array" if array else "object", context={"given_type": type(parsed).__name__}))
    return parsed


def parse_json(body: bytes, members: Callable[[list[tuple[str, Any]]], dict[str, Any]]) -> Any:
    """The JSON of a body, or Invalid: no NaN, no text that UTF-8 cannot hold, no nesting beyond 100. `members` makes an object."""
    try:
        parsed = json.loads(body.decode(), object_pairs_hook=members, parse_constant=_refuse_constant)
        if body.count(b"[") + body.count(b"{") > _DEEPEST:
            _check_depth(parsed)
        if b"\\u" in body:
            json.dumps(parsed, ensure_ascii=False).encode()  # half a surrogate pair, escaped, passes the parser
        return parsed
    except (ValueError, RecursionError):
        raise Invalid(Problem((), kind="json")) from None


def no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of these members; ValueError when two have one name."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _check_depth(parsed: Any) -> None:
    level = [parsed]
    for _ in range(_DEEPEST):
        nested = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [value for values in nested for value in values]
        if not level:
            return
    if any(isinstance(each, dict | list) for each in level):
        raise ValueError("nested too deep")


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
