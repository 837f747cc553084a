"""The manners of the WisDM API: keys in a header, 403 for every refusal, errors with a status code inside."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from edge.answer import Answer
from edge.dialect import Dialect, json_answer
from edge.request import Request
from edge.route import NoSuchMethod
from fleet.access import Principal
from fleet.aws.reads import Found
from fleet.aws.table import Key
from fleet.errors import Conflict, FleetError, Invalid, NotAllowed, NotFound, TooMany, Unauthenticated, Unexpected, Unreachable, WrongMode
from fleet.grants import uses
from fleet.identity import identify_api_key
from wisdm.restrictions import comes_from

_STATUS: dict[type[FleetError], int] = {
    Invalid: 400,
    Unauthenticated: 403,
    NotAllowed: 403,
    NotFound: 404,
    NoSuchMethod: 405,
    WrongMode: 406,
    Conflict: 409,
    TooMany: 429,
    Unreachable: 500,
    Unexpected: 500,
}


@uses(identify_api_key.identify)
def authenticate(request: Request, companions: Sequence[Key]) -> tuple[Principal, Found]:
    """Steps 2 and 3 of the order of checks: the key, then where it is used from."""
    key, principal, found = identify_api_key.identify(request.headers.get("x-api-key", ""), request.received, companions)
    if not comes_from(key, request):
        raise NotAllowed
    return principal, found


def authorize(principal: Principal, scope: str) -> None:
    """Step 4: the kind of key, and its write permission."""
    if not {scope, "READ" if scope == "READ" else "WRITE"} <= principal.may:
        raise NotAllowed


def permit(principal: Principal, loaded: Any) -> None:
    """Step 8: a key that is limited to locations."""
    for thing in loaded if isinstance(loaded, tuple) else (loaded,):
        if hasattr(thing, "place") and not principal.permits(thing):
            raise NotAllowed


def on_error(error: FleetError) -> Answer:
    """The one error body of this API (contract, 1.4)."""
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    message = "Forbidden" if isinstance(error, Unauthenticated) else error.message
    details = [{"field": problem.field, "message": problem.message} for problem in error.details] if isinstance(error, Invalid) else None
    answer = told(status, message, details)
    return answer.with_headers({"Retry-After": str(error.retry_after)}) if isinstance(error, TooMany) else answer


def told(status: int, message: str, details: Sequence[Any] | None = None) -> Answer:
    """An error as this API tells it."""
    body: dict[str, Any] = {"statusCode": status, "error": HTTPStatus(status).phrase, "message": message}
    return json_answer(status, body if details is None else body | {"details": details})


api = Dialect(
    name="wisdm",
    authenticate=authenticate,
    authorize=authorize,
    permit=permit,
    on_error=on_error,
    security={"wisdm": {"type": "apiKey", "in": "header", "name": "X-API-KEY"}},
    headers={"Access-Control-Allow-Origin": "*"},
    preflight={"Access-Control-Allow-Headers": "X-API-KEY, Content-Type", "Access-Control-Max-Age": "86400"},
)
