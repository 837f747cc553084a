"""Keyed hashes of credentials, and of what counts the attempts to guess one."""

from __future__ import annotations

from fleet.aws.secret import CREDENTIALS
from fleet.grants import needs


@needs("CredentialSecret", "secretsmanager:GetSecretValue")
def credential_hash(secret: str) -> str:
    """The keyed hash of a credential, in hex: all that is stored of it."""
    return CREDENTIALS.mac("credential", secret.encode()).hex()
