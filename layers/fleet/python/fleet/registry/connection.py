"""The connection of a device: whether it is there, and when that last changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from fleet.access import Unplaced
from fleet.marks import Mark
from fleet.registry.gateway import SILENCE, Gateway

_SILENCE_MS = int(SILENCE.total_seconds() * 1000)


class Connection(NamedTuple):
    """The connection of a device that has been connected at least once. Times are Unix ms.

    `at` is the last change; `connected_at` and `disconnected_at` are the last times that it connected and that it left.
    """

    connected: bool
    at: int
    connected_at: int | None = None
    disconnected_at: int | None = None

    @property
    def status(self) -> str:
        """`connected` or `disconnected`."""
        return "connected" if self.connected else "disconnected"

    def after(self, at: int, connected: bool) -> Connection:
        """The connection after another change."""
        if connected:
            return Connection(True, at, at, self.disconnected_at)
        return Connection(False, at, self.connected_at, at)


Connections = Mapping[str, Connection]
"""Connections by the id of the device. One that is not in it has never been connected."""


class Change(NamedTuple):
    """A device connected or left, at a Unix ms."""

    at: int
    connected: bool


@dataclass(frozen=True)
class Link(Unplaced):
    """What is stored of a gateway's connection: the marks of its reports, and the last change that was noticed, with its message's mark.

    That it is silent is noticed when it is heard again. Until then it follows from the reports.
    """

    gateway: Gateway
    last: Connection | None = None
    mark: Mark | None = None

    def at(self, now: datetime) -> Connection | None:
        """The connection now; None when the gateway has never been connected. It counts as disconnected SILENCE after it was last heard."""
        newest, last = self.gateway.reports.newest, self.last
        if newest is None:
            return last
        reachable = self.gateway.is_reachable(now)
        if last is not None and last.connected == reachable:
            return last
        before = last or Connection(False, 0)
        if reachable:
            return before.after(newest.mark.heard, True)
        return before.after(self.gateway.reports.heard + _SILENCE_MS if newest.connected else newest.mark.heard, False)

    def changes(self, mark: Mark, there: bool) -> list[Change]:
        """What a message shows that was not known: that the gateway connected or left, before that also that it was silent.

        Nothing when something newer is known.
        """
        newest, heard = self.gateway.reports.newest, self.gateway.reports.heard
        if (newest is not None and newest.mark.newer_than(mark)) or (self.mark is not None and not mark.newer_than(self.mark)):
            return []
        connected = self.last is not None and self.last.connected
        if connected and 0 < heard < mark.heard - _SILENCE_MS:
            return [Change(heard + _SILENCE_MS, False), *([Change(mark.heard, True)] if there else [])]
        return [] if self.last is not None and connected == there else [Change(mark.heard, there)]
