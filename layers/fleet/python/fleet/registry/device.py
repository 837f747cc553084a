"""A thing of the fleet, as every API agrees on it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fleet.values import Entity, Value


class WisdmFields(Value):
    """What means something in the WisDM API alone. `sealed` holds the gateway's own server credentials."""

    local_suite: bool = False
    sealed: str | None = None


class Device(Entity):
    """A gateway, sensor or other device, and where it is. Its serial number and its TUID lead to its cards."""

    kind: Literal["gateway", "sensor", "device"]
    name: str
    serial_number: str | None = None
    tuid: str | None = None
    location: str | None = None
    created: datetime
    modified: datetime
    wisdm: WisdmFields | None = None
