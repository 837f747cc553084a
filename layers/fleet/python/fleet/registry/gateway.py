"""A gateway as routes see it: its card (who it is and where) and what it last reported."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, Self

from fleet.access import Unplaced
from fleet.marks import Mark
from fleet.registry.device import Device
from fleet.registry.reports import Report, Reports
from fleet.values import Entity, Value

Status = Literal["ONLINE", "OFFLINE", "PROVISIONING"]
_SAME = ("id", "organization", "version", "tuid", "location", "name", "eui", "mac", "model", "firmware", "channels", "config_version")
SILENCE = timedelta(minutes=25)
"""A connected gateway that sends nothing for this long counts as offline (device-plane.md 3)."""


class Factory(Value, Unplaced):
    """What is known of a gateway before anyone owns it. Keys are base64 of 32 raw bytes.

    What a `blocked` gateway sends is refused, and it is sent nothing. `last_version` is the newest configuration version that a former
    owner gave it, 0 for none: the device ignores older ones.
    """

    sn: str
    eui: str
    mac: str
    model: str
    firmware: str | None = None
    channels: Literal[8, 16] = 8
    signing_key: str
    sealing_key: str
    queue_url: str
    blocked: bool = False
    last_version: int = 0


class Card(Entity):
    """A gateway under its serial number: derived from the device, and never changed on its own.

    `config_version` counts the configurations that its locations gave it.
    """

    sn: str
    tuid: str | None = None
    location: str | None = None
    name: str
    eui: str
    mac: str
    model: str
    firmware: str | None = None
    channels: int = 8
    config_version: int = 0
    deleted: bool = False

    @classmethod
    def of(cls, device: Device) -> Self:
        """What rows by serial number hold of a gateway."""
        same = {name: getattr(device, name) for name in _SAME}
        return cls.model_validate(same | {"sn": device.serial_number, "deleted": device.deleted is not None})


@dataclass(frozen=True)
class Gateway:
    """A card, and what the gateway reported."""

    card: Card
    reports: Reports

    @property
    def place(self) -> str | None:
        return self.card.location

    @property
    def boot(self) -> str:
        """The id of the device's start that the newest report is from; empty without a report."""
        newest = self.reports.newest
        return newest.mark.boot if newest else ""

    def is_reachable(self, now: datetime) -> bool:
        """Whether it is connected and not silent."""
        return self.reports.connected and now - datetime.fromtimestamp(self.reports.heard / 1000, UTC) <= SILENCE

    def is_away(self, now: datetime) -> bool:
        """Whether it has left, or is silent. Of one that never reported anything, nothing is known."""
        return self.reports.newest is not None and not self.is_reachable(now)

    def has_moved_on(self, since: Mark) -> bool:
        """Whether the gateway has started anew or left since it sent a message."""
        newest = self.reports.newest
        return newest is not None and newest.mark.newer_than(since) and (newest.mark.boot != since.boot or not newest.connected)

    def after(self, report: Report) -> Self:
        """The same with a report that has just come in."""
        return replace(self, reports=self.reports.after(report))

    def status(self, now: datetime) -> Status:
        """PROVISIONING until the location's configuration is applied; then ONLINE while connected and not silent."""
        if self.card.location is not None and self.reports.applied < self.card.config_version:
            return "PROVISIONING"
        return "ONLINE" if self.is_reachable(now) else "OFFLINE"

    @property
    def last_gasp(self) -> str | None:
        """When the gateway last reported that its power was failing, if ever."""
        return self.reports.gasp.at if self.reports.gasp else None

    @property
    def firmware(self) -> str | None:
        """The firmware that the gateway reported, else that of the factory."""
        return (self.reports.hello.firmware if self.reports.hello else None) or self.card.firmware
