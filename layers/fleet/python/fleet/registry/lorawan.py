"""How the gateways of a location work: how they find their LoRaWAN server, and on which frequencies they listen (wisdm.md 3.4)."""

from __future__ import annotations

from typing import Literal

from fleet.values import Value

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


class Lorawan(Value):
    """How the gateways of a location work. `sealed` holds the credentials that they share, under the organization's data key."""

    work_mode: str
    critical_updates: bool = False
    server: Server | None = None
    frequency: Frequency | None = None
    channels: int = 8
    sealed: str | None = None
