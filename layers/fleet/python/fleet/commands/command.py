"""An order to one device, its delivery and its outcome."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fleet.access import Unplaced
from fleet.values import Value

CommandState = Literal["PENDING", "SUCCESS", "FAILED"]
OPEN_LIMIT = 10
"""Unfinished commands that one gateway may have (wisdm.md 6.1)."""
GRACE = 60
"""Seconds beyond its time-out after which a command without a report has failed (wisdm.md 6.3)."""
RETENTION = 24 * 3600
"""Seconds that a command is remembered after it was accepted (wisdm.md 6.3)."""


class Command(Value, Unplaced):
    """A command of one gateway. `id` is the Unix second of acceptance, raised until it is unused for the gateway."""

    id: int
    sn: str
    organization: str
    stages: tuple[tuple[str, ...], ...]
    timeout: int
    accepted: datetime
    state: CommandState = "PENDING"
    result: str = ""

    @property
    def deadline(self) -> float:
        """Unix seconds after which a missing report means failure."""
        return self.accepted.timestamp() + self.timeout + GRACE

    def at(self, now: datetime) -> tuple[CommandState, str]:
        """State and message at a time; a command without a report fails when its deadline has passed."""
        if self.state != "PENDING":
            return self.state, self.result
        if now.timestamp() > self.deadline:
            return "FAILED", "The gateway sent no result in time"
        return "PENDING", "Waiting for the gateway's result"

    def forgotten(self, now: datetime) -> bool:
        return now.timestamp() > self.accepted.timestamp() + RETENTION
