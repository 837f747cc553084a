"""Issues tokens to clients of the Thingsee API for their id and secret; who guesses has to wait."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.hashes import credential_hash
from fleet.aws.reads import Read, both, every, fetch
from fleet.aws.retrying import retrying
from fleet.aws.writes import transact
from fleet.errors import TooMany, Unauthenticated
from fleet.grants import uses
from fleet.identity.client import Client
from fleet.identity.clients import Clients
from fleet.identity.identify_client import token_of
from fleet.identity.throttle import Throttle, ThrottleRule, neighbourhood
from fleet.identity.throttles import Throttles, proving

RULE = ThrottleRule(10, timedelta(minutes=5))
"""Ten failures in five minutes, for the client id or from the address, then a wait (thingsee.md 2)."""
_NOBODY = "0" * 64
"""What the secret of an unknown client is compared with, so that it takes as long."""


def _demand_patience(counts: Mapping[table.Key, Throttle], now: datetime) -> None:
    """TooMany when too many attempts have failed in one of the places."""
    if seconds := max(throttle.wait(RULE, now) for throttle in counts.values()):
        raise TooMany("Too many failed tries: wait", retry_after=seconds)


def _counts(places: Iterable[table.Key]) -> Read[dict[table.Key, Throttle]]:
    return every({place: Throttles.at(place) for place in places})


@uses(retrying, Throttles.store_writes)
def _count_failure(counts: Mapping[table.Key, Throttle], now: datetime) -> None:
    """Count a failure in all places at once. Of any number of guesses made at once, no more are answered than one after the other."""

    def count(counts: Mapping[table.Key, Throttle]) -> None:
        _demand_patience(counts, now)
        after = {place: throttle.failed(RULE, now) for place, throttle in counts.items()}
        transact([write for place, throttle in after.items() for write in Throttles.store_writes(Reach.of(), RULE, place, throttle)])

    retrying(Reach.of(), _counts(counts), count, first=counts, busy=TooMany("Too many tries at once"))


def _opens(client: Client | None, secret_hash: str) -> bool:
    same = hmac.compare_digest(client.secret_hash if client else _NOBODY, secret_hash)
    return same and client is not None and client.in_force


@uses(credential_hash, token_of, fetch, _count_failure)
def create(id: str, secret: str, source: str, now: datetime) -> str:
    """A token for the client of this id, if the secret is its own.

    Unauthenticated for an unknown client, a disabled one and a wrong secret alike; TooMany after too many failures for
    the id or from the source address. A client that nobody has costs the same requests.
    """
    places = [proving(credential_hash(text)) for text in (f"client:{id}", f"source:{neighbourhood(source)}")]
    client, counts = fetch(Reach.of(), both(Clients.by_id(id), _counts(places)))
    _demand_patience(counts, now)
    if not _opens(client, credential_hash(secret)):
        _count_failure(counts, now)
        raise Unauthenticated
    assert client is not None
    return token_of(client)
