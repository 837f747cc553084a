"""Issues tokens to clients of the Thingsee API for their id and secret; who guesses has to wait."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

from fleet.access import Reach
from fleet.aws.hashes import credential_hash
from fleet.aws.reads import Read, both, every, fetch
from fleet.aws.retrying import retrying
from fleet.aws.writes import transact
from fleet.errors import TooMany, Unauthenticated
from fleet.grants import uses
from fleet.identity.client import Client
from fleet.identity.clients import Clients
from fleet.identity.identify_client import token_of
from fleet.identity.sign_in import neighbourhood
from fleet.identity.throttle import Failures
from fleet.identity.throttles import Throttles

_NOBODY = "0" * 64
"""What the secret of an unknown client is compared with, so that it takes as long."""


def _demand_patience(counts: Mapping[str, Failures], now: datetime) -> None:
    """TooMany when too many attempts have failed in one of the places."""
    if seconds := max(failures.wait(now) for failures in counts.values()):
        raise TooMany("Too many failed tries: wait", retry_after=seconds)


def _counts(places: Iterable[str]) -> Read[dict[str, Failures]]:
    return every({place: Throttles.at(place) for place in places})


@uses(retrying, Throttles.store_writes)
def _count_failure(counts: Mapping[str, Failures], now: datetime) -> None:
    """Count a failure in all places at once. Of any number of guesses made at once, no more are answered than one after the other."""

    def count(counts: Mapping[str, Failures]) -> None:
        _demand_patience(counts, now)
        after = {place: failures.another(now) for place, failures in counts.items()}
        transact([write for place, failures in after.items() for write in Throttles.store_writes(Reach.of(), place, failures)])

    retrying(Reach.of(), _counts(counts), count, first=counts, busy=TooMany("Too many tries at once"))


def _opens(client: Client | None, secret_hash: str) -> bool:
    same = hmac.compare_digest(client.secret_hash if client else _NOBODY, secret_hash)
    return same and client is not None and client.enabled


@uses(credential_hash, token_of, fetch, _count_failure)
def create(id: str, secret: str, source: str, now: datetime) -> str:
    """A token for the client of this id, if the secret is its own.

    Unauthenticated for an unknown client, a disabled one and a wrong secret alike; TooMany after too many failures for
    the id or from the source address. A client that nobody has costs the same requests.
    """
    places = credential_hash(f"client:{id}"), credential_hash(f"source:{neighbourhood(source)}")
    client, counts = fetch(Reach.of(), both(Clients.by_id(id), _counts(places)))
    _demand_patience(counts, now)
    if not _opens(client, credential_hash(secret)):
        _count_failure(counts, now)
        raise Unauthenticated
    assert client is not None
    return token_of(client)
