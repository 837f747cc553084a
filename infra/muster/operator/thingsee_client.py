"""Clients of the Thingsee API: making one, letting it in or not, and giving it another secret."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from fleet.access import EVERYWHERE
from fleet.aws.hashes import credential_hash
from fleet.aws.reads import fetch
from fleet.aws.writes import Refused, transact
from fleet.errors import Conflict, FleetError, Problem, Stale
from fleet.identity.client import Client
from fleet.identity.clients import Clients
from muster.operator import organization, rules

_ID = re.compile(r"[!-~]{1,256}")
_TRIES = 4


class NoClient(FleetError):
    """There is no client of this id: make one with `muster thingsee-client create`"""


@dataclass(frozen=True)
class Made:
    """A client as it is now. Its secret is there only when it was made just now: nobody can read it again."""

    client_id: str
    organization: str
    enabled: bool
    read_only: bool
    client_secret: str | None = None


def create(called: str, id: str, read_only: bool = False) -> Made:
    """Make a client. Invalid: the id breaks a rule; NoOrganization; Conflict: the id is taken, maybe by another organization's."""
    fits = _ID.fullmatch(id)
    rules.demand(None if fits else Problem(("client-id",), "must have 1 to 256 letters, digits and signs of ASCII, without blanks"))
    owner, secret = organization.find(called), _new_secret()
    now = datetime.now(UTC).replace(microsecond=0)
    made = Client(id=id, organization=owner.id, secret_hash=credential_hash(secret), read_only=read_only, created=now)
    try:
        transact([Clients.storing(EVERYWHERE, made)])
    except Refused:
        raise Conflict(f"A client {id} exists: choose another id") from None
    return _told(made, secret)


def disable(id: str) -> Made:
    """Let a client in no more; its tokens are dead at once, and stay so."""
    return _told(_change(id, lambda client: client.disabled() if client.enabled else client))


def enable(id: str) -> Made:
    """Let a client in again."""
    return _told(_change(id, lambda client: client if client.enabled else client.next(enabled=True)))


def rotate(id: str) -> Made:
    """Give a client another secret; the old one and all tokens are dead at once."""
    secret = _new_secret()
    return _told(_change(id, lambda client: client.rotated(credential_hash(secret))), secret)


def _change(id: str, changed: Callable[[Client], Client]) -> Client:
    """Keep what a client is changed to; asked again when it was changed meanwhile."""
    for _ in range(_TRIES):
        client = fetch(EVERYWHERE, Clients.by_id(id))
        if client is None:
            raise NoClient
        after = changed(client)
        if after == client:
            return client
        try:
            transact([Clients.storing(EVERYWHERE, after)])
        except Refused:
            continue
        return after
    raise Stale


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


def _told(client: Client, secret: str | None = None) -> Made:
    return Made(client.id, client.organization, client.enabled, client.read_only, secret)
