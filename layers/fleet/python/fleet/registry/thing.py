"""Things: sensors and gateways under their TUID, and the history of their installation."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal, Self

from fleet.values import Entity, Value

ThingKind = Literal["sensor", "gateway"]
Installation = Literal["new", "installed", "uninstalled", "quarantine", "retired"]
TUID = re.compile(r"[A-Z0-9]{6,32}")
"""What a TUID is (thingsee.md 1.3)."""


class Thing(Entity):
    """A device under its TUID. `sn` is what the device plane calls a gateway; a sensor has none.

    `group` is the internal id of its group, `status` its installation status, `installed` when it was last set `installed`.
    """

    tuid: str
    kind: ThingKind
    sn: str | None = None
    group: str
    status: Installation = "new"
    installed: datetime | None = None

    def installing(self, status: Installation, now: datetime) -> Self:
        """The next version, with this installation status."""
        return self.next(status=status, installed=now if status == "installed" else self.installed)


class InstallationEntry(Value):
    """One entry of a thing's installation history: which status was set, when, and by whom."""

    tuid: str
    status: Installation
    at: datetime
    responsible: str
