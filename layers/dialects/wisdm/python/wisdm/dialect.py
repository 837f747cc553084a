"""The WisDM API: API keys in a header, 403 for every refusal, the status code repeated in the body of an error."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from edge.answer import Answer
from edge.api import Api
from edge.dialect import Credential, permits_by_place
from edge.order import INPUT_FIRST
from edge.request import Request
from edge.words import dotted, plain
from fleet.access import Principal
from fleet.aws.reads import Found
from fleet.aws.table import Key
from fleet.errors import FleetError, Invalid, NotAllowed, Unauthenticated, Unreachable, WrongMode
from fleet.grants import uses
from fleet.identity import identify_api_key
from wisdm.restrictions import restriction_allows


@uses(identify_api_key.identify)
def identify(text: str, request: Request, keys: Sequence[Key]) -> tuple[Principal, Found]:
    """Steps 2 and 3 of wisdm.md 2.2: the API key, then its application restriction."""
    key, principal, found = identify_api_key.identify(text, request.received, keys)
    if not restriction_allows(key, request):
        raise NotAllowed
    return principal, found


def authorize(principal: Principal, scope: str) -> None:
    """Step 4 of wisdm.md 2.2: the access of the key, and its write permission."""
    if not {scope, "READ" if scope == "READ" else "WRITE"} <= principal.may:
        raise NotAllowed


def error_body(error: FleetError, status: int) -> dict[str, Any]:
    """The body of every error (wisdm.md 1.4)."""
    phrase = HTTPStatus(status).phrase
    body = {"statusCode": status, "error": phrase, "message": phrase if isinstance(error, Unauthenticated) else error.message}
    if isinstance(error, Invalid):
        return {**body, "details": [{"field": dotted(problem), "message": plain(problem)} for problem in error.details]}
    return body


def preflight(request: Request, methods: Sequence[str]) -> Answer:
    """The answer to OPTIONS, a CORS preflight."""
    allowed = ", ".join(methods)
    headers = {"Access-Control-Allow-Headers": "X-API-KEY, Content-Type", "Access-Control-Max-Age": "86400"}
    return Answer(204, headers={**headers, "Access-Control-Allow-Methods": allowed, "Allow": allowed})


API_KEY = Credential(
    "wisdm", {"type": "apiKey", "in": "header", "name": "X-API-KEY"}, lambda request: request.headers.get("x-api-key"), identify
)
api = Api(
    name="wisdm",
    credentials=(API_KEY,),
    order=INPUT_FIRST,
    authorize=authorize,
    permit=permits_by_place,
    statuses={Unauthenticated: 403, WrongMode: 406, Unreachable: 500},
    error_body=error_body,
    headers={"Access-Control-Allow-Origin": "*"},
    options=preflight,
)
