"""Issues tokens to clients of the Thingsee API for their id and secret; who guesses has to wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from fleet.access import Reach
from fleet.aws.hashes import attempt_hash, is_hash_of
from fleet.aws.reads import both, fetch
from fleet.aws.writes import Write
from fleet.errors import Unauthenticated
from fleet.grants import uses
from fleet.identity.client import Client
from fleet.identity.clients import Clients
from fleet.identity.count_attempts import Counter, from_address, settle
from fleet.identity.identify_client import token_of
from fleet.identity.throttle import ThrottleRule
from fleet.identity.throttles import proving
from fleet.tenancy.audit import Audit
from fleet.tenancy.audit_entry import STRANGER, Action, AuditEntry

RULE = ThrottleRule(10, timedelta(minutes=5), familiar=20)
"""Ten failures in five minutes, for the client id or from an address, then a wait (thingsee.md 2)."""
_NOBODY = "0." + "0" * 64
"""What the secret of an unknown client is compared with, so that it takes as long."""


@uses(is_hash_of)
def _opens(client: Client | None, secret: str) -> bool:
    same = is_hash_of(client.secret_hash if client else _NOBODY, secret)
    return same and client is not None and client.in_force


@uses(Audit.attempt_writes)
def _log_writes(client: Client, good: bool, source: str, now: datetime) -> list[Write]:
    """The writes that note an attempt to get a token, in the audit log of the client's organization, with the address that it came from."""
    action: Action = "client.token_issued" if good else "client.token_refused"
    actor = client.id if good else STRANGER
    entry = AuditEntry(organization=client.organization, at=now, actor=actor, action=action, client=client.id, source=source)
    return Audit.attempt_writes(Reach.of(client.organization), entry)


@uses(_opens, attempt_hash, token_of, Clients.by_id, from_address, settle, _log_writes)
def create(id: str, secret: str, source: str, now: datetime) -> str:
    """A token for the client of this id, if the secret is its own.

    Unauthenticated for an unknown client, a disabled one and a wrong secret alike; TooMany after too many failures for the id or from
    the source address, or where the client came from that address before, from there for it. A client that nobody has costs the same
    requests. What is counted is in the organization's audit log: each failure, and of an address one success a day.
    """
    own = Counter(proving(attempt_hash(f"client:{id}")), RULE)
    client, attempt = fetch(Reach.of(), both(Clients.by_id(id), from_address(own, "thingsee", RULE, source, now)))
    attempt.wait()
    if not _opens(client, secret):
        settle(attempt, False, _log_writes(client, False, source, now) if client else [])
        raise Unauthenticated
    assert client is not None
    if not attempt.just_seen:
        settle(attempt, True, _log_writes(client, True, source, now))
    return token_of(client)
