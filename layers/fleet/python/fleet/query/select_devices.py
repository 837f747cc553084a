"""Reads which devices are meant from the directory, without the devices themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from fleet.access import Reach
from fleet.directory.contents import Slice
from fleet.grants import uses
from fleet.presence import read_connections
from fleet.query.listing import Listing, part_of
from fleet.registry.connection import Connections
from fleet.registry.device_row import DeviceRow
from fleet.registry.devices import Devices


@uses(read_connections.connections)
def connections_of(reach: Reach, rows: Iterable[DeviceRow], now: datetime) -> Connections:
    """The connections of devices: a request for each fifty gateways among them."""
    return read_connections.connections(reach, serial_numbers(rows), now)


def serial_numbers(rows: Iterable[DeviceRow]) -> dict[str, str]:
    """The serial numbers of those devices that have one, by their ids."""
    return {row.id: row.sn for row in rows if row.sn is not None}


@uses(Devices.all_there, connections_of)
def select(reach: Reach, organization: str, listing: Listing, now: datetime) -> Sequence[DeviceRow]:
    """All devices that a listing means, wherever its page is, in order of creation."""
    rows = Devices.all_there(reach, organization)
    return listing.among(rows, connections_of(reach, rows, now) if listing.needs_connections else None)


@uses(Devices.all_there, Devices.page_there, connections_of)
def page(reach: Reach, organization: str, listing: Listing, now: datetime) -> Slice[DeviceRow]:
    """The page of a listing, and how many devices there are on all pages."""
    if listing.of_creation:
        part = part_of(lambda offset, limit, newest: Devices.page_there(reach, organization, offset, limit, newest_first=newest), listing)
        if part is not None:
            return part
    rows = Devices.all_there(reach, organization)
    return listing.cut(rows, connections_of(reach, rows, now) if listing.needs_connections else None)
