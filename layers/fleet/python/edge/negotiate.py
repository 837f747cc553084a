"""Which media type an answer has, by `?format=` and the Accept header."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edge.answer import WEIGHT
from edge.errors import NotAcceptable
from edge.request import Request
from edge.route import Route
from fleet.errors import NotFound


def by_format_and_accept(formats: Mapping[str, str]) -> Callable[[Request, Route], str]:
    """`?format=` names one of these media types, else the Accept header does; of what it accepts equally, the route's first.

    NotFound for a format that is unknown or that the route does not answer, NotAcceptable when nothing fits.
    """

    def negotiate(request: Request, route: Route) -> str:
        if asked := request.query.get("format", [""])[-1]:
            media_type = formats.get(asked)
            if media_type not in route.answers:
                raise NotFound
            return media_type
        return _accepted(request.headers.get("accept", "*/*"), route)

    return negotiate


def _accepted(accept: str, route: Route) -> str:
    weights = dict(_weighted(part) for part in accept.lower().split(","))
    best = max(route.answers, key=lambda media_type: _weight(media_type, weights))
    if _weight(best, weights) == 0:
        raise NotAcceptable
    return best


def _weight(media_type: str, weights: Mapping[str, float]) -> float:
    """The weight of the range that fits most closely (RFC 9110, 12.5.1)."""
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((weights[each] for each in ranges if each in weights), 0)


def _weighted(part: str) -> tuple[str, float]:
    """A media range and its weight: 1 without one, 0 for a malformed one. Other parameters are not looked at."""
    media_range, *parameters = (text.strip(" \t") for text in part.split(";"))
    weights = [WEIGHT.fullmatch(parameter) for parameter in parameters if parameter.startswith("q=")]
    return media_range, min((float(weight[1]) if weight else 0 for weight in weights), default=1)
