"""The Thingsee API: a bearer token that is valid for fifteen minutes, results inside `data`, status 200 for every success."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from edge.api import Api
from edge.dialect import Credential, permits_all
from edge.order import INPUT_FIRST
from edge.request import Request
from edge.scopes import Scopes, by_effect
from edge.words import dotted, plain
from fleet.access import Principal, Reach
from fleet.aws.reads import Found
from fleet.aws.table import Key
from fleet.errors import FleetError, Invalid
from fleet.grants import uses
from fleet.identity import identify_client

READ, WRITE = "READ", "WRITE"
"""The scopes of a client: of every one, and of one that does not only read."""
SCOPES = Scopes(names=(READ, WRITE), written_in=("thingsee/dialect.py",), usual=by_effect(READ, WRITE))


@uses(identify_client.identify)
def identify(text: str, request: Request, keys: Sequence[Key]) -> tuple[Principal, Found]:
    """The client whose token it is, as a principal."""
    client, found = identify_client.identify(text, request.received, keys)
    may = frozenset({READ} if client.read_only else {READ, WRITE})
    return Principal("client", client.id, Reach.of(client.organization), may), found


def error_body(error: FleetError, status: int) -> dict[str, Any]:
    """The body of every error (thingsee.md 1.4). Clients ask for a new token when `statusCode` is 401, and only then."""
    problems = "; ".join(f"{dotted(each) or 'the body'} {plain(each)}" for each in (error.details if isinstance(error, Invalid) else ()))
    message = f"{error.message}: {problems}" if problems else error.message
    return {"statusCode": status, "error": HTTPStatus(status).phrase, "message": message}


NO_STORE = {"Cache-Control": "no-store"}
"""The headers of an answer that contains a token."""
api = Api(
    name="thingsee",
    credentials=(Credential("thingsee", {"type": "http", "scheme": "bearer"}, lambda request: request.bearer, identify),),
    order=INPUT_FIRST,
    scopes=SCOPES,
    permit=permits_all,
    error_body=error_body,
    max_body=128 * 1024,
    shows="nulls",
)
