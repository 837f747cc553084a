"""Access tokens: what a text permits in an organization, in the scopes of the API that it is for."""

from __future__ import annotations

from datetime import datetime

from fleet.values import Entity

MOST_DEVICES = 100
"""Devices that the token of a device may see besides that device."""
LONGEST_NAME = 255
LONGEST_EMAIL = 1024


class AccessToken(Entity):
    """A token of an organization. Its id is the public part of its text; of the secret part only a keyed hash is stored.

    `scopes` are in the words of the API that judges them. `device` is the device whose token it is, and `devices` are others that
    it may see. `expires` None: it does not. `by` is who made it, as in the audit log. A token that is revoked is deleted: the audit log
    keeps that it was there. `organization_active` is a copy: False while the organization is disabled.
    """

    name: str
    secret_hash: str
    scopes: tuple[str, ...]
    owner_email: str | None = None
    device: str | None = None
    devices: tuple[str, ...] = ()
    organization_active: bool = True
    created: datetime
    expires: datetime | None = None
    by: str

    def in_force(self, now: datetime) -> bool:
        """Whether its text is good for anything."""
        return self.organization_active and not self.expired(now)

    def expired(self, now: datetime) -> bool:
        return self.expires is not None and now >= self.expires

    @property
    def visible(self) -> frozenset[str] | None:
        """The ids of the devices that it may see and command; None: all of the organization."""
        return None if self.device is None else frozenset((self.device, *self.devices))
