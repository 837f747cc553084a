"""An order to a gateway's own system: reboot, a new password, another firmware. The newest of each kind is remembered."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fleet.values import Value

OrderKind = Literal["reboot", "password", "upgrade"]
OrderState = Literal["PENDING", "DONE", "FAILED"]
REBOOT_LIFE = 60
"""Seconds in which a reboot is to be acknowledged; a repeat in that time sends nothing new (wisdm.md 7.2)."""
PASSWORD_LIFE = 300
"""Seconds that a new password may be on its way (wisdm.md 7.3)."""


class Order(Value):
    """An order of one gateway. `version` is the firmware of an upgrade; a password is never stored."""

    id: str
    sn: str
    organization: str
    kind: OrderKind
    requested: datetime
    version: str | None = None
    state: OrderState = "PENDING"
    message: str = ""

    def awaits(self, now: datetime, seconds: float) -> bool:
        """Whether it was ordered within so many seconds and is not acknowledged yet."""
        return self.state == "PENDING" and (now - self.requested).total_seconds() < seconds
