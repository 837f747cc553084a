"""A place that devices are in, and how its gateways are to work."""

from __future__ import annotations

from fleet.registry.lorawan import Frequency, Server
from fleet.tenancy.organization import Address
from fleet.values import Entity


class Location(Entity):
    """A location. `sealed` holds the credentials that its gateways share, under the organization's data key.

    `gateways` and `batteries` count what its lists show.
    """

    name: str
    address: Address | None = None
    work_mode: str
    critical_updates: bool = False
    server: Server | None = None
    frequency: Frequency | None = None
    channels: int = 8
    sealed: str | None = None
    gateways: int = 0
    batteries: int = 0

    @property
    def place(self) -> str | None:
        return self.id
