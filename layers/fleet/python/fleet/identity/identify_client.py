"""Identifies clients of the Thingsee API by their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.aws.hashes import make_token, read_token
from fleet.aws.reads import Found, fetch_with, owned
from fleet.aws.table import Key
from fleet.errors import Invalid, Unauthenticated
from fleet.grants import uses
from fleet.identity.client import Client
from fleet.identity.clients import Clients

LIFE = 15 * 60
"""Seconds that a token is good for (thingsee.md 2)."""
_BOUND_TO = "thingsee"


@uses(make_token)
def token_of(client: Client) -> str:
    """A token of a client. It names the organization, so that what a request is about can be read together with the client."""
    claims = {"client": client.id, "generation": client.generation, "organization": client.organization}
    return make_token(_BOUND_TO, claims, LIFE)


@uses(read_token)
def _claims(text: str, now: datetime) -> dict[str, Any]:
    try:
        return read_token(_BOUND_TO, text, now=now)
    except Invalid:
        raise Unauthenticated from None


@uses(_claims, Clients.by_id)
def identify(text: str, now: datetime, companions: Sequence[Key]) -> tuple[Client, Found]:
    """The client of a token, and the items of the companion keys, read in the same request.

    Unauthenticated when the text is no token, or one that is too old, or whose client is unknown, disabled, of a disabled
    organization, or has another secret by now.
    """
    claims = _claims(text, now)
    client, found = fetch_with(Reach.of(), Clients.by_id(claims["client"]), owned(companions, claims["organization"]))
    if client is None or not client.in_force or client.generation != claims["generation"] or client.organization != claims["organization"]:
        raise Unauthenticated
    return client, found
