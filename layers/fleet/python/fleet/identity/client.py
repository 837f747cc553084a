"""Clients of the Thingsee API."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Self

from pydantic import Field

from fleet.values import Entity


class Client(Entity):
    """A client, which may request tokens. Its id is unique across organizations. Tokens of another generation are invalid:
    the first one is random, so that no token of a deleted client is good for a later one of the same id.

    `organization_active` is a copy: False while the organization is disabled.
    """

    secret_hash: str
    generation: int = Field(default_factory=lambda: secrets.randbits(48))
    enabled: bool = True
    organization_active: bool = True
    read_only: bool = False
    created: datetime

    @property
    def in_force(self) -> bool:
        """Whether its secret and its tokens are good for anything."""
        return self.enabled and self.organization_active

    def disabled(self) -> Self:
        """The next version, disabled; its tokens stay invalid even after it is enabled again."""
        return self.next(enabled=False, generation=self.generation + 1)

    def rotated(self, secret_hash: str) -> Self:
        """The next version, with another secret."""
        return self.next(secret_hash=secret_hash, generation=self.generation + 1)
