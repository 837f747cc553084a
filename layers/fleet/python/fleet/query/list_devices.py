"""Lists devices with all that is stored of them, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fleet.access import Reach
from fleet.aws.contention import AT_ONCE
from fleet.aws.reads import both, every, fetch
from fleet.directory.contents import Slice
from fleet.errors import Invalid, Problem
from fleet.grants import uses
from fleet.presence import read_connections
from fleet.query.listing import Listing, part_of
from fleet.query.select_devices import connections_of, serial_numbers
from fleet.registry.connection import Connection, Connections
from fleet.registry.device import Device
from fleet.registry.device_row import DeviceRow
from fleet.registry.devices import Devices

MOST_BYTES = 48 * 1024 * 1024
"""Bytes of the devices of a page, as they are stored: eight times what an answer takes without compression."""


@dataclass(frozen=True)
class Listed:
    """The devices of a page, and how many there are on all pages; the connections of those that were connected, by id, if asked for."""

    devices: Sequence[Device]
    total: int
    connections: Connections


@uses(Devices.all_there, Devices.all_restorable, Devices.page_there, Devices.listed, connections_of, read_connections.connections_read)
def list_devices(reach: Reach, organization: str, listing: Listing, now: datetime, *, deleted: bool, connected: bool) -> Listed:
    """A page of the devices that are there, or of those that are `deleted` and can be restored; `connected`: with their connections.

    The page is as the directory was when it was read; devices are shown as they are when they are read after that. One that
    left in between is left out, though it counts. Invalid (`perPage`) when the devices have more than MOST_BYTES.
    """
    known: Connections | None = None
    found: Slice[DeviceRow] | None = None
    if listing.of_creation and not deleted:
        found = part_of(lambda offset, limit, newest: Devices.page_there(reach, organization, offset, limit, newest_first=newest), listing)
    if found is None:
        rows = Devices.all_restorable(reach, organization, now) if deleted else Devices.all_there(reach, organization)
        known = connections_of(reach, rows, now) if listing.needs_connections else None
        found = listing.cut(rows, known)
    devices, connections = _read(reach, found.rows, now, connected and known is None)
    there = [device for device in devices if (device.deleted is not None) == deleted]
    return Listed(there, found.total, connections if known is None else known)


def _read(reach: Reach, rows: Sequence[DeviceRow], now: datetime, connected: bool) -> tuple[list[Device], Connections]:
    """The devices of rows, as far as they are still there, and their connections: in one request for a hundred items."""
    devices, connections, size = list[Device](), dict[str, Connection](), 0
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        stored = every({row.id: Devices.listed(row.id) for row in part})
        links = read_connections.connections_read(serial_numbers(part) if connected else {}, now)
        found, known = fetch(reach, both(stored, links))
        connections |= known
        for each in found.values():
            if each is not None:
                devices.append(each[0])
                size += each[1]
        if size > MOST_BYTES:
            raise Invalid(Problem(("perPage",), "must be lower"))
    return devices, connections
