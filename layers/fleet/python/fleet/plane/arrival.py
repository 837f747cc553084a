"""A message of a device on its arrival, and the outcome of processing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from fleet.access import Reach
from fleet.marks import Mark
from fleet.plane.envelope import Envelope, Reason
from fleet.plane.presence import Announcer
from fleet.registry.gateway import Card, Factory

Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Receipt:
    """The outcome of a message. The reason holds nothing of what was sent. `sn` is whose it says it is, where there is a reason; else "".

    `refused` are the parts of the message that were refused while the rest was processed: for each reason, a payload of those alone.
    """

    outcome: Literal["Taken", "Stale", "Ignored", "Blocked", "Rejected", "Failed"]
    reason: str = ""
    refused: Mapping[Reason, Payload] = field(default_factory=dict)
    sn: str = ""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Each reason alone."""
        return tuple(self.refused) or ((self.reason,) if self.reason else ())

    @classmethod
    def in_part(cls, refused: Mapping[Reason, Payload]) -> Receipt:
        """Taken, but for these parts, if there are any."""
        return cls("Rejected", ", ".join(refused), refused) if refused else TAKEN


TAKEN, STALE = Receipt("Taken"), Receipt("Stale")


@dataclass(frozen=True)
class Arrival:
    """A verified message of a gateway with an owner."""

    reach: Reach
    card: Card
    factory: Factory
    envelope: Envelope
    received: datetime
    now: datetime
    presence: Announcer

    @property
    def mark(self) -> Mark:
        return self.envelope.mark(self.received)

    @property
    def made(self) -> datetime:
        """When the message was made, as far as the device's clock can be believed."""
        return self.envelope.made(self.received)

    def believable(self, at: datetime) -> datetime:
        """A time that the payload names: never later than the message itself."""
        return min(at, self.made)
