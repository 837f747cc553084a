"""When a report was made, by which the newer of two is known, and a report with its mark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mark:
    """When a message was made: start of the device, number within it, time (ms); and when it was received (ms).

    Where the device's clock was wrong, the time is that of receipt (`fleet.plane.envelope`).
    """

    boot: str
    seq: int
    sent: int
    heard: int

    def newer_than(self, other: Mark) -> bool:
        """Within one start of the device the number decides, across starts the time."""
        return self.seq > other.seq if self.boot == other.boot else self.sent > other.sent


@dataclass(frozen=True)
class Section:
    """The newest report of one kind."""

    mark: Mark
    value: Mapping[str, Any]
