"""Errors of HTTP itself, and the status of every error.

FleetError
├── Invalid
│   └── TooLarge          the body has more bytes than the route reads
├── NoSuchMethod          the path is known, the method is not declared for it
├── NotAcceptable         no media type that the route answers is one that the caller accepts
└── UnsupportedMediaType  the body is of a media type that the route does not read
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from fleet.errors import (
    Conflict,
    FleetError,
    Invalid,
    NotAllowed,
    NotFound,
    Problem,
    TooMany,
    Unauthenticated,
    Unexpected,
    Unreachable,
    WrongMode,
)


class NoSuchMethod(FleetError):
    """Method not allowed"""

    def __init__(self, method: str, allowed: Sequence[str] = ()) -> None:
        self.method, self.allowed = method, tuple(allowed)
        super().__init__()


class TooLarge(Invalid):
    """The body is too large"""

    def __init__(self, max_bytes: int = 0) -> None:
        problem = Problem((), kind="too_large", context={"max_bytes": max_bytes})
        super().__init__(problem, message="Invalid parameters")


class NotAcceptable(FleetError):
    """Could not satisfy the request Accept header"""


class UnsupportedMediaType(FleetError):
    """The body's media type is not read here"""

    def __init__(self, media_type: str) -> None:
        self.media_type = media_type
        super().__init__()


Statuses = Mapping[type[FleetError], int]
STATUSES: Statuses = MappingProxyType(
    {
        Invalid: 400,
        Unauthenticated: 401,
        NotAllowed: 403,
        NotFound: 404,
        NoSuchMethod: 405,
        NotAcceptable: 406,
        Conflict: 409,
        WrongMode: 409,
        UnsupportedMediaType: 415,
        TooMany: 429,
        Unexpected: 500,
        Unreachable: 503,
    }
)
"""The status of each error, as HTTP means them. A dialect that differs says where (`Dialect.statuses`)."""


def status_of(error: FleetError, own: Statuses) -> int:
    """The status of an error: the dialect's own, else the usual one, of its class or the nearest one above, else 500."""
    return next((table[kind] for kind in type(error).__mro__ for table in (own, STATUSES) if kind in table), 500)


def headers_of(error: FleetError, status: int, challenge: str) -> dict[str, str]:
    """Retry-After, WWW-Authenticate and Allow, as far as an error has them."""
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else {}
    if status == 401:
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, NoSuchMethod) and error.allowed:
        headers["Allow"] = ", ".join(error.allowed)
    return headers
