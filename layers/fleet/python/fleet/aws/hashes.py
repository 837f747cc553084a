"""Keyed hashes of credentials, and of what counts the attempts to guess one.

A credential's hash names the version of the secret that it was made with, so that a stored one is good until that version is retired.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from datetime import timedelta

from fleet.aws.secret import CREDENTIALS, current, end, mac
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


def _hash(versions: Mapping[int, bytes], version: int, text: str) -> str:
    return f"{version}.{mac(versions[version], 'credential', text.encode()).hex()}"
