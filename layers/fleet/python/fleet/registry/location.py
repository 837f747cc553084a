"""A place that devices are in, and how its gateways find their LoRaWAN server."""

from __future__ import annotations

from typing import Literal

from fleet.tenancy.organization import Address
from fleet.values import Entity, Value

Authentication = Literal["none", "server", "client_certificate", "client_token"]


class Server(Value):
    """A Basics Station server. `individual` says that each gateway brings credentials of its own."""

    type: Literal["CUPS-BOOT", "CUPS", "LNS"]
    url: str
    port: int
    authentication: Authentication
    trust: str | None = None
    individual: bool = False


class Frequency(Value):
    """A frequency plan."""

    region: str
    variation: str
    public: bool
    sub_band: str


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
