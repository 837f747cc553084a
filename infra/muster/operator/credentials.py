"""The credentials that are stored, by the version of the secret that their hashes were made with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from fleet.aws.items import Items
from fleet.aws.table import Item
from fleet.identity import api_keys, sessions
from fleet.identity import clients as thingsee_clients
from fleet.identity.api_key import ApiKey
from fleet.identity.client import Client
from fleet.identity.session import Session
from fleet.tokens import access_tokens
from fleet.tokens.access_token import AccessToken
from muster.operator.scan import beginning_with

_KEYS, _CLIENTS, _SESSIONS = Items(ApiKey, "API key"), Items(Client, "Client"), Items(Session, "User")
_TOKENS = Items(AccessToken, "Access token")
_KEY_PK, _CLIENT_PK, _SESSION_SK = api_keys.key("")[0], thingsee_clients.key("")[0], sessions.key("", "")[1]
_TOKEN_PK = access_tokens.key("")[0]


@dataclass(frozen=True)
class Credential:
    """A credential that is good, or would be once it is enabled: its kind and id, and the id of its organization, or of its user."""

    kind: Literal["access-token", "api-key", "thingsee-client", "session"]
    id: str
    of: str
    expires: str | None = None
    """None: it does not."""


def made_before(version: int) -> Sequence[Credential]:
    """Those that were made with a version before this one and are not over, by kind, owner and id. A session's id is when it began."""
    now = datetime.now(UTC)
    found = [_credential(item) for item in beginning_with([_KEY_PK, _CLIENT_PK, _TOKEN_PK], [_SESSION_SK])]
    ends = [each for hash, expires, each in found if int(hash.partition(".")[0]) < version and (expires is None or now < expires)]
    return sorted(ends, key=lambda each: (each.kind, each.of, each.id))


def _credential(item: Item) -> tuple[str, datetime | None, Credential]:
    """The hash of a credential, when it ends, and the credential."""
    if item["pk"]["S"].startswith(_KEY_PK):
        key = _KEYS.parse(item)
        return key.secret_hash, key.expires, Credential("api-key", key.id, key.organization, _spelled(key.expires))
    if item["pk"]["S"].startswith(_CLIENT_PK):
        client = _CLIENTS.parse(item)
        return client.secret_hash, None, Credential("thingsee-client", client.id, client.organization)
    if item["pk"]["S"].startswith(_TOKEN_PK):
        token = _TOKENS.parse(item)
        spelled = _spelled(token.expires) if token.expires else None
        return token.secret_hash, token.expires, Credential("access-token", token.id, token.organization, spelled)
    session = _SESSIONS.parse(item)
    return session.hash, session.expires, Credential("session", _spelled(session.created), session.user, _spelled(session.expires))


def _spelled(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
