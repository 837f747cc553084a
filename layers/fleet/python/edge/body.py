"""Bodies by their media type, as plain values that a shape then judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, RootModel

from edge.answer import JSON
from edge.errors import TooLarge, UnsupportedMediaType
from edge.json_text import no_name_twice, parse_finite, parse_json
from edge.request import Request
from edge.route import Route
from fleet.errors import Invalid, Problem

Reader = Callable[[Request, type[BaseModel]], Any]
"""Makes plain values of a body, for a shape; Invalid when it cannot be read."""


def strict_json(request: Request, shape: type[BaseModel]) -> Any:
    """JSON in which no object has a name twice."""
    return _expected(parse_json(request.body, no_name_twice), shape)


def last_wins_json(request: Request, shape: type[BaseModel]) -> Any:
    """JSON in which the last of several members of one name counts, and no number is larger than a float can be."""
    return _expected(parse_finite(request.body, dict), shape)


def raw(request: Request, shape: type[BaseModel]) -> Any:
    """The bytes as they are, for a `RootModel[bytes]`."""
    return request.body


@dataclass(frozen=True)
class Bodies:
    """How an API reads bodies: `readers` by media type, of which a route names those that it reads.

    `empty_is_object`: a body of no bytes is an object without members, whatever its media type. `otherwise` says what a
    media type is that the route does not read: `invalid` input, `unsupported` (415), or no matter, as the route's first
    one is meant (`ignored`). A body without a Content-Type is of the route's first one.
    """

    readers: Mapping[str, Reader] = field(default_factory=lambda: {JSON: strict_json})
    empty_is_object: bool = False
    otherwise: Literal["invalid", "unsupported", "ignored"] = "invalid"

    def check(self, reads: Sequence[str]) -> None:
        """TypeError unless there is a reader for each of these media types."""
        if missing := [media_type for media_type in reads if media_type not in self.readers]:
            raise TypeError(f"{missing[0]} has no reader: add it to the readers of the dialect's bodies")

    def __call__(self, request: Request, route: Route) -> Any:
        if len(request.body) > route.max_body:
            raise TooLarge(route.max_body)
        if not request.body and self.empty_is_object:
            return {}
        media_type = self._media_type(request, route)
        return self.readers[media_type](request, route.shapes["body"])

    def _media_type(self, request: Request, route: Route) -> str:
        media_type = request.media_type if "content-type" in request.headers else route.reads[0]
        if media_type in route.reads:
            return media_type
        if self.otherwise == "unsupported":
            raise UnsupportedMediaType(request.headers["content-type"])
        if self.otherwise == "invalid":
            raise Invalid(Problem((), kind="media_type", context={"expected": " or ".join(route.reads)}))
        return route.reads[0]


def _expected(parsed: Any, shape: type[BaseModel]) -> Any:
    """The value, if it is an array where the shape is one, and else an object. A shape of which there may be one or several says so
    (`one_or_several`): then it may be either.
    """
    array = issubclass(shape, RootModel)
    kinds = (list, dict) if getattr(shape, "one_or_several", False) else (list,) if array else (dict,)
    if not isinstance(parsed, kinds):
        raise Invalid(Problem((), kind="array" if array else "object", context={"given_type": type(parsed).__name__}))
    return parsed
