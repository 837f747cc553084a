"""API keys."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Literal

from fleet.model.base import Entity

Restriction = Literal["NONE", "HTTP_REFERRERS", "IP_ADDRESSES"]


class ApiKey(Entity):
    """A key of an organization: what it may do, from where, in which locations, until when.

    `id` is the public part of the key's text; of its secret part only a keyed hash is kept. `locations` None is
    all, an empty tuple none. `api_access` is False while the organization's plan comes without the API.
    """

    name: str
    secret_hash: str
    access: Literal["READ_ONLY", "READ_WRITE"]
    permissions: tuple[str, ...] = ()
    restriction: Restriction = "NONE"
    referrers: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    locations: tuple[str, ...] | None = None
    lifespan_days: int
    enabled: bool = True
    api_access: bool = True
    created: datetime
    expires: datetime
    updated: datetime

    def opens(self, secret_hash: str, now: datetime) -> bool:
        """Whether this text's hash is the key's, and the key is in force."""
        same = hmac.compare_digest(self.secret_hash, secret_hash)
        return same and self.enabled and self.api_access and now < self.expires
