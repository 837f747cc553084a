"""Secrets at rest: AES-GCM under the organization's data key, which KMS wrapped.

An encrypted secret is base64 of version (1 byte), nonce (12) and ciphertext with tag. The associated data names the item
that holds it, so that a secret that is copied elsewhere cannot be decrypted.
"""

from __future__ import annotations

import base64
import os
import time

from fleet.access import SHARED, Reach
from fleet.aws import clients
from fleet.aws.reads import fetch
from fleet.errors import NotFound, Unexpected
from fleet.grants import imports, needs, uses
from fleet.tenancy.organizations import Organizations

CACHED = 300
"""Seconds that an unwrapped data key is cached in memory."""
_VERSION = b"\x01"
_keys: dict[str, tuple[float, bytes]] = {}


def forget() -> None:
    """Drop the cached data keys: for tests and tools."""
    _keys.clear()


@needs("FleetKey", "kms:GenerateDataKey")
def new_data_key(organization: str) -> str:
    """A fresh data key for an organization, wrapped by KMS, as base64."""
    generated = clients.kms().generate_data_key(
        KeyId=clients.setting("FLEET_KEY"), KeySpec="AES_256", EncryptionContext={"organization": organization}
    )
    return base64.b64encode(generated["CiphertextBlob"]).decode()


class NoSharedOrganization(Unexpected):
    """There is no shared organization, whose data key this needs: make an organization with `muster organization create`"""


def _data_key(reach: Reach, organization: str) -> bytes:
    cached = _keys.get(organization)
    if cached is None or cached[0] < time.monotonic():
        plain = clients.kms().decrypt(
            KeyId=clients.setting("FLEET_KEY"),
            CiphertextBlob=base64.b64decode(_wrapped(reach, organization)),
            EncryptionContext={"organization": organization},
        )["Plaintext"]
        cached = _keys[organization] = (time.monotonic() + CACHED, plain)
    return cached[1]


def _wrapped(reach: Reach, organization: str) -> str:
    found = fetch(reach, Organizations.by_id(organization).optional())
    if found is None:
        raise NoSharedOrganization if organization == SHARED else NotFound("Organization")
    return found.data_key


@imports("cryptography")
@needs("FleetKey", "kms:Decrypt")
@uses(Organizations.by_id)
def encrypt_at_rest(reach: Reach, organization: str, where: str, secret: bytes) -> str:
    """The secret encrypted, to be stored in the item named `where`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    reach.demand_change(organization, "Organization")
    nonce = os.urandom(12)
    ciphertext = AESGCM(_data_key(reach, organization)).encrypt(nonce, secret, where.encode())
    return base64.b64encode(_VERSION + nonce + ciphertext).decode()


@imports("cryptography")
@needs("FleetKey", "kms:Decrypt")
@uses(Organizations.by_id)
def decrypt_at_rest(reach: Reach, organization: str, where: str, sealed: str) -> bytes:
    """The secret that was encrypted for the item named `where`; cryptography's InvalidTag when it was not."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    reach.demand(organization, "Organization")
    key = AESGCM(_data_key(reach, organization))
    raw = base64.b64decode(sealed)
    return key.decrypt(raw[1:13], raw[13:], where.encode())
