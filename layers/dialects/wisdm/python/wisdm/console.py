"""The console's part of the WisDM API: people with a session manage what keys there are (contract, 10).

It answers as the rest does, but for its credential: a session's token as a bearer, and 401 without a good one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from edge.answer import Answer
from edge.request import Call, Request
from fleet.access import Principal, Reach
from fleet.aws.reads import Found
from fleet.aws.table import Key
from fleet.errors import FleetError, NotAllowed, Unauthenticated
from fleet.grants import uses
from fleet.identity import sign_in
from fleet.identity.sign_in import SignedIn
from wisdm import dialect

PUBLIC = "PUBLIC"
"""The scope of a route that asks for no credential."""


@uses(sign_in.identify)
def authenticate(request: Request, companions: Sequence[Key]) -> tuple[Principal, Found]:
    """The session behind the bearer's token. An API key in its place is not allowed here."""
    given = request.headers.get("authorization")
    if given is None and "x-api-key" in request.headers:
        raise NotAllowed
    scheme, _, token = (given or "").partition(" ")
    return sign_in.identify(token.strip() if scheme.lower() == "bearer" else "", request.received, companions)


def authorize(principal: Principal, scope: str) -> None:
    """Whether somebody who is signed in may do this."""
    if scope not in principal.may:
        raise NotAllowed


def permit(principal: Principal, loaded: Any) -> None:
    """No session is limited to locations."""


def on_error(error: FleetError) -> Answer:
    """The error body of the API; a session that is missing or no good is told with 401 here."""
    if not isinstance(error, Unauthenticated):
        return dialect.on_error(error)
    return dialect.told(401, "Unauthorized").with_headers({"WWW-Authenticate": "Bearer"})


def admit(request: Request, companions: Sequence[Key]) -> tuple[Principal, Found]:
    """Anybody: for the route that opens a session."""
    return Principal("anybody", "", Reach.of(), frozenset({PUBLIC})), {}


def signed_in(call: Call) -> SignedIn:
    """The caller of a route of the console."""
    if not isinstance(call.principal, SignedIn):
        raise NotAllowed
    return call.principal


api = replace(
    dialect.api,
    authenticate=authenticate,
    authorize=authorize,
    permit=permit,
    on_error=on_error,
    security={"session": {"type": "http", "scheme": "bearer"}},
    headers={**dialect.api.headers, "Cache-Control": "no-store"},
)
entrance = replace(api, authenticate=admit, security={})
"""The same for those who have no session yet."""
