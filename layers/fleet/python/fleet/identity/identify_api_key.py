"""API keys: their text, and the key that a text identifies."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import datetime

from fleet.access import Reach
from fleet.aws.hashes import is_hash_of
from fleet.aws.reads import Found, fetch_with
from fleet.aws.table import Key
from fleet.errors import Unauthenticated
from fleet.grants import uses
from fleet.identity.api_key import ApiKey
from fleet.identity.api_keys import ApiKeys

_TEXT = re.compile(r"wdk_([A-Za-z0-9]{12})_([A-Za-z0-9_-]{43})")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def new_text() -> tuple[str, str, str]:
    """A fresh key: its public id, its secret, and the text that holds both (wisdm.md 10.2)."""
    id, secret = "".join(secrets.choice(_ALPHABET) for _ in range(12)), secrets.token_urlsafe(32)
    return id, secret, f"wdk_{id}_{secret}"


@uses(is_hash_of, ApiKeys.by_public_id)
def identify(text: str, now: datetime, companions: Sequence[Key]) -> tuple[ApiKey, Found]:
    """The key that a text is, and the items of the companion keys, read in the same request.

    Unauthenticated when the text is no key, or one that is unknown, disabled, of a disabled organization, expired or deleted.
    """
    parts = _TEXT.fullmatch(text)
    if parts is None:
        raise Unauthenticated
    key, found = fetch_with(Reach.of(), ApiKeys.by_public_id(parts[1]), companions)
    if key is None or not is_hash_of(key.secret_hash, parts[2]) or not key.in_force(now):
        raise Unauthenticated
    return key, found
