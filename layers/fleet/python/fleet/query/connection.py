"""What is known of a device's connection. It is not in the directory: whoever evaluates a query about it reads it before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Connection(NamedTuple):
    """The connection of a device that has been connected at least once. Times are milliseconds since the epoch.

    `at` is the last change; `connected_at` and `disconnected_at` are the last time that it connected and that it left.
    """

    connected: bool
    at: int
    connected_at: int | None = None
    disconnected_at: int | None = None

    @property
    def status(self) -> str:
        return "connected" if self.connected else "disconnected"


Connections = Mapping[str, Connection]
"""Connections by the id of the device. One that is not in it has never been connected."""
