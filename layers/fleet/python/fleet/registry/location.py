"""A place that devices are in. APIs share its name and address; what an API alone says of it is a part of its own."""

from __future__ import annotations

from fleet.registry.lorawan import Lorawan
from fleet.tenancy.organization import Address
from fleet.values import Entity


class Location(Entity):
    """A location. `wisdm` is how its gateways are to work; None: no gateway can be registered there.

    `gateways` and `batteries` count what WisDM's lists show.
    """

    name: str
    address: Address | None = None
    wisdm: Lorawan | None = None
    gateways: int = 0
    batteries: int = 0

    @property
    def place(self) -> str | None:
        return self.id
