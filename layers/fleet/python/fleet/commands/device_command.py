"""A command to a device in words of its application: neither the fleet nor the gateway's own system knows what it means."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fleet.access import Unplaced
from fleet.times import unix_ms
from fleet.values import Value


class DeviceCommand(Value, Unplaced):
    """A command. `id` is one request's, the same for all devices that it names; `time` is the one that the sender gave it.

    `payload` is any JSON value.
    """

    id: str
    name: str
    time: datetime
    payload: Any = None
    accepted: datetime

    @property
    def at(self) -> int:
        """Its time in Unix ms."""
        return unix_ms(self.time)
