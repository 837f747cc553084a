"""The console's part of the WisDM API: people with a session manage what keys there are (wisdm.md 10).

It answers as the rest does, but for its credential: a session's token as a bearer, and 401 without a good one.
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


def token(request: Request) -> str | None:
    """A session's token. An API key in its place is not allowed here."""
    if "authorization" not in request.headers and "x-api-key" in request.headers:
        raise NotAllowed
    return request.bearer


@uses(sign_in.identify)
def identify(text: str, request: Request, keys: Sequence[Key]) -> tuple[Principal, Found]:
    """The session of a token."""
    return sign_in.identify(text, request.received, keys)


def signed_in(call: Call) -> SignedIn:
    """The caller of a route of the console."""
    if not isinstance(call.principal, SignedIn):
        raise NotAllowed
    return call.principal


api = replace(
    dialect.api,
    credentials=(Credential("session", {"type": "http", "scheme": "bearer"}, token, identify),),
    authorize=has_scope,
    permit=permits_all,
    statuses={**dialect.api.statuses, Unauthenticated: 401},
    headers={**dialect.api.headers, "Cache-Control": "no-store"},
)
