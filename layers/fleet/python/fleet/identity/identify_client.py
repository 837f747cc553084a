"""Identifies clients of the Thingsee API by their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fleet.access import Reach
from fleet.aws.reads import Found, fetch_with, owned
from fleet.aws.table import Key
from fleet.aws.tokens import make_sign_in_token, read_sign_in_token
from fleet.errors import Unauthenticated
from fleet.grants import uses
from fleet.identity.client import Client
from fleet.identity.clients import Clients

_API = "thingsee"


@uses(make_sign_in_token)
def token_of(client: Client) -> str:
    """A token of a client. It names the organization, so that what a request is about can be read together with the client."""
    claims = {"client": client.id, "generation": client.generation, "organization": client.organization}
    return make_sign_in_token(_API, claims)


@uses(read_sign_in_token, Clients.by_id)
def identify(text: str, now: datetime, companions: Sequence[Key]) -> tuple[Client, Found]:
    """The client of a token, and the items of the companion keys, read in the same request.

    Unauthenticated when the text is no token, or one that is too old, or whose client is unknown, disabled, of a disabled
    organization, or has another secret by now.
    """
    claims = read_sign_in_token(_API, text, now)
    client, found = fetch_with(Reach.of(), Clients.by_id(claims["client"]), owned(companions, claims["organization"]))
    if client is None or not client.in_force or client.generation != claims["generation"] or client.organization != claims["organization"]:
        raise Unauthenticated
    return client, found
