"""Alerts: a condition of one device with a start and an end."""

from __future__ import annotations

from typing import Literal

from fleet.values import Value

Type = Literal["disconnected", "silent"]
LOST: Type = "disconnected"
MISSED: Type = "silent"
SILENCE: dict[str, tuple[Type, int]] = {"gateway": (LOST, 6 * 3600), "sensor": (MISSED, 2 * 3600)}
"""What it means when nothing is heard of a thing, by its kind, and after how many seconds (thingsee.md 7)."""


class Alert(Value):
    """One alert of a device. Times are Unix seconds: a start of 0 says that it was never heard before, no end that it is active.

    `name` is what lists call the device, `number` counts its alerts of this type.
    """

    organization: str
    device: str
    name: str
    type: Type
    number: int
    start: float
    end: float | None = None


class Watch(Value):
    """How a device stands with regard to one type of alert.

    `told` is the time of the newest event that told of it (an older one tells nothing), `start` that of the alert
    that is active, `opened` counts the alerts so far, `due` is when to look whether the device is silent. All Unix seconds.
    """

    told: float | None = None
    start: float | None = None
    opened: int = 0
    due: int | None = None

    @property
    def active(self) -> bool:
        return self.start is not None

    def older_than(self, ts: float) -> bool:
        return self.told is None or ts > self.told
