"""Keyed hashes: of credentials, and of tokens that callers carry.

Both keys are derived from one secret that Secrets Manager made; it is read once a container.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fleet.aws import clients
from fleet.errors import Invalid, Problem
from fleet.grants import needs, uses

TOKEN_LIFE = 24 * 3600
"""Seconds that a paging token is good for (wisdm.md 4.3)."""


@functools.cache
def _root() -> bytes:
    secret = clients.secretsmanager().get_secret_value(SecretId=clients.setting("ACCESS_SECRET"))["SecretString"]
    return secret.encode()


def forget() -> None:
    """Drop the secret that was read: for tests and tools that change it."""
    _root.cache_clear()


def _mac(purpose: str, message: bytes) -> bytes:
    key = hmac.digest(_root(), purpose.encode(), hashlib.sha256)
    return hmac.digest(key, message, hashlib.sha256)


@needs("AccessSecret", "secretsmanager:GetSecretValue")
def credential_hash(secret: str) -> str:
    """The keyed hash of a credential, in hex: all that is stored of it."""
    return _mac("credential", secret.encode()).hex()


@needs("AccessSecret", "secretsmanager:GetSecretValue")
def make_token(bound_to: str, content: Mapping[str, Any], life: int = TOKEN_LIFE) -> str:
    """An opaque token with this content, good for `life` seconds and only for what it is bound to."""
    body = json.dumps({"x": int(time.time()) + life, "c": content}, separators=(",", ":")).encode()
    return _spelled(_mac(f"token:{bound_to}", body)[:16] + body)


def _spelled(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@uses(credential_hash)
def read_token(bound_to: str, token: str, field: str = "nextToken", now: datetime | None = None) -> dict[str, Any]:
    """The content of a token. Invalid names `field` when it is altered, too old at `now` (by default at this moment), or
    bound to something else.
    """
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    mac, body = raw[:16], raw[16:]
    # Texts that differ in bits which base64 ignores are altered tokens too.
    if hmac.compare_digest(mac, _mac(f"token:{bound_to}", body)[:16]) and _spelled(raw) == token:
        claims = json.loads(body)
        if (now or datetime.now(UTC)).timestamp() < claims["x"]:
            content: dict[str, Any] = claims["c"]
            return content
    raise Invalid(Problem((field,), "must be the token of the previous page, and not too old"))
