"""The deployment's own secrets, one for each purpose, so that a function reads only what it uses.

docs/adr/0035-a-secret-for-each-purpose.md says why, and what whoever steals one can do.
"""

from __future__ import annotations

import hashlib
import hmac

from fleet.aws import clients


class Secret:
    """A secret that Secrets Manager made, read once a container. `variable` is the setting that has its ARN."""

    def __init__(self, variable: str) -> None:
        self._variable = variable
        self._text: bytes | None = None

    def mac(self, purpose: str, message: bytes) -> bytes:
        """The HMAC-SHA256 of a message, with a key that is derived for this purpose."""
        if self._text is None:
            self._text = clients.secretsmanager().get_secret_value(SecretId=clients.setting(self._variable))["SecretString"].encode()
        return hmac.digest(hmac.digest(self._text, purpose.encode(), hashlib.sha256), message, hashlib.sha256)

    def forget(self) -> None:
        """Drop what was read."""
        self._text = None


CREDENTIALS = Secret("CREDENTIAL_SECRET")
"""Behind the hashes of credentials. Whoever reads it can make hashes, and no credential: one is good only when its hash is stored."""
PAGING = Secret("PAGING_SECRET")
"""Behind the tokens of pages."""
SIGN_IN = Secret("SIGN_IN_SECRET")
"""Behind the tokens that clients sign in for. Whoever reads it can make such tokens."""
ALL = (CREDENTIALS, PAGING, SIGN_IN)


def forget() -> None:
    """Drop every secret that was read: for tests and tools that change them."""
    for each in ALL:
        each.forget()
