"""The WEGnology Devices API: a bearer token with scopes, the application before the input, errors with a type and a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edge.answer import JSON, Answer
from edge.api import Api
from edge.body import Bodies, last_wins_json
from edge.dialect import Credential
from edge.errors import NoSuchMethod, TooLarge
from edge.order import OBJECT_FIRST
from edge.query import brackets
from edge.request import Call, Request
from edge.route import MOST_BODY
from edge.scopes import Scopes
from edge.words import dotted, plain
from fleet.access import Principal, Reach
from fleet.aws.reads import Found
from fleet.aws.table import Key
from fleet.errors import FleetError, Invalid, NotAllowed, NotFound, Unauthenticated
from fleet.grants import uses
from fleet.registry.device import Device
from fleet.tenancy.organizations import Disabled
from fleet.tokens import identify_access_token, scopes
from wegnology.shapes.paths import APPLICATION

_TYPES: Mapping[int, str] = {
    400: "Validation",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    413: "RequestEntityTooLarge",
    429: "TooManyRequests",
}
"""The type of an error by its status; that of all others is InternalServerError (wegnology.md 2.3)."""
CROSS_ORIGIN = {
    "Access-Control-Allow-Headers": "Accept, Accept-Version, Authorization, Content-Type, losantdomain",
    "Access-Control-Allow-Methods": "GET, POST, PATCH, OPTIONS",
    "Access-Control-Max-Age": "86400",
}
"""The headers of the answer to OPTIONS beside those of every answer (wegnology.md 1.3)."""

ACTIONS = Scopes(
    names=scopes.ACCEPTED.keys(),
    written_in=("fleet/tokens/scopes.py",),
    usual={"DELETE": "delete", "GET": "get", "PATCH": "patch", "POST": "post", "PUT": "patch"},
)
"""The scopes of routes, which are the names of actions (wegnology.md 2.2)."""


@uses(identify_access_token.identify)
def identify(text: str, request: Request, keys: Sequence[Key]) -> tuple[Principal, Found]:
    """The token as a principal: its scopes are what it may do, the token of a device sees some devices only.

    The token of a device may do nothing else than such tokens may, whatever it was given: the other actions are about all devices.
    """
    token, found = identify_access_token.identify(text, request.received, keys)
    may = frozenset(token.scopes) if token.device is None else scopes.DEVICE_SCOPES & frozenset(token.scopes)
    return Principal("token", token.id, Reach.of(token.organization), may, devices=token.visible, email=token.owner_email), found


def authorize(principal: Principal, scope: str) -> None:
    """Hold the scopes of the token against those that the action accepts (wegnology.md 2.2); a route's scope is the action's name."""
    if not scopes.allows(scope, principal.may):
        raise NotAllowed


def demand_visible(call: Call, thing: Any) -> None:
    """A device that the token of another device must not see is not found (wegnology.md 2.1)."""
    visible = call.principal.devices
    if visible is not None and isinstance(thing, Device) and thing.id not in visible:
        raise NotFound("Device")


def error_body(error: FleetError, status: int) -> dict[str, Any]:
    """The body of every error (wegnology.md 2.3)."""
    return {"type": _TYPES.get(status, "InternalServerError"), "message": _message(error)}


def _message(error: FleetError) -> str:
    match error:
        case NoSuchMethod():
            return f"{error.method} is not allowed"
        case NotFound(kind="Resource" | "Organization"):
            return f"{APPLICATION} was not found"
        case NotFound():
            return f"{error.kind} was not found"
        case Unauthenticated():
            return f"{error.message}: Authorization: Bearer <token>"
        case Invalid(details=problems) if problems:
            return "; ".join(f"{dotted(each) or 'body'} {plain(each)}" for each in problems)
        case _:
            return error.message


def preflight(request: Request, methods: Sequence[str]) -> Answer:
    """The answer to OPTIONS on every path, also on those that there are not: browsers ask before they say who calls."""
    return Answer(204, headers=CROSS_ORIGIN)


TOKEN = Credential("wegnology", {"type": "http", "scheme": "bearer"}, lambda request: request.bearer, identify)
api = Api(
    name="wegnology",
    credentials=(TOKEN,),
    order=OBJECT_FIRST,
    scopes=ACTIONS,
    authorize=authorize,
    permit=demand_visible,
    statuses={Disabled: 401, TooLarge: 413},
    error_body=error_body,
    read_body=Bodies({JSON: last_wins_json}, empty_is_object=True, otherwise="ignored"),
    read_query=brackets,
    max_body=MOST_BODY,
    shows="set",
    headers={"Access-Control-Allow-Origin": "*"},
    options=preflight,
    page_size="perPage",
    unknown_path=NoSuchMethod,
    empty_value=NotFound,
)
