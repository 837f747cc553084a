"""The WisDM API: API keys in a header, 403 for every refusal, the status code repeated in the body of an error."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, get_args

from edge.answer import Answer
from edge.api import Api
from edge.dialect import Credential, permits_by_place
from edge.observe import count, logger
from edge.order import INPUT_FIRST
from edge.request import Request
from edge.scopes import Scopes, by_effect
from edge.words import dotted, plain
from fleet.access import Principal, Reach
from fleet.aws.reads import Found
from fleet.aws.table import Key
from fleet.errors import FleetError, Invalid, NotAllowed, Unauthenticated, Unreachable, WrongMode
from fleet.grants import uses
from fleet.identity import identify_api_key
from fleet.identity.api_key import ApiKey
from wisdm.permissions import Permission
from wisdm.restrictions import restriction_allows

READ, WRITE = "READ", "WRITE"
"""The scopes of a key: of every one, and of one that writes, beside its permissions."""
SCOPES = Scopes((READ, WRITE, *get_args(Permission)), ("wisdm/dialect.py", "wisdm/permissions.py"), by_effect(READ, WRITE))


@uses(identify_api_key.identify, identify_api_key.record_use)
def identify(text: str, request: Request, keys: Sequence[Key]) -> tuple[Principal, Found]:
    """Steps 2 and 3 of wisdm.md 2.2: the API key, then its application restriction. A key that passes both is used, whatever follows."""
    key, last_used, found = identify_api_key.identify(text, request.received, keys)
    if not restriction_allows(key, request):
        raise NotAllowed
    principal = principal_of(key)
    if reason := identify_api_key.record_use(principal.reach, key, last_used, request.received):
        logger.warning("the use of an API key is not recorded", extra={"reason": reason, "caller": key.id})
        count("KeyUseNotRecorded")
    return principal, found


def principal_of(key: ApiKey) -> Principal:
    """What a key's holder may see and do: every key reads; one that writes has WRITE and the permissions it names."""
    may = {READ} | ({WRITE, *key.permissions} if key.access == "READ_WRITE" else set())
    locations = None if key.locations is None else frozenset(key.locations)
    return Principal("api_key", key.id, Reach.of(key.organization), frozenset(may), locations)


def authorize(principal: Principal, scope: str) -> None:
    """Step 4 of wisdm.md 2.2: the access of the key, and its write permission."""
    if not {scope, READ if scope == READ else WRITE} <= principal.may:
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
    headers = {"Access-Control-Allow-Headers": "Authorization, Content-Type, X-API-KEY", "Access-Control-Max-Age": "86400"}
    return Answer(204, headers={**headers, "Access-Control-Allow-Methods": allowed, "Allow": allowed})


API_KEY = Credential(
    "wisdm", {"type": "apiKey", "in": "header", "name": "X-API-KEY"}, lambda request: request.headers.get("x-api-key"), identify
)
api = Api(
    name="wisdm",
    credentials=(API_KEY,),
    order=INPUT_FIRST,
    scopes=SCOPES,
    authorize=authorize,
    permit=permits_by_place,
    statuses={Unauthenticated: 403, WrongMode: 406, Unreachable: 500},
    error_body=error_body,
    headers={"Access-Control-Allow-Origin": "*"},
    options=preflight,
    page_size="pageSize",
    empty_value=Invalid,
)
