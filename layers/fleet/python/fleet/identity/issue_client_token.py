"""Issues tokens to clients of the Thingsee API for their id and secret; who guesses has to wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from fleet.access import Reach
from fleet.aws.hashes import attempt_hash, is_hash_of
from fleet.aws.reads import both, fetch
from fleet.errors import Unauthenticated
from fleet.grants import uses
from fleet.identity.client import Client
from fleet.identity.clients import Clients
from fleet.identity.count_attempts import Counter, from_address, settle
from fleet.identity.identify_client import token_of
from fleet.identity.throttle import ThrottleRule
from fleet.identity.throttles import proving

RULE = ThrottleRule(10, timedelta(minutes=5), familiar=20)
"""Ten failures in five minutes, for the client id or from an address, then a wait (thingsee.md 2)."""
_NOBODY = "0." + "0" * 64
"""What the secret of an unknown client is compared with, so that it takes as long."""


@uses(is_hash_of)
def _opens(client: Client | None, secret: str) -> bool:
    same = is_hash_of(client.secret_hash if client else _NOBODY, secret)
    return same and client is not None and client.in_force


@uses(_opens, attempt_hash, token_of, Clients.by_id, from_address, settle)
def create(id: str, secret: str, source: str, now: datetime) -> str:
    """A token for the client of this id, if the secret is its own.

    Unauthenticated for an unknown client, a disabled one and a wrong secret alike; TooMany after too many failures for the id or from
    the source address, or where the client came from that address before, from there for it. A client that nobody has costs the same
    requests.
    """
    own = Counter(proving(attempt_hash(f"client:{id}")), RULE)
    client, attempt = fetch(Reach.of(), both(Clients.by_id(id), from_address(own, "thingsee", RULE, source, now)))
    attempt.wait()
    if not _opens(client, secret):
        settle(attempt, False, [])
        raise Unauthenticated
    if not attempt.just_seen:
        settle(attempt, True, [])
    assert client is not None
    return token_of(client)
