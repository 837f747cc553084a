"""API keys: their text, the key that a text identifies, and that it is used."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import datetime

from fleet.access import Reach
from fleet.aws.hashes import is_hash_of
from fleet.aws.reads import Found, both, fetch_with
from fleet.aws.table import Key
from fleet.aws.writes import write_in_passing
from fleet.errors import Unauthenticated
from fleet.grants import uses
from fleet.identity.api_key import ApiKey
from fleet.identity.api_keys import ApiKeys, LastUses, hour_of

_TEXT = re.compile(r"wdk_([A-Za-z0-9]{12})_([A-Za-z0-9_-]{43})")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def new_text() -> tuple[str, str, str]:
    """A fresh key: its public id, its secret, and the text that holds both (wisdm.md 10.2)."""
    id, secret = "".join(secrets.choice(_ALPHABET) for _ in range(12)), secrets.token_urlsafe(32)
    return id, secret, f"wdk_{id}_{secret}"


@uses(is_hash_of, ApiKeys.by_public_id, LastUses.of)
def identify(text: str, now: datetime, companions: Sequence[Key]) -> tuple[ApiKey, datetime | None, Found]:
    """The key that a text is, the hour in which it was last used, and the items of the companion keys, all read in one request.

    Unauthenticated when the text is no key, or one that is unknown, disabled, of a disabled organization, expired or deleted.
    """
    parts = _TEXT.fullmatch(text)
    if parts is None:
        raise Unauthenticated
    (key, last_used), found = fetch_with(Reach.of(), both(ApiKeys.by_public_id(parts[1]), LastUses.of(parts[1])), companions)
    if key is None or not is_hash_of(key.secret_hash, parts[2]) or not key.in_force(now):
        raise Unauthenticated
    return key, last_used, found


@uses(LastUses.use_writes)
def record_use(reach: Reach, key: ApiKey, last_used: datetime | None, now: datetime) -> str | None:
    """Record that a key is used now, once an hour. None, or the reason why it could not be: no call fails, or waits for long, for that."""
    if last_used is not None and last_used >= hour_of(now):
        return None
    (write,) = LastUses.use_writes(reach, key, now)
    return write_in_passing(write)
