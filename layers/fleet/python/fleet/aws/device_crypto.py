"""Cryptography between the cloud and a device: Ed25519 signatures of what it sends, HPKE boxes for secrets either way.

A box is base64 of what HPKE (RFC 9180, base mode) makes with X25519, HKDF-SHA256 and AES-256-GCM: the encapsulated key (32 bytes),
then ciphertext and tag. Its `info` names what it is for. Keys travel as base64 of their 32 raw bytes. Test vectors are in
device-plane.md 6.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
from typing import TYPE_CHECKING

from fleet.aws import clients
from fleet.grants import imports, needs

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.hpke import Suite


@imports("cryptography")
def verified(signing_key: str, signature: str, message: bytes) -> bool:
    """Whether this is the signature of the message by the holder of the key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(signing_key)).verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, ValueError):
        return False
    return True


@imports("cryptography")
def encrypt_for_device(sealing_key: str, purpose: str, secret: bytes) -> str:
    """The secret in a box that only the holder of the private key can open."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    public = X25519PublicKey.from_public_bytes(base64.b64decode(sealing_key))
    return base64.b64encode(_suite().encrypt(secret, public, info=_info(purpose))).decode()


@imports("cryptography")
def decrypt(private: X25519PrivateKey, purpose: str, boxed: str) -> bytes:
    """The secret of a box; ValueError when it is not one for this key and purpose."""
    from cryptography.exceptions import InvalidTag

    try:
        return _suite().decrypt(base64.b64decode(boxed, validate=True), private, info=_info(purpose))
    except InvalidTag:
        raise ValueError("not a box for this key and purpose") from None


@functools.cache
def _suite() -> Suite:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _info(purpose: str) -> bytes:
    return b"muster/1 " + purpose.encode()


@functools.cache
def _cloud_key() -> X25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    secret = clients.secretsmanager().get_secret_value(SecretId=clients.setting("UPLINK_SECRET"))["SecretString"]
    return X25519PrivateKey.from_private_bytes(hmac.digest(secret.encode(), b"muster cloud key 1", hashlib.sha256))


def forget() -> None:
    """Drop the cloud's key that was read: for tests and tools that change it."""
    _cloud_key.cache_clear()


@imports("cryptography")
@needs("UplinkSecret", "secretsmanager:GetSecretValue")
def cloud_public_key() -> str:
    """The public key that devices encrypt secrets for, as base64; they get it when they are provisioned."""
    return base64.b64encode(_cloud_key().public_key().public_bytes_raw()).decode()


@imports("cryptography")
@needs("UplinkSecret", "secretsmanager:GetSecretValue")
def decrypt_from_device(purpose: str, boxed: str) -> bytes:
    """The secret of a box that a device made for the cloud; ValueError when it is not one."""
    return decrypt(_cloud_key(), purpose, boxed)
