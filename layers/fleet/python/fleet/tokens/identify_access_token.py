"""Access tokens: their text, and the token that a text identifies."""

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
from fleet.ids import new_id
from fleet.tokens.access_token import AccessToken
from fleet.tokens.access_tokens import AccessTokens

_TEXT = re.compile(r"([0-9a-f]{24})\.([A-Za-z0-9_-]{43})")


def new_text() -> tuple[str, str, str]:
    """A fresh token: its id, its secret, and the text that holds both."""
    id, secret = new_id(), secrets.token_urlsafe(32)
    return id, secret, f"{id}.{secret}"


@uses(is_hash_of, AccessTokens.by_id)
def identify(text: str, now: datetime, companions: Sequence[Key]) -> tuple[AccessToken, Found]:
    """The token that a text is, and the items of the companion keys, all read in one request.

    Unauthenticated when the text is no token, or one that is unknown, revoked, expired, or of a disabled organization. That the device
    of a device's token is still there is not judged here, since only the token says which device that is: it is read afterwards, by
    whoever reads devices.
    """
    parts = _TEXT.fullmatch(text)
    if parts is None:
        raise Unauthenticated
    token, found = fetch_with(Reach.of(), AccessTokens.by_id(parts[1]), companions)
    if token is None or not is_hash_of(token.secret_hash, parts[2]) or not token.in_force(now):
        raise Unauthenticated
    return token, found
