"""Rows of devices for tests of queries."""

from __future__ import annotations

from typing import Any

from fleet.query.parse import parse
from fleet.registry.connection import Connection
from fleet.registry.device_row import DeviceRow

HALL = "65f0c0de00000000000000a1"
SITE = "65f0c0de00000000000000b2"
OTHER = "65f0c0de00000000000000c3"
CREATED, UPDATED = 1_928_768_645_789, 1_928_768_700_000
"""2031-02-13T17:04:05.789Z and 55 seconds later."""
CONNECTED = Connection(True, 1_928_768_650_000, connected_at=1_928_768_650_000, disconnected_at=1_928_768_649_000)
LEFT = Connection(False, 1_928_768_660_000, connected_at=1_928_768_650_000, disconnected_at=1_928_768_660_000)


def device(**columns: Any) -> DeviceRow:
    """A device with a name, a class and dates, and with nothing else that is not given."""
    values: dict[str, Any] = {
        "version": 1,
        "name": "Pump 7",
        "device_class": "standalone",
        "updated": UPDATED,
        "deleted": None,
        "gateway": None,
        "parent": None,
    }
    values |= {"ancestors": [], "tags": [], "attributes": [], "sn": None, "tuid": None, "kind": "device"}
    created, id = columns.pop("created", CREATED), columns.pop("id", "65f0c0de0000000000000001")
    return DeviceRow(order=f"{created * 1000:016}#{id}", **values | columns)


def tagged(*tags: tuple[str, str]) -> DeviceRow:
    return device(tags=[list(tag) for tag in tags])


def fits(document: object, row: DeviceRow, connection: Connection | None = None) -> bool:
    """Whether a query means a device that has this connection; None: it has never been connected."""
    return parse(document).matches(row, {} if connection is None else {row.id: connection})
