"""Things: what rows by TUID hold of a device, and the history of its installation."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal, Self

from fleet.registry.device import Device, Installation, ThingseeDevice
from fleet.values import Entity, Value

ThingKind = Literal["sensor", "gateway"]
TUID = re.compile(r"[A-Z0-9]{6,32}")
"""What a TUID is (thingsee.md 1.3)."""


class Thing(Entity):
    """A device under its TUID: derived from the device, and never changed on its own.

    `sn` is what the device plane calls a gateway; a sensor has none. `group` is the internal id of its group, `status` its
    installation status, `installed` when it was last set `installed`.
    """

    tuid: str
    kind: ThingKind
    sn: str | None = None
    group: str
    status: Installation = "new"
    installed: datetime | None = None
    deleted: bool = False

    @classmethod
    def of(cls, device: Device) -> Self:
        """What the row by TUID holds of a device that has one."""
        same = {name: getattr(device, name) for name in ("id", "organization", "version", "tuid", "kind")}
        own = dict(device.thingsee or ThingseeDevice())
        others = {"sn": device.serial_number, "group": device.shown_group, "deleted": device.deleted is not None}
        return cls.model_validate(same | own | others)


class InstallationEntry(Value):
    """One entry of a thing's installation history: which status was set, when, and by whom."""

    tuid: str
    status: Installation
    at: datetime
    responsible: str
