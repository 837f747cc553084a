"""The console's part of the WisDM API: signed-in users manage API keys (wisdm.md 10).

It differs from the rest by its credential: the token of a session as a bearer token, and 401 where that is missing or invalid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edge.dialect import Credential, has_scope, permits_all
from edge.request import Call, Request
from fleet.access import Principal
from fleet.aws.reads import Found
from fleet.aws.table import Key
from fleet.errors import NotAllowed, Unauthenticated
from fleet.grants import uses
from fleet.identity import sign_in
from fleet.identity.sign_in import SignedIn
from wisdm import dialect


def find_token(request: Request) -> str | None:
    """The token of a session. NotAllowed: an API key in its place."""
    if "authorization" not in request.headers and "x-api-key" in request.headers:
        raise NotAllowed
    return request.bearer


@uses(sign_in.identify)
def identify(text: str, request: Request, keys: Sequence[Key]) -> tuple[Principal, Found]:
    """The signed-in user whose token it is, as a principal."""
    return sign_in.identify(text, request.received, keys)


def caller(call: Call) -> SignedIn:
    """The signed-in user who calls; NotAllowed for any other principal."""
    if not isinstance(call.principal, SignedIn):
        raise NotAllowed
    return call.principal


api = replace(
    dialect.api,
    credentials=(Credential("session", {"type": "http", "scheme": "bearer"}, find_token, identify),),
    authorize=has_scope,
    permit=permits_all,
    statuses={**dialect.api.statuses, Unauthenticated: 401},
    headers={**dialect.api.headers, "Cache-Control": "no-store"},
)
