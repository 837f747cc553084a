"""Tokens of the Thingsee API's clients: who shows id and secret gets one, and who guesses has to wait."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.hashes import credential_hash
from fleet.aws.reads import Found
from fleet.errors import TooMany, Unauthenticated
from fleet.grants import needs, uses
from fleet.identity.client import Client
from fleet.identity.clients import Clients
from fleet.identity.identify_client import token_of
from fleet.identity.sign_in import neighbourhood
from fleet.identity.throttle import Failures
from fleet.identity.throttles import Counted

_ROUNDS = 5
_NOBODY = "0" * 64
"""What the secret of an unknown client is compared with, so that it takes as long."""


def _waited(counted: Mapping[str, Failures], now: datetime) -> None:
    if seconds := max(failures.wait(now) for failures in counted.values()):
        raise TooMany("Too many failed tries: wait", retry_after=seconds)


def _counted(places: tuple[str, ...], found: Found) -> dict[str, Failures]:
    return {place: Counted.at(place).read(Reach.of(), found) for place in places}


@uses(Counted.noting)
@needs("FleetTable", "dynamodb:BatchGetItem")
def _failed(counted: Mapping[str, Failures], now: datetime) -> None:
    """Count a failure in all places at once. Of any number of guesses made at once, no more are answered than one after the other."""
    places = tuple(counted)
    for _ in range(_ROUNDS):
        _waited(counted, now)
        try:
            table.transact([Counted.noting(Reach.of(), place, failures.another(now)) for place, failures in counted.items()])
        except table.Refused:
            counted = _counted(places, table.batch_get([key for place in places for key in Counted.at(place).keys]))
        else:
            return
    raise TooMany("Too many tries at once")


def _opens(client: Client | None, secret_hash: str) -> bool:
    same = hmac.compare_digest(client.secret_hash if client else _NOBODY, secret_hash)
    return same and client is not None and client.enabled


@uses(credential_hash, token_of, _failed)
@needs("FleetTable", "dynamodb:BatchGetItem")
def create(id: str, secret: str, source: str, now: datetime) -> str:
    """A token for the client of this id, if the secret is its own.

    Unauthenticated for an unknown client, a disabled one and a wrong secret alike; TooMany after too many failures for
    the id or from the source address. A client that nobody has costs the same requests.
    """
    ask = Clients.by_id(id)
    places = credential_hash(f"client:{id}"), credential_hash(f"source:{neighbourhood(source)}")
    found = table.batch_get([*ask.keys, *(key for place in places for key in Counted.at(place).keys)])
    counted, client = _counted(places, found), ask.read(Reach.of(), found)
    _waited(counted, now)
    if not _opens(client, credential_hash(secret)):
        _failed(counted, now)
        raise Unauthenticated
    assert client is not None
    return token_of(client)
