"""The console's part of the WisDM API: signed-in users manage API keys (wisdm.md 10).

It differs from the rest by its credential: the token of a session as a bearer token, and 401 where that is missing or invalid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge.dialect import Credential, has_scope, permits_all
from edge.request import Call, Request
from edge.scopes import Scopes
from fleet.access import Principal
from fleet.aws.reads import Found
from fleet.aws.table import Key
from fleet.errors import NotAllowed, Unauthenticated
from fleet.grants import uses
from fleet.identity import sign_in
from fleet.identity.sign_in import SignedIn
from fleet.identity.user import User
from fleet.ids import from_uuid
from wisdm import dialect

SIGNED_IN, ADMINISTRATOR = "SIGNED_IN", "ADMINISTRATOR"
"""The scopes of a session: to end it; to manage the organization that the request names."""


@dataclass(frozen=True, kw_only=True)
class Caller(Principal):
    """A signed-in user as a principal."""

    signed_in: SignedIn


def find_token(request: Request) -> str | None:
    """The token of a session. NotAllowed: an API key in its place."""
    if "authorization" not in request.headers and "x-api-key" in request.headers:
        raise NotAllowed
    return request.bearer


@uses(sign_in.identify)
def identify(text: str, request: Request, keys: Sequence[Key]) -> tuple[Principal, Found]:
    """The signed-in user whose token it is, with the scopes that they have for this request."""
    who, found = sign_in.identify(text, request.received, keys)
    manages = manages_organization(who.user, from_uuid(request.values.get("organizationId", "")))
    may = frozenset({SIGNED_IN, ADMINISTRATOR} if manages else {SIGNED_IN})
    return Caller("session", who.user.id, who.reach, may, signed_in=who), found


def manages_organization(user: User, organization: str | None) -> bool:
    """Whether a user is an administrator for a request that names this organization.

    Whoever is in it must be a manager there. About one that they are not in, the managers of any other learn that it is not found.
    """
    known = [each for each in user.in_force if each.organization == organization] or user.in_force
    return user.superuser or any(each.manager for each in known)


def caller(call: Call) -> SignedIn:
    """The signed-in user who calls; NotAllowed for any other principal."""
    if not isinstance(call.principal, Caller):
        raise NotAllowed
    return call.principal.signed_in


api = replace(
    dialect.api,
    credentials=(Credential("session", {"type": "http", "scheme": "bearer"}, find_token, identify),),
    scopes=Scopes(names=(SIGNED_IN, ADMINISTRATOR), written_in=("wisdm/console.py",)),
    authorize=has_scope,
    permit=permits_all,
    statuses={**dialect.api.statuses, Unauthenticated: 401},
    headers={**dialect.api.headers, "Cache-Control": "no-store"},
)
