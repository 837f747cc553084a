"""The manners of the Thingsee API: a token of fifteen minutes as bearer, everything inside `data`, 200 for every success."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from edge.answer import Answer
from edge.dialect import Dialect, json_answer
from edge.request import Request
from edge.route import NoSuchMethod
from fleet.access import Principal, Reach
from fleet.aws.reads import Found
from fleet.aws.table import Key
from fleet.errors import Conflict, FleetError, Invalid, NotAllowed, NotFound, TooMany, Unauthenticated, Unexpected
from fleet.grants import uses
from fleet.identity import identify_client

PUBLIC = "PUBLIC"
"""The scope of the route that asks for no token."""
_STATUS: dict[type[FleetError], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    NotAllowed: 403,
    NotFound: 404,
    NoSuchMethod: 405,
    Conflict: 409,
    TooMany: 429,
    Unexpected: 500,
}


@uses(identify_client.identify)
def authenticate(request: Request, companions: Sequence[Key]) -> tuple[Principal, Found]:
    """The client behind the bearer's token; the scheme's name is taken in any case."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return identify_client.identify(token.strip() if scheme.lower() == "bearer" else "", request.received, companions)


def authorize(principal: Principal, scope: str) -> None:
    """Whether the client may do more than read, where the route does."""
    if scope not in principal.may:
        raise NotAllowed


def permit(principal: Principal, loaded: Any) -> None:
    """No client is limited within its organization."""


def on_error(error: FleetError) -> Answer:
    """The one error body of this API (contract, 1.4). Its clients ask for a new token when `statusCode` is 401, and only then."""
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)
    answer = json_answer(status, {"statusCode": status, "error": HTTPStatus(status).phrase, "message": _message(error)})
    if isinstance(error, TooMany):
        return answer.with_headers({"Retry-After": str(error.retry_after)})
    return answer.with_headers({"WWW-Authenticate": "Bearer"}) if status == 401 else answer


def _message(error: FleetError) -> str:
    details = error.details if isinstance(error, Invalid) else ()
    told = "; ".join(f"{problem.field or 'the body'} {problem.message}" for problem in details)
    return f"{error.message}: {told}" if told else error.message


def admit(request: Request, companions: Sequence[Key]) -> tuple[Principal, Found]:
    """Anybody: for the route that gives tokens. A token that is sent along is not looked at."""
    return Principal("anybody", "", Reach.of(), frozenset({PUBLIC})), {}


api = Dialect(
    name="thingsee",
    authenticate=authenticate,
    authorize=authorize,
    permit=permit,
    on_error=on_error,
    security={"thingsee": {"type": "http", "scheme": "bearer"}},
    max_body=128 * 1024,
    shows_null=True,
)
entrance = replace(api, authenticate=admit, security={}, headers={"Cache-Control": "no-store"})
"""The same for those who have no token yet."""
