"""The deployment's own secrets, one for each purpose, so that a function reads only what it uses.

docs/adr/0035-a-secret-for-each-purpose.md says why, what whoever steals one can do, and how they are replaced. A secret is a JSON object:
the text of each of its versions under the Unix second from which it is used; that of the first is 0.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from fleet.aws import clients

FRESH = 300
"""Seconds for which a container uses what it has read."""
LEAD = FRESH + 60
"""Seconds from the making of a version to its use: by then every container has read it, also one whose request takes long."""


def current(versions: Mapping[int, bytes], now: float) -> int:
    """The version that is used now. One made a moment ago is not yet."""
    return max((start for start in versions if start <= now), default=min(versions))


def end(versions: Mapping[int, bytes], version: int, life: float) -> float:
    """When the last of what was made with a version is over, each good for `life` seconds: never for the newest."""
    later = [start for start in versions if start > version]
    return min(later) + life + LEAD - FRESH if later else float("inf")


def mac(text: bytes, purpose: str, message: bytes) -> bytes:
    """The HMAC-SHA256 of a message, with a key that is derived from a version's text for this purpose."""
    return hmac.digest(hmac.digest(text, purpose.encode(), hashlib.sha256), message, hashlib.sha256)


class Secret:
    """A secret in Secrets Manager. `variable` is the setting that has its ARN; `read_at` the Unix second in which it was read."""

    def __init__(self, variable: str) -> None:
        self._variable = variable
        self._versions: Mapping[int, bytes] = {}
        self.read_at = 0.0

    @property
    def arn(self) -> str:
        return clients.setting(self._variable)

    def versions(self) -> Mapping[int, bytes]:
        """All versions, the newest first, as they were at most FRESH seconds ago."""
        if not self._versions or time.time() >= self.read_at + FRESH:
            self._versions, self.read_at = self.stored(), time.time()
        return self._versions

    def stored(self) -> Mapping[int, bytes]:
        """All versions as they are now, the newest first."""
        found = json.loads(clients.secretsmanager().get_secret_value(SecretId=self.arn)["SecretString"])
        return {int(start): found[start].encode() for start in sorted(found, key=int, reverse=True)}

    def forget(self) -> None:
        """Drop what was read."""
        self._versions, self.read_at = {}, 0.0


CREDENTIALS = Secret("CREDENTIAL_SECRET")
"""Behind the hashes of credentials. Whoever reads it can make hashes, and no credential: one is good only when its hash is stored."""
PAGING = Secret("PAGING_SECRET")
"""Behind the tokens of pages."""
SIGN_IN = Secret("SIGN_IN_SECRET")
"""Behind the tokens that clients sign in for. Whoever reads it can make such tokens."""
LINKS = Secret("LINK_SECRET")
"""Behind the links to files. Whoever reads it can make a link to any file whose name they know."""
ALL = (CREDENTIALS, PAGING, SIGN_IN, LINKS)


def forget() -> None:
    """Drop every secret that was read: for tests and tools that change them."""
    for each in ALL:
        each.forget()
