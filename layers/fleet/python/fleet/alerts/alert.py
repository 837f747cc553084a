"""Alerts: a condition of one device with a start and an end."""

from __future__ import annotations

from typing import Literal

from fleet.values import Value

Type = Literal["disconnected", "silent"]
LOST: Type = "disconnected"
MISSED: Type = "silent"
SILENCE: dict[str, tuple[tuple[Type, ...], int]] = {"gateway": ((LOST, MISSED), 6 * 3600), "sensor": ((MISSED,), 2 * 3600)}
"""The alerts when nothing is received from a thing, by its kind, and after how many seconds (thingsee.md 7)."""


class Alert(Value):
    """One alert of a device. Times are Unix seconds: a start of 0: nothing was ever received from it; no end: it is active.

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
    """The state of a device with regard to one type of alert.

    `latest` is the time of the newest event about it (older ones are ignored), `start` that of the active alert (Unix
    seconds), `opened` counts the alerts so far.
    """

    latest: float | None = None
    start: float | None = None
    opened: int = 0

    @property
    def active(self) -> bool:
        return self.start is not None

    def older_than(self, ts: float) -> bool:
        return self.latest is None or ts > self.latest
