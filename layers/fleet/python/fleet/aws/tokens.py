"""Signed tokens that callers carry: of pages, and of clients that have signed in. Each kind has a secret of its own.

A token is base64url of a checksum of 16 bytes and its content as JSON. It can be read by whoever has it, and made only with the secret.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fleet.aws.secret import PAGING, SIGN_IN, Secret, current, end, mac
from fleet.errors import Invalid, Problem, Unauthenticated
from fleet.grants import needs

Content = Mapping[str, Any]
PAGING_LIFE = 24 * 3600
"""Seconds that a paging token is good for (wisdm.md 4.3)."""
SIGN_IN_LIFE = 15 * 60
"""Seconds that a sign-in token is good for (thingsee.md 2)."""


@needs("PagingSecret", "secretsmanager:GetSecretValue")
def make_paging_token(bound_to: str, content: Content, life: int = PAGING_LIFE) -> str:
    """An opaque token with this content, good for `life` seconds and only for what it is bound to."""
    return _make(PAGING, bound_to, content, life)


@needs("PagingSecret", "secretsmanager:GetSecretValue")
def read_paging_token(bound_to: str, token: str) -> Content:
    """The content of a token. Invalid when it is altered, too old, or bound to something else."""
    content = _read(PAGING, bound_to, token, datetime.now(UTC), PAGING_LIFE)
    if content is None:
        raise Invalid(Problem(("nextToken",), "must be the token of the previous page, and not too old"))
    return content


@needs("SignInSecret", "secretsmanager:GetSecretValue")
def make_sign_in_token(api: str, content: Content) -> str:
    """A token with which a client calls this API for SIGN_IN_LIFE seconds."""
    return _make(SIGN_IN, api, content, SIGN_IN_LIFE)


@needs("SignInSecret", "secretsmanager:GetSecretValue")
def read_sign_in_token(api: str, token: str, now: datetime) -> Content:
    """The content of a token. Unauthenticated when it is altered, too old at `now`, or one for another API."""
    content = _read(SIGN_IN, api, token, now, SIGN_IN_LIFE)
    if content is None:
        raise Unauthenticated
    return content


def _make(secret: Secret, bound_to: str, content: Content, life: int) -> str:
    body = json.dumps({"x": int(time.time()) + life, "c": content}, separators=(",", ":")).encode()
    versions = secret.versions()
    return _spelled(_checksum(versions[current(versions, time.time())], bound_to, body) + body)


def _read(secret: Secret, bound_to: str, token: str, now: datetime, life: int) -> Content | None:
    """The content of a token that is good now, else None. Of a version that is replaced, none is good for longer than its life."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    checksum, body = raw[:16], raw[16:]
    # Texts that differ in bits which base64 ignores are altered tokens too.
    versions = secret.versions()
    made_with = [each for each, text in versions.items() if hmac.compare_digest(checksum, _checksum(text, bound_to, body))]
    if not made_with or _spelled(raw) != token:
        return None
    claims = json.loads(body)
    content: Content = claims["c"]
    return content if now.timestamp() < claims["x"] <= end(versions, made_with[0], life) else None


def _checksum(text: bytes, bound_to: str, body: bytes) -> bytes:
    return mac(text, f"token:{bound_to}", body)[:16]


def _spelled(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
