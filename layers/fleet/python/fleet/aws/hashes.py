"""Keyed hashes of credentials, of what counts the attempts to guess one, and of links.

A credential's hash names the version of the secret that it was made with, so that a stored one is good until that version is retired.
"""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Mapping
from datetime import timedelta

from fleet.aws.secret import CREDENTIALS, LINKS, current, end, mac
from fleet.grants import needs


@needs("CredentialSecret", "secretsmanager:GetSecretValue")
def credential_hash(text: str) -> str:
    """The keyed hash of a credential, all that is stored of it: the version of the secret, a dot, and hex."""
    versions = CREDENTIALS.versions()
    return _hash(versions, current(versions, time.time()), text)


@needs("CredentialSecret", "secretsmanager:GetSecretValue")
def is_hash_of(stored: str, text: str) -> bool:
    """Whether a stored hash is that of this credential, and made with a version that is not retired."""
    version, _, _ = stored.partition(".")
    versions = CREDENTIALS.versions()
    made_with = int(version) if int(version) in versions else current(versions, time.time())
    return hmac.compare_digest(stored, _hash(versions, made_with, text))


@needs("CredentialSecret", "secretsmanager:GetSecretValue")
def recent_hashes(text: str, life: timedelta) -> list[str]:
    """The hashes that a credential may be stored under which is good for `life`: one, or two for as long after the secret is replaced."""
    versions, now = CREDENTIALS.versions(), time.time()
    used = [version for version in versions if version <= now < end(versions, version, life.total_seconds())]
    return [_hash(versions, version, text) for version in used]


@needs("CredentialSecret", "secretsmanager:GetSecretValue")
def attempt_hash(text: str) -> str:
    """The keyed hash of what somebody without a credential sends, in hex. It is another one after the secret is replaced."""
    versions = CREDENTIALS.versions()
    return mac(versions[current(versions, time.time())], "attempt", text.encode()).hex()


@needs("LinkSecret", "secretsmanager:GetSecretValue")
def link_hash(place: str) -> str:
    """The keyed hash that leads to a place: 43 URL-safe characters."""
    versions = LINKS.versions()
    return _link_hash(versions[current(versions, time.time())], place)


@needs("LinkSecret", "secretsmanager:GetSecretValue")
def is_link_hash(found: str, place: str, life: timedelta) -> bool:
    """Whether a hash leads to this place, made with the current version, or with an earlier one as long as links live after that."""
    versions, now = LINKS.versions(), time.time()
    good = [text for version, text in versions.items() if now < end(versions, version, life.total_seconds())]
    same = [hmac.compare_digest(found.encode(errors="replace"), _link_hash(text, place).encode()) for text in good]
    return any(same)


def _link_hash(text: bytes, place: str) -> str:
    return base64.urlsafe_b64encode(mac(text, "link", place.encode())).decode().rstrip("=")


def _hash(versions: Mapping[int, bytes], version: int, text: str) -> str:
    return f"{version}.{mac(versions[version], 'credential', text.encode()).hex()}"
