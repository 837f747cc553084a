"""Chooses devices of an organization from its directory."""

from __future__ import annotations

from datetime import datetime

from fleet.access import Reach
from fleet.grants import uses
from fleet.query.select_devices import connections_of
from fleet.query.selection import Selection
from fleet.registry.device_row import DeviceRow
from fleet.registry.devices import Devices


@uses(Devices.of_organization, connections_of)
def select(reach: Reach, organization: str, selection: Selection, now: datetime, *, deleted: bool = False) -> list[DeviceRow]:
    """The devices that are meant, of those that are there or (`deleted`) of those that can be restored, in order of creation."""
    rows = Devices.of_organization(reach, organization, deleted=deleted)
    return selection.among(rows, connections_of(reach, rows, now) if selection.needs_connections else None)
